//! The Swift façade: models, kinds of error, and the operations of the phone's table.

use super::describe::{self, Outcome};
use super::templates::{Template, Templates, template};
use super::{Rendered, view};
use agenthuman::error::USER_MESSAGE;
use agenthuman::operations::all;
use agenthuman::table::{FieldKind, Operation, Param, Rule, Surface};
use anyhow::{Result, bail};
use minijinja::{Value, context};

const FOLDER: &str = "bindings-swift/Sources/AgentHuman/Generated";

const TEMPLATES: [(&str, Template); 3] = [
    ("Errors.swift", template!("swift_errors.swift.j2")),
    ("Models.swift", template!("swift_models.swift.j2")),
    ("Operations.swift", template!("swift_operations.swift.j2")),
];

/// Words of Swift's that are no names by themselves.
const RESERVED: [&str; 10] = ["default", "internal", "public", "private", "protocol", "self", "static", "switch", "throw", "try"];

pub fn render(templates: &Templates) -> Result<Vec<Rendered>> {
    let values = context! {
        reserved => RESERVED,
        kinds => view::kinds(),
        user_message => USER_MESSAGE,
        choices => view::choices(&describe::choices(Surface::Phone)),
        models => view::models(&describe::models(Surface::Phone), field),
        answers => answers()?,
    };
    TEMPLATES.iter().map(|(name, template)| templates.render(format!("{FOLDER}/{name}"), template, &values)).collect()
}

fn field(kind: FieldKind) -> Value {
    let kind = match kind {
        FieldKind::Id | FieldKind::Text | FieldKind::Secret => "String",
        FieldKind::Choice(choices) => choices.name,
        FieldKind::Integer => "Int",
        FieldKind::Number => "Double",
        FieldKind::Flag => "Bool",
        FieldKind::Instant => "Date",
        FieldKind::Object => "[String: JSONValue]",
        FieldKind::Model(model) => model.name,
        // No model of a phone has a list yet.
        FieldKind::Texts => "[String]",
        FieldKind::Models(_) => "[[String: JSONValue]]",
    };
    context! { type => kind }
}

/// The type of a parameter, the case of `JSONValue` for it, and how to get the value of that case.
fn param(param: &Param) -> Result<Value> {
    let rule = param.rule;
    let (kind, case, raw) = match rule {
        Rule::Id(_) | Rule::Text { .. } | Rule::Url(_) | Rule::Email | Rule::Code { .. } => ("String", "string", ""),
        Rule::Choice(choices) => (choices.name, "string", ".rawValue"),
        Rule::Integer { .. } => ("Int", "integer", ""),
        Rule::Seconds { .. } => ("Double", "number", ""),
        Rule::Flag => ("Bool", "bool", ""),
        Rule::Object => ("[String: JSONValue]", "object", ""),
        Rule::Filter(_)
        | Rule::Secret { .. }
        | Rule::Instant
        | Rule::Group(_)
        | Rule::Picture
        | Rule::Avatar
        | Rule::File(_)
        | Rule::Store => bail!("no operation of a phone takes {rule:?}"),
    };
    Ok(context! { type => kind, case, raw })
}

/// The operations by the type that they return, since an extension is for one type.
fn answers() -> Result<Vec<Value>> {
    let mut found: Vec<(String, Vec<&Operation>)> = Vec::new();
    for operation in all(Surface::Phone) {
        let answer = match describe::outcome(operation) {
            Outcome::Nothing => "Void".to_owned(),
            Outcome::One(model) => model.name.to_owned(),
            Outcome::List(model) => format!("[{}]", model.name),
        };
        match found.iter_mut().find(|(other, _)| *other == answer) {
            Some((_, operations)) => operations.push(operation),
            None => found.push((answer, vec![operation])),
        }
    }
    found
        .into_iter()
        .map(|(answer, operations)| {
            Ok(context! { type => answer, operations => view::operations(operations.into_iter(), param)? })
        })
        .collect()
}
