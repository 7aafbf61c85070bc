//! The wire as OpenAPI 3.1 documents: those of the API's contracts, contract/openapi.agents.json and contract/openapi.rooms.json,
//! and the relay's, contract/openapi.relay.json.

mod answers;
pub mod relay;
mod schema;

use super::words::prose;
use agenthuman::operations::{Resource, all, resources};
use agenthuman::table::{Auth, CredentialKind, Evidence, Operation, Param, Place, Surface};
use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

/// The title of a contract's document, and what it begins with.
fn introduction(surface: Surface) -> (&'static str, &'static str) {
    match surface {
        Surface::Server | Surface::Phone => ("AgentHuman API", "The /v1 API of AgentHuman: sessions with agents."),
        Surface::Rooms => (
            "AgentHuman API for rooms",
            "The /v1 API of AgentHuman for callers with a Daily or LiveKit room of their own. The sandbox serves it under `/rooms`.",
        ),
    }
}

const DESCRIPTION: &str = "`x-evidence` says how certain it is that the real service does this: `documented` (method, path and body \
are known), `named` (the API's documentation names it, the body is our reading) or `assumed` (ours). A parameter or an answer that \
is less certain than its operation has a mark of its own.

A reader should be tolerant: unknown fields may come, and `success` may be missing.";

/// What one path and method stand for: one operation, or several that differ in a fixed query only.
type Group = Vec<&'static Operation>;

pub fn document(surface: Surface) -> Result<Value> {
    let (title, introduction) = introduction(surface);
    let resources = resources(surface);
    let mut paths: Map<String, Value> = Map::new();
    for resource in resources {
        for group in groups(resource) {
            let item = paths.entry(group[0].path).or_insert_with(|| json!({}));
            item[group[0].method.as_str().to_ascii_lowercase()] = operation(resource, &group)?;
        }
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": agenthuman::VERSION,
            "description": format!("{introduction}\n\n{DESCRIPTION}"),
        },
        "servers": [{ "url": "https://api.agenthuman.com" }],
        "tags": resources.iter().map(|resource| json!({ "name": resource.name, "description": resource.doc })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schema::components(surface),
            "responses": answers::components(surface),
            "headers": answers::headers(),
            "securitySchemes": security_schemes(surface),
        },
    }))
}

fn groups(resource: &Resource) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for operation in resource.operations.iter().copied().filter(|operation| !operation.is_composite()) {
        match groups.iter_mut().find(|group| group[0].path == operation.path && group[0].method == operation.method) {
            Some(group) => group.push(operation),
            None => groups.push(vec![operation]),
        }
    }
    groups
}

fn operation(resource: &Resource, group: &Group) -> Result<Value> {
    let first = group[0];
    let mut described = Map::new();
    described.insert("operationId".into(), json!(first.name));
    described.insert("tags".into(), json!([resource.name]));
    if group.len() == 1 {
        let (summary, rest) = first.summary.split_once(". ").unwrap_or((first.summary.trim_end_matches('.'), ""));
        described.insert("summary".into(), json!(summary));
        if !rest.is_empty() {
            described.insert("description".into(), json!(rest));
        }
    } else {
        let differ_in_query = group.iter().all(|operation| operation.params.is_empty());
        ensure!(
            (differ_in_query || group.iter().all(|operation| operation.fixed_query.is_empty()))
                && group.iter().all(|operation| operation.path_param.is_none()),
            "{} shares its path and method with another operation: they may differ in a fixed query or in the body",
            first.name
        );
        let lines = group.iter().map(|operation| {
            if !differ_in_query {
                return format!("`{}`: {}", operation.name, operation.summary);
            }
            let query: Vec<_> = operation.fixed_query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("`{}` (`{}`): {}", operation.name, query.join("&"), operation.summary)
        });
        described.insert("summary".into(), json!(resource.doc.split(':').next()));
        described.insert("description".into(), json!(lines.collect::<Vec<_>>().join("\n\n")));
        described.insert("x-operations".into(), json!(group.iter().map(|operation| operation.name).collect::<Vec<_>>()));
    }
    described.insert("x-evidence".into(), json!(weakest(group).as_str()));
    described.insert("security".into(), security(group));
    let mut parameters: Vec<Value> = first.all_params().filter_map(parameter).collect();
    parameters.extend(selectors(group));
    if !parameters.is_empty() {
        described.insert("parameters".into(), json!(parameters));
    }
    if let Some(body) = schema::request_body(group) {
        described.insert("requestBody".into(), body);
    }
    described.insert("responses".into(), answers::of(first)?);
    Ok(Value::Object(described))
}

