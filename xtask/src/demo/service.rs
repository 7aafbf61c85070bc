//! The service of the demo: a sandbox, or another service.

use crate::programs::Running;
use crate::steps::{Steps, run};
use crate::toolchains::{binary, cargo};
use anyhow::{Context, Result};
use std::process::Command;

/// The service that the programs call.
pub enum Service {
    /// The one that AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL name.
    Named,
    Sandbox {
        _process: Running,
        url: String,
    },
}

impl Service {
    pub fn named_or_sandbox(steps: &mut Steps) -> Result<Service> {
        let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
        if set("AGENTHUMAN_API_KEY") && set("AGENTHUMAN_BASE_URL") {
            return Ok(Service::Named);
        }
        let started = steps.run("sandbox, built and started", || {
            run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-sandbox"]))?;
            Service::start()
        });
        started.context("the demo needs the sandbox")
    }

    fn start() -> Result<Service> {
        let mut command = Command::new(binary("agenthuman-sandbox"));
        let (process, url) = Running::start(command.args(["--port", "0", "--json", "--rate-limit", "off"]), "the sandbox")?;
        println!("a sandbox at {url}");
        Ok(Service::Sandbox { _process: process, url })
    }

    pub fn point_to(&self, command: &mut Command) {
        if let Service::Sandbox { url, .. } = self {
            command.env("AGENTHUMAN_BASE_URL", url).env_remove("AGENTHUMAN_API_KEY").env_remove("AGENTHUMAN_TOKEN");
        }
    }
}
