//! The phones: a backend in Python or Node mounts the relay, and the chats in Kotlin and Swift use it.

use super::{Program, same, side_by_side};
use crate::programs::outcome;
use crate::service::Service;
use crate::steps::Steps;
use crate::{backend, kotlin, swift};
use anyhow::Result;
use std::process::Command;

pub fn run(steps: &mut Steps, service: &Service) {
    let programs = [
        program(steps, "Kotlin", kotlin::tools().map(|tools| move || tools.example())),
        program(steps, "Swift", swift::tools().map(|tools| move || tools.example())),
    ];
    let Some((_running, backend)) = backend::start(steps, service) else { return };
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
