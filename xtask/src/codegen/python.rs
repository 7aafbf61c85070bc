//! The Python package's rendered half: models, errors, both clients and the package's own module.

use super::templates::{Template, Templates, template};
use super::words::quoted;
use super::{Rendered, describe, json_schema, view};
use agenthuman::error::KINDS;
use agenthuman::operations::{RESOURCES, all};
use agenthuman::table::{ALL, Choices, ErrorFieldKind, FieldKind, Rule, Surface};
use anyhow::Result;
use minijinja::{Value, context};
use std::collections::BTreeSet;

const FOLDER: &str = "bindings-python/python/agenthuman";

const CHOICES: Template = template!("python_choices.py.j2");
const SCHEMAS: Template = template!("python_schemas.py.j2");
const PACKAGE: Template = template!("python_package.py.j2");
const MODELS: Template = template!("python_models.py.j2");
const ERRORS: Template = template!("python_errors.py.j2");
const CLIENT: Template = template!("python_client.py.j2");
const RAW_CLIENT: Template = template!("python_raw_client.py.j2");
const ROUTES: Template = template!("python_routes.py.j2");
const TESTING: Template = template!("python_testing.py.j2");
const INIT: Template = template!("python_init.py.j2");

/// The type of fields with known texts.
const OPEN: &str = "Open";

/// The names that the package exports beside its errors and models.
const OWN: [&str; 14] = [
    "AgentHuman",
    "AgentHumanError",
    "AsyncAgentHuman",
    "AsyncPages",
    "Attempt",
    "NotGiven",
    OPEN,
    "Page",
    "Pages",
    "RateLimitWait",
    "RawResponse",
    "RequestEvent",
    "ResponseEvent",
    "RetryEvent",
];

pub fn render(templates: &Templates) -> Result<Vec<Rendered>> {
    let values = context! {
        models => view::models(&describe::models(Surface::Server), field),
        choices => view::choices(&describe::choices(Surface::Server)),
        kinds => view::kinds(),
        fields => view::error_fields(error_field),
        resources => view::resources(RESOURCES, param)?,
        names => names(),
        schemas => serde_json::to_string_pretty(&json_schema::models())?,
    };
    let testing = context! {
        models => view::models(&describe::models(Surface::Server), factory_field),
        returns => view::returns(),
        ..values.clone()
    };
    let sync = context! { is_async => false, ..values.clone() };
    let unsync = context! { is_async => true, ..values };
    [
        ("_generated/__init__.py", &PACKAGE, &sync),
        ("_generated/choices.py", &CHOICES, &sync),
        ("_generated/models.py", &MODELS, &sync),
        ("_generated/errors.py", &ERRORS, &sync),
        ("_generated/client.py", &CLIENT, &sync),
        ("_generated/async_client.py", &CLIENT, &unsync),
        ("_generated/raw_client.py", &RAW_CLIENT, &sync),
        ("_generated/async_raw_client.py", &RAW_CLIENT, &unsync),
        ("_generated/routes.py", &ROUTES, &sync),
        ("_generated/schemas.py", &SCHEMAS, &sync),
        ("_generated/testing.py", &TESTING, &testing),
        ("__init__.py", &INIT, &sync),
    ]
    .into_iter()
    .map(|(name, template, values)| templates.render(format!("{FOLDER}/{name}"), template, values))
    .collect()
}

fn field(kind: FieldKind) -> Value {
    let open;
    let (kind, decorator) = match kind {
        FieldKind::Id | FieldKind::Text => ("str", "field"),
        FieldKind::Choice(choices) => {
            open = open_type(choices);
            (open.as_str(), "field")
        }
        FieldKind::Integer => ("int", "field"),
        FieldKind::Number => ("float", "field"),
        FieldKind::Flag => ("bool", "field"),
        FieldKind::Instant => ("datetime", "field"),
        FieldKind::Object => ("dict[str, Any]", "field"),
        FieldKind::Secret => ("str", "secret"),
        FieldKind::Model(model) => (model.name, "field"),
    };
    context! { type => kind, decorator }
}

