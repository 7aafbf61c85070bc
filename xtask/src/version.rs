//! `cargo xtask version X.Y.Z`: the version stands in Cargo.toml, and is written from there to every other file that has it. The
//! project's links are written by the same command.

use crate::steps::run;
use crate::toolchains::cargo;
use crate::{metadata, root};
use anyhow::{Context, Result, bail};
use regex_lite::Regex;
use std::fs;
use std::path::{Path, PathBuf};

/// A file, and what is before and after the version in it, as regular expressions.
struct Place {
    path: &'static str,
    before: &'static str,
    after: &'static str,
}

const CARGO: Place = Place { path: "Cargo.toml", before: r#"\[workspace\.package\]\nversion = ""#, after: r#"""# };

/// Every other place. Cargo.lock and the generated files follow by themselves.
const PLACES: &[Place] = &[
    Place { path: "Cargo.toml", before: r#"path = "(?:core|relay|sandbox)", version = ""#, after: r#"""# },
    Place { path: "install.sh", before: "\nVERSION=", after: "\n" },
    Place { path: "README.md", before: "com\\.agenthuman:agenthuman:", after: "`" },
    Place { path: "examples/compose.yaml", before: "agenthuman-sandbox:", after: "\n" },
    Place { path: "bindings-kotlin/README.md", before: "com\\.agenthuman:agenthuman:", after: "[\"`]" },
    Place { path: "bindings-kotlin/pom.xml", before: "<artifactId>agenthuman</artifactId>\\s*<version>", after: "</version>" },
    Place { path: "examples/kotlin/pom.xml", before: "<artifactId>agenthuman</artifactId>\\s*<version>", after: "</version>" },
    Place {
        path: "examples/android-compose/pom.xml",
        before: "<artifactId>agenthuman</artifactId>\\s*<version>",
        after: "</version>",
    },
    Place { path: "examples/android-compose/gradle/libs.versions.toml", before: "\nagenthuman = \"", after: "\"" },
    Place { path: "docs/guides/android.md", before: "com\\.agenthuman:agenthuman:|\nagenthuman = \"", after: "\"" },
    Place { path: "integrations/agenthuman-livekit/pyproject.toml", before: INTEGRATION, after: r#"""# },
    Place { path: "integrations/agenthuman-pipecat/pyproject.toml", before: INTEGRATION, after: r#"""# },
    Place { path: "bindings-node/package.json", before: r#"\n  "version": ""#, after: r#"""# },
    Place { path: "bindings-node/package-lock.json", before: LOCKED, after: r#"""# },
    Place { path: "examples/node/package-lock.json", before: LOCKED, after: r#"""# },
    Place { path: "examples/mobile-backend/node/package-lock.json", before: LOCKED, after: r#"""# },
    Place { path: "examples/next/package-lock.json", before: LOCKED, after: r#"""# },
    Place { path: "bindings-node/npm/cli/package.json", before: r#""agenthuman-cli-[a-z0-9-]+": ""#, after: r#"""# },
    Place { path: "bindings-node/npm/sandbox/package.json", before: r#""agenthuman-sandbox-[a-z0-9-]+": ""#, after: r#"""# },
];

/// The version of a package for a framework, and that of the client that it needs.
const INTEGRATION: &str = r#"\nversion = "|"agenthuman=="#;
const LOCKED: &str = r#""name": "agenthuman",\s*"version": ""#;

/// The packages of npm for each platform, each with a manifest.
const PLATFORMS: &str = "bindings-node/npm";

/// Writes a version everywhere.
pub fn write(version: &str) -> Result<()> {
    let form = Regex::new(r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")?;
    if !form.is_match(version) {
        bail!("version must be X.Y.Z, optionally with a pre-release such as -rc.1; got {version:?}");
    }
    for (path, found) in places()? {
        let text = fs::read_to_string(&path)?;
        let written = found.replace_all(&text, |groups: &regex_lite::Captures| format!("{}{version}{}", &groups[1], &groups[3]));
        fs::write(&path, written.as_ref())?;
    }
    metadata::write()?;
    run(&mut cargo(&["update", "--quiet", "--workspace", "--offline"]))?;
    // In a process of its own: the generated files have the version of the core that is compiled into it.
    run(&mut cargo(&["run", "--quiet", "--package", "xtask", "--", "codegen"]))
}

/// Fails if a file has another version than Cargo.toml, or none.
pub fn check() -> Result<()> {
    let mut versions = places()?.into_iter().map(|(path, found)| anyhow::Ok((versions_in(&path, &found)?, path)));
    let (expected, _) = versions.next().context("there is no place")??;
    for place in versions {
        let (versions, path) = place?;
        if versions.iter().any(|version| *version != expected[0]) {
            bail!(
                "{} has the version {}, and Cargo.toml {}; run `cargo xtask version {}`",
                path.display(),
                versions.join(", "),
                expected[0],
                expected[0]
            );
        }
    }
    Ok(())
}

fn versions_in(path: &Path, found: &Regex) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let versions: Vec<String> = found.captures_iter(&text).map(|groups| groups[2].to_owned()).collect();
    if versions.is_empty() {
        bail!("{} has no version where it is expected", path.display());
    }
    Ok(versions)
}

/// Every place, Cargo.toml first. The second group of the expression is the version.
fn places() -> Result<Vec<(PathBuf, Regex)>> {
    let mut places = vec![found(root().join(CARGO.path), CARGO.before, CARGO.after)?];
    for place in PLACES {
        places.push(found(root().join(place.path), place.before, place.after)?);
    }
    for folder in fs::read_dir(root().join(PLATFORMS))? {
        let manifest = folder?.path().join("package.json");
        if manifest.exists() {
            places.push(found(manifest, r#"\n  "version": ""#, r#"""#)?);
        }
    }
    Ok(places)
}

fn found(path: PathBuf, before: &str, after: &str) -> Result<(PathBuf, Regex)> {
    Ok((path, Regex::new(&format!("({before})([0-9][0-9A-Za-z.-]*)({after})"))?))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn every_file_has_the_version() {
        check().unwrap();
    }
}
