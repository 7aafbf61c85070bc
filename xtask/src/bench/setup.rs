//! The setup of a benchmark: the server, release builds, and the other clients, each in a separate folder.

use super::clients::OURS;
use super::measure::Samples;
use super::{Language, folder};
use crate::root;
use crate::source_files::copy_folder;
use crate::steps::{read, run};
use crate::toolchains::{cargo, npm};
use anyhow::{Context, Result};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Release builds have a separate target folder, so that a benchmark does not wait for other builds.
fn target() -> PathBuf {
    folder().join("target")
}

/// Builds a binary of the workspace in release mode.
pub fn built(name: &str) -> PathBuf {
    target().join("release").join(format!("{name}{EXE_SUFFIX}"))
}

/// Builds the server and the Rust clients.
pub fn rust() -> Result<()> {
    release("agenthuman-bench")
}

/// A package of the workspace to build in release mode with [`built`].
pub fn release(package: &str) -> Result<()> {
    run(cargo(&["build", "--release", "--quiet", "-p", package]).env("CARGO_TARGET_DIR", target()))
}

fn bin(venv: &Path, name: &str) -> PathBuf {
    venv.join(if cfg!(windows) { "Scripts" } else { "bin" }).join(name)
}

/// Builds the released wheel, in a separate environment.
pub fn wheel(python: &Path) -> Result<()> {
    let tools = tools(python)?;
    let wheels = folder().join("wheels");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels)?;
    }
    let mut build = Command::new(bin(&tools, "maturin"));
    build.args(["build", "--release", "--quiet", "--out"]).arg(&wheels).current_dir(root().join("bindings-python"));
    run(build.env("CARGO_TARGET_DIR", target()))?;
    let venv = venv(python, OURS)?;
    let wheel = only_file(&wheels)?;
    pip(&tools, &venv, &["--force-reinstall", "--no-deps", &wheel.to_string_lossy()])
}

/// Creates the environment with maturin and pip, which installs into the others.
fn tools(python: &Path) -> Result<PathBuf> {
    let tools = folder().join("tools");
    if !bin(&tools, "maturin").with_extension(EXE_SUFFIX.trim_start_matches('.')).exists() {
        run(Command::new(python).args(["-m", "venv"]).arg(&tools))?;
        pip(&tools, &tools, &["maturin>=1.16,<2"])?;
    }
    Ok(tools)
}

fn venv(python: &Path, name: &str) -> Result<PathBuf> {
    let venv = folder().join("python").join(name);
    if !venv.exists() {
        run(Command::new(python).args(["-m", "venv", "--without-pip"]).arg(&venv))?;
    }
    Ok(venv)
}

fn pip(tools: &Path, venv: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(bin(tools, "python"));
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "--python"]).arg(venv);
    run(command.arg("install").args(arguments))
}

/// Returns the Python of an environment with only these requirements.
pub fn python_with(python: &Path, requirements: Option<&str>) -> Result<PathBuf> {
    let names = |requirements: &str| {
        let names: Vec<_> = requirements.split_whitespace().filter_map(|requirement| requirement.split("==").next()).collect();
        names.join("+")
    };
    let name = requirements.map_or_else(|| "floor".to_owned(), names);
    let venv = venv(python, &name)?;
    if let Some(requirements) = requirements
        && name != OURS
        && installs(&venv, requirements)
    {
        pip(&tools(python)?, &venv, &requirements.split_whitespace().collect::<Vec<_>>())?;
        installed(&venv, requirements)?;
    }
    Ok(bin(&venv, "python"))
}

fn installs(place: &Path, what: &str) -> bool {
    std::fs::read_to_string(place.join("installed")).ok().as_deref() != Some(what)
}

fn installed(place: &Path, what: &str) -> Result<()> {
    Ok(std::fs::write(place.join("installed"), what)?)
}

/// Returns the folder in which Node finds a package.
pub fn node_with(package: &str) -> Result<PathBuf> {
    let place = folder().join("node").join(package.split('@').next().unwrap_or_default());
    if package != OURS && installs(&place, package) {
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("package.json"), "{\"private\":true}")?;
        run(npm(&["install", "--silent", package]).current_dir(&place))?;
        installed(&place, package)?;
    }
    Ok(place)
}

/// Builds the released Node package with its addon.
pub fn addon(node: &Path) -> Result<()> {
    run(cargo(&["build", "--release", "--quiet", "-p", "agenthuman-node"]).env("CARGO_TARGET_DIR", target()))?;
    let source = root().join("bindings-node");
    let package = folder().join("node/agenthuman/node_modules/agenthuman");
    if package.exists() {
        std::fs::remove_dir_all(&package)?;
    }
    std::fs::create_dir_all(&package)?;
    if !source.join("node_modules/typescript/bin/tsc").exists() {
        run(&mut npm(&["ci"]))?;
    }
    run(&mut npm(&["run", "--silent", "build:ts"]))?;
    copy_folder(&source.join("dist"), &package.join("dist"))?;
    run(Command::new(node).arg(source.join("scripts/bundle.mjs")).arg(package.join("dist")))?;
    std::fs::copy(source.join("package.json"), package.join("package.json"))?;
    let platform = package.join("dist/platform.js");
    let name = format!("console.log(require({platform:?}).platformName())");
    let name = read(Command::new(node).args(["-e", &name]))?;
    std::fs::copy(library(), package.join(format!("agenthuman.{}.node", name.trim())))?;
    Ok(())
}

fn library() -> PathBuf {
    target().join("release").join(format!("{DLL_PREFIX}agenthuman_node{DLL_SUFFIX}"))
}

/// Returns the sizes of the released files.
pub(super) fn sizes(language: Language, samples: &mut Samples) -> Result<()> {
    let artefact = match language {
        Language::Python => only_file(&folder().join("wheels"))?,
        Language::Node => library(),
        Language::Rust => return Ok(()),
    };
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let size = std::fs::metadata(&artefact).with_context(|| artefact.display().to_string())?.len() as f64 / 1e6;
    samples.add("size", "artefact", [("mb".to_owned(), size)].into());
    Ok(())
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    Ok(files.next().with_context(|| format!("{} is empty", folder.display()))??.path())
}
