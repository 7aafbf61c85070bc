//! The tables as the templates see them. What every language needs is here once; how a type is written, each language says in
//! functions that match every kind.

use super::describe::{self, Outcome};
use super::words::{prose, thousands};
use agenthuman::error::{KINDS, KindEntry};
use agenthuman::operations::{CONTRACTS, Resource, all, elsewhere as find_elsewhere};
use agenthuman::table::{
    Choices, CredentialKind, ERROR_FIELDS, ErrorFieldKind, FieldKind, Group, Model, Operation, Param, Place, Rule, Steps, Surface,
};
use anyhow::Result;
use minijinja::{Value, context};
use std::collections::BTreeSet;

/// The class above those that have no parent.
pub const BASE_CLASS: &str = "AgentHumanError";

/// How a language writes a field of a model, a parameter, or a field of an error: at least its `type`.
pub type OfField = fn(FieldKind) -> Value;
pub type OfParam = fn(&Param) -> Result<Value>;
pub type OfErrorField = fn(ErrorFieldKind) -> Value;

pub fn models(models: &[&'static Model], of_field: OfField) -> Vec<Value> {
    models
        .iter()
        .map(|model| {
            let fields = model.fields.iter().map(|field| {
                let aliases: Vec<_> = describe::aliases(field).collect();
                let entry = field.kind.inner().map(|inner| format!("{}: {}", field.name, inner.name));
                context! { name => field.name, doc => prose(field.doc), required => field.required, is_secret => matches!(field.kind, FieldKind::Secret), aliases, entry, ..of_field(field.kind) }
            });
            context! { name => model.name, surface => model.surface.as_str(), doc => prose(model.doc), fields => fields.collect::<Vec<_>>() }
        })
        .collect()
}

pub fn choices(choices: &[&'static Choices]) -> Vec<Value> {
    let all = choices.iter().map(|choices| {
        let constants =
            choices.values.iter().zip(choices.value_docs).map(|(text, doc)| context! { text => *text, doc => prose(doc) });
        let constants: Vec<_> = constants.collect();
        context! { name => choices.name, doc => prose(choices.doc), values => choices.values.to_vec(), constants }
    });
    all.collect()
}

pub fn resources(resources: &[Resource], of_param: OfParam) -> Result<Vec<Value>> {
    resources
        .iter()
        .map(|resource| {
            let operations = operations(resource.operations.iter().copied(), of_param)?;
            Ok(context! { name => resource.name, doc => prose(resource.doc), operations, elsewhere => verbs_elsewhere(resource) })
        })
        .collect()
}

/// The resources that only another contract has.
pub fn elsewhere(surface: Surface) -> BTreeSet<&'static str> {
    let others = CONTRACTS.into_iter().filter(|other| *other != surface).flat_map(all);
    others.map(Operation::resource).filter(|name| find_elsewhere(surface, name).is_some()).collect()
}

/// The verbs that only the resource of the same name in another contract has.
fn verbs_elsewhere(resource: &Resource) -> BTreeSet<&'static str> {
    let Some(surface) = resource.operations.first().map(|operation| operation.surface) else { return BTreeSet::new() };
    let others = CONTRACTS.into_iter().filter(|other| *other != surface).flat_map(all);
    let same = others.filter(|operation| operation.resource() == resource.name);
    same.filter(|operation| find_elsewhere(surface, operation.name).is_some()).map(Operation::verb).collect()
}

/// The operations by what they return, each kind of return once, for the types of a mock.
pub fn returns(surface: Surface) -> Vec<Value> {
    let mut groups: Vec<(&str, Option<&str>, Vec<&str>)> = Vec::new();
    for operation in all(surface) {
        let (answer, model) = answer(operation);
        match groups.iter_mut().find(|group| (group.0, group.1) == (answer, model)) {
            Some(group) => group.2.push(operation.name),
            None => groups.push((answer, model, vec![operation.name])),
        }
    }
    groups.into_iter().map(|(answer, model, operations)| context! { answer, model, operations }).collect()
}

/// Whether an operation returns `one` model, a `list` of them or `nothing`, and the model's name.
fn answer(operation: &Operation) -> (&'static str, Option<&'static str>) {
    match describe::outcome(operation) {
        Outcome::Nothing => ("nothing", None),
        Outcome::One(model) => ("one", Some(model.name)),
        Outcome::List(model) => ("list", Some(model.name)),
    }
}

pub fn operations<'a>(operations: impl Iterator<Item = &'a Operation>, of_param: OfParam) -> Result<Vec<Value>> {
    operations.map(|operation| self::operation(operation, of_param)).collect()
}

