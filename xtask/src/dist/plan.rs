//! `cargo xtask dist plan`: whether the checkout can be released. And the checksums of everything in a release.

use super::{Layout, version};
use crate::archive;
use crate::steps::read;
use crate::{metadata, root};
use anyhow::{Result, bail};
use std::fs;
use std::process::Command;

/// The tag that publishes nothing.
pub const DRY_RUN: &str = "dry-run";

/// Checks that the checkout can be released under a tag, and prints what a workflow needs to know.
///
/// # Errors
/// If files differ in their version, or, unless it is a dry run, the tag is another version, the changelog has no section
/// for it, the checkout has changes, or a link of the project is not filled in.
pub fn run(tag: &str) -> Result<()> {
    crate::version::check()?;
    metadata::check()?;
    let version = version();
    if tag != DRY_RUN {
        let changes = read(Command::new("git").args(["status", "--porcelain"]).current_dir(root()))?;
        let changelog = fs::read_to_string(root().join("CHANGELOG.md"))?;
        let problems = problems(tag, version, &changelog, &changes, &metadata::links()?.missing());
        if !problems.is_empty() {
            bail!("{tag} cannot be released: {}", problems.join("; "));
        }
    }
    println!("version={version}");
    println!("publishing={}", tag != DRY_RUN);
    Ok(())
}

fn problems(tag: &str, version: &str, changelog: &str, changes: &str, missing_links: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    if tag != format!("v{version}") {
        problems.push(format!("the tag must be v{version}"));
    }
    if notes(changelog, version).is_none() {
        problems.push(format!("CHANGELOG.md has no section \"## [{version}]\""));
    }
    if !changes.is_empty() {
        problems.push("the checkout has changes that are not committed".to_owned());
    }
    if !missing_links.is_empty() {
        problems.push(format!("these links are empty in Cargo.toml: {}", missing_links.join(", ")));
    }
    problems
}

/// Returns the section of a version in the changelog.
fn notes<'a>(changelog: &'a str, version: &str) -> Option<&'a str> {
    let (_, after) = changelog.split_once(&format!("\n## [{version}]"))?;
    let (_, section) = after.split_once('\n')?;
    Some(section.split_once("\n## ").map_or(section, |(section, _)| section).trim())
}

/// Writes the checksums of all packages, as `sha256sum --check` reads them, and the notes of the release.
pub fn checksums(layout: &Layout) -> Result<()> {
    let mut text = String::new();
    for kind in ["archives", "image", "maven", "npm", "phones", "python"] {
        for path in layout.packages(kind)? {
            if path.extension().is_some_and(|extension| extension == "sha256") {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            text.push_str(&format!("{}  {kind}/{name}\n", archive::sha256(&fs::read(&path)?)));
        }
    }
    if text.is_empty() {
        bail!("{} contains no packages", layout.0.display());
    }
    fs::write(layout.0.join("SHA256SUMS"), text)?;
    let changelog = fs::read_to_string(root().join("CHANGELOG.md"))?;
    let notes = notes(&changelog, version()).or_else(|| notes(&changelog, "Unreleased")).unwrap_or_default();
    Ok(fs::write(layout.0.join("NOTES.md"), format!("{notes}\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-01\n\n### Added\n- A.\n\n## [0.1.0]\n\n- B.\n";

    #[test]
    fn a_release_needs_its_tag_its_notes_and_its_links() {
        assert!(problems("v0.2.0", "0.2.0", CHANGELOG, "", &[]).is_empty());
        let all = problems("v0.2", "0.3.0", CHANGELOG, " M a.rs", &["repository"]);
        assert_eq!(all.len(), 4, "{all:?}");
        assert_eq!(all[0], "the tag must be v0.3.0");
        assert!(all[3].contains("repository"));
    }

    #[test]
    fn the_notes_are_the_section_of_the_version() {
        assert_eq!(notes(CHANGELOG, "0.2.0"), Some("### Added\n- A."));
        assert_eq!(notes(CHANGELOG, "0.1.0"), Some("- B."));
        assert_eq!(notes(CHANGELOG, "0.3.0"), None);
    }
}
