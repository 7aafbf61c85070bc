//! Parameters and bodies as JSON Schema. No schema forbids fields that it does not know.

use crate::codegen::describe;
use crate::codegen::words::prose;
use agenthuman::table::{
    Answer, Field, FieldKind, IdWire, Model, Operation, Param, Place, Rule, Surface, Wire, WireField, WireKind, WireObject,
};
use serde_json::{Map, Value, json};

/// The objects of a surface.
pub fn objects(surface: Surface) -> Map<String, Value> {
    let objects = describe::objects(surface).into_iter();
    objects.map(|wire| (wire.name.to_owned(), object(surface, wire.fields, model_of(surface, wire)))).collect()
}

/// The objects of the API, and its error.
pub fn components() -> Value {
    let mut schemas = objects(Surface::Server);
    schemas.insert(
        "Error".into(),
        json!({
            "description": "An error. Its text is a string in this dialect; a reader takes the object as well.",
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

pub fn request_body(operation: &Operation) -> Option<Value> {
    let sent: Vec<&Param> = operation.params.iter().filter(|param| matches!(param.place, Place::Body | Place::Part)).collect();
    if sent.is_empty() {
        return None;
    }
    let properties: Map<String, Value> = sent.iter().map(|param| (param.name.to_owned(), property(param))).collect();
    let required: Vec<&str> = sent.iter().filter(|param| param.required).map(|param| param.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if operation.needs_one {
        schema["minProperties"] = json!(1);
    }
    let is_form = sent.iter().any(|param| param.place == Place::Part);
    let content = if is_form {
        let files = sent.iter().filter(|param| param.rule == Rule::File);
        let encoding: Map<String, Value> =
            files.map(|param| (param.name.to_owned(), json!({ "contentType": "image/*, video/*" }))).collect();
        json!({ "multipart/form-data": { "schema": schema, "encoding": encoding } })
    } else {
        json!({ "application/json": { "schema": schema } })
    };
    Some(json!({ "required": !required.is_empty() || operation.needs_one, "content": content }))
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
        Rule::Url => json!({ "type": "string", "format": "uri" }),
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
        Rule::File => json!({ "type": "string", "format": "binary", "contentMediaType": "application/octet-stream" }),
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
            WireKind::Choice(choices) if surface == Surface::Phone => json!({ "type": "string", "examples": choices }),
            WireKind::Choice(choices) => json!({ "type": "string", "enum": choices }),
            WireKind::Instant => json!({ "type": "string", "format": "date-time" }),
            WireKind::Bit => json!({ "type": "integer", "enum": [0, 1] }),
            WireKind::Flag if field.name == "success" => json!({ "const": true }),
            WireKind::Flag => json!({ "type": "boolean" }),
            WireKind::Object => json!({ "type": "object" }),
            WireKind::Nested(wire) if field.nullable => json!({ "anyOf": [reference(wire.name), { "type": "null" }] }),
            WireKind::Nested(wire) => reference(wire.name),
            WireKind::List(wire) => json!({ "type": "array", "items": reference(wire.name) }),
        },
    );
    if field.nullable && !matches!(field.kind, WireKind::Nested(_)) {
        allow_null(&mut schema);
    }
    // The relay is this project's own: what it may leave out is no guess.
    if !field.required && surface == Surface::Server {
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
    let inside = answered.flat_map(|model| {
        let inner =
            model.fields.iter().filter_map(|field| if let FieldKind::Model(inner) = field.kind { Some(inner) } else { None });
        inner.chain([model])
    });
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
