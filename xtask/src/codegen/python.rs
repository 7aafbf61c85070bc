//! The Python package's rendered half: models, errors, both clients and the package's own module.

use super::words::{pascal, text};
use super::{Rendered, Tables};
use anyhow::{Context, Result};
use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const WIDTH: usize = 120;

const TEMPLATES: [(&str, &str); 6] = [
    ("models", include_str!("templates/python_models.py.j2")),
    ("errors", include_str!("templates/python_errors.py.j2")),
    ("client", include_str!("templates/python_client.py.j2")),
    ("raw_client", include_str!("templates/python_raw_client.py.j2")),
    ("routes", include_str!("templates/python_routes.py.j2")),
    ("init", include_str!("templates/python_init.py.j2")),
];

pub fn render(tables: &Tables) -> Result<Vec<Rendered>> {
    let mut templates = Environment::new();
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    let models: Vec<Value> = array(&tables.operations["models"]).iter().map(model).collect();
    let kinds = kinds(&tables.errors);
    let fields: Vec<Value> = array(&tables.errors["fields"]).iter().map(error_field).collect();
    let resources: Vec<Value> = array(&tables.operations["resources"]).iter().map(|item| resource(item, &kinds)).collect();
    let names = names(&models, &kinds, &resources);
    let values = json!({ "models": models, "kinds": kinds, "fields": fields, "resources": resources, "names": names });
    let mut async_values = values.clone();
    async_values["is_async"] = true.into();
    [
        ("bindings-python/python/agenthuman/_models.py", "models", &values),
        ("bindings-python/python/agenthuman/_errors.py", "errors", &values),
        ("bindings-python/python/agenthuman/_client.py", "client", &values),
        ("bindings-python/python/agenthuman/_async_client.py", "client", &async_values),
        ("bindings-python/python/agenthuman/_raw_client.py", "raw_client", &values),
        ("bindings-python/python/agenthuman/_async_raw_client.py", "raw_client", &async_values),
        ("bindings-python/python/agenthuman/_routes.py", "routes", &values),
        ("bindings-python/python/agenthuman/__init__.py", "init", &values),
    ]
    .into_iter()
    .map(|(path, template, values)| {
        let text = templates.get_template(template)?.render(Serde(values)).with_context(|| format!("rendering {path}"))?;
        Ok(Rendered { path, text })
    })
    .collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn model(model: &Value) -> Value {
    let mut aliases = Vec::new();
    let fields: Vec<Value> = array(&model["fields"])
        .iter()
        .map(|field| {
            let required = field["required"] == true;
            let kind = match text(&field["type"]) {
                "integer" => "int",
                "number" => "float",
                "flag" => "bool",
                "instant" => "datetime",
                "object" => "dict[str, Any]",
                "model" => text(&field["model"]),
                _ => "str",
            };
            let annotation = if required { kind.to_owned() } else { format!("{kind} | None") };
            for alias in array(&field["aliases"]) {
                let doc = format!("An alias of `{}`.", text(&field["name"]));
                aliases.push(json!({ "name": alias, "of": field["name"], "annotation": annotation, "doc": doc }));
            }
            json!({
                "name": field["name"],
                "decorator": if text(&field["type"]) == "secret" { "secret" } else { "field" },
                "annotation": annotation,
                "doc": docstring(&[text(&field["doc"]).to_owned()], 8),
            })
        })
        .collect();
    json!({ "name": model["name"], "doc": docstring(&[text(&model["doc"]).to_owned()], 4), "fields": fields, "aliases": aliases })
}

/// The kinds of error with the classes that each derives.
fn kinds(errors: &Value) -> Vec<Value> {
    let all = array(&errors["kinds"]);
    all.iter()
        .map(|kind| {
            let parent = all.iter().find(|other| other["code"] == kind["parent"]);
            let base = text(parent.map_or(&errors["base"], |parent| &parent["class"]));
            let bases = match kind["python_base"].as_str() {
                Some(builtin) => format!("{base}, {builtin}"),
                None => base.to_owned(),
            };
            json!({
                "code": kind["code"],
                "class": kind["class"],
                "bases": bases,
                "doc": docstring(&[text(&kind["doc"]).to_owned()], 4),
                "text": kind["doc"],
                "retryable": kind["retryable"],
            })
        })
        .collect()
}

fn error_field(field: &Value) -> Value {
    let name = text(&field["name"]);
    let (annotation, given, default) = match (name, text(&field["type"])) {
        ("code", _) => ("str", "str | None", Some("None")),
        ("message", _) => ("str", "str", None),
        ("retryable", _) => ("bool", "bool | None", Some("None")),
        (_, "flag") => ("bool", "bool", Some("False")),
        (_, "integer") => ("int | None", "int | None", Some("None")),
        (_, "number") => ("float | None", "float | None", Some("None")),
        (_, "json") => ("Any", "Any", Some("None")),
        (_, "attempts") => ("tuple[Attempt, ...]", "Iterable[Attempt]", Some("()")),
        _ => ("str | None", "str | None", Some("None")),
    };
    let doc = docstring(&[text(&field["doc"]).to_owned()], 4);
    json!({ "name": name, "annotation": annotation, "given": given, "default": default, "doc": doc, "type": field["type"] })
}

fn resource(resource: &Value, kinds: &[Value]) -> Value {
    let operations: Vec<Value> = array(&resource["operations"]).iter().map(|entry| operation(entry, kinds)).collect();
    json!({
        "name": resource["name"],
        "class": pascal(text(&resource["name"])),
        "doc": docstring(&[text(&resource["doc"]).to_owned()], 4),
        "attribute_doc": docstring(&[text(&resource["doc"]).to_owned()], 8),
        "operations": operations,
    })
}

fn operation(operation: &Value, kinds: &[Value]) -> Value {
    let mut params: Vec<Value> =
        array(&operation["params"]).iter().map(|entry| param(entry, text(&operation["resource"]))).collect();
    // Python wants those without a default before those with one.
    params.sort_by_key(|param| (param["positional"] != true, param["default"] != Value::Null));
    let has = |kind: &str| array(&operation["params"]).iter().any(|param| param["type"]["kind"] == kind);
    let start = if has("file") {
        "start_upload"
    } else if has("store") {
        "start_stored"
    } else {
        "start"
    };
    json!({
        "name": operation["name"],
        "verb": operation["verb"],
        "method": operation["method"],
        "path": operation["path"],
        "answer": operation["answer"]["kind"],
        "model": operation["answer"]["model"],
        "params": params,
        "start": start,
        "doc": docstring(&operation_doc(operation, &params, start == "start_upload", kinds), 8),
    })
}

fn param(param: &Value, resource: &str) -> Value {
    let kind = &param["type"];
    let required = param["required"] == true;
    let nullable = param["nullable"] == true;
    let annotation = match text(&kind["kind"]) {
        "choice" => {
            let choices: Vec<_> = array(&kind["choices"]).iter().map(|choice| format!("\"{}\"", text(choice))).collect();
            format!("Literal[{}]", choices.join(", "))
        }
        "integer" => "int".to_owned(),
        "seconds" => "float".to_owned(),
        "flag" => "bool".to_owned(),
        "object" => "dict[str, Any]".to_owned(),
        "file" => "FileInput".to_owned(),
        "store" => "Callable[[CreatedApiKey], object]".to_owned(),
        _ => "str".to_owned(),
    };
    let (annotation, default) = match (required, nullable) {
        (true, false) => (annotation, None),
        (true, true) => (format!("{annotation} | None"), None),
        (false, false) => (format!("{annotation} | None"), Some("None")),
        (false, true) => (format!("{annotation} | NotGiven | None"), Some("NOT_GIVEN")),
    };
    let positional = param["place"] == "path" || (required && resource == "auth");
    json!({
        "name": param["name"],
        "annotation": annotation,
        "default": default,
        "positional": positional,
        "doc": param_doc(param),
    })
}

/// What the table says of a parameter, and the limits that its sentence leaves out.
fn param_doc(param: &Value) -> String {
    let mut doc = text(&param["doc"]).to_owned();
    let kind = &param["type"];
    if kind["kind"] == "text"
        && !doc.contains("character")
        && let (Some(min), Some(max)) = (kind["min"].as_u64(), kind["max"].as_u64())
    {
        let range = if min == 0 { format!("at most {}", grouped(max)) } else { format!("{min} to {}", grouped(max)) };
        doc = format!("{} ({range} characters).", doc.trim_end_matches('.'));
    }
    if text(&param["evidence"]) == "assumed" {
        doc.push_str(" Assumed: the service may differ.");
    }
    doc
}

fn operation_doc(operation: &Value, params: &[Value], uploads: bool, kinds: &[Value]) -> Vec<String> {
    let credentials: Vec<_> = array(&operation["credentials"])
        .iter()
        .map(|kind| if kind == "api_key" { "the API key" } else { "the user's token" })
        .collect();
    let credentials = if credentials.is_empty() { "none".to_owned() } else { credentials.join(", else ") };
    let evidence = match text(&operation["evidence"]) {
        "documented" => "documented.",
        "named" => "named — the service's documentation names it, without a description.",
        _ => "assumed — the service may differ.",
    };
    let mut lines = vec![
        text(&operation["summary"]).to_owned(),
        String::new(),
        format!("Credential: {credentials}."),
        format!("Evidence: {evidence}"),
        String::new(),
        "Args:".to_owned(),
    ];
    lines.extend(params.iter().map(|param| format!("    {}: {}", text(&param["name"]), text(&param["doc"]))));
    if uploads {
        lines.extend([
            "    file_name: The file name to send. Default: the file's own.".to_owned(),
            "    content_type: The media type, such as `image/png`. Default: by the extension of the name.".to_owned(),
            "    on_progress: A function that is called with the bytes sent, and the bytes in all or None.".to_owned(),
            "    timeout: Seconds without progress.".to_owned(),
        ]);
    } else if operation["answer"]["kind"] == "list" {
        lines.push("    timeout: Seconds for each page.".to_owned());
    } else {
        lines.push("    timeout: Seconds for the whole call with its retries, without waits for the rate limit.".to_owned());
    }
    lines.push("    max_retries: Maximum number of retries.".to_owned());
    lines.push("    extra_headers: Headers to send beside the client's own.".to_owned());
    lines.extend([String::new(), "Raises:".to_owned()]);
    if !params.is_empty() {
        lines.push("    InvalidArgumentError: If a parameter is invalid. Nothing was sent.".to_owned());
    }
    for code in array(&operation["errors"]) {
        if let Some(kind) = kinds.iter().find(|kind| &kind["code"] == code) {
            lines.push(format!("    {}: {}", text(&kind["class"]), text(&kind["text"])));
        }
    }
    lines.push("    AgentHumanError: If the call fails otherwise.".to_owned());
    lines
}

/// The names of the classes, sorted: errors, models, those of them that operations answer with,
/// and all that are exported.
fn names(models: &[Value], kinds: &[Value], resources: &[Value]) -> Value {
    let names = |items: &[Value], key: &str| -> BTreeSet<String> {
        items.iter().map(|item| text(&item[key]).to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let answers: BTreeSet<_> = resources.iter().flat_map(|resource| names(array(&resource["operations"]), "model")).collect();
    let (errors, models) = (names(kinds, "class"), names(models, "name"));
    let own = [
        "AgentHuman",
        "AgentHumanError",
        "AsyncAgentHuman",
        "AsyncPages",
        "Attempt",
        "NotGiven",
        "Page",
        "Pages",
        "RateLimitWait",
        "RawResponse",
    ];
    let exported: BTreeSet<_> = own.into_iter().chain(errors.iter().chain(&models).map(String::as_str)).collect();
    json!({ "errors": errors, "models": models, "answers": answers, "exported": exported })
}

/// A docstring with its quotes, wrapped, whose lines after the first are indented.
fn docstring(paragraphs: &[String], indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        for line in paragraph.lines().chain(paragraph.is_empty().then_some("")) {
            lines.extend(wrapped(line, WIDTH - indent - 3));
        }
    }
    if let [line] = lines.as_slice()
        && line.len() + indent + 6 <= WIDTH
    {
        return format!("\"\"\"{line}\"\"\"");
    }
    let mut doc = String::from("\"\"\"");
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            doc.push('\n');
            if !line.is_empty() {
                doc.push_str(&margin);
            }
        }
        doc.push_str(line);
    }
    format!("{doc}\n{margin}\"\"\"")
}

/// The line broken between words; what follows an entry of a list is indented below it.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    let mut lines = vec![" ".repeat(indent)];
    for word in words.split(' ') {
        let begun = lines.last().is_some_and(|last| !last.trim().is_empty());
        let length = lines.last().map_or(0, |last| last.chars().count());
        if begun && length + 1 + word.chars().count() > width {
            lines.push(" ".repeat(if indent == 0 { 0 } else { indent + 4 }));
        } else if begun && let Some(last) = lines.last_mut() {
            last.push(' ');
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(word);
        }
    }
    lines
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
