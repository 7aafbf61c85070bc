//! Searching every version of every file, and every message, in the history of a git repository.

use super::{Report, digest, search};
use crate::failure::Failure;
use agenthuman::Kind;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Searches what any branch, tag or stash reaches.
pub fn search(path: &Path, report: &mut Report) -> Result<(), Failure> {
    let root = PathBuf::from(read(path, &["rev-parse", "--show-toplevel"])?.trim_end_matches(['\r', '\n']));
    let ignored = ignored(&root);
    let mut list = git(&root, &["rev-list", "--objects", "--all"]).stdout(Stdio::piped()).spawn().map_err(cannot_run)?;
    let Some(objects) = list.stdout.take() else { return Err(broken("git rev-list gave no output")) };
    // Each line of the list is an object and its path; git answers with a line about the object, then its bytes.
    let mut batch = git(&root, &["cat-file", "--buffer", "--batch=%(objectname) %(objecttype) %(objectsize) %(rest)"])
        .stdin(objects)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot_run)?;
    let Some(output) = batch.stdout.take() else { return Err(broken("git cat-file gave no output")) };
    let mut output = BufReader::new(output);
    // The list begins with the newest commit, so the oldest version with a key stays.
    let mut oldest = BTreeMap::new();
    while let Some(object) = next(&mut output).map_err(|error| broken(&error.to_string()))? {
        let mut content = output.by_ref().take(object.size);
        if object.is_searched && !ignored.matched_path_or_any_parents(&object.path, false).is_ignore() {
            let found = search::keys(&mut content).map_err(|error| broken(&error.to_string()))?;
            report.files += 1;
            for found in found {
                oldest.insert((object.path.clone(), digest(&found.key)), (found, object.clone()));
            }
        }
        // The rest, and the line break after it.
        io::copy(&mut content, &mut io::sink())
            .and_then(|_| output.read_exact(&mut [0]))
            .map_err(|error| broken(&error.to_string()))?;
    }
    for process in [&mut list, &mut batch] {
        if !process.wait().is_ok_and(|status| status.success()) {
            return Err(broken("git could not read the history"));
        }
    }
    // Searching for a commit reads the whole history, so it is done once for each finding.
    for (found, object) in oldest.into_values() {
        let commit = commit_of(&root, &object)?;
        report.add(&object.path, found, Some(commit));
    }
    Ok(())
}

/// Whether the clone has only the newest commits.
pub fn is_shallow(path: &Path) -> Result<bool, Failure> {
    Ok(read(path, &["rev-parse", "--is-shallow-repository"])?.trim() == "true")
}

#[derive(Clone)]
struct Object {
    name: String,
    /// A version of a file, or a message; a folder has no text of its own.
    is_searched: bool,
    is_commit: bool,
    size: u64,
    path: String,
}

/// Parses the line about the next object.
fn next(output: &mut impl BufRead) -> io::Result<Option<Object>> {
    let mut line = Vec::new();
    if output.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line);
    let mut words = line.trim_end_matches('\n').splitn(4, ' ');
    let (name, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let size = words.next().and_then(|size| size.parse().ok());
    let size = size.ok_or_else(|| io::Error::other(format!("the object {name} is missing")))?;
    let path = match kind {
        "blob" => words.next().unwrap_or_default(),
        "tag" => "message of a tag",
        _ => "message of a commit",
    };
    let is_searched = kind != "tree";
    Ok(Some(Object { name: name.to_owned(), is_searched, is_commit: kind == "commit", size, path: path.to_owned() }))
}

/// The oldest commit that has the object.
fn commit_of(root: &Path, object: &Object) -> Result<String, Failure> {
    if object.is_commit {
        return Ok(object.name[..10].to_owned());
    }
    let find = format!("--find-object={}", object.name);
    let commits = read(root, &["log", "--all", "--reverse", "--format=%h", &find])?;
    Ok(commits.lines().next().unwrap_or(&object.name[..10]).to_owned())
}

/// The patterns of the repository's own list of files that may have keys.
fn ignored(root: &Path) -> Gitignore {
    let mut patterns = GitignoreBuilder::new(root);
    patterns.add(root.join(".agenthumanignore"));
    patterns.build().unwrap_or_else(|_| Gitignore::empty())
}

fn git(path: &Path, args: &[&str]) -> Command {
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let mut command = Command::new("git");
    command.arg("--no-pager");
    if !folder.as_os_str().is_empty() {
        command.arg("-C").arg(folder);
    }
    command.args(args).stdin(Stdio::null());
    command
}

fn read(path: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = git(path, args).output().map_err(cannot_run)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(broken(why.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ")))
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn cannot_run(error: io::Error) -> Failure {
    Failure::new(Kind::Configuration, format!("could not start git: {}", error.kind())).suggest("Install git, or omit --history.")
}

fn broken(why: &str) -> Failure {
    Failure::new(Kind::Configuration, format!("could not search the history: {why}"))
        .suggest("Run the command in a git repository, or omit --history.")
}