/// The type of an argument of a model's factory, and its default if the model always has the field. A model in it has none: its
/// own factory makes it.
fn factory_field(kind: FieldKind) -> Value {
    let (open, first);
    let (kind, default) = match kind {
        FieldKind::Id => ("str | int", "\"1\""),
        FieldKind::Choice(choices) => {
            open = open_type(choices);
            first = quoted(&choices.values[..1], "");
            (open.as_str(), first.as_str())
        }
        FieldKind::Text => ("str", "\"text\""),
        FieldKind::Integer => ("int", "0"),
        FieldKind::Number => ("float", "0.0"),
        FieldKind::Flag => ("bool", "False"),
        FieldKind::Instant => ("datetime | str", "\"2026-01-01T00:00:00Z\""),
        FieldKind::Object => ("Mapping[str, Any]", "{}"),
        FieldKind::Secret => ("str", "DUMMY_"),
        FieldKind::Model(model) => (model.name, ""),
    };
    context! { type => kind, default }
}

/// The type of a field with known texts.
fn open_type(choices: &Choices) -> String {
    let received =
        if choices.received.is_empty() { String::new() } else { format!(" | Literal[{}]", quoted(choices.received, ", ")) };
    format!("Open[{}{received}]", choices.name)
}

fn param(rule: Rule) -> Result<Value> {
    let kind = match rule {
        Rule::Id(_) | Rule::Text { .. } | Rule::Url | Rule::Email | Rule::Code { .. } => "str".to_owned(),
        Rule::Choice(choices) => choices.name.to_owned(),
        Rule::Filter(choices) => format!("{} | Literal[{ALL:?}]", choices.name),
        Rule::Integer { .. } => "int".to_owned(),
        Rule::Seconds { .. } => "float".to_owned(),
        Rule::Flag => "bool".to_owned(),
        Rule::Object => "dict[str, Any]".to_owned(),
        Rule::File => "FileInput".to_owned(),
        Rule::Store => "Callable[[CreatedApiKey], object]".to_owned(),
    };
    Ok(context! { type => kind })
}

/// Its type, the type of the argument that it is made of, and that argument's default.
fn error_field(kind: ErrorFieldKind) -> Value {
    let (kind, parameter_type, default) = match kind {
        ErrorFieldKind::Code => ("str", "str | None", Some("None")),
        ErrorFieldKind::Message => ("str", "str", None),
        ErrorFieldKind::Hint | ErrorFieldKind::Text => ("str | None", "str | None", Some("None")),
        ErrorFieldKind::Status => ("int | None", "int | None", Some("None")),
        ErrorFieldKind::Seconds => ("float | None", "float | None", Some("None")),
        ErrorFieldKind::Flag => ("bool", "bool", Some("False")),
        ErrorFieldKind::Retryable => ("bool", "bool | None", Some("None")),
        ErrorFieldKind::Json => ("Any", "Any", Some("None")),
        ErrorFieldKind::Attempts => ("tuple[Attempt, ...]", "Iterable[Attempt]", Some("()")),
    };
    context! { type => kind, parameter_type, default }
}

/// The names of the classes, sorted: errors, models, those of them that operations return, and all that are exported.
fn names() -> Value {
    let errors: BTreeSet<String> = KINDS.iter().map(|entry| entry.class_name()).collect();
    let models: BTreeSet<&str> = describe::models(Surface::Server).iter().map(|model| model.name).collect();
    let answers: BTreeSet<&str> = all(Surface::Server).filter_map(describe::model).map(|model| model.name).collect();
    let choices: BTreeSet<&str> = describe::choices(Surface::Server).iter().map(|choices| choices.name).collect();
    let own = OWN.into_iter().map(str::to_owned);
    let others = models.iter().chain(&choices).map(|name| (*name).to_owned());
    let exported: BTreeSet<String> = own.chain(errors.iter().cloned()).chain(others).collect();
    let field_types: BTreeSet<&str> = choices.iter().copied().chain([OPEN]).collect();
    context! { errors, models, answers, choices, field_types, exported }
}
