//! The phones: a backend in Python or Node mounts the relay, and the chats in Kotlin and Swift use it.

use super::service::Service;
use super::{Program, same, side_by_side};
use crate::programs::{Running, Started, outcome};
use crate::steps::Steps;
use crate::{kotlin, packages, root, swift};
use anyhow::Result;
use std::process::Command;

const BACKEND: &str = "backend with the relay, started";

pub fn run(steps: &mut Steps, service: &Service) {
    let programs = [
        program(steps, "Kotlin", kotlin::tools().map(|tools| move || tools.example())),
        program(steps, "Swift", swift::tools().map(|tools| move || tools.example())),
    ];
    let Some((_running, backend)) = backend(steps, service) else { return };
    let mut outcomes = Vec::new();
    for Program { language, mut command } in programs.into_iter().flatten() {
        command.env("AGENTHUMAN_BACKEND", &backend.url).env("AGENTHUMAN_APP_TOKEN", "demo-alice");
        outcomes.extend(steps.run(language, || outcome(&mut command)));
    }
    if !outcomes.is_empty() {
        side_by_side(&outcomes);
        steps.run("the same outcome on each phone", || same(&outcomes));
    }
}

/// Builds the program of a phone with the tools of its language.
fn program<F>(steps: &mut Steps, language: &'static str, build: Result<F, String>) -> Option<Program>
where
    F: FnOnce() -> Result<Command>,
{
    match build {
        Ok(build) => steps.run(&format!("{language}, built"), build).map(|command| Program { language, command }),
        Err(missing) => {
            steps.skip(language, &missing);
            None
        }
    }
}

/// Starts a backend that mounts the relay.
pub fn backend(steps: &mut Steps, service: &Service) -> Option<(Running, Started)> {
    let Some(mut backend) = program_of_backend(steps) else {
        steps.skip(BACKEND, "neither Python nor Node is installed");
        return None;
    };
    service.point_to(&mut backend);
    // Made up for this run.
    let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(64).collect();
    backend.env("PORT", "0").env("AGENTHUMAN_RELAY_SECRETS", secret);
    steps.run(BACKEND, || Running::start(&mut backend, "the backend"))
}

/// The backend in Python, or the one in Node.
fn program_of_backend(steps: &mut Steps) -> Option<Command> {
    if let Some(bin) = packages::python_built(steps) {
        let mut command = Command::new(bin.join("python"));
        command.arg(root().join("examples/mobile-backend/python/main.py"));
        return Some(command);
    }
    let node = packages::node_built(steps)?;
    let mut command = Command::new(node);
    command.arg(root().join("examples/mobile-backend/node/server.mjs"));
    Some(command)
}
