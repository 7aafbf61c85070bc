//! The TypeScript façade: errors, models, parameters, resources, and the spelling of names.

use super::templates::{Template, Templates, template};
use super::words::{camel, pascal, quoted, singular};
use super::{Rendered, describe, view};
use agenthuman::operations::{CONTRACTS, all, resources};
use agenthuman::table::{ALL, Choices, ERROR_FIELDS, FieldKind, Operation, Param, Rule, Steps, Surface};
use anyhow::Result;
use minijinja::{Value, context};
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "bindings-node/ts/generated";

/// The files of each contract.
const OF_CONTRACT: [(&str, Template); 5] = [
    ("choices.ts", template!("typescript_choices.ts.j2")),
    ("models.ts", template!("typescript_models.ts.j2")),
    ("params.ts", template!("typescript_params.ts.j2")),
    ("resources.ts", template!("typescript_resources.ts.j2")),
    ("testing.ts", template!("typescript_testing.ts.j2")),
];

/// The files that all contracts share, or that only the first has.
const SHARED: [(&str, Template); 3] = [
    ("errors.ts", template!("typescript_errors.ts.j2")),
    ("names.ts", template!("typescript_names.ts.j2")),
    ("version.ts", template!("typescript_version.ts.j2")),
];

/// The options that errors of the core and of the relay name.
const OPTIONS: [(&str, &str); 25] = [
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
    ("max_open", "maxOpen"),
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
    ("wait_seconds", "waitSeconds"),
    ("session_seconds", "sessionSeconds"),
];

pub fn render(templates: &Templates) -> Result<Vec<Rendered>> {
    let mut files = Vec::new();
    for surface in CONTRACTS {
        let values = values(surface)?;
        let folder = if surface == CONTRACTS[0] { FOLDER.to_owned() } else { format!("{FOLDER}/{}", surface.as_str()) };
        let testing = context! { models => view::models(&describe::models(surface), factory_field), ..values.clone() };
        for (name, template) in &OF_CONTRACT {
            let values = if *name == "testing.ts" { &testing } else { &values };
            files.push(templates.render(format!("{folder}/{name}"), template, values)?);
        }
    }
    let values = values(CONTRACTS[0])?;
    for (name, template) in &SHARED {
        files.push(templates.render(format!("{FOLDER}/{name}"), template, &values)?);
    }
    Ok(files)
}

fn values(surface: Surface) -> Result<Value> {
    let model_names: BTreeSet<&str> = all(surface).filter_map(describe::model).map(|model| model.name).collect();
    let is_first = surface == CONTRACTS[0];
    let groups = view::groups_of(resources(surface));
    let in_groups = groups.iter().flat_map(|group| group.params);
    let params = all(surface).flat_map(Operation::all_params).chain(in_groups);
    Ok(context! {
        kinds => view::kinds(),
        models => view::models(&describe::models(surface), field),
        choices => view::choices(&describe::choices(surface)),
        field_choices => view::choices(&describe::choices_of_fields(surface)),
        param_choices => view::choices(&describe::choices_of_params(params)),
        resources => view::resources(resources(surface), param)?,
        groups => view::groups(&groups, param)?,
        opens => all(surface).any(|operation| operation.steps == Some(Steps::Open)),
        surface => surface.as_str(),
        elsewhere => view::elsewhere(surface),
        model_names,
        group_names => group_names(surface),
        spellings => spellings(),
        version => agenthuman::VERSION,
        is_first,
        up => if is_first { "../" } else { "../../" },
    })
}

/// The types of the parameters that are no arguments of their own.
fn group_names(surface: Surface) -> BTreeSet<String> {
    let groups = all(surface).filter(|operation| operation.all_params().any(|param| !view::is_positional(operation, param)));
    groups.map(|operation| format!("{}{}Params", pascal(&singular(operation.resource())), pascal(operation.verb()))).collect()
}

