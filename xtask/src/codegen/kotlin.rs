//! The Kotlin package's rendered half: models, exceptions, and the operations with their parameters.

use super::templates::{Template, Templates, template};
use super::words::camel;
use super::{Rendered, describe, view};
use agenthuman::error::USER_MESSAGE;
use agenthuman::operations::all;
use agenthuman::table::{ErrorFieldKind, FieldKind, Param, Rule, Surface};
use anyhow::{Result, bail};
use minijinja::{Value, context};
use std::collections::BTreeMap;

const FOLDER: &str = "bindings-kotlin/src/main/kotlin/com/agenthuman/generated";

const TEMPLATES: [(&str, Template); 3] = [
    ("Models.kt", template!("kotlin_models.kt.j2")),
    ("Exceptions.kt", template!("kotlin_exceptions.kt.j2")),
    ("Operations.kt", template!("kotlin_operations.kt.j2")),
];

/// The options that errors of the core name.
const OPTIONS: [&str; 4] = ["allow_insecure_http", "connect_timeout", "max_response_bytes", "max_retries"];

pub fn render(templates: &Templates) -> Result<Vec<Rendered>> {
    let values = context! {
        choices => view::choices(&describe::choices(Surface::Phone)),
        models => view::models(&describe::models(Surface::Phone), field),
        operations => view::operations(all(Surface::Phone), param)?,
        spellings => spellings(),
        fields => view::error_fields(error_field),
        kinds => view::kinds(),
        user_message => USER_MESSAGE,
    };
    TEMPLATES.iter().map(|(name, template)| templates.render(format!("{FOLDER}/{name}"), template, &values)).collect()
}

/// Its type, and the function that reads it.
fn field(field_kind: FieldKind) -> Value {
    let (kind, reader, is_model) = match field_kind {
        FieldKind::Id | FieldKind::Text | FieldKind::Secret => ("String", "text", false),
        FieldKind::Choice(choices) => (choices.name, "text", false),
        FieldKind::Integer => ("Long", "whole", false),
        FieldKind::Number => ("Double", "number", false),
        FieldKind::Flag => ("Boolean", "flag", false),
        FieldKind::Instant => ("Instant", "instant", false),
        FieldKind::Object => ("JsonObject", "inner", false),
        FieldKind::Model(model) => (model.name, "inner", true),
        // No model of a phone has a list yet; Kotlin's half has no such reader until one does.
        FieldKind::Texts => ("List<String>", "texts", false),
        FieldKind::Models(_) => ("List<JsonObject>", "inners", false),
    };
    context! { type => kind, reader, is_model, is_choice => matches!(field_kind, FieldKind::Choice(_)) }
}

fn param(param: &Param) -> Result<Value> {
    let rule = param.rule;
    let kind = match rule {
        Rule::Id(_) | Rule::Text { .. } | Rule::Url(_) | Rule::Email | Rule::Code { .. } => "String",
        Rule::Choice(choices) => choices.name,
        Rule::Integer { .. } => "Int",
        Rule::Seconds { .. } => "Double",
        Rule::Flag => "Boolean",
        Rule::Object => "JsonObject",
        Rule::Filter(_)
        | Rule::Secret { .. }
        | Rule::Instant
        | Rule::Group(_)
        | Rule::Picture
        | Rule::Avatar
        | Rule::File(_)
        | Rule::Store => bail!("no operation of a phone takes {rule:?}"),
    };
    Ok(context! { type => kind, is_choice => matches!(rule, Rule::Choice(_)) })
}

/// Its type and default, and the function that reads it. The library's own texts are read with names as Kotlin spells them.
fn error_field(kind: ErrorFieldKind) -> Value {
    let (kind, default, reader, end) = match kind {
        ErrorFieldKind::Code => ("String", "", "text", ".orEmpty()"),
        ErrorFieldKind::Message => ("String", "", "spelled", ".orEmpty()"),
        ErrorFieldKind::Hint => ("String?", " = null", "spelled", ""),
        ErrorFieldKind::Text => ("String?", " = null", "text", ""),
        ErrorFieldKind::Status => ("Int?", " = null", "whole", "?.toInt()"),
        ErrorFieldKind::Seconds => ("Double?", " = null", "number", ""),
        ErrorFieldKind::Flag | ErrorFieldKind::Retryable => ("Boolean", " = false", "flag", " ?: false"),
        ErrorFieldKind::Json => ("JsonElement?", " = null", "value", ""),
        ErrorFieldKind::Attempts => ("List<Attempt>", " = emptyList()", "attempts", ""),
    };
    context! { type => kind, default, reader, end }
}

/// Names whose spelling differs; those that are the same need no entry.
fn spellings() -> BTreeMap<&'static str, String> {
    let params = all(Surface::Phone).flat_map(|operation| operation.all_params()).map(|param| param.name);
    params.filter(|name| name.contains('_')).chain(OPTIONS).map(|name| (name, camel(name))).collect()
}
