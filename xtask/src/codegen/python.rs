//! The Python package's rendered half: models, errors, both clients and the package's own module.

use super::templates::{Template, Templates, template};
use super::words::quoted;
use super::{Rendered, describe, json_schema, view};
use agenthuman::error::KINDS;
use agenthuman::operations::{CONTRACTS, all, resources};
use agenthuman::table::{ALL, Choices, CredentialKind, ErrorFieldKind, FieldKind, Operation, Param, Rule, Steps, Surface};
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
const PARAMS: Template = template!("python_params.py.j2");
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
    let mut files = Vec::new();
    for surface in CONTRACTS {
        files.extend(contract(templates, surface)?);
    }
    // Shared by all contracts, or of the first alone.
    let values = values(CONTRACTS[0])?;
    let routes: Vec<Value> = CONTRACTS
        .into_iter()
        .map(|surface| Ok(context! { name => surface.as_str(), resources => view::resources(resources(surface), param)? }))
        .collect::<Result<_>>()?;
    let routes = context! { contracts => routes };
    for (name, template, values) in
        [("_generated/errors.py", &ERRORS, &values), ("_generated/routes.py", &ROUTES, &routes), ("__init__.py", &INIT, &values)]
    {
        files.push(templates.render(format!("{FOLDER}/{name}"), template, values)?);
    }
    Ok(files)
}

/// The models and clients of a contract: the first one's beside the folders of the others.
fn contract(templates: &Templates, surface: Surface) -> Result<Vec<Rendered>> {
    let sync = context! { is_async => false, ..values(surface)? };
    let unsync = context! { is_async => true, ..sync.clone() };
    let testing = context! {
        models => view::models(&describe::models(surface), factory_field),
        returns => view::returns(surface),
        ..sync.clone()
    };
    let folder = if surface == CONTRACTS[0] { String::new() } else { format!("{}/", surface.as_str()) };
    let mut files = vec![
        ("__init__.py", &PACKAGE, &sync),
        ("choices.py", &CHOICES, &sync),
        ("models.py", &MODELS, &sync),
        ("client.py", &CLIENT, &sync),
        ("async_client.py", &CLIENT, &unsync),
        ("raw_client.py", &RAW_CLIENT, &sync),
        ("async_raw_client.py", &RAW_CLIENT, &unsync),
        ("schemas.py", &SCHEMAS, &sync),
        ("testing.py", &TESTING, &testing),
    ];
    if !view::groups_of(resources(surface)).is_empty() {
        files.push(("params.py", &PARAMS, &sync));
    }
    files
        .into_iter()
        .map(|(name, template, values)| templates.render(format!("{FOLDER}/_generated/{folder}{name}"), template, values))
        .collect()
}

fn values(surface: Surface) -> Result<Value> {
    let is_first = surface == CONTRACTS[0];
    Ok(context! {
        models => view::models(&describe::models(surface), field),
        choices => view::choices(&describe::choices(surface)),
        schemas => serde_json::to_string_pretty(&json_schema::models(surface))?,
        kinds => view::kinds(),
        fields => view::error_fields(error_field),
        resources => view::resources(resources(surface), param)?,
        groups => view::groups(&view::groups_of(resources(surface)), param)?,
        names => names(surface),
        client => surface.client(),
        surface => surface.as_str(),
        audience => surface.audience(),
        is_first,
        takes_token => all(surface).any(|operation| operation.auth.0.contains(&CredentialKind::Token)),
        opens => all(surface).any(|operation| operation.steps == Some(Steps::Open)),
        up => if is_first { ".." } else { "..." },
        package => if is_first { "agenthuman".to_owned() } else { format!("agenthuman.{}", surface.as_str()) },
    })
}

fn field(kind: FieldKind) -> Value {
    let decorator = if matches!(kind, FieldKind::Secret) { "secret" } else { "field" };
    let kind = match kind {
        FieldKind::Id | FieldKind::Text | FieldKind::Secret => "str".to_owned(),
        FieldKind::Choice(choices) => open_type(choices),
        FieldKind::Integer => "int".to_owned(),
        FieldKind::Number => "float".to_owned(),
        FieldKind::Flag => "bool".to_owned(),
        FieldKind::Instant => "datetime".to_owned(),
        FieldKind::Object => "dict[str, Any]".to_owned(),
        FieldKind::Texts => "list[str]".to_owned(),
        FieldKind::Model(model) => model.name.to_owned(),
        FieldKind::Models(model) => format!("Sequence[{}]", model.name),
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
        FieldKind::Texts => ("Sequence[str]", "()"),
        FieldKind::Model(model) => (model.name, ""),
        FieldKind::Models(_) => ("Sequence[Any]", "()"),
    };
    context! { type => kind, default }
}

/// The type of a field with known texts.
fn open_type(choices: &Choices) -> String {
    let received =
        if choices.received.is_empty() { String::new() } else { format!(" | Literal[{}]", quoted(choices.received, ", ")) };
    format!("Open[{}{received}]", choices.name)
}

fn param(param: &Param) -> Result<Value> {
    let rule = param.rule;
    let kind = match rule {
        Rule::Id(_)
        | Rule::Text { .. }
        | Rule::Url(_)
        | Rule::Email
        | Rule::Code { .. }
        | Rule::Secret { .. }
        | Rule::Picture => "str".to_owned(),
        Rule::Instant => "datetime | str".to_owned(),
        Rule::Group(group) => format!("{}Params", group.name),
        Rule::Avatar => "str | os.PathLike[str] | bytes".to_owned(),
        Rule::Choice(choices) => choices.name.to_owned(),
        Rule::Filter(choices) => format!("{} | Literal[{ALL:?}]", choices.name),
        Rule::Integer { .. } => "int".to_owned(),
        Rule::Seconds { .. } => "float".to_owned(),
        Rule::Flag => "bool".to_owned(),
        Rule::Object => "dict[str, Any]".to_owned(),
        Rule::File(_) => "FileInput".to_owned(),
        Rule::Store => "Callable[[CreatedApiKey], object]".to_owned(),
    };
    let converters = [(Rule::Instant, "instant_text"), (Rule::Avatar, "avatar_spec")];
    let converter = converters.into_iter().find(|(known, _)| *known == rule).map(|(_, converter)| converter);
    Ok(context! { type => kind, converter })
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
fn names(surface: Surface) -> Value {
    let errors: BTreeSet<String> = KINDS.iter().map(|entry| entry.class_name()).collect();
    let models: BTreeSet<&str> = describe::models(surface).iter().map(|model| model.name).collect();
    let answers: BTreeSet<&str> = all(surface).filter_map(describe::model).map(|model| model.name).collect();
    let names = |choices: Vec<&'static Choices>| choices.into_iter().map(|choices| choices.name).collect::<Vec<_>>();
    let choices = names(describe::choices(surface));
    let of_fields = names(describe::choices_of_fields(surface));
    let of_params = names(describe::choices_of_params(all(surface).flat_map(Operation::all_params)));
    let groups = view::groups_of(resources(surface));
    let of_groups = names(describe::choices_of_params(groups.into_iter().flat_map(|group| group.params)));
    let own = OWN.into_iter().map(str::to_owned);
    let others = models.iter().chain(&choices).map(|name| (*name).to_owned());
    let exported: BTreeSet<String> = own.chain(errors.iter().cloned()).chain(others).collect();
    let field_types: BTreeSet<&str> = choices.iter().copied().chain([OPEN]).collect();
    context! { errors, models, answers, choices, of_fields, of_params, of_groups, field_types, exported }
}
