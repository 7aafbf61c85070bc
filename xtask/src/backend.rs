//! The backend of a phone app, `examples/mobile-backend`: it signs users in, and mounts the relay.

use crate::programs::{Running, Started};
use crate::service::Service;
use crate::steps::Steps;
use crate::{packages, root};
use std::process::Command;

const NAME: &str = "backend with the relay, started";

/// Starts a backend that mounts the relay.
pub fn start(steps: &mut Steps, service: &Service) -> Option<(Running, Started)> {
    let Some(mut backend) = program(steps) else {
        steps.skip(NAME, "neither Python nor Node is installed");
        return None;
    };
    service.point_to(&mut backend);
    // Made up for this run.
    let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(64).collect();
    backend.env("PORT", "0").env("AGENTHUMAN_RELAY_SECRETS", secret);
    steps.run(NAME, || Running::start(&mut backend, "the backend"))
}

/// The backend in Python, or the one in Node.
fn program(steps: &mut Steps) -> Option<Command> {
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
