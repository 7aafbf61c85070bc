//! The measured clients: one file each in bench/, which lists its dependencies in its first lines.

use super::{Language, Options, folder, setup};
use crate::root;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The client of this project, and its package.
pub const OURS: &str = "agenthuman";

/// A group of clients that are compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sync,
    Async,
}

impl Kind {
    /// The kind of a client, by its name.
    pub fn of(name: &str) -> Kind {
        if name.ends_with("_sync") { Kind::Sync } else { Kind::Async }
    }
}

pub struct Client {
    pub name: String,
    pub kind: Kind,
    /// The supported modes, if not all.
    modes: Option<Vec<String>>,
    program: PathBuf,
    arguments: Vec<String>,
    /// The folder with the packages of a Node client.
    packages: Option<PathBuf>,
}

impl Client {
    pub fn is_ours(&self) -> bool {
        is_ours(&self.name)
    }

    pub fn has(&self, mode: &str) -> bool {
        self.modes.as_ref().is_none_or(|modes| modes.iter().any(|has| has == mode))
            // Memory is measured only for our clients, and a floor has nothing to construct.
            && (mode != "memory" || self.is_ours())
            && (mode != "construct" || (self.kind == Kind::Sync || self.packages.is_some()) && !self.name.starts_with("floor"))
    }

    /// Returns the program and its first arguments. Those of the mode follow.
    pub fn words(&self) -> (Vec<String>, Vec<(&'static str, &Path)>) {
        let words = std::iter::once(self.program.to_string_lossy().into_owned()).chain(self.arguments.iter().cloned());
        let packages = self.packages.iter().map(|folder| ("AGENTHUMAN_BENCH_PACKAGES", folder.as_path()));
        (words.collect(), packages.collect())
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with(OURS)
}

/// A client of another project.
pub fn is_peer(name: &str) -> bool {
    !is_ours(name) && !name.starts_with("floor")
}

/// The settings in the first lines of a client's file.
struct Header {
    name: String,
    /// Requirements, separated by spaces.
    needs: Option<String>,
    /// Skipped in quick runs.
    slow: bool,
    modes: Option<Vec<String>>,
}

/// The clients of a language that the options select.
fn headers(language: Language, extension: &str, options: &Options) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    let folder = root().join("bench").join(language.name()).join("clients");
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_none_or(|found| found != extension) {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let said = |what: &str| {
            let lines = text.lines().take(4).map(|line| line.trim_start_matches(['#', '/', ' ']));
            lines.filter_map(|line| line.strip_prefix(what)).map(|rest| rest.trim().to_owned()).next()
        };
        // A file without `needs:` is a helper.
        let Some(needs) = said("needs:") else { continue };
        headers.push(Header {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            needs: Some(needs).filter(|needs| !needs.is_empty()),
            slow: said("slow:").is_some(),
            modes: said("modes:").map(|modes| modes.split_whitespace().map(str::to_owned).collect()),
        });
    }
    headers.retain(|header| options.selects(&header.name) && !(options.quick && header.slow));
    headers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(headers)
}

/// Whether this project's package must be built first.
fn builds_ours(headers: &[Header], options: &Options) -> bool {
    !options.no_build && headers.iter().any(|header| is_ours(&header.name))
}

pub fn rust(options: &Options) -> Vec<Client> {
    let client = |name: &str| Client {
        name: name.to_owned(),
        kind: Kind::Async,
        modes: None,
        program: setup::built("bench-client"),
        arguments: vec![name.to_owned()],
        packages: None,
    };
    [OURS, "reqwest"].into_iter().filter(|name| options.selects(name)).map(client).collect()
}

pub fn python(python: &Path, options: &Options) -> Result<Vec<Client>> {
    let headers = headers(Language::Python, "py", options)?;
    if builds_ours(&headers, options) {
        setup::wheel(python)?;
    }
    let runner = root().join("bench/python/run.py").to_string_lossy().into_owned();
    let client = |header: Header| {
        Ok(Client {
            kind: if header.name.ends_with("_async") { Kind::Async } else { Kind::Sync },
            modes: header.modes,
            program: setup::python_with(python, header.needs.as_deref())?,
            arguments: vec![runner.clone(), header.name.clone()],
            packages: None,
            name: header.name,
        })
    };
    headers.into_iter().map(client).collect()
}

pub fn node(node: &Path, options: &Options) -> Result<Vec<Client>> {
    let headers = headers(Language::Node, "mjs", options)?;
    if builds_ours(&headers, options) {
        setup::addon(node)?;
    }
    let runner = root().join("bench/node/run.mjs").to_string_lossy().into_owned();
    let client = |header: Header| {
        let packages = match header.needs.as_deref() {
            None => folder(),
            Some(package) => setup::node_with(package)?,
        };
        Ok(Client {
            kind: Kind::Async,
            modes: header.modes,
            program: node.to_owned(),
            arguments: vec!["--expose-gc".to_owned(), runner.clone(), header.name.clone()],
            packages: Some(packages),
            name: header.name,
        })
    };
    headers.into_iter().map(client).collect()
}

/// Creates a command, pinned to one core if the system supports it.
pub fn pinned(core: usize, words: &[String]) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > 1 && Command::new("taskset").arg("--version").output().is_ok() {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).args(words);
        return command;
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}
