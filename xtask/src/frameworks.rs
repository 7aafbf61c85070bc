//! Each language's package in the frameworks that its users run it in, every one installed from its registry and started
//! for real. The folder `frameworks/` has the programs and the tests.

use crate::kotlin;
use crate::root;
use crate::steps::{Steps, run};
use crate::toolchains::{self, binary};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

const PYTHON_VENV: &str = ".venv-frameworks";

/// Runs the tests of every language. Without `full`, each language names the heavy ones that it skips.
pub fn run_all(steps: &mut Steps, full: bool) {
    python(steps, full);
    kotlin(steps);
}

fn kotlin(steps: &mut Steps) {
    const NAME: &str = "a shrunk app in Kotlin";
    match kotlin::tools() {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(tools) => drop(steps.run(NAME, || tools.shrunk())),
    }
}

fn python(steps: &mut Steps, full: bool) {
    const NAME: &str = "frameworks of Python";
    match toolchains::python() {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(python) => drop(steps.run(NAME, || python_tests(&python, full))),
    }
}

fn python_tests(python: &Path, full: bool) -> Result<()> {
    let mut bin = toolchains::venv_in(python, PYTHON_VENV, "frameworks/python/requirements.txt")?;
    if full {
        bin = toolchains::venv_in(python, PYTHON_VENV, "frameworks/python/requirements-full.txt")?;
    }
    toolchains::python_package(&bin)?;
    let mut command = Command::new(bin.join("python"));
    // -rs prints each skipped test with its reason.
    command.args(["-m", "pytest", "-q", "-rs"]).current_dir(root().join("frameworks/python"));
    if full {
        command.arg("--full");
    }
    run(command.env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox")))
}
