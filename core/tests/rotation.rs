//! Rotating a key: whatever step fails, a working key is left, and the error says which keys exist.

mod support;

use agenthuman::Kind;
use agenthuman::operations::api_keys::CreatedApiKey;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Answer, Canned, KEY, Request, session_body};

const NEW_KEY: &str = "ah_test_Br4ndN3wBr4ndN3wBr4ndN3wBr4ndNew";

fn key_info(id: i64, last4: &str) -> Value {
    json!({ "id": id, "name": "web", "environment": "test", "last4": last4, "revoked_at": null })
}

fn listed() -> Answer {
    Answer::json(200, json!({ "success": true, "api_keys": [key_info(5, "CrT1")] }))
}

fn created() -> Answer {
    Answer::json(201, json!({ "success": true, "api_key": key_info(6, "dNew"), "key": NEW_KEY }))
}

fn done() -> Answer {
    Answer::json(200, json!({ "success": true }))
}

fn probed() -> Answer {
    Answer::json(200, json!({ "success": true, "sessions": [] }))
}

fn broken() -> Answer {
    Answer::json(500, json!({ "success": false, "error": "broken" }))
}

fn walk(server: &Canned) -> Vec<String> {
    server.seen().iter().map(|Request { method, path, .. }| format!("{method} {path}")).collect()
}

fn keys_left(error: &agenthuman::Error) -> Vec<String> {
    let details = error.info().details.clone().unwrap();
    details["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

const CREATE: &str = "POST /v1/api-keys";
const LIST: &str = "GET /v1/api-keys";
const PROBE: &str = "GET /v1/sessions";

#[tokio::test]
async fn the_new_key_is_proven_stored_used_and_the_old_one_deleted() {
    let server = Canned::start([listed(), created(), probed(), done(), Answer::json(200, session_body(1))]);
    let client = server.client();
    let stored: Arc<Mutex<Option<CreatedApiKey>>> = Arc::default();
    let keep = stored.clone();
    let new = client
        .api_keys()
        .rotate("5", Duration::ZERO, |created| async move {
            *keep.lock().unwrap() = Some(created);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(new.key.expose(), NEW_KEY);
    assert_eq!(stored.lock().unwrap().as_ref(), Some(&new));
    client.sessions().get("1").await.unwrap();
    assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/5", "GET /v1/sessions/1"]);
    let seen = server.seen();
    assert_eq!(seen[1].json(), json!({ "name": "web", "environment": "test" }));
    assert_eq!(seen[2].headers["x-api-key"], NEW_KEY);
    assert_eq!(seen[4].headers["x-api-key"], NEW_KEY, "the client goes on with the new key");
}

#[tokio::test]
async fn a_key_that_is_not_the_clients_own_is_not_swapped_in() {
    let other = Answer::json(200, json!({ "api_keys": [key_info(5, "zzzz")] }));
    let server = Canned::start([other, created(), probed(), done(), Answer::json(200, session_body(1))]);
    let client = server.client();
    client.api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap();
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen()[4].headers["x-api-key"], KEY);
}

#[tokio::test]
async fn a_create_that_fails_leaves_the_old_key() {
    let server = Canned::start([listed(), broken()]);
    let error = server.client().api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
    assert_eq!((error.kind(), keys_left(&error)), (Kind::Server, vec!["5".to_owned()]));
    assert_eq!(walk(&server), [LIST, CREATE]);
}

#[tokio::test]
async fn a_new_key_that_does_not_work_is_taken_back() {
    let server = Canned::start([listed(), created(), broken(), done()]);
    let error = server.client().api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
    assert_eq!(keys_left(&error), ["5"]);
    assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/6"]);
}

#[tokio::test]
async fn a_key_that_cannot_be_stored_is_taken_back() {
    for (deleted, left) in [(done(), vec!["5"]), (broken(), vec!["5", "6"])] {
        let server = Canned::start([listed(), created(), probed(), deleted]);
        let client = server.client();
        let stored = client.api_keys().rotate("5", Duration::ZERO, |_| async { Err("the disk is full".into()) }).await;
        let error = stored.unwrap_err();
        assert_eq!((error.kind(), keys_left(&error)), (Kind::InvalidArgument, left.into_iter().map(str::to_owned).collect()));
        assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/6"]);
        assert_eq!(error.info().parameter.as_deref(), Some("store"));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("ah_test_…CrT1") && !shown.contains("Br4ndN3w"), "{shown}");
    }
}

#[tokio::test]
async fn an_old_key_that_cannot_be_deleted_is_named() {
    let server = Canned::start([listed(), created(), probed(), broken(), Answer::json(200, session_body(1))]);
    let client = server.client();
    let error = client.api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
    assert_eq!((error.kind(), keys_left(&error)), (Kind::Server, vec!["5".to_owned(), "6".to_owned()]));
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen()[4].headers["x-api-key"], NEW_KEY);
}

#[tokio::test]
async fn an_unknown_or_revoked_key_changes_nothing() {
    let mut revoked = key_info(5, "CrT1");
    revoked["revoked_at"] = json!("2024-01-15T10:30:00Z");
    for keys in [json!([]), json!([revoked])] {
        let server = Canned::start([Answer::json(200, json!({ "api_keys": keys }))]);
        let error = server.client().api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
        assert_eq!(error.info().parameter.as_deref(), Some("id"));
        assert_eq!(walk(&server), [LIST]);
    }
}
