//! The pages and their endpoints: access, and headers for browsers.

use serde_json::{Value, json};

use crate::api::{Answer, Api, As};

const PAGES: [&str; 3] = ["/", "/playground", "/mailbox"];
const DATA: [&str; 4] = ["/dashboard/keys", "/dashboard/log", "/dashboard/sessions", "/dashboard/sessions/1"];

/// Signs in like a browser, with the cookie.
async fn browser(api: &Api, email: &str) -> As {
    let signed_in = api.sign_in(email).await;
    As::Headers(vec![("cookie", format!("ah_session={}", signed_in.text("/token")))])
}

async fn get(api: &Api, path: &str, who: &As) -> Answer {
    api.send("GET", path, api.request("GET", path, who)).await
}

fn entries(log: &Answer) -> &Vec<Value> {
    log.at("/entries").as_array().expect("a list")
}

#[tokio::test]
async fn pages_have_a_strict_content_security_policy() {
    let api = Api::start().await;
    for page in PAGES.iter().chain(&["/web/dashboard.js", "/web/base.css", "/web/icon.svg"]) {
        let answer = get(&api, page, &As::NoCredential).await.is(200);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{page}: {policy}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{page}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{page}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{page}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{page}");
    }
    get(&api, "/web/nothing.js", &As::NoCredential).await.is(404);
}

#[tokio::test]
async fn data_of_the_dashboard_needs_a_signed_in_user() {
    let api = Api::start().await;
    get(&api, "/dashboard/account", &As::NoCredential).await.says(200, json!({"user": null, "expires_at": null}));
    for path in DATA {
        get(&api, path, &As::NoCredential).await.fails(401, "Authentication required");
        get(&api, path, &api.key).await.fails(401, "Authentication required");
    }
    let user = browser(&api, "someone@example.test").await;
    let account = get(&api, "/dashboard/account", &user).await.is(200);
    assert_eq!(account.text("/user/email"), "someone@example.test");
    get(&api, "/dashboard/sessions/1", &user).await.fails(404, "Session not found");
}

#[tokio::test]
async fn the_log_has_the_caller_and_no_secrets() {
    let api = Api::start().await;
    let As::Key(key) = api.key.clone() else { unreachable!() };
    let called = get(&api, "/v1/sessions", &api.key).await.is(200);
    get(&api, "/v1/agents?search=secret-of-the-query", &api.token).await.is(200);
    get(&api, &format!("/v1/sessions/{key}"), &api.key).await.is(404);
    get(&api, "/v3/sessions", &As::NoCredential).await.is(404);
    let user = browser(&api, &api.email.clone()).await;
    let log = get(&api, "/dashboard/log", &user).await.is(200);
    let seen: Vec<_> = entries(&log)
        .iter()
        .map(|entry| (entry["path"].as_str().unwrap(), entry["status"].as_u64().unwrap(), entry["credential"].as_str().unwrap()))
        .collect();
    assert_eq!(
        seen[..4],
        [
            ("/v1/sessions", 200, "api_key"),
            ("/v1/agents", 200, "token"),
            ("/v1/sessions/ah_test_…", 404, "api_key"),
            ("/v3/sessions", 404, "none"),
        ]
    );
    assert_eq!(log.at("/entries/0/request_id").as_str(), called.header("x-request-id"));
    assert!(log.at("/entries/0/key_id").is_i64());
    let text = log.body.to_string();
    assert!(!text.contains(&key) && !text.contains("secret-of-the-query"));
    let after = format!("/dashboard/log?after={}", log.at("/last"));
    assert!(entries(&get(&api, &after, &user).await).is_empty());
}

#[tokio::test]
async fn calls_keys_and_sessions_of_other_users_are_hidden() {
    let api = Api::start().await;
    api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let other = browser(&api, "other@example.test").await;
    get(&api, "/dashboard/keys", &other).await.says(200, json!([]));
    get(&api, "/dashboard/sessions", &other).await.says(200, json!([]));
    get(&api, "/dashboard/sessions/1", &other).await.fails(404, "Session not found");
    let log = get(&api, "/dashboard/log", &other).await.is(200);
    assert!(entries(&log).iter().all(|entry| entry["path"] != "/v1/sessions"), "{}", log.body);
}

#[tokio::test]
async fn usage_includes_calls_and_errors_of_revoked_keys() {
    let api = Api::start().await;
    let new = json!({"name": "counted", "environment": "live"});
    let made = api.call("POST", "/v1/api-keys", &[], &api.token, Some(new)).await.is(201);
    let key = As::Key(made.text("/key"));
    get(&api, "/v1/sessions", &key).await.is(200);
    get(&api, "/v1/sessions/99", &key).await.is(404);
    api.call("DELETE", "/v1/api-keys/{}", &[made.at("/api_key/id")], &api.token, None).await.is(200);
    get(&api, "/v1/sessions", &key).await.fails(401, "API key has been revoked");
    let user = browser(&api, &api.email.clone()).await;
    let keys = get(&api, "/dashboard/keys", &user).await.is(200);
    let counted = |what: &str| -> u64 {
        let minutes = keys.at("/0/usage")[what].as_array().expect("minutes");
        assert_eq!(minutes.len(), 60);
        minutes.iter().filter_map(Value::as_u64).sum()
    };
    assert_eq!(keys.text("/0/name"), "counted");
    assert_eq!((counted("calls"), counted("errors")), (3, 2));
    assert!(!keys.body.to_string().contains(&made.text("/key")));
}

#[tokio::test]
async fn a_reset_clears_the_log() {
    let api = Api::start().await;
    get(&api, "/v1/sessions", &api.key).await.is(200);
    api.call("POST", "/sandbox/reset", &[], &As::NoCredential, None).await.is(200);
    let user = browser(&api, &api.email.clone()).await;
    let keys = get(&api, "/dashboard/keys", &user).await.is(200);
    assert!(keys.at("/0/usage/calls").as_array().unwrap().iter().all(|calls| calls == 0), "{}", keys.body);
    let log = get(&api, "/dashboard/log", &user).await.is(200);
    assert!(entries(&log).iter().all(|entry| entry["path"] != "/v1/sessions"), "{}", log.body);
}

#[tokio::test]
async fn a_session_has_its_messages() {
    let api = Api::start().await;
    api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let hello = json!({"content": "Hello!"});
    api.call("POST", "/v1/sessions/1/messages", &[], &api.key, Some(hello)).await.is(201);
    let user = browser(&api, &api.email.clone()).await;
    let sessions = get(&api, "/dashboard/sessions", &user).await.is(200);
    assert_eq!(sessions.at("/0/session_id"), 1);
    let session = get(&api, "/dashboard/sessions/1", &user).await.is(200);
    assert_eq!(session.text("/messages/0/content"), "Hello!");
    assert_eq!(session.text("/messages/1/role"), "assistant");
    assert!(session.text("/session/transcript").starts_with("User: Hello!"));
}
