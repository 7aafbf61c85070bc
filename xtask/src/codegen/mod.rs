//! Rendering what is generated and committed, from the tables of core. A new kind of field or of parameter does not compile until
//! every language handles it.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod describe;
mod environment_page;
pub mod examples;
mod json_schema;
mod kotlin;
mod messages;
mod openapi;
mod operations_page;
mod python;
mod rust;
mod swift;
mod templates;
mod typescript;
mod uniffi;
pub mod view;
pub mod words;

pub use view::BASE_CLASS;

use crate::frameworks::INTEGRATIONS;
use crate::root;
use agenthuman::operations::CONTRACTS;
use agenthuman::table::Surface;
use anyhow::{Result, bail};
use serde_json::Value;
use std::fs;
use templates::Templates;

/// A file to be written, by its path from the root.
pub struct Rendered {
    pub path: String,
    pub text: String,
}

/// The licences beside the manifest of each package: the tools that build packages look nowhere else.
fn licenses() -> Result<Vec<Rendered>> {
    const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
    const PACKAGES: [&str; 7] =
        ["bindings-python", "bindings-python/cli", "bindings-python/sandbox", "cli", "core", "relay", "sandbox"];
    let packages: Vec<&str> = PACKAGES.into_iter().chain(INTEGRATIONS).collect();
    let mut files = Vec::new();
    for license in LICENSES {
        let text = fs::read_to_string(root().join(license))?;
        files.extend(packages.iter().map(|package| Rendered { path: format!("{package}/{license}"), text: text.clone() }));
    }
    Ok(files)
}

/// What to do with a file that differs from what is rendered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    Write,
    Report,
}

/// Renders everything.
pub fn run(drift: Drift) -> Result<()> {
    let templates = Templates::new()?;
    let json = |path: &str, value: Value| -> Result<Rendered> {
        Ok(Rendered { path: path.to_owned(), text: serde_json::to_string_pretty(&value)? + "\n" })
    };
    let mut files = vec![
        json("contract/operations.json", describe::operations())?,
        json("contract/errors.json", describe::errors())?,
        json("contract/openapi.agents.json", openapi::document(Surface::Server)?)?,
        json("contract/openapi.rooms.json", openapi::document(Surface::Rooms)?)?,
        json("contract/openapi.relay.json", openapi::relay::document())?,
        environment_page::render(),
        operations_page::render()?,
        messages::render()?,
    ];
    for surface in CONTRACTS {
        for folder in ["contract", "bindings-node"] {
            let path = format!("{folder}/{}", json_schema::file_name(surface));
            files.push(json(&path, json_schema::document(surface))?);
        }
    }
    match rust::formatter() {
        Ok(formatter) => files.extend(rust::render(&templates, formatter)?),
        Err(missing) => println!("codegen: the Rust API is skipped: {missing}"),
    }
    files.extend(typescript::render(&templates)?);
    files.extend(python::render(&templates)?);
    files.extend(swift::render(&templates)?);
    files.extend(kotlin::render(&templates)?);
    files.extend(uniffi::render()?);
    files.extend(examples::render()?);
    files.extend(licenses()?);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut drifted = Vec::new();
    for file in &files {
        let path = root().join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        drifted.push(file.path.as_str());
        if drift == Drift::Write {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, &file.text)?;
        }
    }
    if drift == Drift::Report && !drifted.is_empty() {
        bail!("these differ from what is rendered; run `cargo xtask codegen`:\n  {}", drifted.join("\n  "));
    }
    println!("codegen: {} files, {} {}", files.len(), drifted.len(), if drift == Drift::Write { "written" } else { "differ" });
    Ok(())
}
