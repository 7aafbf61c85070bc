//! The Rust API: a module for each resource.

use super::templates::{Template, Templates, template};
use super::words::{pascal, singular};
use super::{Rendered, describe, view};
use crate::root;
use agenthuman::operations::{RESOURCES, Resource};
use agenthuman::table::{Operation, Rule, Surface};
use anyhow::{Context, Result, bail};
use minijinja::{Value, context};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

const FOLDER: &str = "core/src/api/generated";

const MODULES: Template = template!("rust_modules.rs.j2");
const RESOURCE: Template = template!("rust_resource.rs.j2");

pub fn render(templates: &Templates, formatter: Formatter) -> Result<Vec<Rendered>> {
    let names: BTreeSet<&str> = RESOURCES.iter().map(|resource| resource.name).collect();
    let mut files = vec![templates.render(format!("{FOLDER}/mod.rs"), &MODULES, &context! { names })?];
    for resource in RESOURCES {
        let values = self::resource(resource)?;
        let file = templates.render(format!("{FOLDER}/{}.rs", resource.name), &RESOURCE, &values)?;
        files.push(Rendered { text: formatter.format(&file.text).with_context(|| format!("formatting {}", file.path))?, ..file });
    }
    Ok(files)
}

fn resource(resource: &Resource) -> Result<Value> {
    let operations = resource.operations.iter().map(|operation| self::operation(operation)).collect::<Result<Vec<_>>>()?;
    let models = resource.operations.iter().filter_map(|operation| describe::model(operation));
    let own: BTreeSet<&str> = models
        .flat_map(describe::with_inner)
        .filter(|model| module(model.module) == resource.name)
        .map(|model| model.name)
        .collect();
    let choices: Vec<&str> = describe::choices(Surface::Server)
        .into_iter()
        .filter(|choices| module(choices.module) == resource.name)
        .map(|choices| choices.name)
        .collect();
    Ok(context! { name => resource.name, doc => resource.doc, operations, models => own, choices })
}

fn operation(operation: &Operation) -> Result<Value> {
    let model_module = describe::model(operation).map(|model| module(model.module));
    Ok(context! { params_type => params_type(operation), model_module, ..view::operation(operation, param)? })
}

/// The last part of the path of a module.
fn module(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The type of the parameters: `sessions.create` → `CreateSession`, `sessions.list` → `ListSessions`.
fn params_type(operation: &Operation) -> Option<String> {
    operation.params.first()?;
    let (resource, verb) = (operation.resource(), operation.verb());
    Some(match verb {
        "list" => format!("List{}", pascal(resource)),
        // The only list that is named by what it lists.
        "sessions" => format!("List{}{}", pascal(&singular(resource)), pascal(verb)),
        // Signing in is no resource to create.
        _ if resource == "auth" => pascal(verb),
        _ => format!("{}{}", pascal(verb), pascal(&singular(resource))),
    })
}

/// Its type, the type of the argument that it is made of and what converts that, whether it is an argument beside the others, and
/// a value for an example.
fn param(rule: Rule) -> Result<Value> {
    struct Written<'a> {
        kind: &'a str,
        argument: String,
        into: &'a str,
        is_apart: bool,
        sample: String,
    }
    let text = |kind, sample: &str| Written {
        kind,
        argument: format!("impl Into<{kind}>"),
        into: ".into()",
        is_apart: false,
        sample: format!("{sample:?}"),
    };
    let value = |kind: &'static str, sample: &str| Written {
        kind,
        argument: kind.to_owned(),
        into: "",
        is_apart: false,
        sample: sample.to_owned(),
    };
    let apart = |kind: &'static str, sample: &str| Written {
        kind,
        argument: kind.to_owned(),
        into: "",
        is_apart: true,
        sample: sample.to_owned(),
    };
    let Written { kind, argument, into, is_apart, sample } = match rule {
        Rule::Id(_) => text("Id", "7"),
        Rule::Text { .. } => text("String", "Sunny"),
        Rule::Url => text("String", "https://example.com/face.png"),
        Rule::Email => text("String", "ada@example.com"),
        Rule::Code { digits } => text("Secret", &"1".repeat(digits)),
        Rule::Choice(choices) => text(choices.name, choices.values.first().copied().unwrap_or_default()),
        Rule::Filter(choices) => text("String", choices.values.first().copied().unwrap_or_default()),
        Rule::Integer { min, max } => value("i64", &10.clamp(min, max).to_string()),
        Rule::Seconds { .. } => apart("Duration", "Duration::from_secs(60)"),
        Rule::Flag => value("bool", "true"),
        Rule::Object => value("Object", "Object::new()"),
        Rule::File => apart("Upload", "Upload::from_path(\"face.png\")"),
        Rule::Store => apart("F", "|created| async move { Ok(std::fs::write(\"key\", created.key.expose())?) }"),
    };
    Ok(context! { type => kind, argument, into, is_apart, sample })
}

/// rustfmt, which lays out what the templates make.
#[derive(Clone, Copy)]
pub struct Formatter(());

/// rustfmt, or why it is missing.
pub fn formatter() -> Result<Formatter, String> {
    let output = Command::new("rustfmt").arg("--version").output();
    if output.is_ok_and(|output| output.status.success()) {
        Ok(Formatter(()))
    } else {
        Err("rustfmt is not installed (rustup component add rustfmt)".to_owned())
    }
}

impl Formatter {
    fn format(self, code: &str) -> Result<String> {
        let mut command = Command::new("rustfmt");
        command.args(["--edition", "2024", "--config-path"]).arg(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut rustfmt = command.spawn().context("rustfmt cannot be started")?;
        rustfmt.stdin.take().context("rustfmt has no input")?.write_all(code.as_bytes())?;
        let output = rustfmt.wait_with_output()?;
        if !output.status.success() {
            bail!("rustfmt rejects the code");
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}
