//! Rotating a key: whatever step fails, a working key is left, and the error says which keys exist.

use super::client_of;
use agenthuman::api::api_keys::CreatedApiKey;
use agenthuman::host::{HostClient, Question, Step};
use agenthuman::{Client, Error, Kind};
use agenthuman_testing::canned::{Answer, Canned, Request};
use agenthuman_testing::made_up::{KEY, TOKEN, key_info, session_body};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NEW_KEY: &str = "ah_test_Br4ndN3wBr4ndN3wBr4ndN3wBr4ndNew";

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
    let client = client_of(&server);
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
    let client = client_of(&server);
    client.api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap();
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen()[4].headers["x-api-key"], KEY);
}

async fn rotated(client: &Client, grace: Duration) -> Result<CreatedApiKey, Error> {
    client.api_keys().rotate("5", grace, |_| async { Ok(()) }).await
}

fn list_of(keys: &[Value]) -> Answer {
    Answer::json(200, json!({ "success": true, "api_keys": keys }))
}

fn lost() -> Answer {
    Answer { hang_up: true, ..Answer::default() }
}

fn revoked(id: i64, last4: &str) -> Value {
    let mut key = key_info(id, last4);
    key["revoked_at"] = json!("2024-01-15T10:30:00Z");
    key
}

#[tokio::test]
async fn a_list_that_fails_changes_nothing() {
    let server = Canned::start([broken()]);
    let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
    assert!(error.info().message.contains("nothing was changed"), "{error}");
    assert_eq!(walk(&server), [LIST]);
}

#[tokio::test]
async fn a_create_that_was_rejected_leaves_the_old_key() {
    let server = Canned::start([listed(), Answer::json(403, json!({ "success": false, "error": "no" }))]);
    let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
    assert_eq!((error.kind(), keys_left(&error)), (Kind::PermissionDenied, vec!["5".to_owned()]));
    assert_eq!(walk(&server), [LIST, CREATE]);
}

#[tokio::test]
async fn after_a_create_whose_response_was_lost_the_list_says_what_exists() {
    let (old, new) = (key_info(5, "CrT1"), key_info(6, "dNew"));
    for answer in [broken(), lost()] {
        let server = Canned::start([listed(), answer.clone(), list_of(&[old.clone(), new.clone()])]);
        let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
        assert_eq!(keys_left(&error), ["5", "6"]);
        assert!(error.info().message.contains("6 (ah_test_…dNew)"), "{error}");
        assert_eq!(walk(&server), [LIST, CREATE, LIST], "a key that may be another process's is not deleted");

        let other = {
            let mut other = key_info(7, "zzzz");
            other["name"] = "other".into();
            other
        };
        let was_answered = !answer.hang_up;
        let server = Canned::start([listed(), answer.clone(), list_of(&[old.clone(), revoked(6, "dNew"), other])]);
        let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
        assert_eq!(keys_left(&error), ["5"]);
        assert_eq!(error.info().outcome_unknown, !was_answered);
        assert_eq!(error.info().message.contains("may exist"), !was_answered, "{error}");

        let server = Canned::start([listed(), answer, broken()]);
        let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
        assert_eq!(keys_left(&error), ["5"]);
        assert!(error.info().message.contains("may exist"), "{error}");
        assert_eq!(error.info().details.as_ref().unwrap()["may_exist"], json!([{ "name": "web" }]));
    }
}

#[tokio::test]
async fn after_a_delete_whose_response_was_lost_the_list_says_what_exists() {
    let (old, new) = (key_info(5, "CrT1"), key_info(6, "dNew"));
    for gone in [vec![revoked(5, "CrT1"), new.clone()], vec![new.clone()]] {
        let server = Canned::start([listed(), created(), probed(), lost(), list_of(&gone)]);
        rotated(&client_of(&server), Duration::ZERO).await.unwrap();
    }
    let server = Canned::start([listed(), created(), probed(), Answer::json(404, json!({ "error": "no such key" }))]);
    rotated(&client_of(&server), Duration::ZERO).await.unwrap();

    let server = Canned::start([listed(), created(), probed(), lost(), list_of(&[old, new])]);
    let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
    assert_eq!(keys_left(&error), ["5", "6"]);

    let server = Canned::start([listed(), created(), probed(), lost(), lost()]);
    let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
    assert_eq!(keys_left(&error), ["6"]);
    assert!(error.info().message.contains("may exist"), "{error}");
    assert_eq!(error.info().details.as_ref().unwrap()["may_exist"], json!([{ "id": "5", "masked": "ah_test_…CrT1" }]));
}

#[tokio::test]
async fn after_an_undo_whose_response_was_lost_the_list_says_what_exists() {
    let (old, new) = (key_info(5, "CrT1"), key_info(6, "dNew"));
    for (answer, exist, may_exist) in [
        (list_of(std::slice::from_ref(&old)), vec!["5"], false),
        (list_of(&[old.clone(), new]), vec!["5", "6"], false),
        (lost(), vec!["5"], true),
    ] {
        let server = Canned::start([listed(), created(), broken(), lost(), answer]);
        let error = rotated(&client_of(&server), Duration::ZERO).await.unwrap_err();
        assert_eq!(keys_left(&error), exist);
        assert_eq!(error.info().message.contains("may exist"), may_exist, "{error}");
    }
}

