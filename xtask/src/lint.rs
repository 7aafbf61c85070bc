//! `cargo xtask lint`: the format and the lints of every language, spelling, dependencies, the floors of the core, the
//! version, API keys in files, names of packages, scripts and workflows. A step whose tool is missing is skipped and listed.

use crate::mode::Mode;
use crate::steps::{Steps, run};
use crate::toolchains::{self, cargo, npm};
use crate::{dist, floors, kotlin, metadata, root, swift, unpublished, version};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs every check, and fails if one fails.
pub fn run_all(mode: Mode) -> Result<()> {
    let mut steps = Steps::default();
    rust(&mut steps, mode);
    steps.run("versions", version::check);
    steps.run("links of the project", metadata::check);
    steps.run("packages that are not published", unpublished::check);
    steps.run("API keys in files", || run(&mut cargo(&["run", "--quiet", "--package", "agenthuman-cli", "--", "scan"])));
    python(&mut steps, mode);
    node(&mut steps, mode);
    dist::lint(&mut steps);
    match kotlin::tools() {
        Ok(tools) => drop(steps.run("Kotlin: ktfmt", || tools.format(mode))),
        Err(missing) => steps.skip("Kotlin: ktfmt", &missing),
    }
    match swift::tools() {
        Ok(tools) => drop(steps.run("Swift: swift-format", || tools.format(mode))),
        Err(missing) => steps.skip("Swift: swift-format", &missing),
    }
    steps.close()
}

fn rust(steps: &mut Steps, mode: Mode) {
    steps.run("Rust: format", || run(cargo(&["fmt", "--all"]).args(mode.pick(&["--check"], &[]))));
    steps.run("Rust: floors", floors::check);
    let fix = mode.pick(&[], &["--fix", "--allow-dirty", "--allow-staged"]);
    let clippy = |arguments: &[&str]| run(cargo(&["clippy", "--quiet"]).args(arguments).args(fix).args(["--", "-D", "warnings"]));
    steps.run("Rust: clippy", || clippy(&["--workspace", "--all-targets"]));
    steps.run("Rust: clippy, the core of phones", || clippy(&["--package", "agenthuman", "--no-default-features"]));
    let doc = ["doc", "--quiet", "--no-deps", "--package", "agenthuman", "--package", "agenthuman-relay"];
    steps.run("Rust: documentation", || run(cargo(&doc).env("RUSTDOCFLAGS", "-D warnings")));
    const DEPENDENCIES: &str = "Rust: dependencies";
    if !is_installed("cargo-deny") {
        return steps.skip(DEPENDENCIES, "cargo-deny is not installed");
    }
    steps.run(DEPENDENCIES, || run(&mut cargo(&["deny", "check", "licenses", "bans", "sources"])));
    const ADVISORIES: &str = "Rust: advisories";
    match run(&mut cargo(&["deny", "fetch", "db"])) {
        Ok(()) => drop(steps.run(ADVISORIES, || run(&mut cargo(&["deny", "check", "--disable-fetch", "advisories"])))),
        Err(_) => steps.skip(ADVISORIES, "downloading the database of advisories failed"),
    }
}

/// Runs ruff, and the spell checker, which are Python packages.
fn python(steps: &mut Steps, mode: Mode) {
    const RUFF: &str = "Python: ruff";
    const SPELLING: &str = "spelling";
    let bin = match toolchains::python() {
        Ok(python) => steps.run("Python, installed", || toolchains::venv(&python)),
        Err(missing) => {
            steps.skip(RUFF, &missing);
            return steps.skip(SPELLING, &missing);
        }
    };
    let Some(bin) = bin else { return };
    let ruff = |arguments: &[&str]| {
        let folders = [".", "../frameworks", "../integrations", "../examples"];
        run(Command::new(bin.join("ruff")).args(arguments).args(folders).current_dir(root().join("bindings-python")))
    };
    steps.run(RUFF, || {
        ruff(mode.pick(&["check", "--quiet"], &["check", "--quiet", "--fix"]))?;
        ruff(mode.pick(&["format", "--quiet", "--check"], &["format", "--quiet"]))
    });
    steps.run(SPELLING, || run(Command::new(bin.join("typos")).args(mode.pick(&[], &["--write-changes"])).current_dir(root())));
}

fn node(steps: &mut Steps, mode: Mode) {
    const NAME: &str = "Node: prettier and eslint";
    match toolchains::node() {
        Ok(_) => drop(steps.run(NAME, || {
            toolchains::node_modules()?;
            run(&mut npm(&["run", "--silent", if mode == Mode::Check { "lint" } else { "lint:fix" }]))
        })),
        Err(missing) => steps.skip(NAME, &missing),
    }
}

/// Whether a program is in one of the folders of `PATH`.
fn is_installed(program: &str) -> bool {
    let file = PathBuf::from(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| Path::is_file(&folder.join(&file)))
}
