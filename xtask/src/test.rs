//! `cargo xtask test`: the tests of every language; the long suites by name or with `--full`.

use crate::steps::{Steps, run};
use crate::toolchains::{self, binary, cargo, npm, npm_in};
use crate::{codegen, dist, frameworks, kotlin, mobile, packages, parity, root, swift};
use anyhow::Result;
use clap::ValueEnum;
use std::process::Command;

/// The suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// Rendered files against the tables.
    Generated,
    Rust,
    Python,
    Node,
    Kotlin,
    Swift,
    /// Each language's package against the tables.
    Parity,
    /// The sandbox's pages, in Chromium.
    Browser,
    /// The sandbox against its own OpenAPI document, by schemathesis.
    Conformance,
    /// The packages with popular frameworks; the heavy ones with `--full`.
    Frameworks,
    /// The packages of every platform that can be built here: built quickly, checked and tried.
    Dist,
}

const EVERY_TIME: &[Suite] =
    &[Suite::Generated, Suite::Rust, Suite::Python, Suite::Node, Suite::Kotlin, Suite::Swift, Suite::Parity];
const LONG: &[Suite] = &[Suite::Browser, Suite::Conformance, Suite::Frameworks, Suite::Dist];

/// Runs the named suites, or the default ones, or with `full` all of them at full length.
pub fn run_suites(named: &[Suite], full: bool) -> Result<()> {
    let chosen: Vec<Suite> = match named {
        [] if full => EVERY_TIME.iter().chain(LONG).copied().collect(),
        [] => EVERY_TIME.to_vec(),
        named => named.to_vec(),
    };
    let mut steps = Steps::default();
    println!("{}", toolchains::versions());
    if chosen.iter().any(|suite| *suite != Suite::Generated) {
        // Built first, since the suites of the other languages start them.
        steps.run("sandbox and command, built", || {
            run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-sandbox", "-p", "agenthuman-cli"]))
        });
    }
    // Parity requires the languages that were tested before it. Others are optional.
    let mut tested = Vec::new();
    for suite in &chosen {
        match suite {
            Suite::Generated => drop(steps.run("generated files", || codegen::run(codegen::Drift::Report))),
            Suite::Rust => {
                steps.run("Rust", || rust(full));
                steps.run("the core as a phone has it", phone);
                steps.run("the library of phones", mobile::test);
            }
            Suite::Python => tested.extend(python(&mut steps).then_some("python")),
            Suite::Node => tested.extend(node(&mut steps).then_some("node")),
            Suite::Kotlin => match kotlin::tools() {
                Err(missing) => steps.skip("Kotlin", &missing),
                Ok(tools) => {
                    tested.extend(steps.run("Kotlin", || tools.test()).map(|()| "kotlin"));
                    tools.test_sample(&mut steps);
                }
            },
            Suite::Swift => match swift::tools() {
                Err(missing) => steps.skip("Swift", &missing),
                Ok(tools) => tested.extend(swift::test(&mut steps, &tools).then_some("swift")),
            },
            Suite::Parity => drop(steps.run("parity", || parity::run(&tested))),
            Suite::Browser => browser(&mut steps),
            Suite::Conformance => conformance(&mut steps, full),
            Suite::Frameworks => frameworks::run_all(&mut steps, full),
            Suite::Dist => dist::run_all(&mut steps)?,
        }
    }
    steps.close()
}

/// Tests the core without the server's part, like in the mobile library.
fn phone() -> Result<()> {
    run(&mut cargo(&["test", "--quiet", "-p", "agenthuman", "--no-default-features", "--lib", "--test", "phone"]))
}

fn rust(full: bool) -> Result<()> {
    let mut command = cargo(&["test", "--quiet", "--workspace"]);
    // Extension modules are tested from their own language.
    for package in ["agenthuman-python", "agenthuman-node", "agenthuman-mobile"] {
        command.args(["--exclude", package]);
    }
    if full {
        command.env("AGENTHUMAN_KILLS", "50");
    }
    run(&mut command)
}

fn python(steps: &mut Steps) -> bool {
    let Some(bin) = packages::python_built(steps) else { return false };
    steps.run("Python", || {
        let mut command = Command::new(bin.join("python"));
        // -rs prints each skipped test with its reason.
        command.args(["-m", "pytest", "-q", "-rs"]).current_dir(root().join("bindings-python"));
        run(command.env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox")))
    });
    true
}

fn node(steps: &mut Steps) -> bool {
    if packages::node_built(steps).is_none() {
        return false;
    }
    steps.run("Node", || run(npm(&["test"]).env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox"))));
    true
}

fn browser(steps: &mut Steps) {
    const NAME: &str = "the sandbox's pages, in Chromium";
    match toolchains::node().and_then(|_| toolchains::chromium()) {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(chromium) => drop(steps.run(NAME, || {
            let folder = "sandbox/tests/browser";
            run(&mut npm_in(folder, &["ci"]))?;
            run(npm_in(folder, &["test"]).env("CHROMIUM", chromium))
        })),
    }
}

fn conformance(steps: &mut Steps, full: bool) {
    const NAME: &str = "the sandbox by schemathesis";
    match toolchains::python() {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(python) => drop(steps.run(NAME, || {
            let bin = toolchains::venv_in(&python, ".venv-conformance", "sandbox/tests/conformance/requirements.txt")?;
            let mut command = Command::new(bin.join("python"));
            command.arg("sandbox/tests/conformance/run.py").arg(binary("agenthuman-sandbox")).current_dir(root());
            if full {
                command.arg("--long");
            }
            run(&mut command)
        })),
    }
}
