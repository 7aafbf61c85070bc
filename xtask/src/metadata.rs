//! Where the project is: the links of `[workspace.metadata.links]` in Cargo.toml, which are written from there to the manifest of
//! every package. A link that is empty is in no package.

use crate::frameworks::INTEGRATIONS;
use crate::root;
use crate::steps::read;
use crate::toolchains::cargo;
use anyhow::{Context, Result, bail};
use regex_lite::{NoExpand, Regex};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use toml_edit::{DocumentMut, Item, Table, value};

/// The crates that are published.
const CRATES: [&str; 4] = ["core", "relay", "sandbox", "cli"];
const PYTHON: [&str; 3] = ["bindings-python", "bindings-python/sandbox", "bindings-python/cli"];
const NODE: &str = "bindings-node/package.json";
const MAVEN: &str = "bindings-kotlin/pom.xml";

/// The project's links; empty if not known yet.
#[derive(Default, Deserialize)]
pub struct Links {
    repository: String,
    homepage: String,
    issues: String,
    changelog: String,
    security: String,
}

/// Reads the links from Cargo.toml.
pub fn links() -> Result<Links> {
    let text = read(&mut cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]))?;
    let mut metadata: Value = serde_json::from_str(&text)?;
    serde_json::from_value(metadata["metadata"]["links"].take()).context("[workspace.metadata.links] in Cargo.toml")
}

/// Writes the links to every manifest.
pub fn write() -> Result<()> {
    for (path, text) in manifests(&links()?)? {
        fs::write(root().join(&path), text)?;
    }
    // The packages of npm's platforms are written from the main one.
    let script = Command::new("node").arg("scripts/packages.mjs").current_dir(root().join("bindings-node")).status();
    if !script.is_ok_and(|status| status.success()) {
        println!("bindings-node/npm is not up to date: run `npm ci && npm run build:ts && node scripts/packages.mjs` there");
    }
    Ok(())
}

/// Fails if a manifest has other links than Cargo.toml.
pub fn check() -> Result<()> {
    for (path, text) in manifests(&links()?)? {
        if fs::read_to_string(root().join(&path))? != text {
            bail!("{path} has other links than Cargo.toml; run `cargo xtask version {}`", env!("CARGO_PKG_VERSION"));
        }
    }
    Ok(())
}

/// Every manifest as it should be, by its path.
fn manifests(links: &Links) -> Result<Vec<(String, String)>> {
    let rewritten = |path: String, rewrite: &dyn Fn(&str) -> Result<String>| -> Result<(String, String)> {
        let text = fs::read_to_string(root().join(&path)).with_context(|| path.clone())?;
        Ok((path.clone(), rewrite(&text).context(path)?))
    };
    let crates = CRATES.iter().map(|folder| rewritten(format!("{folder}/Cargo.toml"), &|text| links.in_cargo(text)));
    let python = PYTHON
        .iter()
        .chain(&INTEGRATIONS)
        .map(|folder| rewritten(format!("{folder}/pyproject.toml"), &|text| links.in_python(text)));
    let others =
        [rewritten(NODE.to_owned(), &|text| links.in_node(text)), rewritten(MAVEN.to_owned(), &|text| links.in_maven(text))];
    crates.chain(python).chain(others).collect()
}

impl Links {
    /// The links with their names.
    fn all(&self) -> [(&'static str, &str); 5] {
        let Links { repository, homepage, issues, changelog, security } = self;
        [("repository", repository), ("homepage", homepage), ("issues", issues), ("changelog", changelog), ("security", security)]
    }

    /// Returns the names of those that are empty.
    pub fn missing(&self) -> Vec<&'static str> {
        self.all().into_iter().filter(|(_, link)| link.is_empty()).map(|(name, _)| name).collect()
    }

    fn in_cargo(&self, text: &str) -> Result<String> {
        let mut manifest: DocumentMut = text.parse()?;
        let package = manifest["package"].as_table_mut().context("there is no [package]")?;
        for (name, link) in [("repository", &self.repository), ("homepage", &self.homepage)] {
            if link.is_empty() {
                package.remove(name);
            } else {
                package[name] = value(link);
            }
        }
        Ok(manifest.to_string())
    }

