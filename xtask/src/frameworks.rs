//! Tests the packages with popular frameworks, which are installed from their registries. The folder `frameworks/` has the
//! programs and the tests. The packages for frameworks in `integrations/` have their tests beside them.

use crate::kotlin;
use crate::root;
use crate::steps::{Steps, run};
use crate::toolchains::{self, binary, npm_in};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

const PYTHON_VENV: &str = ".venv-frameworks";
const INTEGRATIONS_VENV: &str = ".venv-integrations";

/// The packages in `integrations/`.
pub const INTEGRATIONS: [&str; 2] = ["integrations/agenthuman-livekit", "integrations/agenthuman-pipecat"];

/// The oldest Python of the frameworks that they are for.
const PYTHON_OF_INTEGRATIONS: (u32, u32) = (3, 11);

/// Runs the tests of every language. Without `full`, the heavy ones are skipped and listed.
pub fn run_all(steps: &mut Steps, full: bool) {
    python(steps, full);
    integrations(steps);
    node(steps, full);
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

fn integrations(steps: &mut Steps) {
    const NAME: &str = "LiveKit Agents and Pipecat";
    match toolchains::python_since(PYTHON_OF_INTEGRATIONS) {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(python) => drop(steps.run(NAME, || integration_tests(&python))),
    }
}

fn integration_tests(python: &Path) -> Result<()> {
    let bin = toolchains::venv_in(python, INTEGRATIONS_VENV, "integrations/requirements.txt")?;
    toolchains::python_package(&bin)?;
    // As wheels, like those of a release. The version is the same each time.
    let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall"];
    let mut install = Command::new(bin.join("python"));
    install.args(options).arg("--no-build-isolation").args(INTEGRATIONS).current_dir(root());
    run(&mut install)?;
    let mut command = Command::new(bin.join("python"));
    command.args(["-m", "pytest", "-q", "-rs"]).current_dir(root().join("integrations"));
    run(command.env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox")))
}

fn node(steps: &mut Steps, full: bool) {
    const NAME: &str = "frameworks of Node";
    const HEAVY: &str = "frameworks of Node, Next.js and webpack";
    if let Err(missing) = toolchains::node() {
        return steps.skip(NAME, &missing);
    }
    if steps.run(NAME, node_tests).is_none() {
        return;
    }
    if full {
        steps.run(HEAVY, heavy_node_tests);
    } else {
        steps.skip(HEAVY, "heavy; --full runs them");
    }
}

fn node_tests() -> Result<()> {
    toolchains::node_package()?;
    run(&mut npm_in("frameworks/node", &["ci"]))?;
    node_script("test")
}

fn heavy_node_tests() -> Result<()> {
    run(&mut npm_in("frameworks/node/full", &["ci"]))?;
    run(&mut npm_in("examples/next", &["ci"]))?;
    node_script("test:full")
}

/// Runs a script of the folder's package.json, with the published packages of this checkout.
fn node_script(name: &str) -> Result<()> {
    run(npm_in("frameworks/node", &["run", name]).env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox")))
}
