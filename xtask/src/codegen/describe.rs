//! The tables of core as JSON: contract/operations.json and contract/errors.json.

use super::view::{self, BASE_CLASS};
use super::words::prose;
use agenthuman::error::{KINDS, USER_MESSAGE};
use agenthuman::operations::phone::METHODS;
use agenthuman::operations::{all, resources};
use agenthuman::table::{
    Answer, Choices, ERROR_FIELDS, ErrorFieldKind, Field, FieldKind, IdWire, Model, Operation, Param, Place, Rule, Surface, Wire,
    WireField, WireKind, WireObject,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub fn operations() -> Value {
    let phone: Vec<Value> = all(Surface::Phone).map(describe_operation).collect();
    let methods: Map<String, Value> =
        METHODS.iter().map(|(operation, method)| ((*method).to_owned(), operation.name.into())).collect();
    let known = |surface| choices(surface).iter().map(describe_choices).collect::<Vec<_>>();
    let described = |surface| models(surface).iter().map(describe_model).collect::<Vec<_>>();
    json!({
        "version": agenthuman::VERSION,
        "resources": describe_resources(Surface::Server),
        "choices": known(Surface::Server),
        "models": described(Surface::Server),
        "objects": wire_objects(Surface::Server),
        Surface::Rooms.as_str(): {
            "client": Surface::Rooms.client(),
            "resources": describe_resources(Surface::Rooms),
            "choices": known(Surface::Rooms),
            "models": described(Surface::Rooms),
            "objects": wire_objects(Surface::Rooms),
        },
        "phone": { "operations": phone, "methods": methods, "choices": known(Surface::Phone), "models": described(Surface::Phone), "objects": wire_objects(Surface::Phone) },
    })
}

fn describe_resources(surface: Surface) -> Vec<Value> {
    resources(surface)
        .iter()
        .map(|resource| {
            let operations: Vec<Value> = resource.operations.iter().map(|operation| describe_operation(operation)).collect();
            json!({ "name": resource.name, "doc": resource.doc, "operations": operations })
        })
        .collect()
}

pub fn errors() -> Value {
    let kinds: Vec<Value> = KINDS
        .iter()
        .map(|entry| {
            json!({
                "code": entry.code,
                "class": entry.class_name(),
                "name": entry.name,
                "parent": entry.parent.map(|parent| parent.code()),
                "doc": entry.doc,
                "suggestion": entry.suggestion,
                "phone_suggestion": entry.phone_suggestion,
                "user_message": entry.user_message,
                "python_base": entry.python_base,
                "retryable": entry.retryable,
            })
        })
        .collect();
    let fields: Vec<Value> = ERROR_FIELDS
        .iter()
        .map(|field| {
            let kind = match field.kind {
                ErrorFieldKind::Code | ErrorFieldKind::Message | ErrorFieldKind::Hint | ErrorFieldKind::Text => "text",
                ErrorFieldKind::Status => "integer",
                ErrorFieldKind::Seconds => "number",
                ErrorFieldKind::Flag | ErrorFieldKind::Retryable => "flag",
                ErrorFieldKind::Json => "json",
                ErrorFieldKind::Attempts => "attempts",
            };
            json!({ "name": field.name, "type": kind, "doc": field.doc })
        })
        .collect();
    json!({ "base": BASE_CLASS, "user_message": USER_MESSAGE, "kinds": kinds, "fields": fields })
}

/// What the caller of an operation gets.
pub enum Outcome {
    Nothing,
    One(&'static Model),
    List(&'static Model),
}

pub fn outcome(operation: &Operation) -> Outcome {
    match operation.answer {
        // Requests that are in no table get the JSON; no operation of the tables does.
        Answer::Nothing | Answer::Raw => Outcome::Nothing,
        Answer::One { model, .. } => Outcome::One(operation.beside_grant().map_or(model, |(_, inner)| inner)),
        Answer::List { model, .. } => Outcome::List(model),
    }
}

/// The model of what the caller of an operation gets.
pub fn model(operation: &Operation) -> Option<&'static Model> {
    match outcome(operation) {
        Outcome::Nothing => None,
        Outcome::One(model) | Outcome::List(model) => Some(model),
    }
}

fn describe_operation(operation: &Operation) -> Value {
    let query: Map<String, Value> =
        operation.fixed_query.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let (kind, model) = match outcome(operation) {
        Outcome::Nothing => ("nothing", None),
        Outcome::One(model) => ("one", Some(model.name)),
        Outcome::List(model) => ("list", Some(model.name)),
    };
    let under = match operation.answer {
        Answer::Nothing | Answer::Raw => &[][..],
        Answer::One { under, .. } | Answer::List { under, .. } => under,
    };
    let under = operation.beside_grant().map_or_else(|| under.to_vec(), |(name, _)| vec![name]);
    json!({
        "name": operation.name,
        "resource": operation.resource(),
        "verb": operation.verb(),
        "summary": operation.summary,
        "evidence": operation.evidence.as_str(),
        "surface": operation.surface.as_str(),
        "composite": operation.is_composite(),
        "method": operation.method.as_str(),
        "path": operation.path,
        "query": query,
        "credentials": operation.auth.0.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "grant": operation.grant,
        "repeat": operation.repeat.as_str(),
        "pages": operation.pages(),
        "needs_one": operation.needs_one,
        "params": operation.all_params().map(describe_param).collect::<Vec<_>>(),
        "status": operation.status,
        "status_evidence": operation.status_evidence().as_str(),
        "answer": { "kind": kind, "model": model, "under": under },
        "wire": (!operation.is_composite()).then(|| describe_wire(operation.wire)),
        "errors": operation.errors.iter().map(|kind| kind.code()).collect::<Vec<_>>(),
    })
}

fn describe_param(param: &Param) -> Value {
    let place = match param.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body => "body",
        Place::Part => "part",
        Place::Local => "local",
    };
    let mut described = json!({
        "name": param.name,
        "doc": prose(param.doc),
        "place": place,
        "type": describe_rule(param.rule),
        "required": param.required,
        "nullable": param.nullable,
        "evidence": param.evidence.map(|evidence| evidence.as_str()),
    });
    if let Some(only) = param.only_with {
        described["only_with"] = json!({ only.name: only.values });
    }
    described
}

fn describe_rule(rule: Rule) -> Value {
    match rule {
        Rule::Id(IdWire::Integer) => json!({ "kind": "id", "wire": "integer" }),
        Rule::Id(IdWire::Text) => json!({ "kind": "id", "wire": "text" }),
        Rule::Text { min, max } => json!({ "kind": "text", "min": min, "max": max }),
        Rule::Url(_) if rule == Rule::WEB_URL => json!({ "kind": "url" }),
        Rule::Url(schemes) => json!({ "kind": "url", "schemes": schemes }),
        Rule::Secret { max } => json!({ "kind": "secret", "max": max }),
        Rule::Instant => json!({ "kind": "instant" }),
        Rule::Group(group) => {
            let params: Vec<_> = group.params.iter().map(describe_param).collect();
            json!({ "kind": "group", "name": group.name, "params": params })
        }
        Rule::Picture => json!({ "kind": "picture" }),
        Rule::Avatar => json!({ "kind": "avatar" }),
        Rule::Email => json!({ "kind": "email" }),
        Rule::Code { digits } => json!({ "kind": "code", "digits": digits }),
        Rule::Choice(choices) | Rule::Filter(choices) => {
            json!({ "kind": "choice", "name": choices.name, "choices": rule.choices() })
        }
        Rule::Integer { min, max } => json!({ "kind": "integer", "min": min, "max": max }),
        Rule::Seconds { min, max } => json!({ "kind": "seconds", "min": min, "max": max }),
        Rule::Flag => json!({ "kind": "flag" }),
        Rule::Object => json!({ "kind": "object" }),
        Rule::File(_) => json!({ "kind": "file" }),
        Rule::Store => json!({ "kind": "store" }),
    }
}

/// Every model that an operation of the surface returns, those within others first.
pub fn models(surface: Surface) -> Vec<&'static Model> {
    let mut found: Vec<&'static Model> = Vec::new();
    for model in all(surface).filter_map(model).flat_map(with_inner) {
        if !found.iter().any(|known| known.name == model.name) {
            found.push(model);
        }
    }
    found
}

