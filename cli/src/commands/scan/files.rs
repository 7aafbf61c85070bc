//! Searching files and folders.

use super::{Report, search};
use ignore::WalkBuilder;
use std::fs::File;
use std::path::Path;

/// Searches a file, or every file below a folder. `.git` is left out: the history has a search of its own.
pub fn search(root: &Path, with_ignored: bool, report: &mut Report) {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .git_ignore(!with_ignored)
        .git_exclude(!with_ignored)
        .git_global(false)
        .add_custom_ignore_filename(".agenthumanignore")
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                report.unread.push(error.to_string());
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path()).to_string_lossy().into_owned();
        match File::open(entry.path()).and_then(search::keys) {
            Ok(found) => {
                report.files += 1;
                found.into_iter().for_each(|found| report.add(&path, found, None));
            }
            Err(error) => report.unread.push(format!("{path}: {error}")),
        }
    }
}