    fn in_python(&self, text: &str) -> Result<String> {
        let mut manifest: DocumentMut = text.parse()?;
        let project = manifest["project"].as_table_mut().context("there is no [project]")?;
        project.remove("urls");
        let mut urls = Table::new();
        for (name, link) in self.all().into_iter().filter(|(_, link)| !link.is_empty()) {
            let (first, rest) = name.split_at(1);
            urls[&format!("{}{rest}", first.to_uppercase())] = value(link);
        }
        if !urls.is_empty() {
            project.insert("urls", Item::Table(urls));
        }
        Ok(manifest.to_string())
    }

    fn in_node(&self, text: &str) -> Result<String> {
        let mut manifest: Value = serde_json::from_str(text)?;
        let fields = manifest.as_object_mut().context("the manifest is no object")?;
        let entries = [
            ("homepage", &self.homepage, json!(self.homepage)),
            ("repository", &self.repository, json!({ "type": "git", "url": format!("git+{}.git", self.repository) })),
            ("bugs", &self.issues, json!({ "url": self.issues })),
        ];
        for (name, link, value) in entries {
            if link.is_empty() {
                fields.shift_remove(name);
            } else {
                fields.insert(name.to_owned(), value);
            }
        }
        Ok(format!("{}\n", serde_json::to_string_pretty(&manifest)?))
    }

    /// Between two comments, since the order of the elements is free.
    fn in_maven(&self, text: &str) -> Result<String> {
        let block = Regex::new(r"(?s)  <!-- Links: .*?<!-- End of links\. -->\n")?;
        if !block.is_match(text) {
            bail!("there is no block of links");
        }
        let mut lines = vec!["  <!-- Links: written by `cargo xtask version`. -->".to_owned()];
        if !self.homepage.is_empty() {
            lines.push(format!("  <url>{}</url>", self.homepage));
        }
        if !self.repository.is_empty() {
            let url = &self.repository;
            lines.push(format!("  <scm><url>{url}</url><connection>scm:git:{url}.git</connection></scm>"));
        }
        if !self.issues.is_empty() {
            lines.push(format!("  <issueManagement><url>{}</url></issueManagement>", self.issues));
        }
        lines.push("  <!-- End of links. -->\n".to_owned());
        Ok(block.replace(text, NoExpand(&lines.join("\n"))).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links {
            repository: "https://example.com/ada/agenthuman".to_owned(),
            homepage: "https://example.com".to_owned(),
            issues: "https://example.com/issues".to_owned(),
            changelog: String::new(),
            security: "https://example.com/security".to_owned(),
        }
    }

    #[test]
    fn every_manifest_has_the_links_of_cargo_toml() {
        check().unwrap();
    }

    #[test]
    fn links_are_written_and_removed() {
        assert_eq!(links().missing(), ["changelog"]);
        for (path, text) in manifests(&links()).unwrap() {
            assert!(text.contains("https://example.com"), "{path}");
            // Written again, nothing changes; without links, all is as before.
            let (again, without): (String, String) = match path.as_str() {
                NODE => (links().in_node(&text).unwrap(), Links::default().in_node(&text).unwrap()),
                MAVEN => (links().in_maven(&text).unwrap(), Links::default().in_maven(&text).unwrap()),
                path if path.ends_with("Cargo.toml") => {
                    (links().in_cargo(&text).unwrap(), Links::default().in_cargo(&text).unwrap())
                }
                _ => (links().in_python(&text).unwrap(), Links::default().in_python(&text).unwrap()),
            };
            assert_eq!(again, text, "{path}");
            assert!(!without.contains("https://example.com"), "{path}");
        }
        let python = links().in_python("[project]\nname = \"a\"\n").unwrap();
        assert!(python.contains("[project.urls]\nRepository = \"https://example.com/ada/agenthuman\"\n"), "{python}");
        assert!(!python.contains("Changelog"), "{python}");
    }
}
