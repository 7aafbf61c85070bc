//! Parameters and bodies as JSON Schema. No schema forbids fields that it does not know.

use crate::codegen::describe;
use crate::codegen::words::prose;
use agenthuman::table::{
    Answer, Content, Field, IdWire, Model, Operation, Param, Place, Rule, Surface, Wire, WireField, WireKind, WireObject,
};
use serde_json::{Map, Value, json};

/// The objects of a surface.
pub fn objects(surface: Surface) -> Map<String, Value> {
    let objects = describe::objects(surface).into_iter();
    objects.map(|wire| (wire.name.to_owned(), object(surface, wire.fields, model_of(surface, wire)))).collect()
}

/// The objects of the API, and its error.
pub fn components(surface: Surface) -> Value {
    let mut schemas = objects(surface);
    schemas.insert(
        "Error".into(),
        json!({
            "description": match surface {
                Surface::Rooms => "An error. It is an object, and a string after a failed authentication and at the rate limit.",
                Surface::Server | Surface::Phone => "An error. Its text is a string; a reader takes the object as well.",
            },
            "type": "object",
            "properties": {
                "success": { "description": "False, where it is there.", "const": false },
                "error": {
                    "anyOf": [
                        { "type": "string" },
                        {
                            "type": "object",
                            "properties": {
                                "message": { "type": "string" },
                                "suggestion": { "type": "string" },
                                "code": { "type": "string" },
                                "details": { "type": "object" },
                            },
                            "required": ["message"],
                        },
                    ],
                },
            },
            "required": ["error"],
        }),
    );
    Value::Object(schemas)
}

pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The body of an operation's success.
pub fn of_answer(operation: &Operation) -> Value {
    match operation.wire {
        Wire::Object(fields) => object(operation.surface, fields, answered_model(operation)),
        Wire::Bare(wire) => reference(wire.name),
        Wire::BareList(wire) => json!({ "type": "array", "items": reference(wire.name) }),
    }
}

/// The body of the operations on one path and method: in alternatives, if they differ in it.
pub fn request_body(group: &[&Operation]) -> Option<Value> {
    let mut content: Map<String, Value> = Map::new();
    let mut is_required = false;
    for operation in group {
        let Some((media_type, one, needs_body)) = body_of(operation) else { continue };
        is_required |= needs_body;
        match content.get_mut(media_type) {
            None => drop(content.insert(media_type.to_owned(), one)),
            Some(known) => {
                let schemas = [known["schema"].clone(), one["schema"].clone()];
                *known = json!({ "schema": { "anyOf": schemas } });
            }
        }
    }
    (!content.is_empty()).then(|| json!({ "required": is_required, "content": content }))
}

/// The media type of an operation's body, its description, and whether there must be a body.
fn body_of(operation: &Operation) -> Option<(&'static str, Value, bool)> {
    let sent: Vec<&Param> = operation.params.iter().filter(|param| matches!(param.place, Place::Body | Place::Part)).collect();
    if sent.is_empty() {
        return None;
    }
    let schema = object_of_params(&sent, operation.needs_one);
    let needs_body = operation.needs_one || sent.iter().any(|param| param.required);
    if sent.iter().any(|param| param.place == Place::Part) {
        let files =
            sent.iter().filter_map(|param| if let Rule::File(content) = param.rule { Some((param, content)) } else { None });
        let encoding: Map<String, Value> = files
            .map(|(param, content)| {
                let types = if content == Content::Picture { "image/*" } else { "image/*, video/*" };
                (param.name.to_owned(), json!({ "contentType": types }))
            })
            .collect();
        return Some(("multipart/form-data", json!({ "schema": schema, "encoding": encoding }), needs_body));
    }
    Some(("application/json", json!({ "schema": schema }), needs_body))
}

