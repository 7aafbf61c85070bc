//! The service that programs of the project call: a sandbox, or another service.

use crate::programs::{Running, Started};
use crate::steps::{Steps, run};
use crate::toolchains::{binary, cargo};
use anyhow::{Context, Result};
use std::process::Command;

/// What the programs show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    Conversation,
    Rooms,
}

impl Demo {
    /// The plan for rooms allows one open session, so that its limit is met.
    fn options_of_sandbox(self) -> &'static [&'static str] {
        match self {
            Demo::Conversation => &[],
            Demo::Rooms => &["--plan", "free"],
        }
    }

    /// The path of the sandbox's base URL.
    fn prefix(self) -> &'static str {
        match self {
            Demo::Conversation => "",
            Demo::Rooms => "/rooms",
        }
    }
}

/// The service that the programs call.
pub enum Service {
    /// The one that AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL name.
    Named,
    Sandbox {
        _process: Running,
        url: String,
        /// For programs that do not sign in.
        api_key: Option<String>,
    },
}

impl Service {
    pub fn named_or_sandbox(steps: &mut Steps, demo: Demo) -> Result<Service> {
        let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
        if set("AGENTHUMAN_API_KEY") && set("AGENTHUMAN_BASE_URL") {
            return Ok(Service::Named);
        }
        Service::sandbox(steps, demo).context("the demo needs the sandbox")
    }

    /// Builds and starts a sandbox.
    pub fn sandbox(steps: &mut Steps, demo: Demo) -> Option<Service> {
        steps.run("sandbox, built and started", || {
            run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-sandbox"]))?;
            Service::start(demo)
        })
    }

    fn start(demo: Demo) -> Result<Service> {
        let mut command = Command::new(binary("agenthuman-sandbox"));
        command.args(["--port", "0", "--json", "--rate-limit", "off"]).args(demo.options_of_sandbox());
        let (process, Started { url, api_key }) = Running::start(&mut command, "the sandbox")?;
        println!("a sandbox at {url}");
        let api_key = api_key.filter(|_| demo == Demo::Rooms);
        Ok(Service::Sandbox { _process: process, url: format!("{url}{}", demo.prefix()), api_key })
    }

    pub fn point_to(&self, command: &mut Command) {
        if let Service::Sandbox { url, api_key, .. } = self {
            command.env("AGENTHUMAN_BASE_URL", url).env_remove("AGENTHUMAN_API_KEY").env_remove("AGENTHUMAN_TOKEN");
            command.envs(api_key.as_ref().map(|key| ("AGENTHUMAN_API_KEY", key)));
        }
    }
}
