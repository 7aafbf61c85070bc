//! Checks every response, and the documents, against the contracts that are generated from the client's table.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::api::{Answer, Api, As};
use crate::{errors, operations, rooms};

const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract");
/// The contract with agents.
pub const AGENTS: &str = "openapi.agents.json";
pub const ROOMS: &str = "openapi.rooms.json";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub fn contract(file: &str) -> Value {
    let text = std::fs::read_to_string(format!("{CONTRACTS}/{file}"))
        .unwrap_or_else(|error| panic!("{file}: {error}. Run `cargo xtask codegen` to render it."));
    serde_json::from_str(&text).expect("the contract is JSON")
}

/// Removes parameter names: `/v1/agents/{agent_id}` and `/v1/agents/{}` are the same path.
fn without_names(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Returns method, path and operation for all operations of a document.
pub fn operations_of(document: &Value) -> Vec<((String, String), &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push(((method.to_uppercase(), without_names(path)), operation));
            }
        }
    }
    operations
}

/// Returns the first violation of the contract in a response.
fn fault(document: &Value, operation: &Value, answer: &Answer) -> Option<String> {
    let status = answer.status.to_string();
    let class = format!("{}XX", &status[..1]);
    let responses = &operation["responses"];
    let found = [status.as_str(), class.as_str(), "default"].into_iter().find_map(|name| responses.get(name));
    let Some(mut response) = found else { return Some("the status is not in the contract".to_owned()) };
    if let Some(reference) = response["$ref"].as_str() {
        response = document.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere");
    }
    let content_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let Some(content) = response["content"].get(content_type) else {
        return Some(format!("the content type {content_type:?} is not in the contract"));
    };
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [content["schema"]],
        "components": document["components"],
    });
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    let errors: Vec<String> =
        validator.iter_errors(&answer.body).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// Checks all responses under `prefix` and /v1, and returns the operations that succeeded.
fn check(document: &Value, record: &[Answer], prefix: &str) -> BTreeSet<(String, String)> {
    let operations = operations_of(document);
    let mut succeeded = BTreeSet::new();
    let mut faults = Vec::new();
    let of_contract = |answer: &&Answer| answer.template.starts_with(&format!("{prefix}/v1/"));
    for answer in record.iter().filter(of_contract) {
        let template = answer.template.trim_start_matches(prefix);
        let name = (answer.method.to_owned(), without_ids(template));
        let Some((_, operation)) = operations.iter().find(|(operation, _)| *operation == name) else {
            faults.push(format!("{} {} is not in the contract", name.0, name.1));
            continue;
        };
        if let Some(fault) = fault(document, operation, answer) {
            faults.push(format!("{} {} {}: {fault}\n    {}", name.0, name.1, answer.status, answer.body));
        }
        if answer.status < 300 {
            succeeded.insert(name);
        }
    }
    assert!(faults.is_empty(), "{} answers are not as the contract says:\n{}", faults.len(), faults.join("\n"));
    succeeded
}

/// Replaces ids in a path, which some tests use in place of `{}`.
fn without_ids(template: &str) -> String {
    let is_id = |part: &str| {
        part.parse::<i64>().is_ok()
            || ["sess_", "agnt_", "lnk_", "avat_", "PUBLIC%2F"].iter().any(|start| part.starts_with(start))
    };
    let part = |part: &str| if is_id(part) { "{}".to_owned() } else { without_names(part) };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn record() -> (Api, Vec<Answer>) {
    let api = Api::start().await;
    operations::walk(&api).await;
    errors::errors_walk(&api).await;
    for (method, path) in [("GET", "/v1/agents"), ("GET", "/v1/sessions"), ("GET", "/v1/voices"), ("GET", "/v1/auth/me")] {
        api.call(method, path, &[], &As::NoCredential, None).await.is(401);
    }
    let record = api.record.lock().unwrap().clone();
    (api, record)
}

#[tokio::test]
async fn responses_follow_the_contract() {
    let document = contract(AGENTS);
    let (_api, record) = record().await;
    let succeeded = check(&document, &record, "");
    let all: BTreeSet<_> = operations_of(&document).into_iter().map(|(name, _)| name).collect();
    assert_eq!(succeeded, all, "every operation was called");
}

#[tokio::test]
async fn responses_of_rooms_follow_the_contract_and_the_document_of_the_sandbox() {
    let api = Api::start().await;
    rooms::walk(&api).await;
    let record = api.record.lock().unwrap().clone();
    let own = api.call("GET", "/rooms/openapi.json", &[], &As::NoCredential, None).await.is(200).body;
    for document in [contract(ROOMS), own] {
        let succeeded = check(&document, &record, "/rooms");
        let all: BTreeSet<_> = operations_of(&document).into_iter().map(|(name, _)| name).collect();
        assert_eq!(succeeded, all, "every operation was called");
        // 23 operations: an upload has three on one path, told apart by the body.
        assert_eq!(all.len(), 21);
    }
}

#[tokio::test]
async fn responses_follow_the_document_of_the_sandbox() {
    let (api, record) = record().await;
    let document = api.call("GET", "/openapi.json", &[], &As::NoCredential, None).await.is(200).body;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let schemes = &document["components"]["securitySchemes"];
    assert!(schemes["api_key"].is_object() && schemes["jwt"].is_object());
    for ((method, path), operation) in operations_of(&document) {
        let mark = operation["x-evidence"].as_str().unwrap_or_default();
        assert!(["documented", "named", "assumed"].contains(&mark), "{method} {path} has no evidence mark");
    }
    let succeeded = check(&document, &record, "");
    let all: BTreeSet<_> = operations_of(&document).into_iter().map(|(name, _)| name).collect();
    assert_eq!(succeeded, all, "every operation was called");
    // 34 operations: voices and roles each have two on one path, told apart by `scope`.
    assert_eq!(all.len(), 32);
}
