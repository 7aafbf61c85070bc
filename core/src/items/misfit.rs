//! Why a value is no item of a model. The reasons name the model and the field, and never contain a value, which may be a secret.

use super::canonical;
use crate::table::{Field, FieldKind, Model};
use serde_json::Value;

/// Returns the reason for a required field that is missing, null or of the wrong type.
pub(crate) fn of_field(model: &Model, field: &Field, received: Option<&Value>) -> String {
    let why = match received {
        None => "is missing".to_owned(),
        Some(Value::Null) => "is null".to_owned(),
        Some(_) => format!("is not {}", with_article(field.kind)),
    };
    format!("{}.{} {why}", model.name, field.name)
}

/// Returns the message for a value that is not a model's canonical form, for hosts.
pub fn not_canonical(model: &Model, why: &str) -> String {
    format!("the value is not the canonical form of {}: {why}", model.name)
}

/// Returns the reason for a text that is not canonical JSON of the model.
pub(super) fn of_canonical(text: &str, model: &Model, is_list: bool) -> String {
    let general = || "it is not valid JSON of the model".to_owned();
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) if is_list => {
            let mut reasons = items.iter().enumerate();
            let reason =
                reasons.find_map(|(place, item)| Some(format!("{} in item {} of the list", of(model, item)?, place + 1)));
            reason.unwrap_or_else(general)
        }
        Ok(value) if !is_list => of(model, &value).unwrap_or_else(general),
        _ => general(),
    }
}

fn of(model: &Model, value: &Value) -> Option<String> {
    let Value::Object(values) = value else { return Some(format!("{} is not an object", model.name)) };
    model.fields.iter().find_map(|field| {
        let received = values.get(field.name);
        if let (FieldKind::Model(inner), Some(value @ Value::Object(_))) = (field.kind, received) {
            return of(inner, value);
        }
        if let (FieldKind::Models(inner), Some(Value::Array(values))) = (field.kind, received)
            && let Some(reason) = values.iter().find_map(|value| of(inner, value))
        {
            return Some(reason);
        }
        let is_present = received.is_some_and(|value| canonical::is_value(field.kind, &value.to_string()));
        (field.required && !is_present).then(|| of_field(model, field, received))
    })
}

fn with_article(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Id => "a string or an integer",
        FieldKind::Text | FieldKind::Choice(_) | FieldKind::Secret => "a string",
        FieldKind::Integer => "a whole number",
        FieldKind::Number => "a number",
        FieldKind::Flag => "a boolean",
        FieldKind::Instant => "an RFC 3339 timestamp",
        FieldKind::Object | FieldKind::Model(_) => "an object",
        FieldKind::Texts => "a list of strings",
        FieldKind::Models(_) => "a list of objects",
    }
}
