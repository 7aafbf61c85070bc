//! A page for each operation.

use super::code;
use super::markdown::{Snippet, fenced, tab};
use super::references::{Language, References};
use super::tables::model_link;
use crate::codegen::describe::{Outcome, outcome};
use crate::codegen::view::{credentials, param_doc};
use crate::codegen::words::{camel, pascal, prose};
use agenthuman::operations::{CONTRACTS, all, find, resources};
use agenthuman::table::{Operation, Param, Repeat, Rule, Steps, Surface};
use anyhow::Result;
use std::fmt::Write as _;

/// The pages of a resource: its name, and the path and the text of each operation's page.
pub struct Section {
    pub title: String,
    pub pages: Vec<(String, String)>,
}

/// The client of a contract, and its resources.
pub fn of_contract(surface: Surface, references: &References) -> Result<Vec<Section>> {
    let sections = resources(surface).iter().map(|resource| {
        let pages = resource.operations.iter().map(|operation| Ok((path(operation), page(operation, references)?)));
        Ok(Section { title: resource.name.to_owned(), pages: pages.collect::<Result<_>>()? })
    });
    sections.collect()
}

/// The operations that only phones have.
pub fn of_phones(references: &References) -> Result<Vec<(String, String)>> {
    let own = all(Surface::Phone).filter(|operation| find(Surface::Server, operation.name).is_none());
    own.map(|operation| Ok((path(operation), page(operation, references)?))).collect()
}

/// The path of an operation's page.
pub fn path(operation: &Operation) -> String {
    let folder = if operation.surface == CONTRACTS[0] { String::new() } else { format!("{}/", operation.surface.as_str()) };
    format!("operations/{folder}{}.md", operation.name)
}

fn page(operation: &Operation, references: &References) -> Result<String> {
    let path = path(operation);
    let up = "../".repeat(path.matches('/').count());
    let mut text = format!("# {}\n\n{}\n\n", operation.name, prose(operation.summary));
    let request = if operation.is_composite() {
        "several requests".to_owned()
    } else {
        format!("`{} {}`", operation.method.as_str(), operation.path)
    };
    let client = match operation.surface {
        Surface::Phone => "the packages for phones".to_owned(),
        surface => format!("`{}`", surface.client()),
    };
    let credential = if operation.surface == Surface::Phone {
        "the app's token, and the session's grant".to_owned()
    } else {
        credentials(operation)
    };
    write!(
        text,
        "| | |\n|---|---|\n| Client | {client} |\n| Request | {request} |\n| Credential | {credential} |\n| Retries | {} |\n| [Evidence]({up}operations/index.md) | {} |\n",
        retries(operation),
        operation.evidence.meaning(),
    )?;
    text += &languages(operation, references, &up)?;
    text += &parameters(operation);
    text += &format!("\n## Returns\n\n{}\n", returns(operation, &up));
    text += &errors(operation, &up);
    Ok(text)
}

fn retries(operation: &Operation) -> &'static str {
    match operation.repeat {
        Repeat::Safe => "retried after every temporary failure",
        Repeat::ByClientId => {
            "retried after every temporary failure, since the request has an id by which a repeat is recognized"
        }
        Repeat::IfUnsent => "retried only if the request did not reach the service",
        Repeat::Never => "never retried",
    }
}

/// The tabs with a signature and an example in each language.
fn languages(operation: &Operation, references: &References, up: &str) -> Result<String> {
    let mut text = String::from("\n## Code\n");
    let link = |page: Option<String>| match page {
        Some(page) => format!("\n\n<a href=\"{up}{page}\">Reference</a>"),
        None => String::new(),
    };
    let both = |[signature, example]: &[Snippet; 2], reference: String| {
        format!("{}\n\n{}{reference}", fenced(example), fenced(signature))
    };
    let (resource, verb) = (operation.resource(), operation.verb());
    if operation.surface == Surface::Phone {
        for language in ["Python", "Node", "Rust"] {
            let relay = format!("Apps call this operation of the [relay]({up}guides/phones.md), which their backend mounts.");
            text += &tab(language, &relay);
        }
    } else {
        let (python_module, node_module, rust_module) = match operation.surface {
            Surface::Rooms => ("rooms", "rooms", "api/rooms"),
            Surface::Server | Surface::Phone => ("client", "agenthuman", "api"),
        };
        let module = if operation.surface == Surface::Rooms { "rooms.client" } else { "client" };
        let python = format!("python/{python_module}.html#agenthuman._generated.{module}.{}.{verb}", pascal(resource));
        text += &tab("Python", &both(&code::python(operation)?, link(Some(python))));
        let node = format!("classes/{node_module}.{}.html#{}", pascal(resource), camel(verb).to_lowercase());
        text += &tab("Node", &both(&code::node(operation)?, link(references.page(Language::Node, &node))));
        let rust = format!("agenthuman/{rust_module}/{resource}/struct.{}.html#method.{verb}", pascal(resource));
        text += &tab("Rust", &both(&code::rust(operation)?, link(references.page(Language::Rust, &rust))));
    }
    let Some(phone) = code::phone(operation)? else {
        for language in ["Kotlin", "Swift"] {
            let why = format!(
                "Apps do not call this operation: an API key belongs on a server. An app calls [its backend]({up}guides/phones.md)."
            );
            text += &tab(language, &why);
        }
        return Ok(text);
    };
    let kotlin = format!("{}.html", dashed(phone.name));
    let kotlin_folder = format!("agenthuman/com.agenthuman/{}", dashed(&format!("_{}", phone.class)));
    let kotlin = references.find(Language::Kotlin, &kotlin_folder, &kotlin)?;
    text += &tab("Kotlin", &both(&phone.kotlin, link(kotlin)));
    let swift_folder = format!("documentation/agenthuman/{}", phone.class.to_lowercase());
    let swift = references.find(Language::Swift, &swift_folder, &format!("{}(", phone.name.to_lowercase()))?;
    text += &tab("Swift", &both(&phone.swift, link(swift)));
    Ok(text)
}

