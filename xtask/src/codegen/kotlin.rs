//! The Kotlin package's rendered half: models, exceptions, and the operations with their parameters.

use super::words::{camel, list, pascal, respelled, text, wrapped};
use super::{Rendered, Tables};
use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Each file and its template.
const TEMPLATES: [(&str, &str); 3] = [
    ("bindings-kotlin/src/main/kotlin/com/agenthuman/Models.kt", include_str!("templates/kotlin_models.kt.j2")),
    ("bindings-kotlin/src/main/kotlin/com/agenthuman/Exceptions.kt", include_str!("templates/kotlin_exceptions.kt.j2")),
    ("bindings-kotlin/src/main/kotlin/com/agenthuman/Operations.kt", include_str!("templates/kotlin_operations.kt.j2")),
];

/// The width at which a line is broken.
const WIDTH: usize = 120;

/// The options that errors of the core name.
const OPTIONS: [&str; 4] = ["allow_insecure_http", "connect_timeout", "max_response_bytes", "max_retries"];

pub fn render(tables: &Tables) -> Result<Vec<Rendered>> {
    let mut templates = Environment::new();
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let context = minijinja::Value::from(Serde(context(tables)));
    TEMPLATES
        .into_iter()
        .map(|(path, source)| {
            let text = templates.render_str(source, context.clone()).with_context(|| format!("rendering {path}"))?;
            Ok(Rendered { path, text })
        })
        .collect()
}

fn context(tables: &Tables) -> Value {
    let phone = &tables.operations["phone"];
    json!({
        "models": list(&phone["models"]).map(model).collect::<Vec<_>>(),
        "operations": list(&phone["operations"]).map(operation).collect::<Vec<_>>(),
        "names": names(phone),
        "fields": list(&tables.errors["fields"]).map(error_field).collect::<Vec<_>>(),
        "kinds": list(&tables.errors["kinds"]).map(|entry| kind(&tables.errors, entry)).collect::<Vec<_>>(),
    })
}

fn model(model: &Value) -> Value {
    let fields: Vec<Value> = list(&model["fields"])
        .map(|field| {
            let name = text(&field["name"]);
            let required = field["required"] == true;
            let (bare, reader) = match text(&field["type"]) {
                "integer" => ("Long", "whole"),
                "number" => ("Double", "number"),
                "flag" => ("Boolean", "flag"),
                "instant" => ("Instant", "instant"),
                "object" => ("JsonObject", "inner"),
                "model" => (text(&field["model"]), "inner"),
                _ => ("String", "text"),
            };
            let read = match (text(&field["type"]), required) {
                ("model", true) => format!("read{bare}(row.given({name:?}, JsonObject::inner))"),
                ("model", false) => format!("row.inner({name:?})?.let(::read{bare})"),
                (_, true) => format!("row.given({name:?}, JsonObject::{reader})"),
                (_, false) => format!("row.{reader}({name:?})"),
            };
            let kind = if required { bare.to_owned() } else { format!("{bare}? = null") };
            json!({ "name": camel(name), "type": kind, "doc": kdoc(text(&field["doc"]), "    "), "read": read })
        })
        .collect();
    json!({ "name": model["name"], "doc": kdoc(text(&model["doc"]), ""), "fields": fields })
}

fn operation(operation: &Value) -> Value {
    let params: Vec<&Value> = list(&operation["params"]).collect();
    let arguments = params.iter().map(|param| {
        let bare = match text(&param["type"]["kind"]) {
            "integer" => "Int",
            "flag" => "Boolean",
            "object" => "JsonObject",
            _ => "String",
        };
        let absent = if param["required"] == true { "" } else { "? = null" };
        format!("{}: {bare}{absent}", camel(text(&param["name"])))
    });
    let pairs = params.iter().map(|param| {
        let name = text(&param["name"]);
        format!("{name:?} to {}", camel(name))
    });
    let name = text(&operation["name"]);
    let model = text(&operation["answer"]["model"]);
    let (returns, read) = match text(&operation["answer"]["kind"]) {
        "list" => (format!("List<{model}>"), format!("rows(::read{model})")),
        _ => (model.to_owned(), format!("one(::read{model})")),
    };
    let function = camel(&name.replace('.', "_"));
    let params = format!("parameters({})", pairs.collect::<Vec<_>>().join(", "));
    json!({
        "doc": kdoc(text(&operation["summary"]), ""),
        "head": call(&format!("internal fun {function}"), &arguments.collect::<Vec<_>>(), &format!(": Operation<{returns}> ="), ""),
        "body": call("Operation", &[format!("{name:?}"), params, read], "", "    "),
    })
}

