//! The packages without native code: the source distribution, the main packages of npm, the crates.

use super::tools::Tools;
use super::{Layout, Profile};
use crate::frameworks::INTEGRATIONS;
use crate::root;
use crate::steps::{Steps, run};
use crate::toolchains::{self, cargo, npm};
use std::process::Command;

/// The crates that are published, each after those that it needs.
const CRATES: &[&str] = &["agenthuman", "agenthuman-relay", "agenthuman-sandbox", "agenthuman-cli"];

/// Builds them, and checks that the crates can be published.
pub fn build(steps: &mut Steps, tools: &Tools, profile: Profile, layout: &Layout) {
    steps.run("source distribution", || {
        let mut command = tools.command("maturin");
        run(command.args(["sdist", "--out"]).arg(layout.python()?).current_dir(root().join("bindings-python")))
    });
    steps.run("packages for LiveKit Agents and Pipecat", || {
        for package in INTEGRATIONS {
            let mut command = tools.command("hatchling");
            run(command.args(["build", "--directory"]).arg(layout.python()?).current_dir(root().join(package)))?;
        }
        Ok(())
    });
    match toolchains::node() {
        Err(missing) => steps.skip("main packages of npm", &missing),
        Ok(_) => drop(steps.run("main packages of npm", || {
            toolchains::node_modules()?;
            run(&mut npm(&["run", "--silent", "build:ts"]))?;
            let mut command = Command::new("node");
            command.arg("scripts/pack.mjs").arg(layout.npm()?).arg("--main");
            run(command.current_dir(root().join("bindings-node")))
        })),
    }
    steps.run("crates, without publishing them", || {
        // A checkout with changes is packaged as it is.
        let mut command = cargo(&["publish", "--dry-run", "--locked", "--allow-dirty"]);
        // Each crate is compiled from its package, with all that it depends on.
        if profile == Profile::Fast {
            command.arg("--no-verify");
        }
        for name in CRATES {
            command.args(["--package", name]);
        }
        run(&mut command)
    });
}
