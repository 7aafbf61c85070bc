//! core/tests/server/surface.rs: every operation called with every parameter named, so that it compiles only where the Rust
//! client has them all.

use super::{Rendered, describe};
use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};
use serde_json::Value;

/// The width that rustfmt.toml sets, less the indentation of a statement.
const WIDTH: usize = 130 - 4;

pub fn render() -> Result<Rendered> {
    let mut resources = Vec::new();
    for resource in list(&describe::operations(), "resources")? {
        let mut lines = Vec::new();
        for operation in list(resource, "operations")? {
            lines.extend(call(operation)?);
        }
        resources.push(context! { name => text(resource, "name")?, lines });
    }
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    let text = environment.render_str(include_str!("templates/surface.rs.j2"), context! { resources })?;
    Ok(Rendered { path: "core/tests/server/surface.rs".to_owned(), text })
}

/// The lines that call an operation.
fn call(operation: &Value) -> Result<Vec<String>> {
    let (resource, verb) = (text(operation, "resource")?, text(operation, "verb")?);
    let mut arguments = Vec::new();
    let mut fields = Vec::new();
    for param in list(operation, "params")? {
        let name = text(param, "name")?;
        match (text(param, "place")?, text(&param["type"], "kind")?) {
            ("path", _) => arguments.push(format!("{name:?}")),
            (_, "file") => arguments.push("Upload::from_path(\"file\")".to_owned()),
            (_, "seconds") => arguments.push("Duration::ZERO".to_owned()),
            (_, "store") => arguments.push("|_| async { Ok(()) }".to_owned()),
            _ if resource == "auth" => arguments.push(format!("{name:?}")),
            _ => fields.push(format!("{name}: any()")),
        }
    }
    let mut lines = Vec::new();
    if !fields.is_empty() {
        arguments.push("params".to_owned());
        lines.extend(params(&format!("{resource}::{}", params_type(resource, verb)), &fields));
    }
    let call = format!("client.{resource}().{verb}({})", arguments.join(", "));
    let model = || text(&operation["answer"], "model").map(|model| format!("{}::{model}", home(resource, model)));
    lines.push(match text(&operation["answer"], "kind")? {
        "list" => format!("let _: Pages<{}> = {call};", model()?),
        "one" => format!("let _: {} = {call}.await?;", model()?),
        _ => format!("let (): () = {call}.await?;"),
    });
    Ok(lines)
}

/// As rustfmt lays a struct out.
fn params(name: &str, fields: &[String]) -> Vec<String> {
    let line = format!("let params = {name} {{ {} }};", fields.join(", "));
    if line.len() <= WIDTH {
        return vec![line];
    }
    let fields = fields.iter().map(|field| format!("    {field},"));
    [format!("let params = {name} {{")].into_iter().chain(fields).chain(["};".to_owned()]).collect()
}

/// `sessions.create` → `CreateSession`, `sessions.list` → `ListSessions`
fn params_type(resource: &str, verb: &str) -> String {
    let words = match (resource, verb) {
        ("agents", "sessions") => "list_agent_sessions".to_owned(),
        (_, "list") => format!("list_{resource}"),
        _ => format!("{verb}_{}", resource.trim_end_matches('s')),
    };
    words.split('_').map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

/// The module of a model: its resource's, whoever answers it.
fn home<'a>(resource: &'a str, model: &str) -> &'a str {
    if model == "Session" { "sessions" } else { resource }
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("the tables have no list {key}"))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("the tables have no text {key}"))
}
