//! The references of Node, Rust, Kotlin and Swift, each written by the tool of its language.

use super::{clear, folder};
use crate::source_files::copy_folder;
use crate::steps::{Steps, run};
use crate::toolchains::{self, cargo, npm_in, target};
use crate::{kotlin, swift};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The languages with a reference of their own; that of Python is part of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    Node,
    Rust,
    Kotlin,
    Swift,
}

impl Language {
    /// Its folder in the site.
    pub fn folder(self) -> &'static str {
        match self {
            Language::Node => "node",
            Language::Rust => "rust",
            Language::Kotlin => "kotlin",
            Language::Swift => "swift",
        }
    }

    /// The first page of its reference.
    pub fn first_page(self) -> &'static str {
        match self {
            Language::Node => "modules/agenthuman.html",
            Language::Kotlin => "agenthuman/com.agenthuman/index.html",
            Language::Rust => "agenthuman/index.html",
            // The pages of DocC do not find themselves by the name of their file.
            Language::Swift => "documentation/agenthuman/",
        }
    }
}

/// The references that were built, with the folder of each.
#[derive(Default)]
pub struct References(BTreeMap<Language, PathBuf>);

impl References {
    /// Returns the path of a page in the site, if the reference of its language was built.
    pub fn page(&self, language: Language, page: &str) -> Option<String> {
        self.0.contains_key(&language).then(|| format!("{}/{page}", language.folder()))
    }

    /// Returns the page in a folder of a reference whose name begins so.
    pub fn find(&self, language: Language, folder: &str, start: &str) -> Result<Option<String>> {
        let Some(reference) = self.0.get(&language) else { return Ok(None) };
        let folder_path = reference.join(folder);
        for entry in fs::read_dir(&folder_path).with_context(|| format!("reading {}", folder_path.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(start) {
                let page = if name.contains('.') { name } else { format!("{name}/") };
                return Ok(self.page(language, &format!("{folder}/{page}")));
            }
        }
        anyhow::bail!("no page in {} begins with {start}", folder_path.display())
    }

    /// Copies them into the site.
    pub fn copy(&self, site: &Path) -> Result<()> {
        self.0.iter().try_for_each(|(language, folder)| copy_folder(folder, &site.join(language.folder())))
    }
}

/// Builds all references whose tools are installed.
pub fn build(steps: &mut Steps) -> References {
    let mut built = References::default();
    let mut keep = |language: Language, done: Option<()>| {
        if done.is_some() {
            built.0.insert(language, output(language));
        }
    };
    match toolchains::node() {
        Ok(_) => keep(Language::Node, steps.run("Node, by typedoc", node)),
        Err(missing) => steps.skip("Node, by typedoc", &missing),
    }
    keep(Language::Rust, steps.run("Rust, by rustdoc", rust));
    match kotlin::tools() {
        Ok(tools) => keep(
            Language::Kotlin,
            steps.run("Kotlin, by Dokka", || {
                clear(&output(Language::Kotlin))?;
                tools.document(&output(Language::Kotlin))
            }),
        ),
        Err(missing) => steps.skip("Kotlin, by Dokka", &missing),
    }
    const SWIFT: &str = "Swift, by DocC";
    match swift::tools().and_then(|tools| tools.docc().map(|docc| (tools, docc))) {
        Ok((tools, docc)) => keep(
            Language::Swift,
            steps.run(SWIFT, || {
                clear(&output(Language::Swift))?;
                tools.document(docc, &output(Language::Swift))
            }),
        ),
        Err(missing) => steps.skip(SWIFT, &missing),
    }
    built
}

fn output(language: Language) -> PathBuf {
    folder().join("reference").join(language.folder())
}

fn node() -> Result<()> {
    clear(&output(Language::Node))?;
    // The types that the package is built with.
    toolchains::node_modules()?;
    run(&mut npm_in("docs/site", &["ci", "--no-audit", "--no-fund"]))?;
    run(&mut npm_in("docs/site", &["exec", "--", "typedoc", "--out", &output(Language::Node).to_string_lossy()]))
}

fn rust() -> Result<()> {
    // Without the pages of crates that were documented before.
    clear(&target().join("doc"))?;
    run(&mut cargo(&["doc", "--quiet", "--no-deps", "--package", "agenthuman", "--package", "agenthuman-relay"]))?;
    clear(&output(Language::Rust))?;
    copy_folder(&target().join("doc"), &output(Language::Rust))
}
