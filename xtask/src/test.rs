//! `cargo xtask test`: every test of every language, from nothing.

use crate::steps::{Steps, run};
use crate::toolchains::{self, binary, cargo, npm};
use crate::{codegen, parity, root};
use anyhow::Result;
use std::process::Command;

pub fn run_all() -> Result<()> {
    let mut steps = Steps::default();
    println!("{}", toolchains::versions());
    steps.run("generated files", || codegen::run(true));
    // Built once here: the suites of the other languages start it.
    steps.run("sandbox and command, built", || {
        run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-sandbox", "-p", "agenthuman-cli"]))
    });
    steps.run("Rust", || {
        let packages = ["agenthuman", "agenthuman-sandbox", "agenthuman-cli", "agenthuman-examples", "xtask"];
        let mut command = cargo(&["test", "--quiet"]);
        for package in packages {
            command.args(["-p", package]);
        }
        run(&mut command)
    });
    let python = python(&mut steps);
    let node = node(&mut steps);
    steps.run("parity", || parity::run(python && node));
    steps.close()
}

fn python(steps: &mut Steps) -> bool {
    let python = match toolchains::python() {
        Ok(python) => python,
        Err(missing) => {
            steps.skip("Python", &missing);
            return false;
        }
    };
    let built = steps.run("Python, built", || {
        let bin = toolchains::venv(&python)?;
        toolchains::python_package(&bin)?;
        Ok(bin)
    });
    let Some(bin) = built else { return false };
    steps.run("Python", || {
        let mut command = Command::new(bin.join("python"));
        command.args(["-m", "pytest", "-q", "bindings-python/tests"]).current_dir(root());
        run(command.env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox")))
    });
    true
}

fn node(steps: &mut Steps) -> bool {
    if let Err(missing) = toolchains::node() {
        steps.skip("Node", &missing);
        return false;
    }
    if steps.run("Node, built", toolchains::node_package).is_none() {
        return false;
    }
    steps.run("Node", || run(npm(&["test"]).env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox"))));
    true
}