/// The models within a model, and then the model.
pub fn with_inner(model: &'static Model) -> Vec<&'static Model> {
    let inner = model.fields.iter().filter_map(|field| field.kind.inner());
    inner.flat_map(with_inner).chain([model]).collect()
}

/// The choices of the fields and parameters of a surface, by name.
pub fn choices(surface: Surface) -> Vec<&'static Choices> {
    let groups = view::groups_of(resources(surface)).into_iter().flat_map(|group| group.params);
    let params = choices_of_params(all(surface).flat_map(Operation::all_params).chain(groups));
    by_name(choices_of_fields(surface).into_iter().chain(params))
}

/// The choices of the fields of a surface's models, by name.
pub fn choices_of_fields(surface: Surface) -> Vec<&'static Choices> {
    let fields = models(surface).into_iter().flat_map(|model| model.fields);
    by_name(fields.filter_map(|field| if let FieldKind::Choice(choices) = field.kind { Some(choices) } else { None }))
}

/// The choices of parameters, without those in groups, by name.
pub fn choices_of_params<'a>(params: impl Iterator<Item = &'a Param>) -> Vec<&'static Choices> {
    by_name(params.filter_map(|param| param.rule.choices_type()))
}

fn by_name(choices: impl Iterator<Item = &'static Choices>) -> Vec<&'static Choices> {
    choices.map(|choices| (choices.name, choices)).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn describe_model(model: &&Model) -> Value {
    let fields: Vec<Value> = model.fields.iter().map(describe_field).collect();
    json!({ "name": model.name, "doc": prose(model.doc), "fields": fields })
}

/// Names of a field on the wire that models in Python and TypeScript have beside its own. `id` is none: it is many fields' name.
/// Nor is one in capitals, which no language here writes so.
pub fn aliases(field: &Field) -> impl Iterator<Item = &'static str> {
    field.aliases().filter(|alias| *alias != "id" && !alias.contains(char::is_uppercase))
}

fn describe_field(field: &Field) -> Value {
    let (kind, model, choices) = match field.kind {
        FieldKind::Id => ("id", None, None),
        FieldKind::Text => ("text", None, None),
        FieldKind::Choice(choices) => ("choice", None, Some(choices.name)),
        FieldKind::Integer => ("integer", None, None),
        FieldKind::Number => ("number", None, None),
        FieldKind::Flag => ("flag", None, None),
        FieldKind::Instant => ("instant", None, None),
        FieldKind::Object => ("object", None, None),
        FieldKind::Secret => ("secret", None, None),
        FieldKind::Texts => ("texts", None, None),
        FieldKind::Model(model) => ("model", Some(model.name), None),
        FieldKind::Models(model) => ("models", Some(model.name), None),
    };
    json!({
        "name": field.name,
        "doc": prose(field.doc),
        "type": kind,
        "model": model,
        "choices": choices,
        "required": field.required,
        "wire": field.wire,
        "aliases": aliases(field).collect::<Vec<_>>(),
    })
}

fn describe_choices(choices: &&Choices) -> Value {
    json!({ "name": choices.name, "doc": prose(choices.doc), "values": choices.values, "received": choices.received })
}

/// Every object that an operation of the surface answers with, in the order of the operations.
pub fn objects(surface: Surface) -> Vec<&'static WireObject> {
    let mut found: Vec<&'static WireObject> = Vec::new();
    for operation in all(surface) {
        for object in operation.wire.objects() {
            if !found.iter().any(|known| known.name == object.name) {
                found.push(object);
            }
        }
    }
    found
}

