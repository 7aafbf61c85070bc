//! The TypeScript façade: errors, models, parameters, resources, and the spelling of names.

use super::words::{camel, is, list, pascal, respelled, text, wrapped};
use super::{Rendered, Tables};
use anyhow::Result;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Each file and its template.
const TEMPLATES: [(&str, &str); 6] = [
    ("bindings-node/ts/generated/errors.ts", include_str!("templates/typescript_errors.ts.j2")),
    ("bindings-node/ts/generated/models.ts", include_str!("templates/typescript_models.ts.j2")),
    ("bindings-node/ts/generated/params.ts", include_str!("templates/typescript_params.ts.j2")),
    ("bindings-node/ts/generated/resources.ts", include_str!("templates/typescript_resources.ts.j2")),
    ("bindings-node/ts/generated/names.ts", include_str!("templates/typescript_names.ts.j2")),
    ("bindings-node/ts/generated/version.ts", include_str!("templates/typescript_version.ts.j2")),
];

/// The width at which a line of a comment is broken.
const WIDTH: usize = 110;

/// The options that errors of the core and of the relay name.
const OPTIONS: [(&str, &str); 15] = [
    ("allow_insecure_http", "allowInsecureHttp"),
    ("api_key", "apiKey"),
    ("api_key_file", "apiKeyFile"),
    ("base_url", "baseURL"),
    ("ca_file", "caFile"),
    ("connect_timeout", "connectTimeout"),
    ("grant_seconds", "grantSeconds"),
    ("max_response_bytes", "maxResponseBytes"),
    ("max_rate_limit_wait", "maxRateLimitWait"),
    ("max_retries", "maxRetries"),
    ("on_wait", "onWait"),
    ("requests_per_minute", "requestsPerMinute"),
    ("open_sessions_per_user", "openSessionsPerUser"),
    ("function_timeout", "functionTimeout"),
    ("session_seconds", "sessionSeconds"),
];

pub fn render(tables: &Tables) -> Result<Vec<Rendered>> {
    let mut templates = Environment::new();
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let context = minijinja::Value::from(Serde(context(tables)));
    TEMPLATES
        .into_iter()
        .map(|(path, source)| Ok(Rendered { path, text: templates.render_str(source, context.clone())? }))
        .collect()
}