#[tokio::test]
async fn a_store_function_that_never_returns_ends_at_the_timeout() {
    let server = Canned::start([listed(), created(), probed(), done()]);
    let builder = Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).max_retries(0);
    let client = builder.timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.api_keys().rotate("5", Duration::ZERO, |_| std::future::pending()).await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase, keys_left(&error)), (Kind::Timeout, Some("store"), vec!["5".to_owned()]));
    assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/6"]);
}

#[tokio::test]
async fn a_grace_that_is_too_long_is_rejected_before_anything_is_sent() {
    let server = Canned::start([listed()]);
    let error = rotated(&client_of(&server), Duration::from_secs(3_601)).await.unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::InvalidArgument, Some("grace")));

    use base64::Engine;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({ "sub": "1", "iat": now, "exp": now + 3_600 }).to_string();
    let token = format!("eyJhbGciOiJub25lIn0.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims));
    let client = Client::builder().base_url(&server.url).token(token.as_str()).build().unwrap();
    let error = rotated(&client, Duration::from_secs(3_600)).await.unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::InvalidArgument, Some("grace")));
    assert!(error.info().message.contains("token expires") && !error.to_string().contains("eyJ"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_rotation_that_is_interrupted_leaves_a_note_that_names_both_keys() {
    for (params, is_stored) in [(r#"{"id":"5","store":true}"#, false), (r#"{"id":"5","store":true,"grace":60}"#, true)] {
        let server = Canned::start([listed(), created(), probed()]);
        let config = json!({ "base_url": server.url, "api_key": KEY, "token": TOKEN });
        let mut call = HostClient::new(&config.to_string()).unwrap().call("api_keys.rotate", params, "");
        let note = call.note();
        let Step::Question(Question::Store { answer: request, .. }) = call.step().await else {
            panic!("the key was not handed over")
        };
        if is_stored {
            request.supply(());
            assert!(tokio::time::timeout(Duration::from_millis(50), call.step()).await.is_err(), "the grace is waited for");
        }
        drop(call);
        let text = note.text().unwrap();
        assert!(text.contains("5 (ah_test_…CrT1)") && text.contains("6 (ah_test_…dNew)"), "{text}");
        assert!(!text.contains("Br4ndN3w"), "{text}");
    }
    let server = Canned::start([listed()]);
    let config = json!({ "base_url": server.url, "token": TOKEN });
    let mut call = HostClient::new(&config.to_string()).unwrap().call("api_keys.rotate", r#"{"id":"7"}"#, "");
    let note = call.note();
    assert!(matches!(call.step().await, Step::Done(Err(_))));
    assert_eq!(note.text(), None);
}

#[tokio::test]
async fn a_new_key_that_does_not_work_is_taken_back() {
    let server = Canned::start([listed(), created(), broken(), done()]);
    let error = client_of(&server).api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
    assert_eq!(keys_left(&error), ["5"]);
    assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/6"]);
}

#[tokio::test]
async fn a_key_that_cannot_be_stored_is_taken_back() {
    let rejected = Answer::json(403, json!({ "success": false, "error": "no" }));
    for (deleted, left) in [(done(), vec!["5"]), (rejected, vec!["5", "6"])] {
        let server = Canned::start([listed(), created(), probed(), deleted]);
        let client = client_of(&server);
        let stored = client.api_keys().rotate("5", Duration::ZERO, |_| async { Err("the disk is full".into()) }).await;
        let error = stored.unwrap_err();
        assert_eq!((error.kind(), keys_left(&error)), (Kind::StoreFailed, left.into_iter().map(str::to_owned).collect()));
        assert_eq!(walk(&server), [LIST, CREATE, PROBE, "DELETE /v1/api-keys/6"]);
        assert_eq!(error.info().parameter.as_deref(), Some("store"));
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("ah_test_…CrT1") && !shown.contains("Br4ndN3w"), "{shown}");
    }
}

#[tokio::test]
async fn an_old_key_that_cannot_be_deleted_is_named() {
    let rejected = Answer::json(403, json!({ "success": false, "error": "no" }));
    let server = Canned::start([listed(), created(), probed(), rejected, Answer::json(200, session_body(1))]);
    let client = client_of(&server);
    let error = rotated(&client, Duration::ZERO).await.unwrap_err();
    assert_eq!((error.kind(), keys_left(&error)), (Kind::PermissionDenied, vec!["5".to_owned(), "6".to_owned()]));
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen()[4].headers["x-api-key"], NEW_KEY);
}

#[tokio::test]
async fn an_unknown_or_revoked_key_changes_nothing() {
    for keys in [json!([]), json!([revoked(5, "CrT1")])] {
        let server = Canned::start([Answer::json(200, json!({ "api_keys": keys }))]);
        let error = client_of(&server).api_keys().rotate("5", Duration::ZERO, |_| async { Ok(()) }).await.unwrap_err();
        assert_eq!(error.info().parameter.as_deref(), Some("id"));
        assert_eq!(walk(&server), [LIST]);
    }
}