fn weakest(group: &Group) -> Evidence {
    let marks = [Evidence::Assumed, Evidence::Named];
    let weakest = marks.into_iter().find(|mark| group.iter().any(|operation| operation.evidence == *mark));
    weakest.unwrap_or(Evidence::Documented)
}

fn parameter(param: &Param) -> Option<Value> {
    let place = match param.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body | Place::Part | Place::Local => return None,
    };
    let mut described = json!({
        "name": param.name,
        "in": place,
        "description": prose(param.doc),
        "required": param.required,
        "schema": schema::of_param(param),
    });
    if let Some(evidence) = param.evidence {
        described["x-evidence"] = json!(evidence.as_str());
    }
    Some(described)
}

/// The query parameters that tell the operations of a group apart; the first operation's values are the defaults.
fn selectors(group: &Group) -> Vec<Value> {
    let values_of = |name: &str| -> Vec<&str> {
        group
            .iter()
            .flat_map(|operation| operation.fixed_query)
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| *value)
            .collect()
    };
    let described = group[0].fixed_query.iter().map(|(name, default)| {
        json!({
            "name": name,
            "in": "query",
            "description": format!("Which: {}.", values_of(name).join(" or ")),
            "required": false,
            "schema": { "type": "string", "enum": values_of(name), "default": default },
        })
    });
    described.collect()
}

/// The credentials that any operation of a group takes, the preferred one first.
fn security(group: &Group) -> Value {
    let mut taken: Vec<CredentialKind> = Vec::new();
    for Auth(kinds) in group.iter().map(|operation| operation.auth) {
        taken.extend(kinds.iter().filter(|kind| !taken.contains(kind)).collect::<Vec<_>>());
    }
    json!(taken.iter().map(|kind| json!({ kind.as_str(): [] })).collect::<Vec<_>>())
}

fn security_schemes(surface: Surface) -> Value {
    let schemes = json!({
        CredentialKind::ApiKey.as_str(): {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "An API key: `ah_live_` or `ah_test_`, and 32 letters or digits.",
        },
        CredentialKind::Token.as_str(): {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A user's token, from `auth.verify_otp`. The sandbox takes it in the cookie `ah_session` too, which `auth.verify_otp` sets there.",
        },
    });
    let is_taken = |name: &str| all(surface).flat_map(|operation| operation.auth.0).any(|kind| kind.as_str() == name);
    let Value::Object(schemes) = schemes else { return schemes };
    schemes.into_iter().filter(|(name, _)| is_taken(name)).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::{Value, document};
    use agenthuman::operations::{CONTRACTS, all};
    use agenthuman::table::Surface;
    use std::collections::BTreeSet;

    #[test]
    fn every_wire_operation_is_in_the_document_once() {
        for surface in CONTRACTS {
            assert_complete(surface);
        }
    }

    fn assert_complete(surface: Surface) {
        let document = document(surface).unwrap();
        let mut found = Vec::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                match operation.get("x-operations").and_then(Value::as_array) {
                    Some(names) => found.extend(names.iter().map(|name| name.as_str().unwrap())),
                    None => found.push(operation["operationId"].as_str().unwrap()),
                }
            }
        }
        found.sort_unstable();
        let expected: BTreeSet<_> =
            all(surface).filter(|operation| !operation.is_composite()).map(|operation| operation.name).collect();
        assert_eq!(found, Vec::from_iter(expected));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn visit(document: &Value, value: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(target)) = fields.get("$ref") {
                        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target} is missing");
                    }
                    fields.values().for_each(|value| visit(document, value));
                }
                Value::Array(items) => items.iter().for_each(|value| visit(document, value)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        for document in CONTRACTS.map(|surface| document(surface).unwrap()).into_iter().chain([super::relay::document()]) {
            visit(&document, &document);
        }
    }
}
