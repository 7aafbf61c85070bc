//! The Swift façade: models, kinds of error, and the operations of the phone's table.

use super::words::{camel, is, list, text, wrapped};
use super::{Rendered, Tables};
use anyhow::Result;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Value, json};

/// Each file and its template.
const TEMPLATES: [(&str, &str); 3] = [
    ("bindings-swift/Sources/AgentHuman/Generated/Errors.swift", include_str!("templates/swift_errors.swift.j2")),
    ("bindings-swift/Sources/AgentHuman/Generated/Models.swift", include_str!("templates/swift_models.swift.j2")),
    ("bindings-swift/Sources/AgentHuman/Generated/Operations.swift", include_str!("templates/swift_operations.swift.j2")),
];

/// The width of a line.
const WIDTH: usize = 120;

/// Words of Swift's that are no names by themselves.
const RESERVED: &[&str] = &["default", "internal", "public", "private", "protocol", "self", "static", "switch", "throw", "try"];

pub fn render(tables: &Tables) -> Result<Vec<Rendered>> {
    let mut templates = Environment::new();
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let phone = &tables.operations["phone"];
    let context = minijinja::Value::from(Serde(json!({
        "kinds": list(&tables.errors["kinds"]).map(|kind| kind_view(tables, kind)).collect::<Vec<_>>(),
        "models": list(&phone["models"]).map(model_view).collect::<Vec<_>>(),
        "answers": answers(phone),
    })));
    TEMPLATES
        .into_iter()
        .map(|(path, source)| Ok(Rendered { path, text: templates.render_str(source, context.clone())? }))
        .collect()
}

fn kind_view(tables: &Tables, kind: &Value) -> Value {
    let parent = kind["parent"].as_str();
    let below = parent.map_or_else(String::new, |parent| format!(" A case of ``{}``.", camel(parent)));
    let known = list(&tables.errors["fields"]).map(|field| text(&field["name"]));
    let doc = format!("{} {}{below}", linked(text(&kind["doc"]), known), text(&kind["suggestion"]));
    let case = camel(text(&kind["code"]));
    json!({
        "code": kind["code"],
        "name": declared(&case),
        "case": case,
        "parent": parent.map(camel),
        "doc": comment(&doc, 4),
    })
}

/// A doc with the names of fields as Swift spells them.
fn linked<'a>(doc: &str, names: impl Iterator<Item = &'a str>) -> String {
    names.fold(doc.to_owned(), |doc, name| doc.replace(&format!("`{name}`"), &format!("`{}`", camel(name))))
}

fn model_view(model: &Value) -> Value {
    let fields: Vec<Value> = list(&model["fields"])
        .map(|field| {
            let key = text(&field["name"]);
            let optional = if is(&field["required"]) { "" } else { "?" };
            json!({
                "key": key,
                "name": camel(key),
                "type": format!("{}{optional}", field_type(field)),
                "doc": comment(text(&field["doc"]), 4),
            })
        })
        .collect();
    json!({
        "name": model["name"],
        "doc": comment(text(&model["doc"]), 0),
        "is_identifiable": fields.iter().any(|field| field["name"] == "id"),
        "fields": fields,
    })
}

fn field_type(field: &Value) -> &str {
    match text(&field["type"]) {
        "integer" => "Int",
        "number" => "Double",
        "flag" => "Bool",
        "instant" => "Date",
        "object" => "[String: JSONValue]",
        "model" => text(&field["model"]),
        _ => "String",
    }
}

/// The operations by the type of their answer, since an extension has one.
fn answers(phone: &Value) -> Vec<Value> {
    let mut found: Vec<(String, Vec<Value>)> = Vec::new();
    for operation in list(&phone["operations"]) {
        let model = text(&operation["answer"]["model"]);
        let answer = if operation["answer"]["kind"] == "list" { format!("[{model}]") } else { model.to_owned() };
        let view = operation_view(operation);
        match found.iter_mut().find(|(other, _)| *other == answer) {
            Some((_, operations)) => operations.push(view),
            None => found.push((answer, vec![view])),
        }
    }
    found.into_iter().map(|(answer, operations)| json!({ "type": answer, "operations": operations })).collect()
}

fn operation_view(operation: &Value) -> Value {
    let name = text(&operation["name"]);
    let arguments: Vec<String> = list(&operation["params"])
        .map(|param| {
            let optional = if is(&param["required"]) { "" } else { "?" };
            format!("{}: {}{optional}", camel(text(&param["name"])), param_type(param).0)
        })
        .collect();
    let values: Vec<String> = list(&operation["params"])
        .map(|param| {
            let (key, case) = (text(&param["name"]), param_type(param).1);
            let own = camel(key);
            if is(&param["required"]) {
                format!("\"{key}\": .{case}({own})")
            } else {
                format!("\"{key}\": {own}.map(JSONValue.{case})")
            }
        })
        .collect();
    let params = if values.is_empty() { String::new() } else { format!(", [{}]", values.join(", ")) };
    json!({
        "function": camel(&name.replace('.', "_")),
        "doc": comment(text(&operation["summary"]), 4),
        "arguments": arguments.join(", "),
        "call": broken(&format!("\"{name}\"{params}")),
    })
}

/// The arguments of a call, on lines of their own where one line is too short for them.
fn broken(call: &str) -> String {
    let indent = 8;
    if indent + "Self()".len() + call.len() <= WIDTH {
        return call.to_owned();
    }
    let (name, params) = call.split_once(", [").unwrap_or((call, "]"));
    let params: String = params
        .trim_end_matches(']')
        .split(", \"")
        .map(|param| format!("                \"{},\n", param.trim_start_matches('"')))
        .collect();
    format!("\n            {name},\n            [\n{params}            ])").strip_suffix(')').unwrap_or_default().to_owned()
}

/// The type of a parameter, and the case of `JSONValue` that holds it.
fn param_type(param: &Value) -> (&'static str, &'static str) {
    match text(&param["type"]["kind"]) {
        "integer" => ("Int", "integer"),
        "seconds" => ("Double", "number"),
        "flag" => ("Bool", "bool"),
        "object" => ("[String: JSONValue]", "object"),
        _ => ("String", "string"),
    }
}

/// A doc comment, broken into lines.
fn comment(text: &str, indent: usize) -> String {
    let start = format!("{}/// ", " ".repeat(indent));
    let lines = wrapped(text, "", WIDTH - start.len());
    lines.iter().map(|line| format!("{start}{line}")).collect::<Vec<_>>().join("\n")
}

/// A name where it is declared.
fn declared(name: &str) -> String {
    if RESERVED.contains(&name) { format!("`{name}`") } else { name.to_owned() }
}