fn context(tables: &Tables) -> Value {
    let operations: Vec<&Value> =
        list(&tables.operations["resources"]).flat_map(|resource| list(&resource["operations"])).collect();
    let groups: Vec<Value> = operations.iter().filter_map(|operation| group(operation)).collect();
    let models: BTreeSet<&str> = operations.iter().filter_map(|operation| operation["answer"]["model"].as_str()).collect();
    let group_names: BTreeSet<&str> = groups.iter().map(|group| text(&group["name"])).collect();
    json!({
        "kinds": list(&tables.errors["kinds"]).map(|kind| kind_view(tables, kind)).collect::<Vec<_>>(),
        "models": list(&tables.operations["models"]).map(model_view).collect::<Vec<_>>(),
        "groups": groups,
        "uses_file": operations.iter().any(|operation| takes_file(operation)),
        "resources": list(&tables.operations["resources"]).map(|resource| resource_view(tables, resource)).collect::<Vec<_>>(),
        "model_names": models,
        "group_names": group_names,
        "names": names(tables, &operations),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn kind_view(tables: &Tables, kind: &Value) -> Value {
    let parent = kind["parent"].as_str().map_or(text(&tables.errors["base"]), |parent| class_of(tables, parent));
    json!({
        "code": kind["code"],
        "class": kind["class"],
        "parent_class": parent,
        "overrides": !kind["parent"].is_null(),
        "doc": comment(&respelled(&format!("{} {}", text(&kind["doc"]), text(&kind["suggestion"]))), ""),
    })
}

fn class_of<'a>(tables: &'a Tables, code: &str) -> &'a str {
    list(&tables.errors["kinds"]).find(|kind| kind["code"] == code).map_or("", |kind| text(&kind["class"]))
}

fn model_view(model: &Value) -> Value {
    let named = |wanted: &str| -> Vec<&str> {
        list(&model["fields"]).filter(|field| field["type"] == wanted).map(|field| text(&field["name"])).collect()
    };
    let quoted = |names: Vec<&str>| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let mut shape = Vec::new();
    if !named("instant").is_empty() {
        shape.push(format!("instants: [{}]", quoted(named("instant"))));
    }
    if !named("secret").is_empty() {
        shape.push(format!("secrets: [{}]", quoted(named("secret"))));
    }
    let inner: Vec<String> = list(&model["fields"])
        .filter(|field| field["type"] == "model")
        .map(|field| format!("{}: {}", text(&field["name"]), text(&field["model"])))
        .collect();
    if !inner.is_empty() {
        shape.push(format!("models: {{ {} }}", inner.join(", ")));
    }
    let fields: Vec<Value> = list(&model["fields"])
        .map(|field| json!({ "name": field["name"], "doc": comment(text(&field["doc"]), "  "), "required": field["required"], "type": field_type(field) }))
        .collect();
    let aliases: Vec<Value> = list(&model["fields"])
        .flat_map(|field| {
            list(&field["aliases"]).map(move |alias| {
                let absent = if is(&field["required"]) { "" } else { " | undefined" };
                json!({ "name": alias, "field": field["name"], "type": format!("{}{absent}", field_type(field)) })
            })
        })
        .collect();
    json!({ "name": model["name"], "doc": comment(text(&model["doc"]), ""), "shape": shape.join(", "), "fields": fields, "aliases": aliases })
}

fn field_type(field: &Value) -> String {
    let bare = match text(&field["type"]) {
        "integer" | "number" => "number",
        "flag" => "boolean",
        "instant" => "Date",
        "object" => "Record<string, unknown>",
        "model" => text(&field["model"]),
        _ => "string",
    };
    if is(&field["required"]) { bare.to_owned() } else { format!("{bare} | null") }
}

fn resource_view(tables: &Tables, resource: &Value) -> Value {
    json!({
        "name": camel(text(&resource["name"])),
        "class": pascal(text(&resource["name"])),
        "doc": comment(text(&resource["doc"]), ""),
        "field_doc": comment(text(&resource["doc"]), "  "),
        "operations": list(&resource["operations"]).map(|operation| operation_view(tables, operation)).collect::<Vec<_>>(),
    })
}

/// The parameters that are arguments of their own: the one in the path, and in `auth`, whose calls have one or two, all.
fn positional(operation: &Value) -> Vec<&Value> {
    let all = operation["resource"] == "auth";
    list(&operation["params"]).filter(|param| all || param["place"] == "path").collect()
}

fn grouped(operation: &Value) -> Vec<&Value> {
    let positional = positional(operation);
    list(&operation["params"]).filter(|param| !positional.contains(param)).collect()
}

fn group_name(operation: &Value) -> String {
    let resource = pascal(text(&operation["resource"]));
    format!("{}{}Params", resource.strip_suffix('s').unwrap_or(&resource), pascal(text(&operation["verb"])))
}

fn group(operation: &Value) -> Option<Value> {
    let params: Vec<Value> = grouped(operation)
        .into_iter()
        .map(|param| {
            json!({
                "name": camel(text(&param["name"])),
                "doc": comment(&param_doc(param), "  "),
                "required": param["required"],
                "type": param_type(param),
            })
        })
        .collect();
    let call = format!("{}.{}", camel(text(&operation["resource"])), camel(text(&operation["verb"])));
    (!params.is_empty()).then(|| json!({ "name": group_name(operation), "call": call, "params": params }))
}

fn param_doc(param: &Value) -> String {
    let mark = match param["evidence"].as_str() {
        Some(mark) => format!(" Evidence: {mark}."),
        None => String::new(),
    };
    format!("{}{mark}", text(&param["doc"]))
}

fn param_type(param: &Value) -> String {
    let rule = &param["type"];
    let bare = match text(&rule["kind"]) {
        "id" => "Id".to_owned(),
        "choice" => list(&rule["choices"]).map(Value::to_string).collect::<Vec<_>>().join(" | "),
        "integer" | "seconds" => "number".to_owned(),
        "flag" => "boolean".to_owned(),
        "object" => "Record<string, any>".to_owned(),
        "file" => "FileInput".to_owned(),
        "store" => "((created: CreatedApiKey) => void | Promise<void>)".to_owned(),
        _ => "string".to_owned(),
    };
    if is(&param["nullable"]) { format!("{bare} | null") } else { bare }
}

fn takes_file(operation: &Value) -> bool {
    list(&operation["params"]).any(|param| param["type"]["kind"] == "file")
}

fn operation_view(tables: &Tables, operation: &Value) -> Value {
    let verb = camel(text(&operation["verb"]));
    let positional = positional(operation);
    let grouped = grouped(operation);
    let is_needed = is(&operation["needs_one"]) || grouped.iter().any(|param| is(&param["required"]));
    let mut arguments: Vec<String> =
        positional.iter().map(|param| format!("{}: {}", camel(text(&param["name"])), param_type(param))).collect();
    if !grouped.is_empty() {
        arguments.push(format!("params{}: {}", if is_needed { "" } else { "?" }, group_name(operation)));
    }
    arguments.push(format!("options?: {}", if takes_file(operation) { "UploadOptions" } else { "CallOptions" }));

    let own: Vec<String> = positional.iter().map(|param| camel(text(&param["name"]))).collect();
    let params = match (own.is_empty(), grouped.is_empty()) {
        (true, true) => "{}".to_owned(),
        (true, false) => "params".to_owned(),
        (false, true) => format!("{{ {} }}", own.join(", ")),
        (false, false) => format!("{{ ...params, {} }}", own.join(", ")),
    };
    let model = operation["answer"]["model"].as_str();
    let (way, returns) = match (text(&operation["answer"]["kind"]), model) {
        ("one", Some(model)) => ("one", format!("Promise<{model}>")),
        ("list", Some(model)) => ("list", format!("Pages<{model}>")),
        _ => ("nothing", "Promise<void>".to_owned()),
    };
    let model = model.map_or(String::new(), |model| format!("{model}, "));
    let name = text(&operation["name"]);
    json!({
        "verb": verb,
        "doc": block(&operation_doc(tables, operation), "  "),
        "arguments": arguments.join(", "),
        "returns": returns,
        "body": format!("this.#core.{way}(this.{verb}, \"{name}\", {model}{params}, options)"),
    })
}

fn operation_doc(tables: &Tables, operation: &Value) -> Vec<String> {
    let credentials: Vec<&str> = list(&operation["credentials"])
        .map(|credential| if credential == "api_key" { "the API key" } else { "the token" })
        .collect();
    let credentials = match credentials.as_slice() {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [first, others @ ..] => format!("{first}, or else {}", others.join(" or ")),
    };
    let evidence = match text(&operation["evidence"]) {
        "documented" => "documented.",
        "named" => "named: the service's documentation names it; what it takes and answers is assumed.",
        _ => "assumed: the service may not have it.",
    };
    let mut doc = wrapped(text(&operation["summary"]), "", WIDTH);
    doc.push(String::new());
    doc.extend(wrapped(&format!("Credential: {credentials}. Evidence: {evidence}"), "", WIDTH));
    doc.push(String::new());
    let head = doc.len();
    for param in positional(operation) {
        doc.extend(wrapped(&format!("@param {} {}", camel(text(&param["name"])), param_doc(param)), "  ", WIDTH));
    }
    for code in list(&operation["errors"]) {
        let kind = list(&tables.errors["kinds"]).find(|kind| kind["code"] == *code);
        let (class, why) = kind.map_or(("", ""), |kind| (text(&kind["class"]), text(&kind["doc"])));
        doc.extend(wrapped(&format!("@throws {{{class}}} {why}"), "  ", WIDTH));
    }
    if doc.len() == head {
        doc.pop();
    }
    doc
}

/// A doc comment, on one line where it fits.
fn comment(text: &str, indent: &str) -> String {
    match wrapped(text, "", WIDTH).as_slice() {
        [line] => format!("/** {line} */"),
        lines => block(lines, indent),
    }
}

fn block(lines: &[String], indent: &str) -> String {
    let mut comment = "/**".to_owned();
    for line in lines {
        let gap = if line.is_empty() { "" } else { " " };
        comment.push_str(&format!("\n{indent} *{gap}{line}"));
    }
    format!("{comment}\n{indent} */")
}

/// Names whose spelling differs; those that are the same need no entry.
fn names(tables: &Tables, operations: &[&Value]) -> Vec<Value> {
    let mut names: BTreeSet<&str> = list(&tables.errors["fields"]).map(|field| text(&field["name"])).collect();
    for operation in operations {
        names.insert(text(&operation["verb"]));
        names.insert(text(&operation["resource"]));
        names.extend(list(&operation["params"]).map(|param| text(&param["name"])));
    }
    let tabled = names.into_iter().filter(|name| name.contains('_')).map(|name| (name, camel(name)));
    let mut all: Vec<(&str, String)> = tabled.chain(OPTIONS.map(|(name, spelled)| (name, spelled.to_owned()))).collect();
    all.sort();
    all.into_iter().map(|(canonical, spelled)| json!({ "canonical": canonical, "spelled": spelled })).collect()
}
