//! The tools of the languages: finds them on this machine, and installs packages into folders of the checkout.

use crate::root;
use crate::steps::{read, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest versions that the packages support.
pub const PYTHON: (u32, u32) = (3, 10);
const NODE: (u32, u32) = (20, 0);

/// Cargo, at the root of the checkout.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// The path of a binary of the workspace in a dev build.
pub fn binary(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The folder of cargo's builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Finds Python, or returns what is missing.
pub fn python() -> Result<PathBuf, String> {
    python_since(PYTHON)
}

/// Finds a Python of this version or a newer one, or returns what is missing.
pub fn python_since(oldest: (u32, u32)) -> Result<PathBuf, String> {
    find(&["python3", "python"], oldest, "Python")
}

/// Finds Node, or returns what is missing.
pub fn node() -> Result<PathBuf, String> {
    let node = find(&["node"], NODE, "Node.js")?;
    find(&["npm"], (0, 0), "npm")?;
    Ok(node)
}

fn find(names: &[&str], oldest: (u32, u32), what: &str) -> Result<PathBuf, String> {
    let wanted = format!("{what} {}.{} or newer is not installed", oldest.0, oldest.1);
    for name in names {
        let Ok(output) = Command::new(name).arg("--version").output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if version(&text).is_some_and(|found| found >= oldest) {
            return Ok(PathBuf::from(name));
        }
    }
    Err(wanted)
}

/// Returns the first `N.N` in the version output of a tool.
pub fn version(text: &str) -> Option<(u32, u32)> {
    let numbers = text.trim().trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = numbers.split('.').map(|part| part.trim().parse::<u32>());
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Creates the virtual environment of the checkout, with the dependencies of the tests.
pub fn venv(python: &Path) -> Result<PathBuf> {
    venv_in(python, ".venv", "bindings-python/requirements-dev.txt")
}

/// Creates a virtual environment in a folder of the checkout, with the packages of a requirements file.
pub fn venv_in(python: &Path, folder: &str, requirements: &str) -> Result<PathBuf> {
    let folder = root().join(folder);
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if !bin.join("python").exists() {
        run(Command::new(python).args(["-m", "venv"]).arg(&folder))?;
    }
    let mut install = Command::new(bin.join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(root().join(requirements));
    run(&mut install)?;
    Ok(bin)
}

/// Builds the Python package and installs it into the virtual environment whose programs are in `bin`.
pub fn python_package(bin: &Path) -> Result<()> {
    let venv = bin.parent().context("the programs of a virtual environment are in a folder of it")?;
    let mut command = Command::new(bin.join("maturin"));
    command.arg("develop").arg("--quiet").current_dir(root().join("bindings-python"));
    run(command.env("VIRTUAL_ENV", venv))
}

/// The packages that the Node package is built and checked with.
pub fn node_modules() -> Result<()> {
    let folder = root().join("bindings-node");
    let wanted = std::fs::read(folder.join("package-lock.json")).context("bindings-node/package-lock.json")?;
    let marker = folder.join("node_modules/.installed-from");
    if std::fs::read(&marker).ok().as_deref() != Some(&wanted) {
        run(&mut npm(&["ci"]))?;
        std::fs::write(&marker, wanted)?;
    }
    Ok(())
}

/// The Node package, built in its folder.
pub fn node_package() -> Result<()> {
    node_modules()?;
    run(&mut npm(&["run", "build"]))?;
    // The examples use the package through a link to its folder.
    run(&mut npm_in("examples/node", &["ci"]))?;
    run(&mut npm_in("examples/mobile-backend/node", &["ci"]))
}

/// npm, in the folder of the Node package.
pub fn npm(arguments: &[&str]) -> Command {
    npm_in("bindings-node", arguments)
}

/// npm, in a folder of the checkout.
pub fn npm_in(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(root().join(folder));
    command
}

/// Finds Chromium, or returns what is missing.
pub fn chromium() -> Result<PathBuf, String> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).into_iter();
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.chain(usual).find(|path| path.exists()).ok_or_else(|| "Chromium is not installed".to_owned())
}

/// The versions of the tools, in a line.
pub fn versions() -> String {
    ["cargo", "python3", "node"]
        .iter()
        .map(|tool| {
            read(Command::new(tool).arg("--version")).map_or_else(|_| format!("{tool}: none"), |text| text.trim().to_owned())
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_as_tools_print_them() {
        assert_eq!(version("Python 3.11.7\n"), Some((3, 11)));
        assert_eq!(version("v20.20.2"), Some((20, 20)));
        assert_eq!(version("none"), None);
    }
}
