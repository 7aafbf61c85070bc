//! Checks that bindings do not name operations or errors: they pass through as data, so that bindings do not grow with the API.

use crate::source_files::rust_files;
use agenthuman::error::KINDS;
use agenthuman::operations;
use agenthuman::table::Surface;
use anyhow::Result;
use std::fs;
use std::path::Path;

pub struct Source {
    path: String,
    text: String,
}

/// The Rust files of all bindings.
pub fn sources(root: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let folder = entry.path().join("src");
        if !entry.file_name().to_string_lossy().starts_with("bindings-") || !folder.is_dir() {
            continue;
        }
        for path in rust_files(&folder)? {
            let text = fs::read_to_string(&path)?;
            found.push(Source { path: path.strip_prefix(root)?.display().to_string(), text });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Returns the places that name an operation or the code of an error.
pub fn find(sources: &[Source]) -> Vec<String> {
    let operations: Vec<&str> = operations::all(Surface::Server).map(|operation| operation.name).collect();
    let codes: Vec<&str> = KINDS.iter().map(|entry| entry.code).collect();
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let named = operations.iter().filter(|name| holds_word(line, name)).map(|name| ("operation", name));
            let coded = codes.iter().filter(|code| holds_code(line, code)).map(|code| ("error", code));
            found
                .extend(named.chain(coded).map(|(kind, name)| format!("{}:{} names the {kind} {name}", source.path, number + 1)));
        }
    }
    found
}

/// Codes of one word are also English words, so they count only as separate literals.
fn holds_code(line: &str, code: &str) -> bool {
    if code.contains('_') { holds_word(line, code) } else { line.contains(&format!("\"{code}\"")) }
}

fn holds_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::{Source, find};

    fn found(text: &str) -> Vec<String> {
        let source = Source { path: "bindings-x/src/lib.rs".into(), text: text.into() };
        find(&[source])
    }

    #[test]
    fn a_name_or_a_code_is_found_with_its_line() {
        assert_eq!(
            found("\nmatch op { \"sessions.create\" => 1 }"),
            ["bindings-x/src/lib.rs:2 names the operation sessions.create"]
        );
        assert_eq!(found("// api_key_revoked"), ["bindings-x/src/lib.rs:1 names the error api_key_revoked"]);
        assert_eq!(found("if code == \"closed\" {"), ["bindings-x/src/lib.rs:1 names the error closed"]);
    }

    #[test]
    fn other_words_are_none() {
        assert!(found("let timeout = options.timeout; // the connection is closed\nlet agents.listing = my_auth.me;").is_empty());
        assert!(found("let is_not_found = not_found_by_name;").is_empty());
    }
}