/// A name as Dokka has it in paths: `openSession` → `open-session`, `_Session` → `-session`.
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for c in name.trim_start_matches('_').chars() {
        if c.is_ascii_uppercase() {
            dashed.push('-');
        }
        dashed.push(c.to_ascii_lowercase());
    }
    dashed
}

fn parameters(operation: &Operation) -> String {
    let params: Vec<&Param> = operation.all_params().collect();
    if params.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n## Parameters\n\n| name | description |\n|---|---|\n");
    for param in params {
        text += &row(param, "");
        if let Rule::Group(group) = param.rule {
            text.extend(group.params.iter().map(|inner| row(inner, &format!("{}.", param.name))));
        }
    }
    text + "\nNames are those of Python and Rust. Node, Kotlin and Swift write them in camel case.\n"
}

fn row(param: &Param, before: &str) -> String {
    let required = if param.required && param.only_with.is_none() { "**Required.** " } else { "" };
    format!("| `{before}{}` | {required}{} |\n", param.name, param_doc(param).replace('|', "\\|"))
}

fn returns(operation: &Operation, up: &str) -> String {
    let link = |model| model_link(operation.surface, model, up);
    match outcome(operation) {
        Outcome::Nothing => "Nothing.".to_owned(),
        Outcome::One(model) if operation.steps == Some(Steps::Open) => {
            format!("An open {}, which ends with the block.", link(model))
        }
        Outcome::One(model) => format!("{}.", link(model)),
        Outcome::List(model) => format!("A list of {}, whose pages are fetched as they are needed.", link(model)),
    }
}

fn errors(operation: &Operation, up: &str) -> String {
    let mut text = format!("\n## Errors\n\nBeside those of [every call]({up}guides/errors.md):\n\n");
    let invalid = operation.all_params().next().map(|_| agenthuman::Kind::InvalidArgument);
    let kinds: Vec<_> = invalid.iter().chain(operation.errors).collect();
    if kinds.is_empty() {
        return format!("\n## Errors\n\nThose of [every call]({up}guides/errors.md).\n");
    }
    for kind in kinds {
        let entry = kind.entry();
        text += &format!("- [`{}`]({up}operations/errors.md#{}): {}\n", entry.class_name(), entry.code, entry.doc);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{dashed, of_contract, of_phones, path};
    use crate::docs::references::References;
    use agenthuman::operations::{CONTRACTS, all};

    #[test]
    fn every_operation_has_a_page_with_every_language() {
        for surface in CONTRACTS {
            let sections = of_contract(surface, &References::default()).unwrap();
            let pages: Vec<_> = sections.into_iter().flat_map(|section| section.pages).collect();
            assert_eq!(
                pages.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(),
                all(surface).map(path).collect::<Vec<_>>()
            );
            for (path, text) in pages {
                for language in ["Python", "Node", "Rust", "Kotlin", "Swift"] {
                    assert!(text.contains(&format!("=== \"{language}\"")), "{path} has no {language}:\n{text}");
                }
            }
        }
        let pages: Vec<_> = of_phones(&References::default()).unwrap().into_iter().map(|(path, _)| path).collect();
        let names = ["sessions.resume", "sessions.renew", "rooms.create", "rooms.get", "rooms.end", "rooms.renew"];
        assert_eq!(pages, names.map(|name| format!("operations/phone/{name}.md")));
    }

    #[test]
    fn names_are_those_of_dokka() {
        assert_eq!(
            ["openSession", "_Session", "_AgentHumanClient"].map(dashed),
            ["open-session", "-session", "-agent-human-client"]
        );
    }
}
