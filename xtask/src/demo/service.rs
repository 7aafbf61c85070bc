//! What the demo's programs talk to: a service that is named, or a sandbox; and processes that say where they are.

use crate::steps::{Steps, run};
use crate::toolchains::{binary, cargo};
use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// What the programs talk to.
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

/// A process that says where it is, and runs until this is dropped.
pub struct Running(Child);

impl Running {
    /// Starts it, and reads the `url` of the JSON on its first line.
    pub fn start(command: &mut Command, what: &str) -> Result<(Running, String)> {
        let mut process = command.stdout(Stdio::piped()).spawn().with_context(|| format!("{what} cannot be started"))?;
        let stdout = process.stdout.take();
        let running = Running(process);
        let mut line = String::new();
        BufReader::new(stdout.with_context(|| format!("{what} has no output"))?).read_line(&mut line)?;
        let told = serde_json::from_str(&line).ok().and_then(|told: Value| told["url"].as_str().map(str::to_owned));
        Ok((running, told.with_context(|| format!("{what} did not say where it is"))?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
