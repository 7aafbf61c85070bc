//! Checks that nothing tells users to install a package from a registry before it is published: the name may belong to someone
//! else. Publishing fills in the project's links, and ends the check.

use crate::metadata;
use crate::root;
use crate::steps::read;
use anyhow::{Result, bail};
use regex_lite::Regex;
use std::fs;
use std::process::Command;

/// The files that users read, and those with messages.
const FILES: [&str; 8] = [
    "*.md",
    "examples/*",
    "install.sh",
    "contract/messages.txt",
    "bindings-node/ts/*",
    "bindings-python/python/*",
    "cli/src/*",
    "docs/*",
];

/// How to release, and reasons of decisions.
const EXCEPT: [&str; 3] = ["RELEASING.md", "CHANGELOG.md", "docs/decisions/"];

const INSTALLERS: &str = r"\b(?:pip3? install|pipx (?:install|run)|uv(?:x| add| pip install| tool install| tool run)|npm (?:i|install|add|exec)|npx|pnpm (?:add|dlx)|yarn (?:add|dlx)|cargo (?:add|install)|docker (?:run|pull)|brew install)(?:\s+-\S+)*(?:\s+--)?\s+[^\s\w./]?agenthuman[\w-]*(?:[^\w/-]|$)";

pub fn check() -> Result<()> {
    // Whoever publishes fills in the links.
    if metadata::links()?.missing().is_empty() {
        return Ok(());
    }
    let files = read(Command::new("git").arg("ls-files").args(FILES).current_dir(root()))?;
    let files = files.lines().filter(|file| !EXCEPT.iter().any(|start| file.starts_with(start)));
    let installer = Regex::new(INSTALLERS)?;
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        found.extend(lines(&text, &installer).into_iter().map(|number| format!("{file}:{number}")));
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("these install a package by a name that is not published yet:\n  {}", found.join("\n  "))
}

/// The numbers of the lines that install a package by its name alone.
fn lines(text: &str, installer: &Regex) -> Vec<usize> {
    let numbered = text.lines().enumerate().filter(|(_, line)| installer.is_match(line) && !line.contains("--find-links"));
    // Beside the library, npx runs the command of the library.
    numbered.filter(|(_, line)| !line.contains("`npx agenthuman`")).map(|(at, _)| at + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::{INSTALLERS, lines};
    use regex_lite::Regex;

    #[test]
    fn names_are_found_and_files_are_not() {
        let installer = Regex::new(INSTALLERS).unwrap();
        let found = |text: &str| !lines(text, &installer).is_empty();
        for text in [
            "pip install agenthuman flask",
            "run `pip install -U 'agenthuman[sandbox]'`",
            "npm exec -- agenthuman-cli@0.1.0",
            "npx agenthuman-cli",
            "cargo add agenthuman",
            "docker run agenthuman-sandbox",
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            "pip install ./bindings-python",
            "pip install --no-index --find-links FOLDER agenthuman",
            "npm install agenthuman/bindings-node",
            "cargo run --package agenthuman-cli",
            "pip install tqdm",
            "`npx agenthuman` runs it",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
