//! `cargo xtask docs`: the site of the documentation. The guides and the operations are pages of zensical, with the reference of
//! Python; typedoc, rustdoc, Dokka and DocC write those of the other languages.

mod check;
mod code;
mod includes;
mod markdown;
mod navigation;
mod operations;
mod pages;
mod references;
mod tables;

use crate::steps::{Close, Steps, run as run_command};
use crate::toolchains;
use anyhow::{Context, Result};
use references::References;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
pub struct Options {
    /// Build the guides, the operations and the reference of Python only.
    #[arg(long)]
    short: bool,
    /// Check the links of the site that was built before.
    #[arg(long)]
    check: bool,
}

/// The folder of everything that this task writes.
fn folder() -> PathBuf {
    toolchains::target().join("docs")
}

/// The built site.
fn site() -> PathBuf {
    folder().join("site")
}

/// Builds or checks the site.
pub fn run(options: &Options) -> Result<Close> {
    let mut steps = Steps::default();
    if options.check {
        steps.run("links", check::links);
        return steps.finish();
    }
    let references = if options.short { References::default() } else { references::build(&mut steps) };
    const PAGES: &str = "pages";
    let Some(bin) = tools(&mut steps, PAGES) else { return steps.finish() };
    let built = steps.run(PAGES, || {
        let pages = folder().join("pages");
        clear(&pages)?;
        pages::write(&pages, &references)?;
        // Its cache keeps pages of the last build.
        clear(&folder().join(".cache"))?;
        run_command(Command::new(bin.join("zensical")).args(["build", "--clean", "--strict"]).current_dir(folder()))?;
        references.copy(&site())
    });
    if built.is_some() {
        steps.run("links", check::links);
        println!("the site: {}", site().join("index.html").display());
    }
    steps.finish()
}

/// Installs zensical and mkdocstrings, and returns the folder of their programs.
fn tools(steps: &mut Steps, name: &str) -> Option<PathBuf> {
    match toolchains::python() {
        Ok(python) => steps.run("zensical, installed", || {
            fs::create_dir_all(folder())?;
            let tools = folder().join("tools");
            toolchains::venv_in(&python, &tools.to_string_lossy(), "docs/site/requirements.txt")
        }),
        Err(missing) => {
            steps.skip(name, &missing);
            None
        }
    }
}

/// Makes an empty folder.
fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    fs::create_dir_all(folder)?;
    Ok(())
}
