//! Gradle's own description of the package, which it prefers to the pom. Gradle is not in the registries that this project uses, so
//! that its rules for the choice of a variant are checked here, as its specification has them: Gradle Module Metadata 1.1, and the
//! attributes that the Android Gradle plugin asks for.

use super::{ARTIFACT, Dependency, GROUP};
use crate::archive::sha256;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// What each class path of an Android app asks for. An attribute that a variant does not have is no obstacle.
const ASKED: [(&str, &str); 3] = [
    ("org.gradle.category", "library"),
    ("org.gradle.jvm.environment", "android"),
    ("org.jetbrains.kotlin.platform.type", "androidJvm"),
];
const USAGE: &str = "org.gradle.usage";
const API: &str = "java-api";
const RUNTIME: &str = "java-runtime";

/// Describes an archive.
pub fn metadata(name: &str, archive: &[u8], dependencies: &[Dependency]) -> Value {
    let listed = |is_listed: &dyn Fn(&Dependency) -> bool| -> Vec<Value> {
        let entries = dependencies.iter().filter(|dependency| is_listed(dependency)).map(|dependency| {
            let Dependency { group, name, version } = dependency;
            let mut entry = json!({ "group": group, "module": name, "version": { "requires": version } });
            if !dependency.is_api() {
                entry["thirdPartyCompatibility"] =
                    json!({ "artifactSelector": { "name": name, "type": "aar", "extension": "aar" } });
            }
            entry
        });
        entries.collect()
    };
    let variant = |variant: &str, usage: &str, dependencies: Vec<Value>| {
        let mut attributes = json!({
            "org.gradle.dependency.bundling": "external",
            "org.gradle.libraryelements": "aar",
            USAGE: usage,
        });
        for (attribute, value) in ASKED {
            attributes[attribute] = value.into();
        }
        json!({
            "name": variant,
            "attributes": attributes,
            "dependencies": dependencies,
            "files": [{ "name": name, "url": name, "size": archive.len(), "sha256": sha256(archive) }],
        })
    };
    json!({
        "formatVersion": "1.1",
        "component": {
            "group": GROUP,
            "module": ARTIFACT,
            "version": env!("CARGO_PKG_VERSION"),
            "attributes": { "org.gradle.status": "release" },
        },
        "variants": [
            variant("releaseApiElements", API, listed(&Dependency::is_api)),
            variant("releaseRuntimeElements", RUNTIME, listed(&|_| true)),
        ],
    })
}

/// Fails if Gradle would not find the package in this folder, or not what is in it.
pub fn check(folder: &Path) -> Result<()> {
    let stem = format!("{ARTIFACT}-{}", env!("CARGO_PKG_VERSION"));
    let metadata: Value = serde_json::from_slice(&fs::read(folder.join(format!("{stem}.module")))?)?;
    ensure!(metadata["formatVersion"] == "1.1", "Gradle does not know this format");
    let component = &metadata["component"];
    let place = ["group", "module", "version"].map(|field| component[field].as_str().unwrap_or_default().replace('.', "/"));
    let path = folder.to_string_lossy().replace(['.', '\\'], "/");
    ensure!(path.ends_with(&place.join("/")), "{path} is not the place of {}", place.join("/"));
    for usage in [API, RUNTIME] {
        let variant = chosen(&metadata, usage)?;
        ensure!(variant["attributes"][USAGE] == usage, "{usage} is served by {}", variant["name"]);
        for file in list(&variant["files"]) {
            let url = file["url"].as_str().context("a file has no URL")?;
            let bytes = fs::read(folder.join(url)).with_context(|| url.to_owned())?;
            ensure!(file["size"] == bytes.len() && file["sha256"] == sha256(&bytes), "{url} is another file than described");
            ensure!(url.ends_with(".aar"), "the plugin knows an archive by its ending, and {url} has another");
        }
        for dependency in list(&variant["dependencies"]) {
            let is_complete = ["group", "module"].iter().all(|field| dependency[field].is_string());
            ensure!(is_complete && dependency["version"]["requires"].is_string(), "incomplete: {dependency}");
        }
    }
    // The pom is what other tools than Gradle read.
    let pom = fs::read_to_string(folder.join(format!("{stem}.pom")))?;
    for dependency in list(&chosen(&metadata, RUNTIME)?["dependencies"]) {
        let name = dependency["module"].as_str().unwrap_or_default();
        ensure!(pom.contains(&format!("<artifactId>{name}</artifactId>")), "the pom has no {name}");
    }
    Ok(())
}