pub fn operation(operation: &Operation, of_param: OfParam) -> Result<Value> {
    let params = operation.all_params().map(|param| self::param(operation, param, of_param)).collect::<Result<Vec<_>>>()?;
    let (answer, model) = answer(operation);
    let errors = operation.errors.iter().map(|kind| class(kind.entry()));
    Ok(context! {
        name => operation.name,
        resource => operation.resource(),
        verb => operation.verb(),
        summary => operation.summary,
        method => operation.method.as_str(),
        path => operation.path,
        credentials => credentials(operation),
        evidence => operation.evidence.meaning(),
        answer,
        model,
        needs_one => operation.needs_one,
        is_composite => operation.is_composite(),
        opens => operation.steps == Some(Steps::Open),
        takes_file => operation.all_params().any(|param| matches!(param.rule, Rule::File(_))),
        takes_store => operation.all_params().any(|param| param.rule == Rule::Store),
        params,
        errors => errors.collect::<Vec<_>>(),
    })
}

/// Whether it is an argument of its own: what is in the path, and the one or two that signing in takes.
pub fn is_positional(operation: &Operation, param: &Param) -> bool {
    param.place == Place::Path || operation.resource() == "auth"
}

fn param(operation: &Operation, param: &Param, of_param: OfParam) -> Result<Value> {
    Ok(context! {
        name => param.name,
        doc => param_doc(param),
        // Whether it is required may depend on the value of another.
        required => param.required && param.only_with.is_none(),
        nullable => param.nullable,
        positional => is_positional(operation, param),
        is_path => param.place == Place::Path,
        ..of_param(param)?
    })
}

/// The objects within parameters of a resource's operations.
pub fn groups_of(resources: &[Resource]) -> Vec<&'static Group> {
    let mut found: Vec<&'static Group> = Vec::new();
    let params = resources.iter().flat_map(|resource| resource.operations).flat_map(|operation| operation.all_params());
    for param in params {
        if let Rule::Group(group) = param.rule
            && !found.iter().any(|known| known.name == group.name)
        {
            found.push(group);
        }
    }
    found
}

/// The same for the templates.
pub fn groups(groups: &[&'static Group], of_param: OfParam) -> Result<Vec<Value>> {
    groups
        .iter()
        .map(|group| {
            let params = group.params.iter().map(|param| group_param(param, of_param)).collect::<Result<Vec<_>>>()?;
            Ok(context! { name => group.name, doc => prose(group.doc), params, has_secret => group.has_secret() })
        })
        .collect()
}

fn group_param(param: &Param, of_param: OfParam) -> Result<Value> {
    Ok(context! {
        name => param.name,
        doc => param_doc(param),
        required => param.required && param.only_with.is_none(),
        nullable => param.nullable,
        ..of_param(param)?
    })
}

/// The table's sentence, and what it leaves out: the limits of a text, and how certain the parameter is.
pub fn param_doc(param: &Param) -> String {
    let mut doc = prose(param.doc);
    if let Rule::Text { min, max } = param.rule
        && !doc.contains("character")
    {
        let range = if min == 0 { format!("at most {}", thousands(max)) } else { format!("{min} to {}", thousands(max)) };
        doc = format!("{} ({range} characters).", doc.trim_end_matches('.'));
    }
    match param.evidence {
        None => doc,
        Some(mark) => format!("{doc} Evidence: {}.", mark.meaning()),
    }
}

/// The credentials that an operation accepts, the preferred one first.
pub fn credentials(operation: &Operation) -> String {
    let names = operation.auth.0.iter().map(|kind| match kind {
        CredentialKind::ApiKey => "the API key",
        CredentialKind::Token => "the user's token",
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", or else ") }
}

pub fn kinds() -> Vec<Value> {
    KINDS
        .iter()
        .map(|entry| {
            let is_parent = KINDS.iter().any(|other| other.parent == Some(entry.kind));
            context! {
                suggestion => entry.suggestion,
                phone_suggestion => entry.phone_suggestion,
                user_message => entry.user_message,
                parent => entry.parent.map(|parent| class(parent.entry())),
                is_parent,
                python_base => entry.python_base,
                retryable => entry.retryable,
                ..class(entry)
            }
        })
        .collect()
}

/// `class` is as Python and TypeScript have it, `variant` as Rust has it; of `name` a language makes its own.
fn class(entry: &KindEntry) -> Value {
    let variant = format!("{:?}", entry.kind);
    context! { variant, code => entry.code, class => entry.class_name(), name => entry.name, doc => entry.doc }
}

pub fn error_fields(of_field: OfErrorField) -> Vec<Value> {
    let fields = ERROR_FIELDS.iter().map(|field| context! { name => field.name, doc => field.doc, ..of_field(field.kind) });
    fields.collect()
}
