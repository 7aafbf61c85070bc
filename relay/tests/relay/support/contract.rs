//! Answers of the relay against contract/openapi.relay.json, which is rendered from the client's own table.

use super::Answered;
use http::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

const CONTRACT: &str = include_str!("../../../../contract/openapi.relay.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(CONTRACT).expect("the contract is JSON"));
static SCHEMAS: LazyLock<Mutex<HashMap<String, jsonschema::Validator>>> = LazyLock::new(Mutex::default);

/// Fails the test when the answer to that request is not as the contract says.
#[track_caller]
pub fn check(method: &Method, path: &str, answered: &Answered) {
    for header in ["x-request-id", "cache-control"] {
        assert!(answered.headers.contains_key(header), "{method} {path} has no {header}");
    }
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    if answered.status == 200 && answered.body.is_null() && method == Method::OPTIONS {
        return;
    }
    assert_eq!(answered.header("content-type"), Some("application/json"), "{method} {path}");
    let schema = schema_of(method, path, answered.status)
        .unwrap_or_else(|| panic!("{method} {path}: the status {} is not in the contract: {}", answered.status, answered.body));
    let mut schemas = SCHEMAS.lock().unwrap();
    let validator = schemas.entry(schema.to_string()).or_insert_with(|| validator(&schema));
    let faults: Vec<_> =
        validator.iter_errors(&answered.body).map(|fault| format!("{fault} at {}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{method} {path} {}: {}\n{}", answered.status, faults.join("; "), answered.body);
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": DOCUMENT["components"],
    });
    jsonschema::validator_for(&whole).expect("the schema can be used")
}

/// The schema of that answer; what is at no path, or not for its method, is an error all the same.
fn schema_of(method: &Method, path: &str, status: u16) -> Option<Value> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let is_of = |template: &str| {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                (None, None) => return true,
                (Some(expected), Some(segment)) if expected == segment || expected.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let operation =
        paths.iter().filter(|(template, _)| is_of(template)).find_map(|(_, item)| item.get(method.as_str().to_ascii_lowercase()));
    let Some(operation) = operation else {
        return (400..500).contains(&status).then(|| json!({ "$ref": "#/components/schemas/Error" }));
    };
    let mut response = operation["responses"].get(status.to_string())?;
    if let Some(reference) = response["$ref"].as_str() {
        response = DOCUMENT.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere");
    }
    Some(response["content"]["application/json"]["schema"].clone())
}
