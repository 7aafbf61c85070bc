//! Rendering what is generated and committed, from the live tables of core.

mod describe;
mod kotlin;
mod openapi;
mod operations_page;
mod python;
mod rust_surface;
mod swift;
mod typescript;
mod words;

use crate::root;
use anyhow::{Result, bail};
use serde_json::Value;
use std::fs;

/// A file to be written, by its path from the root.
pub struct Rendered {
    pub path: &'static str,
    pub text: String,
}

/// What the renderers are given: the tables, as JSON.
pub struct Tables {
    /// contract/operations.json
    pub operations: Value,
    /// contract/errors.json
    pub errors: Value,
}

pub fn tables() -> Tables {
    Tables { operations: describe::operations(), errors: describe::errors() }
}

/// The licences beside the manifest of each package: the tools that build packages look nowhere else.
fn licenses() -> Result<Vec<Rendered>> {
    const COPIES: [(&str, &[&str]); 2] = [
        (
            "LICENSE-APACHE",
            &[
                "bindings-python/LICENSE-APACHE",
                "bindings-python/sandbox/LICENSE-APACHE",
                "cli/LICENSE-APACHE",
                "core/LICENSE-APACHE",
                "relay/LICENSE-APACHE",
                "sandbox/LICENSE-APACHE",
            ],
        ),
        (
            "LICENSE-MIT",
            &[
                "bindings-python/LICENSE-MIT",
                "bindings-python/sandbox/LICENSE-MIT",
                "cli/LICENSE-MIT",
                "core/LICENSE-MIT",
                "relay/LICENSE-MIT",
                "sandbox/LICENSE-MIT",
            ],
        ),
    ];
    let mut files = Vec::new();
    for (license, copies) in COPIES {
        let text = fs::read_to_string(root().join(license))?;
        files.extend(copies.iter().map(|path| Rendered { path, text: text.clone() }));
    }
    Ok(files)
}

pub fn run(check: bool) -> Result<()> {
    let tables = tables();
    let mut files = vec![
        Rendered { path: "contract/operations.json", text: json(&tables.operations)? },
        Rendered { path: "contract/errors.json", text: json(&tables.errors)? },
        Rendered { path: "contract/openapi.agents.json", text: json(&openapi::document()?)? },
        Rendered { path: "contract/openapi.relay.json", text: json(&openapi::relay::document())? },
        rust_surface::render(&tables)?,
        operations_page::render()?,
    ];
    files.extend(typescript::render(&tables)?);
    files.extend(python::render(&tables)?);
    files.extend(swift::render(&tables)?);
    files.extend(kotlin::render(&tables)?);
    files.extend(licenses()?);
    files.sort_by_key(|file| file.path);
    let mut drifted = Vec::new();
    for file in &files {
        let path = root().join(file.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        drifted.push(file.path);
        if !check {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, &file.text)?;
        }
    }
    if check && !drifted.is_empty() {
        bail!("these differ from the tables; run `cargo xtask codegen`:\n  {}", drifted.join("\n  "));
    }
    println!("codegen: {} files, {} {}", files.len(), drifted.len(), if check { "differ" } else { "written" });
    Ok(())
}

fn json(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
