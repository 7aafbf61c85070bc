//! Runs every Rust snippet of the documents, as printed, on a new sandbox. `build.rs` makes a function of each.

use agenthuman_sandbox::{Options, Sandbox};
use std::process::Command;

#[allow(clippy::all, clippy::pedantic)]
mod documents {
    include!(concat!(env!("OUT_DIR"), "/snippets.rs"));

    pub const NAMES: &[&str] = SNIPPETS;

    pub async fn snippet(number: usize) -> anyhow::Result<()> {
        run(number).await
    }
}

/// The number of the snippet that this process runs. Snippets read the environment, so each has a process.
const NUMBER: &str = "AGENTHUMAN_TEST_SNIPPET";

#[tokio::test(flavor = "multi_thread")]
async fn snippets_run_as_printed() {
    if let Ok(number) = std::env::var(NUMBER) {
        documents::snippet(number.parse().unwrap()).await.unwrap();
        return;
    }
    assert!(!documents::NAMES.is_empty());
    for (number, name) in documents::NAMES.iter().enumerate() {
        let sandbox = Sandbox::start(Options { port: 0, rate_limit: None, ..Options::default() }).await.unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "snippets_run_as_printed"]).env(NUMBER, number.to_string());
        command.env("AGENTHUMAN_BASE_URL", sandbox.url()).env("AGENTHUMAN_API_KEY", sandbox.api_key());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        sandbox.stop().await;
    }
}