fn wire_objects(surface: Surface) -> Vec<Value> {
    objects(surface)
        .into_iter()
        .map(|object| json!({ "name": object.name, "fields": describe_wire_fields(object.fields) }))
        .collect()
}

fn describe_wire(wire: Wire) -> Value {
    match wire {
        Wire::Object(fields) => json!({ "kind": "object", "fields": describe_wire_fields(fields) }),
        Wire::Bare(object) => json!({ "kind": "bare", "object": object.name }),
        Wire::BareList(object) => json!({ "kind": "bare_list", "object": object.name }),
    }
}

fn describe_wire_fields(fields: &[WireField]) -> Vec<Value> {
    let described = fields.iter().map(|field| {
        let kind = match field.kind {
            WireKind::Integer => json!({ "kind": "integer" }),
            WireKind::IntegerOrText => json!({ "kind": "integer_or_text" }),
            WireKind::Number => json!({ "kind": "number" }),
            WireKind::Text => json!({ "kind": "text" }),
            WireKind::Choice(choices) => json!({ "kind": "choice", "choices": choices }),
            WireKind::Instant => json!({ "kind": "instant" }),
            WireKind::Bit => json!({ "kind": "bit" }),
            WireKind::Flag => json!({ "kind": "flag" }),
            WireKind::Object => json!({ "kind": "object" }),
            WireKind::Texts => json!({ "kind": "texts" }),
            WireKind::Nested(object) => json!({ "kind": "nested", "object": object.name }),
            WireKind::List(object) => json!({ "kind": "list", "object": object.name }),
        };
        json!({ "name": field.name, "type": kind, "required": field.required, "nullable": field.nullable })
    });
    described.collect()
}
