//! The notices of the crates that are compiled into a package: their names and licences, and the texts of those; and the same
//! list as a bill of materials (SBOM).

use crate::root;
use crate::toolchains::cargo;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of both files in a package.
pub const NOTICES: &str = "THIRD-PARTY-NOTICES.txt";
pub const SBOM: &str = "sbom.cyclonedx.json";

#[derive(clap::Args)]
pub struct Options {
    /// The crate of the package, such as agenthuman-node.
    package: String,
    /// Where the notices are written.
    file: PathBuf,
    /// Also write a bill of materials in CycloneDX's format.
    #[arg(long)]
    sbom: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    manifest_path: PathBuf,
    /// Absent for the crates of this repository.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// Absent for what is compiled in; `build` or `dev` for the rest.
    kind: Option<String>,
}

pub fn run(options: &Options) -> Result<()> {
    let crates = write(&options.package, &options.file)?;
    println!("{}: {crates} crates", options.file.display());
    if let Some(sbom) = &options.sbom {
        write_sbom(&options.package, sbom)?;
    }
    Ok(())
}

/// Writes the notices of a crate's package, and returns how many crates they name.
pub fn write(package: &str, file: &Path) -> Result<usize> {
    let metadata = metadata()?;
    let crates = compiled_in(&metadata, package)?;
    fs::write(file, text(&crates)?).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(crates.len())
}

/// Writes the crates of a package as a bill of materials.
pub fn write_sbom(package: &str, file: &Path) -> Result<()> {
    let metadata = metadata()?;
    let sbom = sbom(package, &compiled_in(&metadata, package)?);
    fs::write(file, serde_json::to_vec_pretty(&sbom)?).with_context(|| format!("{} cannot be written", file.display()))
}

fn metadata() -> Result<Metadata> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"]).current_dir(root()).output()?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// CycloneDX, as its schema 1.5 describes it.
fn sbom(name: &str, crates: &[&Package]) -> Value {
    let purl = |name: &str, version: &str| format!("pkg:cargo/{name}@{version}");
    let components: Vec<Value> = crates
        .iter()
        .map(|package| {
            let Package { name, version, .. } = package;
            let mut component = json!({
                "type": "library",
                "bom-ref": purl(name, version),
                "name": name,
                "version": version,
                "purl": purl(name, version),
            });
            if let Some(license) = &package.license {
                // Older crates write "/" for "OR".
                component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
            }
            component
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "library", "bom-ref": name, "name": name, "version": version } },
        "components": components,
    })
}

/// The crates of others that a crate of this repository depends on, on any platform.
fn compiled_in<'a>(metadata: &'a Metadata, name: &str) -> Result<Vec<&'a Package>> {
    let packages: HashMap<&str, &Package> = metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: HashMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let first = metadata.packages.iter().find(|package| package.name == name && package.source.is_none());
    let mut waiting = vec![first.with_context(|| format!("there is no crate {name} in this repository"))?.id.as_str()];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).map(|node| node.deps.as_slice()).unwrap_or_default();
        let is_compiled_in = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        waiting.extend(dependencies.iter().filter(is_compiled_in).map(|dependency| dependency.pkg.as_str()));
    }
    let mut crates: Vec<&Package> = seen.iter().filter_map(|id| packages.get(id).copied()).collect();
    crates.retain(|package| package.source.is_some());
    crates.sort_by_key(|package| (&package.name, &package.version));
    Ok(crates)
}

fn text(crates: &[&Package]) -> Result<String> {
    let mut text = "This package contains the following crates.\n\n".to_owned();
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in crates {
        let name = format!("{} {}", package.name, package.version);
        writeln!(text, "{name}: {}", package.license.as_deref().unwrap_or("see its licence below"))?;
        for license in licenses(&package.manifest_path)? {
            users.entry(license).or_default().push(name.clone());
        }
    }
    text.push_str("\nTheir licences:\n");
    for (license, names) in users {
        writeln!(text, "\n{}\n{}\n\n{license}", "-".repeat(80), names.join(", "))?;
    }
    Ok(text)
}

/// The texts of the licences and notices in a crate's folder.
fn licenses(manifest: &Path) -> Result<Vec<String>> {
    const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];
    let folder = manifest.parent().context("a manifest in no folder")?;
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
            // Copies differ in their line ends and margins.
            let text = fs::read_to_string(&path)?;
            let lines: Vec<_> = text.lines().map(str::trim_end).collect();
            texts.push(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    texts.sort();
    texts.dedup();
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_compiled_in_is_named() {
        let package = |name: &str, source: Option<&str>| Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some("MIT".to_owned()),
            manifest_path: PathBuf::new(),
            source: source.map(str::to_owned),
        };
        let edge = |name: &str, kind: Option<&str>| Dependency {
            pkg: name.to_owned(),
            dep_kinds: vec![DependencyKind { kind: kind.map(str::to_owned) }],
        };
        let node = |name: &str, deps| Node { id: name.to_owned(), deps };
        let metadata = Metadata {
            packages: vec![
                package("ours", None),
                package("core", None),
                package("used", Some("registry")),
                package("deep", Some("registry")),
                package("tests", Some("registry")),
                package("builds", Some("registry")),
            ],
            resolve: Resolve {
                nodes: vec![
                    node("ours", vec![edge("core", None), edge("tests", Some("dev"))]),
                    node("core", vec![edge("used", None), edge("builds", Some("build"))]),
                    node("used", vec![edge("deep", None)]),
                ],
            },
        };
        let names: Vec<_> = compiled_in(&metadata, "ours").unwrap().iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["deep", "used"]);
        assert!(compiled_in(&metadata, "nobody").is_err());

        let sbom = sbom("ours", &compiled_in(&metadata, "ours").unwrap());
        assert_eq!(sbom["bomFormat"], "CycloneDX");
        assert_eq!(sbom["components"][1]["purl"], "pkg:cargo/used@1.0.0");
        assert_eq!(sbom["components"][1]["licenses"][0]["expression"], "MIT");
    }
}
