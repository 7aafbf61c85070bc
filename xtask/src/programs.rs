//! Starts programs of this repository.

use crate::steps::read;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A process that prints its URL. It stops when this is dropped.
pub struct Running(Child);

impl Running {
    /// Starts a process, and reads the JSON in its first line.
    pub fn start(command: &mut Command, what: &str) -> Result<(Running, Started)> {
        let mut process = command.stdout(Stdio::piped()).spawn().with_context(|| format!("{what} cannot be started"))?;
        let stdout = process.stdout.take();
        let running = Running(process);
        let mut line = String::new();
        BufReader::new(stdout.with_context(|| format!("{what} has no output"))?).read_line(&mut line)?;
        let started: Started = serde_json::from_str(&line).with_context(|| format!("{what} did not print its URL"))?;
        Ok((running, started))
    }
}

/// What a service prints when it has started.
#[derive(Deserialize)]
pub struct Started {
    pub url: String,
    /// Only of a sandbox.
    pub api_key: Option<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program, and reads the JSON on its last line.
pub fn outcome(command: &mut Command) -> Result<Value> {
    let output = read(command)?;
    print!("{output}");
    let last = output.lines().last().unwrap_or_default();
    serde_json::from_str(last).context("the program's last line is not its outcome")
}