/// A name with its arguments, on one line where they fit.
fn call(name: &str, arguments: &[String], tail: &str, indent: &str) -> String {
    let line = format!("{indent}{name}({}){tail}", arguments.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: String = arguments.iter().map(|argument| format!("{indent}    {argument},\n")).collect();
    format!("{indent}{name}(\n{lines}{indent}){tail}")
}

fn error_field(field: &Value) -> Value {
    let name = text(&field["name"]);
    let (kind, default, read) = match (name, text(&field["type"])) {
        ("code" | "message", _) => ("String", "", format!("info.text({name:?}).orEmpty()")),
        ("status", _) => ("Int?", " = null", format!("info.whole({name:?})?.toInt()")),
        (_, "integer") => ("Long?", " = null", format!("info.whole({name:?})")),
        (_, "number") => ("Double?", " = null", format!("info.number({name:?})")),
        (_, "flag") => ("Boolean", " = false", format!("info.flag({name:?}) ?: false")),
        (_, "json") => ("JsonElement?", " = null", format!("info.value({name:?})")),
        (_, "attempts") => ("List<Attempt>", " = emptyList()", format!("readAttempts(info[{name:?}])")),
        _ => ("String?", " = null", format!("info.text({name:?})")),
    };
    let is_ours = matches!(name, "message" | "suggestion" | "parameter");
    json!({
        "name": camel(name),
        "type": kind,
        "default": default,
        "read": if is_ours { read.replace("info.text", "info.spelled") } else { read },
        // JSON of the library that reads it cannot be serialized as Java's exceptions can.
        "transient": text(&field["type"]) == "json",
        "doc": kdoc(text(&field["doc"]), "    "),
    })
}

fn kind(errors: &Value, kind: &Value) -> Value {
    let parent = kind["parent"].as_str().and_then(|code| list(&errors["kinds"]).find(|other| other["code"] == code));
    let is_open = list(&errors["kinds"]).any(|other| other["parent"] == kind["code"]);
    json!({
        "code": kind["code"],
        "class": exception(kind),
        "parent": parent.map_or("AgentHumanException".to_owned(), exception),
        "is_open": is_open,
        "doc": kdoc(&respelled(text(&kind["doc"])), ""),
    })
}

/// The class of a kind of error. Kotlin writes acronyms as words: `ApiStatusException`.
fn exception(kind: &Value) -> String {
    format!("{}Exception", pascal(text(&kind["name"])))
}

/// Names whose spelling differs; those that are the same need no entry.
fn names(phone: &Value) -> Vec<Value> {
    let params = list(&phone["operations"]).flat_map(|operation| list(&operation["params"])).map(|param| text(&param["name"]));
    let names: BTreeSet<&str> = params.filter(|name| name.contains('_')).chain(OPTIONS).collect();
    names.into_iter().map(|name| json!({ "canonical": name, "spelled": camel(name) })).collect()
}

/// A doc comment, on one line where it fits.
fn kdoc(text: &str, indent: &str) -> String {
    let width = WIDTH - indent.len() - "/**  */".len();
    match wrapped(text, "", width).as_slice() {
        [line] => format!("/** {line} */"),
        lines => {
            let inner: String = lines.iter().map(|line| format!("\n{indent} * {line}")).collect();
            format!("/**{inner}\n{indent} */")
        }
    }
}
