//! Bad input gets a clear error, and nothing is sent.

use super::client_of;
use agenthuman::api::api_keys::CreateApiKey;
use agenthuman::api::avatars::UploadAvatar;
use agenthuman::host::{HostClient, Step};
use agenthuman::{Client, ErrorInfo, Kind, Upload};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN};
use serde_json::{Value, json};

/// A call as another language makes it, against a server that must not be asked.
async fn refused(operation: &str, params: &str) -> Box<ErrorInfo> {
    let server = Canned::start([Answer::json(200, json!({}))]);
    let client = HostClient::new(&json!({ "base_url": server.url, "api_key": KEY, "token": TOKEN }).to_string()).unwrap();
    let Step::Done(Err(error)) = client.call(operation, params, "").step().await else {
        panic!("{operation} took {params}");
    };
    assert!(server.seen().is_empty(), "{operation} sent something for {params}");
    error
}

#[tokio::test]
async fn parameters_are_checked_before_anything_is_sent() {
    for (operation, params, parameter, says) in [
        ("sessions.get", json!({ "id": "" }), "id", "empty"),
        ("sessions.get", json!({ "id": ".." }), "id", "would change the URL"),
        ("sessions.get", json!({ "id": "." }), "id", "would change the URL"),
        ("sessions.get", json!({ "id": "1\r\nx: y" }), "id", "control"),
        ("sessions.get", json!({ "id": true }), "id", "id"),
        ("sessions.get", json!({}), "id", "required"),
        ("sessions.create", json!({}), "agent_id", "required"),
        ("sessions.create", json!({ "agent_id": "7", "metadata": [1] }), "metadata", "object"),
        ("sessions.create", json!({ "agent_id": "7", "session_type": "opera" }), "session_type", "agent_voice"),
        ("sessions.create", json!({ "agent_id": "7", "colour": "red" }), "colour", "unknown parameter"),
        ("sessions.list", json!({ "limit": 201 }), "limit", "200"),
        ("sessions.list", json!({ "limit": 1.5 }), "limit", "whole"),
        ("sessions.end", json!({ "id": "1", "duration": -1 }), "duration", "whole"),
        ("messages.create", json!({ "session_id": "1", "content": "" }), "content", "empty"),
        ("messages.create", json!({ "session_id": "1", "content": "x".repeat(32_001) }), "content", "32000"),
        ("api_keys.create", json!({ "name": "x".repeat(101), "environment": "test" }), "name", "100"),
        ("api_keys.create", json!({ "name": "a\r\nb: c", "environment": "test" }), "name", "control"),
        ("api_keys.create", json!({ "name": "a", "environment": "prod" }), "environment", "live"),
        ("api_keys.rotate", json!({ "id": "1", "grace": -1 }), "grace", "seconds"),
        ("auth.request_otp", json!({ "email": "nobody" }), "email", "email"),
        ("auth.request_otp", json!({ "email": "a@b\r\nbcc: c@d" }), "email", "email"),
        ("auth.verify_otp", json!({ "email": "a@b", "code": "12345" }), "code", "6 digits"),
        ("avatars.create", json!({ "name": "A", "url": "ftp://x" }), "url", "http"),
        ("avatars.upload", json!({ "name": "A" }), "file", "required"),
        ("avatars.upload", json!({ "name": "A", "file": { "path": "/no/such/file.png" } }), "file", "could not be read"),
        ("avatars.upload", json!({ "name": "A", "file": { "path": "/" } }), "file", "not a regular file"),
    ] {
        let error = refused(operation, &params.to_string()).await;
        assert_eq!(error.kind, Kind::InvalidArgument, "{operation} {params}: {error:?}");
        assert_eq!(error.parameter.as_deref(), Some(parameter), "{operation} {params}: {error:?}");
        let said = format!("{} {}", error.message, error.suggestion.unwrap_or_default());
        assert!(said.contains(says), "{operation} {params}: {said}");
    }
    let error = refused("agents.update", r#"{"id":"1"}"#).await;
    assert!(error.message.contains("at least one"), "{error:?}");
    let error = refused("sessions.create", r#"{"agent_id":"7","metadata":{"x":NaN}}"#).await;
    assert!(error.message.contains("not finite"), "{error:?}");
    assert_eq!(refused("no.such", "{}").await.kind, Kind::InvalidArgument);
}

#[test]
fn settings_are_checked_when_the_client_is_made() {
    let base = |url: &str| Client::builder().base_url(url).api_key(KEY).build().unwrap_err();
    for (url, says) in [
        ("http://api.agenthuman.com", "https"),
        ("ftp://api.agenthuman.com", "https"),
        ("api.agenthuman.com", "https://api.agenthuman.com"),
        ("https://user:hunter2@api.agenthuman.com", "user name"),
        ("https://api.agenthuman.com?x=1", "query"),
        ("", "not a valid URL"),
    ] {
        let error = base(url);
        assert_eq!(error.kind(), Kind::Configuration, "{url}");
        assert!(error.to_string().contains(says), "{url}: {error}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let builder = || Client::builder().base_url("http://127.0.0.1:9").api_key(KEY);
    for (name, value) in [("x\r\ny", "z"), ("x", "y\r\nz: 1"), ("x-api-key", "mine"), ("Authorization", "mine")] {
        let error = builder().header(name, value).build().unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration, "{name:?}: {error}");
    }
    for (operation, path) in
        [("no.such", "/x"), ("agents.get", "/x"), ("agents.list", "/x/{id}"), ("agents.list", "//h/x"), ("agents.list", "/../x")]
    {
        let error = builder().route(operation, path).build().unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration, "{operation} {path}: {error}");
    }
    // A key and a token in each other's place.
    let error = Client::builder().base_url("http://127.0.0.1:9").api_key(TOKEN).build().unwrap_err();
    assert_eq!(error.kind(), Kind::MalformedApiKey);
    let error = Client::builder().base_url("http://127.0.0.1:9").token(KEY).build().unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
}

#[tokio::test]
async fn a_raw_request_stays_under_the_base_url() {
    let server = Canned::start([Answer::json(200, json!({}))]);
    let client = client_of(&server);
    for (method, path) in [
        ("TRACE", "/v1/x"),
        ("GET", "v1/x"),
        ("GET", "//elsewhere/v1"),
        ("GET", "https://elsewhere/v1"),
        ("GET", "/v1/../../x"),
        ("GET", "/v1/%2e%2e/x"),
        ("GET", "/v1/x y"),
        ("GET", "/v1/x\r\ny: z"),
    ] {
        let error = client.request(method, path, None::<Value>, None).await.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidArgument, "{method} {path}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_typed_client_refuses_the_same() {
    let server = Canned::start([Answer::json(200, json!({}))]);
    let client = client_of(&server);
    let long = CreateApiKey::new("x".repeat(101), "test");
    assert_eq!(client.api_keys().create(long).await.unwrap_err().kind(), Kind::InvalidArgument);
    let nowhere = Upload::from_path("/no/such/file");
    let error = client.avatars().upload(nowhere, UploadAvatar::new("A")).await.unwrap_err();
    assert_eq!(error.info().parameter.as_deref(), Some("file"));
    assert!(server.seen().is_empty());
}
