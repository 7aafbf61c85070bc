//! The sample app for Android with Compose. Android's own build needs tools that are not in Maven Central, so its screens and view
//! models are built and tested for a desktop, with a backend.

use super::{MAVEN, Tools};
use crate::demo::Demo;
use crate::demo::phones::backend;
use crate::demo::service::Service;
use crate::mobile;
use crate::root;
use crate::steps::{Steps, run};
use std::process::Command;

pub(super) const FOLDER: &str = "examples/android-compose";
const NAME: &str = "the sample app for Android, on a desktop";

impl Tools {
    /// Tests the sample app with the package in the local Maven repository.
    pub fn test_sample(&self, steps: &mut Steps) {
        let started = steps.run("sandbox for the sample app", || {
            mobile::counterparts()?;
            Service::start(Demo::Conversation)
        });
        let Some(service) = started else { return };
        let Some((_running, backend)) = backend(steps, &service) else { return };
        let url = backend.url.trim_end_matches("/agenthuman");
        steps.run(NAME, || {
            let mut command = Command::new(MAVEN);
            command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(root().join(FOLDER).join("pom.xml"));
            run(command.args(["clean", "package"]).env("CHAT_BACKEND", url))
        });
    }
}
