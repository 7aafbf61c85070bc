//! The commands that the documents print exist, with these options.

use crate::common::agenthuman;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Returns each `agenthuman …` in a code block or in backticks, with its document.
fn commands(root: &Path) -> Vec<(PathBuf, String)> {
    let guides = fs::read_dir(root.join("docs/guides")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "examples/README.md", "bindings-python/README.md", "bindings-node/README.md", "SECURITY.md"];
    let mut found = Vec::new();
    for document in others.map(|path| root.join(path)).into_iter().chain(guides) {
        let text = fs::read_to_string(&document).unwrap();
        for (at, fenced) in text.split("```").enumerate() {
            let language = fenced.lines().next().unwrap_or_default();
            let pieces: Vec<&str> = match at % 2 {
                1 if !["", "sh", "yaml"].contains(&language) => Vec::new(),
                1 => fenced.lines().filter_map(|line| line.split("agenthuman ").nth(1)).collect(),
                _ => fenced.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("agenthuman ")).collect(),
            };
            for piece in pieces {
                let arguments = piece.split(['#', '|', ')', ';']).next().unwrap_or_default().trim();
                // Not the name of a package, a file or a module.
                if arguments.starts_with(|first: char| first.is_ascii_lowercase()) && !arguments.contains(['=', '{', ':', '…'])
                {
                    found.push((document.clone(), arguments.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
#[cfg(unix)]
fn commands_in_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let program = agenthuman(&[]).get_program().to_owned();
    let commands = commands(root);
    assert!(commands.len() > 15, "{commands:?}");
    for (document, arguments) in commands {
        // A shell splits the words. With --help nothing runs, and unknown commands and options are errors. Some options read an
        // object from standard input.
        let line = format!("echo '{{}}' | \"$0\" {arguments} --help");
        let output = Command::new("sh").arg("-c").arg(line).arg(&program).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: agenthuman {arguments}: {error}", document.display());
    }
}
