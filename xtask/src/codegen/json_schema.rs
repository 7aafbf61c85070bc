//! The models as JSON Schema: the canonical form, which `to_dict`, `toJSON` and serializers write.

use super::describe;
use super::words::prose;
use agenthuman::operations::CONTRACTS;
use agenthuman::table::{Field, FieldKind, Model, Surface};
use serde_json::{Map, Value, json};

/// Returns the name of the file with the models of a contract.
pub fn file_name(surface: Surface) -> String {
    if surface == CONTRACTS[0] { "models.schema.json".to_owned() } else { format!("models.{}.schema.json", surface.as_str()) }
}

/// contract/models.schema.json, and those of the other contracts: all models of a client.
pub fn document(surface: Surface) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("agenthuman/{}", file_name(surface)),
        "title": format!("Models of {}", surface.client()),
        "description": "The models as `to_dict` of Python and `toJSON` of Node write them. Unknown texts and fields are valid: a later service may send them.",
        "$defs": models(surface),
    })
}

/// The schemas by the names of their models.
pub fn models(surface: Surface) -> Map<String, Value> {
    describe::models(surface).into_iter().map(|model| (model.name.to_owned(), of_model(model))).collect()
}

fn of_model(model: &Model) -> Value {
    let mut properties: Map<String, Value> = model.fields.iter().map(|field| (field.name.to_owned(), of_field(field))).collect();
    let extra =
        json!({ "description": "Fields that this version does not know.", "type": "object", "additionalProperties": true });
    properties.insert("extra".to_owned(), extra);
    let required: Vec<&str> = model.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({ "title": model.name, "description": prose(model.doc), "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn reference(model: &Model) -> Value {
    json!({ "$ref": format!("#/$defs/{}", model.name) })
}

fn of_field(field: &Field) -> Value {
    let schema = match field.kind {
        FieldKind::Id | FieldKind::Text => json!({ "type": "string" }),
        // Not `enum`, since a later service may know more.
        FieldKind::Choice(choices) => json!({ "type": "string", "examples": choices.known().collect::<Vec<_>>() }),
        FieldKind::Integer => json!({ "type": "integer" }),
        FieldKind::Number => json!({ "type": "number" }),
        FieldKind::Flag => json!({ "type": "boolean" }),
        FieldKind::Instant => json!({ "type": "string", "format": "date-time" }),
        FieldKind::Object => json!({ "type": "object", "additionalProperties": true }),
        FieldKind::Secret => json!({ "type": "string", "format": "password" }),
        FieldKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        FieldKind::Model(model) => reference(model),
        FieldKind::Models(model) => json!({ "type": "array", "items": reference(model) }),
    };
    let mut schema = if field.required { schema } else { json!({ "anyOf": [schema, { "type": "null" }] }) };
    schema["description"] = json!(prose(field.doc));
    schema
}
