//! The prefix `/api`, which the documentation uses.

use serde_json::json;

use crate::api::{Api, As};

#[tokio::test]
async fn everything_is_also_served_below_api() {
    let api = Api::start().await;
    let created = api.call("POST", "/api/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let id = created.at("/session/session_id");
    let read = api.call("GET", "/v1/sessions/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.body, api.call("GET", "/api/v1/sessions/{}", &[id], &api.key, None).await.is(200).body);
    let page = api.call("GET", "/api/v1/sessions?status=active&limit=1", &[], &api.key, None).await.is(200);
    assert_eq!(page.at("/sessions/0/session_id"), id);
    api.call("GET", "/api/v1/nothing", &[], &api.key, None).await.fails(404, "Not found");
    for path in ["/api", "/api/", "/api/openapi.json", "/api/sandbox/mailbox", "/api/playground", "/api/media/ada.svg"] {
        api.call("GET", path, &[], &As::NoCredential, None).await.is(200);
    }
    api.call("PUT", "/api/sandbox/replies", &[], &As::NoCredential, Some(json!({"replies": ["Hello"]}))).await.is(200);
}

#[tokio::test]
async fn the_same_rules_apply_below_the_prefix() {
    let api = Api::with(agenthuman_sandbox::Options {
        rate_limit: Some(agenthuman_sandbox::RateLimit::per_minute(2)),
        ..crate::api::unlimited()
    })
    .await;
    api.call("GET", "/api/v1/sessions", &[], &As::NoCredential, None).await.fails(401, "API key required");
    api.call("GET", "/api/v1/sessions", &[], &api.key, None).await.is(200);
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    api.call("GET", "/api/v1/sessions", &[], &api.key, None).await.is(429);
    let foreign = As::Headers(vec![("origin", "https://evil.test".to_owned())]);
    api.call("POST", "/api/sandbox/reset", &[], &foreign, None).await.is(403);
    for path in ["/apiv1/sessions", "/api/api/v1/sessions", "/API/v1/sessions"] {
        api.call("GET", path, &[], &api.key, None).await.fails(404, "Not found");
    }
    let faulty = As::Headers(vec![("x-sandbox-fault", "status=500".to_owned())]);
    api.call("GET", "/api/v1/sessions", &[], &faulty, None).await.is(500);
}
