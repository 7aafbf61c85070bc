//! `agenthuman scan`: finds API keys in files and in git's history.

mod files;
mod history;
mod search;

use crate::failure::Failure;
use crate::output::{Output, plain};
use agenthuman::{ApiKey, KeyEnvironment};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
Prints the file, the line and the masked key of each API key that it finds. Files that git ignores
are searched with --ignored only, but a PATH that is named is always searched.

These are not reported:
  a key with the word \"example\" in it, such as ah_test_exampleexampleexampleexample0000
  a key on a line that has the comment `agenthuman-scan: allow`
  files that match a pattern in .agenthumanignore, which has the syntax of .gitignore

Exit status: 0 no key found, 1 a key was found or a file could not be read, 2 wrong usage.";

#[derive(clap::Args)]
pub struct Args {
    /// Files and folders to search
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Also search every version of every file in the history of the git repository
    #[arg(long)]
    history: bool,
    /// Also search files that git ignores, such as build output
    #[arg(long)]
    ignored: bool,
}

/// A key in one file, at its line there.
struct Finding {
    line: u64,
    masked: String,
    environment: KeyEnvironment,
    /// The commit that added it, if it was found in the history.
    commit: Option<String>,
}

/// The findings by path and key, so that a key is reported once a file, however many versions of the file have it.
#[derive(Default)]
struct Report {
    findings: BTreeMap<(String, u64), Finding>,
    files: u64,
    /// Paths that could not be read, each with the reason.
    unread: Vec<String>,
}

pub fn run(output: &Output, args: &Args) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    for path in &args.paths {
        files::search(path, args.ignored, &mut report);
        if args.history {
            if history::is_shallow(path)? {
                output.note("The clone is shallow: older commits are missing and were not searched (git fetch --unshallow).");
            }
            history::search(path, &mut report)?;
        }
    }
    for why in &report.unread {
        output.note(&format!("not searched: {}", plain(why)));
    }
    if output.json {
        output.document(&json!({
            "findings": report.findings.iter().map(document).collect::<Vec<_>>(),
            "files": report.files,
            "unread": report.unread,
        }))?;
    } else {
        for finding in &report.findings {
            output.text(&line(finding))?;
        }
    }
    let found = report.findings.len();
    match found {
        0 => output.note(&format!("No API key found; files searched: {}.", report.files)),
        1 => output.note(&format!("1 API key found. {WHAT_TO_DO}")),
        _ => output.note(&format!("{found} API keys found. {WHAT_TO_DO}")),
    }
    Ok(if found == 0 && report.unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A hash that identifies a key without storing it.
fn digest(key: &ApiKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.expose().hash(&mut hasher);
    hasher.finish()
}

const WHAT_TO_DO: &str = "\
Anyone who can read the file can use the key. Delete the key with `agenthuman keys delete`
or replace it with `agenthuman keys rotate`, and store the new key in the environment or a secret manager.";

fn line(((path, _), finding): (&(String, u64), &Finding)) -> String {
    let commit = finding.commit.as_ref().map(|commit| format!(" (commit {commit})")).unwrap_or_default();
    format!("{}:{}{commit}: {}", plain(path), finding.line, finding.masked)
}

fn document(((path, _), finding): (&(String, u64), &Finding)) -> Value {
    let Finding { line, masked, environment, commit } = finding;
    json!({ "path": path, "line": line, "commit": commit, "key": masked, "environment": environment.as_str() })
}

impl Report {
    /// Adds a key of a file, or of a version of it in `commit`. A finding in the files is kept over one in the history.
    fn add(&mut self, path: &str, found: search::Found, commit: Option<String>) {
        let search::Found { line, key } = found;
        let place = (path.to_owned(), digest(&key));
        if self.findings.get(&place).is_none_or(|known| known.commit.is_some()) {
            self.findings.insert(place, Finding { line, masked: key.masked(), environment: key.environment(), commit });
        }
    }
}