/// The variant that Gradle chooses: the only one that is compatible, or else the only one with the same usage.
fn chosen<'a>(metadata: &'a Value, usage: &str) -> Result<&'a Value> {
    let is_compatible = |variant: &&Value| {
        let attributes = &variant["attributes"];
        let same = |(attribute, value): (&str, &str)| attributes[attribute].is_null() || attributes[attribute] == value;
        // What an app needs to run serves to compile it, too, but not the other way round.
        let serves = attributes[USAGE] == usage || (usage == API && attributes[USAGE] == RUNTIME);
        serves && ASKED.into_iter().all(same)
    };
    let compatible: Vec<&Value> = list(&metadata["variants"]).iter().filter(is_compatible).collect();
    let exact: Vec<&Value> = compatible.iter().copied().filter(|variant| variant["attributes"][USAGE] == usage).collect();
    match (&compatible[..], &exact[..]) {
        ([one], _) | (_, [one]) => Ok(one),
        ([], _) => bail!("no variant is compatible with {usage}"),
        _ => bail!("several variants are compatible with {usage}"),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> (tempfile::TempDir, std::path::PathBuf, Value) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("com/agenthuman").join(ARTIFACT).join(env!("CARGO_PKG_VERSION"));
        fs::create_dir_all(&place).unwrap();
        let stem = format!("{ARTIFACT}-{}", env!("CARGO_PKG_VERSION"));
        let jna = Dependency { group: "net.java.dev.jna".into(), name: "jna".into(), version: "1".into() };
        let metadata = metadata(&format!("{stem}.aar"), b"archive", &[jna]);
        fs::write(place.join(format!("{stem}.aar")), b"archive").unwrap();
        fs::write(place.join(format!("{stem}.pom")), "<artifactId>jna</artifactId>").unwrap();
        (folder, place, metadata)
    }

    fn checked(place: &Path, metadata: &Value) -> Result<()> {
        let name = format!("{ARTIFACT}-{}.module", env!("CARGO_PKG_VERSION"));
        fs::write(place.join(name), metadata.to_string()).unwrap();
        check(place)
    }

    #[test]
    fn gradle_chooses_a_variant_for_each_class_path() {
        let (_folder, place, metadata) = described();
        checked(&place, &metadata).unwrap();
        assert_eq!(chosen(&metadata, API).unwrap()["name"], "releaseApiElements");
        assert_eq!(chosen(&metadata, RUNTIME).unwrap()["name"], "releaseRuntimeElements");
    }

    type Change = fn(&mut Value);

    #[test]
    fn a_description_that_gradle_would_reject_is_an_error() {
        let (_folder, place, metadata) = described();
        let changes: [(&str, Change); 6] = [
            ("another file", |it| it["variants"][0]["files"][0]["sha256"] = "0".into()),
            ("no variant is compatible", |it| it["variants"][1]["attributes"]["org.gradle.category"] = "documentation".into()),
            ("several variants", |it| it["variants"][0]["attributes"][USAGE] = RUNTIME.into()),
            ("is not the place", |it| it["component"]["module"] = "agenthuman".into()),
            ("incomplete", |it| it["variants"][1]["dependencies"][0]["version"] = json!({})),
            ("this format", |it| it["formatVersion"] = "2.0".into()),
        ];
        for (expected, change) in changes {
            let mut changed = metadata.clone();
            change(&mut changed);
            let error = format!("{:#}", checked(&place, &changed).unwrap_err());
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }
}