/// Its type, and the list of its model's `shape` that names it, since it is converted when it is read.
fn field(kind: FieldKind) -> Value {
    let (kind, converted) = match kind {
        FieldKind::Id | FieldKind::Text => ("string".to_owned(), None),
        FieldKind::Choice(choices) => (open_type(choices), None),
        FieldKind::Integer | FieldKind::Number => ("number".to_owned(), None),
        FieldKind::Flag => ("boolean".to_owned(), None),
        FieldKind::Instant => ("Date".to_owned(), Some("instants")),
        FieldKind::Object => ("Record<string, unknown>".to_owned(), None),
        FieldKind::Secret => ("string".to_owned(), Some("secrets")),
        FieldKind::Texts => ("string[]".to_owned(), None),
        FieldKind::Model(model) => (model.name.to_owned(), Some("models")),
        FieldKind::Models(model) => (format!("{}[]", model.name), Some("models")),
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
        FieldKind::Texts => ("string[]", "object", "[]"),
        FieldKind::Model(model) => (model.name, "model", ""),
        FieldKind::Models(_) => ("object[]", "object", "[]"),
    };
    context! { type => kind, kind => name, default }
}

/// The type of a field with known texts.
fn open_type(choices: &Choices) -> String {
    let received = choices.received.iter().map(|text| format!(" | {text:?}")).collect::<String>();
    format!("Open<{}{received}>", choices.name)
}

fn param(param: &Param) -> Result<Value> {
    let rule = param.rule;
    let kind = match rule {
        Rule::Id(_) => "Id".to_owned(),
        Rule::Text { .. } | Rule::Url(_) | Rule::Email | Rule::Code { .. } | Rule::Secret { .. } | Rule::Picture => {
            "string".to_owned()
        }
        Rule::Instant => "Date | string".to_owned(),
        Rule::Group(group) => format!("{}Params", group.name),
        Rule::Avatar => "AvatarInput".to_owned(),
        Rule::Choice(choices) => choices.name.to_owned(),
        Rule::Filter(choices) => format!("{} | {ALL:?}", choices.name),
        Rule::Integer { .. } | Rule::Seconds { .. } => "number".to_owned(),
        Rule::Flag => "boolean".to_owned(),
        Rule::Object => "Record<string, any>".to_owned(),
        Rule::File(_) => "FileInput".to_owned(),
        Rule::Store => "((created: CreatedApiKey) => void | Promise<void>)".to_owned(),
    };
    let converter = match rule {
        Rule::Avatar => Some("avatarSpec"),
        Rule::Group(_) => Some("groupSpec"),
        Rule::Id(_)
        | Rule::Text { .. }
        | Rule::Url(_)
        | Rule::Email
        | Rule::Code { .. }
        | Rule::Secret { .. }
        | Rule::Instant
        | Rule::Choice(_)
        | Rule::Filter(_)
        | Rule::Integer { .. }
        | Rule::Seconds { .. }
        | Rule::Flag
        | Rule::Object
        | Rule::Picture
        | Rule::File(_)
        | Rule::Store => None,
    };
    Ok(context! { type => kind, converter })
}

/// Names whose spelling differs; those that are the same need no entry.
fn spellings() -> BTreeMap<&'static str, String> {
    let mut names: BTreeSet<&str> = ERROR_FIELDS.iter().map(|field| field.name).collect();
    for operation in CONTRACTS.into_iter().flat_map(all) {
        names.extend(operation.name.split('.'));
        names.extend(operation.all_params().map(|param| param.name));
    }
    let groups = CONTRACTS.into_iter().flat_map(|surface| view::groups_of(resources(surface)));
    names.extend(groups.flat_map(|group| group.params).map(|param| param.name));
    let tabled = names.into_iter().filter(|name| name.contains('_')).map(|name| (name, camel(name)));
    tabled.chain(OPTIONS.map(|(name, spelled)| (name, spelled.to_owned()))).collect()
}
