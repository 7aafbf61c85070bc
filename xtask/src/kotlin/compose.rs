//! The sample app for Android with Compose. Android's own build needs tools that are not in Maven Central, so its screens and view
//! models are built and tested for a desktop, with a backend.

use super::{MAVEN, Tools};
use crate::service::{Demo, Service};
use crate::steps::{Steps, run};
use crate::{backend, root};
use std::process::Command;

pub(super) const FOLDER: &str = "examples/android-compose";
const NAME: &str = "the sample app for Android, on a desktop";

impl Tools {
    /// Tests the sample app with the package in the local Maven repository.
    pub fn test_sample(&self, steps: &mut Steps) {
        let Some(service) = Service::sandbox(steps, Demo::Conversation) else { return };
        let Some((_running, backend)) = backend::start(steps, &service) else { return };
        let url = backend.url.trim_end_matches("/agenthuman");
        steps.run(NAME, || {
            let mut command = Command::new(MAVEN);
            command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(root().join(FOLDER).join("pom.xml"));
            run(command.args(["clean", "package"]).env("CHAT_BACKEND", url))
        });
    }
}
