//! Finding the Rust files of a folder.

use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the Rust files below a folder, sorted by path.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The same without the files of unit tests.
pub fn rust_files_without_tests(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = rust_files(folder)?;
    found.retain(|path| !path.ends_with("tests.rs"));
    Ok(found)
}
