//! `cargo xtask dist smoke`: installs the packages from their files alone, as on a machine that has nothing else, and uses them.

mod place;

use self::place::Place;
use super::tools::Tools;
use super::{Layout, image, installer, version};
use crate::archive::{self, Contents};
use crate::root;
use crate::steps::{Steps, read, run};
use crate::toolchains;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPTS: &str = "xtask/src/dist";

/// Runs the packages of a place's platform: this machine, or the root folder of another Linux.
pub fn run_all(steps: &mut Steps, layout: &Layout, inside: Option<&Path>) -> Result<()> {
    let place = inside.map_or_else(Place::here, Place::inside)?;
    let name = |what: &str| format!("{what}, {}", place.name());
    println!("smoke of {}", place.name());
    if let Err(missing) = place.prepare() {
        steps.skip(&name("every package"), &missing);
        return Ok(());
    }
    match place.python() {
        Err(missing) => steps.skip(&name("Python"), &missing),
        Ok(python) => drop(steps.run(&name("Python"), || of_python(layout, &place, &python))),
    }
    match toolchains::node().and_then(|_| place.node()) {
        Err(missing) => steps.skip(&name("Node"), &missing),
        Ok(node) => drop(steps.run(&name("Node"), || of_node(layout, &place, &node))),
    }
    steps.run(&name("archives"), || of_archives(layout, &place));
    if place.is_here() {
        installer::smoke(steps, layout);
        image::smoke(steps, layout)?;
    }
    Ok(())
}

/// Runs the packages of a place's platform, if they were built.
pub fn run_built(steps: &mut Steps, layout: &Layout, inside: Option<&Path>) -> Result<()> {
    let place = inside.map_or_else(Place::here, Place::inside)?;
    if layout.npm()?.join(format!("agenthuman-{}-{}.tgz", place.npm(), version())).exists() {
        return run_all(steps, layout, inside);
    }
    steps.skip(&format!("packages of {}", place.name()), "they were not built");
    Ok(())
}

/// The wheels, with `pip install agenthuman[sandbox] agenthuman-cli`.
fn of_python(layout: &Layout, place: &Place, python: &Path) -> Result<()> {
    let packages = layout.python()?;
    let folder = place.folder()?;
    let wanted = ["agenthuman[sandbox]", "agenthuman-cli"].map(|name| format!("{name}=={}", version()));
    let offline = ["install", "--quiet", "--disable-pip-version-check", "--no-index", "--only-binary=:all:", "--find-links"];
    let script = folder.path().join("smoke.py");
    fs::copy(root().join(SCRIPTS).join("smoke.py"), &script)?;
    let (mut conversation, mut command) = if place.is_here() {
        let venv = folder.path().join("venv");
        run_cleared(Command::new(python).args(["-m", "venv"]).arg(&venv))?;
        let bin = venv.join(if cfg!(windows) { "Scripts" } else { "bin" });
        run_cleared(Command::new(bin.join("python")).args(["-m", "pip"]).args(offline).arg(&packages).args(&wanted))?;
        (Command::new(bin.join("python")), Command::new(bin.join("agenthuman")))
    } else {
        // Its Python need not have pip: this machine's lays the files.
        let site = folder.path().join("site");
        let tools = Tools::install().map_err(anyhow::Error::msg)?;
        let mut install = tools.command("pip");
        install.args(offline).arg(&packages).arg("--target").arg(&site).args(place.pip_platform(python)?);
        run_cleared(install.args(&wanted))?;
        let inner = place.inner(&site);
        let mut conversation = place.command(python);
        let programs = inner.join("bin");
        conversation.env("PYTHONPATH", &inner).env("AGENTHUMAN_SANDBOX", programs.join(place.program_file("agenthuman-sandbox")));
        (conversation, place.command(&programs.join(place.program_file("agenthuman"))))
    };
    run_cleared(conversation.arg(place.inner(&script)))?;
    is_version(command.arg("--version"))
}

/// The packages of npm: `agenthuman`, its library, the sandbox and the command.
fn of_node(layout: &Layout, place: &Place, node: &Path) -> Result<()> {
    let folder = place.folder()?;
    let project = folder.path();
    let tarballs: Vec<PathBuf> = ["", "-sandbox", "-cli"]
        .iter()
        .flat_map(|name| {
            [format!("agenthuman{name}-{}.tgz", version()), format!("agenthuman{name}-{}-{}.tgz", place.npm(), version())]
        })
        .map(|name| Ok(layout.npm()?.join(name)))
        .collect::<Result<_>>()?;
    if let Some(missing) = tarballs.iter().find(|path| !path.exists()) {
        bail!("{} is missing", missing.display());
    }
    fs::write(project.join("package.json"), "{ \"private\": true }")?;
    fs::copy(root().join(SCRIPTS).join("smoke.mjs"), project.join("smoke.mjs"))?;
    let mut install = toolchains::npm(&["install", "--offline", "--no-save", "--omit=optional", "--no-audit", "--no-fund"]);
    if !place.is_here() {
        install.arg("--force");
    }
    run_cleared(install.args(&tarballs).current_dir(project))?;
    let mut conversation = place.command(node);
    run_cleared(conversation.arg(place.inner(&project.join("smoke.mjs"))))?;
    let launcher = project.join("node_modules/agenthuman-cli/agenthuman.js");
    is_version(place.command(node).arg(place.inner(&launcher)).arg("--version"))
}

/// The programs of the archives.
fn of_archives(layout: &Layout, place: &Place) -> Result<()> {
    let folder = place.folder()?;
    for name in ["agenthuman", "agenthuman-sandbox"] {
        let package = archive_of(layout, name, place.npm())?;
        let contents = Contents::read(&package)?;
        let file = place.program_file(name);
        let program = folder.path().join(&file);
        archive::write_program(&program, contents.file(&format!("/{file}")).context("the archive has no program")?)?;
        is_version(place.command(&place.inner(&program)).arg("--version"))?;
    }
    Ok(())
}

/// Returns the archive of a program for a platform of npm.
pub fn archive_of(layout: &Layout, name: &str, platform: &str) -> Result<PathBuf> {
    let targets = super::targets::TARGETS.iter().filter(|target| target.platforms_of_programs().contains(&platform));
    let archives = layout.archives()?;
    // Two targets are for Windows.
    let mut files: Vec<PathBuf> = targets
        .map(|target| {
            let extension = if target.is_windows() { "zip" } else { "tar.gz" };
            archives.join(format!("{name}-{}-{}.{extension}", version(), target.triple_of_programs()))
        })
        .collect();
    files.sort_by_key(|file| !file.exists());
    files.into_iter().next().with_context(|| format!("there are no programs for {platform}"))
}

/// Runs a command without the variables of the checkout, and fails if it does not print the version.
fn is_version(command: &mut Command) -> Result<()> {
    let output = read(cleared(command))?;
    println!("{}", output.trim());
    if output.split_whitespace().last() != Some(version()) {
        bail!("the program printed {output:?} instead of its version, {}", version());
    }
    Ok(())
}

fn run_cleared(command: &mut Command) -> Result<()> {
    run(cleared(command))
}

/// Removes what would make the packages find something else than each other.
fn cleared(command: &mut Command) -> &mut Command {
    for name in ["AGENTHUMAN_API_KEY", "AGENTHUMAN_TOKEN", "AGENTHUMAN_BASE_URL", "NODE_PATH", "PYTHONHOME"] {
        command.env_remove(name);
    }
    command
}
