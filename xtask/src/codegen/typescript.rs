//! The TypeScript façade: errors, models, parameters, resources, and the spelling of names.

use super::templates::{Template, Templates, template};
use super::words::{camel, pascal, quoted, singular};
use super::{Rendered, describe, view};
use agenthuman::operations::{RESOURCES, all};
use agenthuman::table::{ALL, Choices, ERROR_FIELDS, FieldKind, Rule, Surface};
use anyhow::Result;
use minijinja::{Value, context};
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "bindings-node/ts/generated";

const TEMPLATES: [(&str, Template); 8] = [
    ("choices.ts", template!("typescript_choices.ts.j2")),
    ("errors.ts", template!("typescript_errors.ts.j2")),
    ("models.ts", template!("typescript_models.ts.j2")),
    ("params.ts", template!("typescript_params.ts.j2")),
    ("resources.ts", template!("typescript_resources.ts.j2")),
    ("names.ts", template!("typescript_names.ts.j2")),
    ("testing.ts", template!("typescript_testing.ts.j2")),
    ("version.ts", template!("typescript_version.ts.j2")),
];

/// The options that errors of the core and of the relay name.
const OPTIONS: [(&str, &str); 23] = [
    ("allow_insecure_http", "allowInsecureHttp"),
    ("api_key", "apiKey"),
    ("api_key_command", "apiKeyCommand"),
    ("api_key_file", "apiKeyFile"),
    ("app_info", "appInfo"),
    ("base_url", "baseURL"),
    ("ca_file", "caFile"),
    ("client_cert", "clientCert"),
    ("client_key", "clientKey"),
    ("connect_timeout", "connectTimeout"),
    ("grant_seconds", "grantSeconds"),
    ("max_request_bytes", "maxRequestBytes"),
    ("max_response_bytes", "maxResponseBytes"),
    ("max_rate_limit_wait", "maxRateLimitWait"),
    ("max_retries", "maxRetries"),
    ("on_request", "onRequest"),
    ("on_response", "onResponse"),
    ("on_retry", "onRetry"),
    ("on_wait", "onWait"),
    ("requests_per_minute", "requestsPerMinute"),
    ("open_sessions_per_user", "openSessionsPerUser"),
    ("function_timeout", "functionTimeout"),
    ("session_seconds", "sessionSeconds"),
];

pub fn render(templates: &Templates) -> Result<Vec<Rendered>> {
    let model_names: BTreeSet<&str> = all(Surface::Server).filter_map(describe::model).map(|model| model.name).collect();
    let values = context! {
        kinds => view::kinds(),
        models => view::models(&describe::models(Surface::Server), field),
        choices => view::choices(&describe::choices(Surface::Server)),
        resources => view::resources(RESOURCES, param)?,
        model_names,
        group_names => group_names(),
        spellings => spellings(),
        version => agenthuman::VERSION,
    };
    let testing = context! { models => view::models(&describe::models(Surface::Server), factory_field), ..values.clone() };
    let values_of = |name: &str| if name == "testing.ts" { &testing } else { &values };
    TEMPLATES.iter().map(|(name, template)| templates.render(format!("{FOLDER}/{name}"), template, values_of(name))).collect()
}

/// The types of the parameters that are no arguments of their own.
fn group_names() -> BTreeSet<String> {
    let groups =
        all(Surface::Server).filter(|operation| operation.all_params().any(|param| !view::is_positional(operation, param)));
    groups.map(|operation| format!("{}{}Params", pascal(&singular(operation.resource())), pascal(operation.verb()))).collect()
}

/// Its type, and the list of its model's `shape` that names it, since it is converted when it is read.
fn field(kind: FieldKind) -> Value {
    let open;
    let (kind, converted) = match kind {
        FieldKind::Id | FieldKind::Text => ("string", None),
        FieldKind::Choice(choices) => {
            open = open_type(choices);
            (open.as_str(), None)
        }
        FieldKind::Integer | FieldKind::Number => ("number", None),
        FieldKind::Flag => ("boolean", None),
        FieldKind::Instant => ("Date", Some("instants")),
        FieldKind::Object => ("Record<string, unknown>", None),
        FieldKind::Secret => ("string", Some("secrets")),
        FieldKind::Model(model) => (model.name, Some("models")),
    };
    context! { type => kind, converted }
}

/// The type of a field of a model's factory, the name of its kind, and its default if the model always has it. A model in it has
/// none: its own factory makes it.
fn factory_field(kind: FieldKind) -> Value {
    let (open, first);
    let (kind, name, default) = match kind {
        FieldKind::Choice(choices) => {
            open = open_type(choices);
            first = quoted(&choices.values[..1], "");
            (open.as_str(), "text", first.as_str())
        }
        FieldKind::Id => ("Id", "id", "\"1\""),
        FieldKind::Text => ("string", "text", "\"text\""),
        FieldKind::Integer => ("number", "integer", "0"),
        FieldKind::Number => ("number", "number", "0"),
        FieldKind::Flag => ("boolean", "flag", "false"),
        FieldKind::Instant => ("Date | string", "instant", "\"2026-01-01T00:00:00Z\""),
        FieldKind::Object => ("Record<string, unknown>", "object", "{}"),
        FieldKind::Secret => ("string", "text", "DUMMY_"),
        FieldKind::Model(model) => (model.name, "model", ""),
    };
    context! { type => kind, kind => name, default }
}

/// The type of a field with known texts.
fn open_type(choices: &Choices) -> String {
    let received = choices.received.iter().map(|text| format!(" | {text:?}")).collect::<String>();
    format!("Open<{}{received}>", choices.name)
}

fn param(rule: Rule) -> Result<Value> {
    let kind = match rule {
        Rule::Id(_) => "Id".to_owned(),
        Rule::Text { .. } | Rule::Url | Rule::Email | Rule::Code { .. } => "string".to_owned(),
        Rule::Choice(choices) => choices.name.to_owned(),
        Rule::Filter(choices) => format!("{} | {ALL:?}", choices.name),
        Rule::Integer { .. } | Rule::Seconds { .. } => "number".to_owned(),
        Rule::Flag => "boolean".to_owned(),
        Rule::Object => "Record<string, any>".to_owned(),
        Rule::File => "FileInput".to_owned(),
        Rule::Store => "((created: CreatedApiKey) => void | Promise<void>)".to_owned(),
    };
    Ok(context! { type => kind })
}

/// Names whose spelling differs; those that are the same need no entry.
fn spellings() -> BTreeMap<&'static str, String> {
    let mut names: BTreeSet<&str> = ERROR_FIELDS.iter().map(|field| field.name).collect();
    for operation in all(Surface::Server) {
        names.extend(operation.name.split('.'));
        names.extend(operation.all_params().map(|param| param.name));
    }
    let tabled = names.into_iter().filter(|name| name.contains('_')).map(|name| (name, camel(name)));
    tabled.chain(OPTIONS.map(|(name, spelled)| (name, spelled.to_owned()))).collect()
}