/// An object of parameters. What one of them needs of another is in its description.
fn object_of_params(params: &[&Param], needs_one: bool) -> Value {
    let properties: Map<String, Value> = params.iter().map(|param| (param.name.to_owned(), property(param))).collect();
    let required: Vec<&str> =
        params.iter().filter(|param| param.required && param.only_with.is_none()).map(|param| param.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if needs_one {
        schema["minProperties"] = json!(1);
    }
    schema
}

fn property(param: &Param) -> Value {
    let mut schema = json!({ "description": prose(param.doc) });
    merge(&mut schema, of_param(param));
    if let Some(evidence) = param.evidence {
        schema["x-evidence"] = json!(evidence.as_str());
    }
    schema
}

pub fn of_param(param: &Param) -> Value {
    let mut schema = match param.rule {
        Rule::Id(IdWire::Integer) => integer(),
        Rule::Id(IdWire::Text) => json!({ "type": "string", "minLength": 1 }),
        Rule::Text { min, max } => text(min, max),
        Rule::Url(_) => json!({ "type": "string", "format": "uri" }),
        Rule::Secret { max } => json!({ "type": "string", "minLength": 1, "maxLength": max, "format": "password" }),
        Rule::Instant => json!({ "type": "string", "format": "date-time" }),
        Rule::Group(group) => object_of_params(&group.params.iter().collect::<Vec<_>>(), false),
        Rule::Picture | Rule::Avatar => json!({ "type": "string", "minLength": 1 }),
        Rule::Email => json!({ "type": "string", "format": "email" }),
        Rule::Code { digits } => json!({ "type": "string", "pattern": format!("^[0-9]{{{digits}}}$") }),
        Rule::Choice(_) | Rule::Filter(_) => json!({ "type": "string", "enum": param.rule.choices() }),
        Rule::Integer { min, max } => {
            let mut schema = integer();
            schema["minimum"] = json!(min);
            if max < i64::MAX {
                schema["maximum"] = json!(max);
            }
            schema
        }
        Rule::Seconds { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        Rule::Flag | Rule::Store => json!({ "type": "boolean" }),
        Rule::Object => json!({ "type": "object" }),
        Rule::File(_) => json!({ "type": "string", "format": "binary", "contentMediaType": "application/octet-stream" }),
    };
    if param.nullable {
        allow_null(&mut schema);
    }
    schema
}

fn integer() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

/// The caps of `NAME` and `TEXT` are the client's, to keep mistakes from being sent; they are no bounds of the API.
fn text(min: usize, max: usize) -> Value {
    let caps = [Rule::NAME, Rule::TEXT].map(|rule| if let Rule::Text { max, .. } = rule { max } else { usize::MAX });
    let mut schema = json!({ "type": "string" });
    if min > 0 {
        schema["minLength"] = json!(min);
    }
    if !caps.contains(&max) {
        schema["maxLength"] = json!(max);
    }
    schema
}

fn object(surface: Surface, fields: &[WireField], model: Option<&Model>) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), of_field(surface, field, model))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn of_field(surface: Surface, field: &WireField, model: Option<&Model>) -> Value {
    let mut schema = json!({});
    if let Some(doc) = doc_of(field, model) {
        schema["description"] = json!(doc);
    }
    merge(
        &mut schema,
        match field.kind {
            WireKind::Integer => integer(),
            WireKind::IntegerOrText => json!({ "type": ["integer", "string"] }),
            WireKind::Number => json!({ "type": "number" }),
            WireKind::Text => json!({ "type": "string" }),
            // The relay passes on what a newer service sends.
            WireKind::Choice(choices) if surface.is_relayed() => json!({ "type": "string", "examples": choices }),
            WireKind::Choice(choices) => json!({ "type": "string", "enum": choices }),
            WireKind::Instant => json!({ "type": "string", "format": "date-time" }),
            WireKind::Bit => json!({ "type": "integer", "enum": [0, 1] }),
            WireKind::Flag if field.name == "success" => json!({ "const": true }),
            WireKind::Flag => json!({ "type": "boolean" }),
            WireKind::Object => json!({ "type": "object" }),
            WireKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            WireKind::Nested(wire) if field.nullable => json!({ "anyOf": [reference(wire.name), { "type": "null" }] }),
            WireKind::Nested(wire) => reference(wire.name),
            WireKind::List(wire) => json!({ "type": "array", "items": reference(wire.name) }),
        },
    );
    if field.nullable && !matches!(field.kind, WireKind::Nested(_)) {
        allow_null(&mut schema);
    }
    // The relay is this project's own: what it may leave out is no guess.
    if !field.required && !surface.is_relayed() {
        schema["x-evidence"] = json!("assumed");
    }
    schema
}

fn doc_of(field: &WireField, model: Option<&Model>) -> Option<String> {
    match field.name {
        "next" if field.required => Some("The cursor of the next page, to be given as `after`; null after the last.".into()),
        "next" => Some(
            "The cursor of the next page, or null after the last. It is there only where `limit` or `after` was given.".into(),
        ),
        name => {
            let known = model?.fields.iter().find(|known: &&Field| known.name == name || known.wire.contains(&name))?;
            Some(prose(known.doc))
        }
    }
}

fn answered_model(operation: &Operation) -> Option<&'static Model> {
    match operation.answer {
        Answer::One { model, .. } | Answer::List { model, .. } => Some(model),
        Answer::Nothing | Answer::Raw => None,
    }
}

/// The model that reads a wire object: the answer's own, or the one inside it that reads all of its fields.
fn model_of(surface: Surface, wire: &WireObject) -> Option<&'static Model> {
    let reads = |model: &Model| {
        wire.fields
            .iter()
            .all(|field| model.fields.iter().any(|known| known.name == field.name || known.wire.contains(&field.name)))
    };
    let answered = agenthuman::operations::all(surface).filter_map(answered_model);
    let inside = answered.flat_map(describe::with_inner);
    inside.into_iter().find(|model| reads(model))
}

fn merge(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(mut more)) = (schema, more) {
        schema.append(&mut more);
    }
}

fn allow_null(schema: &mut Value) {
    match schema.get("type").cloned() {
        Some(Value::Array(mut types)) => {
            types.push(json!("null"));
            schema["type"] = json!(types);
        }
        Some(one) => schema["type"] = json!([one, "null"]),
        None => {}
    }
    if let Some(Value::Array(choices)) = schema.get_mut("enum") {
        choices.push(Value::Null);
    }
}
