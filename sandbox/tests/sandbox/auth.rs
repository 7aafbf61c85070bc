//! The credentials that each operation accepts, and the errors for others.

use agenthuman_sandbox::{AuthMode, Options};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use crate::api::{Api, As, unlimited};
use crate::scratch::Scratch;

const OWN: &[(&str, &str)] = &[
    ("POST", "/v1/agents"),
    ("GET", "/v1/agents"),
    ("GET", "/v1/agents/1"),
    ("PUT", "/v1/agents/1"),
    ("DELETE", "/v1/agents/99"),
    ("GET", "/v1/agents/1/sessions"),
    ("GET", "/v1/avatars"),
    ("POST", "/v1/avatars"),
    ("POST", "/v1/avatars/upload"),
    ("PUT", "/v1/avatars/1"),
    ("DELETE", "/v1/avatars/99"),
    ("GET", "/v1/voices?scope=mine"),
    ("GET", "/v1/roles?scope=mine"),
    ("POST", "/v1/roles"),
    ("GET", "/v1/roles/1"),
    ("PUT", "/v1/roles/1"),
    ("DELETE", "/v1/roles/99"),
];
const PUBLIC: &[(&str, &str)] =
    &[("GET", "/v1/avatars/public"), ("GET", "/v1/voices"), ("GET", "/v1/voices?scope=public"), ("GET", "/v1/roles")];
const KEY_ONLY: &[(&str, &str)] = &[
    ("POST", "/v1/sessions"),
    ("GET", "/v1/sessions"),
    ("GET", "/v1/sessions/1"),
    ("PUT", "/v1/sessions/1/end"),
    ("POST", "/v1/sessions/1/messages"),
    ("GET", "/v1/sessions/1/messages"),
];
const TOKEN_ONLY: &[(&str, &str)] =
    &[("POST", "/v1/api-keys"), ("GET", "/v1/api-keys"), ("DELETE", "/v1/api-keys/99"), ("GET", "/v1/auth/me")];
/// These operations invalidate the token of the request.
const TOKEN_ENDING: &[(&str, &str)] = &[("POST", "/v1/auth/refresh"), ("POST", "/v1/auth/logout")];

const NO_KEY: &str = "API key required";
const NO_TOKEN: &str = "Authentication required";

async fn check(api: &Api, operations: &[(&'static str, &str)], who: &As, error: Option<&str>) {
    for (method, path) in operations {
        let answer = api.call(method, path, &[], who, None).await;
        match error {
            Some(error) => drop(answer.fails(401, error)),
            None => assert_ne!(answer.status, 401, "{method} {path}: {}", answer.body),
        }
    }
}

#[tokio::test]
async fn lenient() {
    let api = Api::start().await;
    for (operations, required) in
        [(OWN, NO_TOKEN), (PUBLIC, NO_KEY), (KEY_ONLY, NO_KEY), (TOKEN_ONLY, NO_TOKEN), (TOKEN_ENDING, NO_TOKEN)]
    {
        check(&api, operations, &As::NoCredential, Some(required)).await;
    }
    check(&api, OWN, &api.token, None).await;
    check(&api, OWN, &api.key, None).await;
    check(&api, PUBLIC, &api.key, None).await;
    check(&api, PUBLIC, &api.token, None).await;
    check(&api, KEY_ONLY, &api.key, None).await;
    check(&api, KEY_ONLY, &api.token, Some(NO_KEY)).await;
    check(&api, TOKEN_ONLY, &api.token, None).await;
    check(&api, TOKEN_ONLY, &api.key, Some(NO_TOKEN)).await;
    check(&api, TOKEN_ENDING, &api.key, Some(NO_TOKEN)).await;
}

#[tokio::test]
async fn strict() {
    let api = Api::with(Options { auth: AuthMode::Strict, ..unlimited() }).await;
    check(&api, OWN, &api.token, None).await;
    check(&api, OWN, &api.key, Some(NO_TOKEN)).await;
    check(&api, PUBLIC, &api.key, None).await;
    check(&api, PUBLIC, &api.token, Some(NO_KEY)).await;
    check(&api, KEY_ONLY, &api.key, None).await;
    check(&api, KEY_ONLY, &api.token, Some(NO_KEY)).await;
    check(&api, TOKEN_ONLY, &api.token, None).await;
    check(&api, TOKEN_ONLY, &api.key, Some(NO_TOKEN)).await;
}

#[tokio::test]
async fn bad_credentials() {
    let api = Api::start().await;
    let wrong_key = As::Key(format!("ah_test_{}", "a1B2".repeat(8)));
    for operations in [OWN, PUBLIC, KEY_ONLY] {
        check(&api, operations, &wrong_key, Some("Invalid API key")).await;
    }
    let wrong_token = As::Token("not.a.token".to_owned());
    for operations in [OWN, PUBLIC, TOKEN_ONLY, TOKEN_ENDING] {
        check(&api, operations, &wrong_token, Some("Invalid token")).await;
    }
    let basic = As::Headers(vec![("authorization", "Basic dTpw".to_owned())]);
    check(&api, OWN, &basic, Some("Invalid token")).await;
    let empty = As::Key(String::new());
    check(&api, KEY_ONLY, &empty, Some(NO_KEY)).await;
}

#[tokio::test]
async fn an_expired_token_has_its_own_error() {
    let scratch = Scratch::new();
    let api = Api::with(Options { data: Some(scratch.data()), ..unlimited() }).await;
    let secret: Vec<u8> =
        scratch.database().query_row("SELECT value FROM settings WHERE name = 'token_secret'", [], |row| row.get(0)).unwrap();
    let made = |exp: i64| {
        let claims = json!({"sub": "1", "iat": 1, "exp": exp, "jti": "made by the test"});
        As::Token(encode(&Header::default(), &claims, &EncodingKey::from_secret(&secret)).unwrap())
    };
    check(&api, OWN, &made(1_000_000_000), Some("Token has expired")).await;
    check(&api, TOKEN_ONLY, &made(32_000_000_000), None).await;
}

#[tokio::test]
async fn a_key_takes_precedence_over_a_token_and_a_token_over_the_cookie() {
    let api = Api::start().await;
    let (As::Key(key), As::Token(token)) = (&api.key, &api.token) else { unreachable!() };
    let cookie = ("cookie", format!("other=1; ah_session={token}"));
    let bad_key = ("x-api-key", "ah_test_wrong".to_owned());
    let bad_bearer = ("authorization", "Bearer wrong".to_owned());
    let key = ("x-api-key", key.clone());
    for (headers, expected) in [
        (vec![cookie.clone()], Ok(())),
        (vec![bad_key.clone(), cookie.clone()], Err("Invalid API key")),
        (vec![bad_bearer.clone(), cookie.clone()], Err("Invalid token")),
        (vec![bad_key, ("authorization", format!("Bearer {token}"))], Err("Invalid API key")),
        (vec![key, bad_bearer], Ok(())),
    ] {
        let answer = api.call("GET", "/v1/agents", &[], &As::Headers(headers), None).await;
        match expected {
            Ok(()) => drop(answer.is(200)),
            Err(error) => drop(answer.fails(401, error)),
        }
    }
}

#[tokio::test]
async fn a_write_by_cookie_needs_the_csrf_header() {
    let api = Api::start().await;
    let signed_in = api.sign_in("cookie@example.test").await;
    let cookies: Vec<&str> = signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let value = |name: &str| {
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(name)).expect("the cookie");
        cookie.split(['=', ';']).nth(1).unwrap().to_owned()
    };
    let session = cookies.iter().find(|cookie| cookie.starts_with("ah_session=")).unwrap();
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Lax") && !session.contains("Secure"));
    let csrf = value("ah_csrf");
    let cookie = ("cookie", format!("ah_session={}; ah_csrf={csrf}", value("ah_session")));

    let plain = As::Headers(vec![cookie.clone()]);
    let wrong = As::Headers(vec![cookie.clone(), ("x-csrf-token", "0".repeat(64))]);
    let right = As::Headers(vec![cookie, ("x-csrf-token", csrf)]);
    let new = || Some(json!({"name": "By cookie"}));
    api.call("GET", "/v1/agents", &[], &plain, None).await.is(200);
    for refused in [&plain, &wrong] {
        api.call("POST", "/v1/agents", &[], refused, new()).await.fails(403, "CSRF token missing or wrong");
        api.call("POST", "/v1/auth/logout", &[], refused, None).await.fails(403, "CSRF token missing or wrong");
    }
    api.call("POST", "/v1/agents", &[], &right, new()).await.is(201);
    let refreshed = api.call("POST", "/v1/auth/refresh", &[], &right, None).await.is(200);
    assert_eq!(refreshed.headers.get_all("set-cookie").iter().count(), 2, "the cookies follow the token");
    api.call("GET", "/v1/agents", &[], &plain, None).await.fails(401, "Invalid token");
}

#[tokio::test]
async fn objects_of_other_users_are_not_found() {
    let api = Api::start().await;
    let (token, key) = api.stranger("stranger@example.test").await;
    let session = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let session = session.at("/session/session_id");
    let role = api.call("POST", "/v1/roles", &[], &api.token, Some(json!({"name": "r", "prompt": "p"}))).await;
    let avatar = json!({"name": "a", "url": "https://example.test/a.png"});
    let avatar = api.call("POST", "/v1/avatars", &[], &api.token, Some(avatar)).await.is(201);
    let (role, avatar) = (role.at("/role/role_id"), avatar.at("/id"));
    let name = || Some(json!({"name": "taken"}));

    api.call("GET", "/v1/agents/1", &[], &token, None).await.fails(404, "Agent not found");
    api.call("PUT", "/v1/agents/1", &[], &token, name()).await.says(404, json!({"error": "Agent not found"}));
    api.call("DELETE", "/v1/agents/1", &[], &token, None).await.fails(404, "Agent not found");
    api.call("GET", "/v1/agents/1/sessions", &[], &token, None).await.fails(404, "Agent not found or access denied");
    api.call("POST", "/v1/sessions", &[], &key, Some(json!({"agent_id": 1})))
        .await
        .fails(404, "Agent not found or access denied");
    api.call("GET", "/v1/sessions/{}", &[session], &key, None).await.fails(404, "Session not found");
    api.call("PUT", "/v1/sessions/{}/end", &[session], &key, None).await.fails(404, "Session not found");
    api.call("GET", "/v1/sessions/{}/messages", &[session], &key, None).await.fails(404, "Session not found");
    api.call("POST", "/v1/sessions/{}/messages", &[session], &key, Some(json!({"content": "x"})))
        .await
        .fails(404, "Session not found");
    api.call("PUT", "/v1/avatars/{}", &[avatar], &token, name()).await.says(404, json!({"error": "Avatar not found"}));
    api.call("DELETE", "/v1/avatars/{}", &[avatar], &token, None).await.says(404, json!({"error": "Avatar not found"}));
    api.call("POST", "/v1/agents", &[], &token, Some(json!({"name": "x", "avatar_id": avatar})))
        .await
        .fails(400, "avatar_id must be the id of a public avatar or one of your own");
    api.call("GET", "/v1/roles/{}", &[role], &token, None).await.fails(404, "Role not found");
    api.call("PUT", "/v1/roles/{}", &[role], &token, name()).await.fails(404, "Role not found");
    api.call("DELETE", "/v1/roles/{}", &[role], &token, None).await.fails(404, "Role not found");
    for path in ["/v1/agents", "/v1/avatars", "/v1/voices?scope=mine", "/v1/roles?scope=mine"] {
        let answer = api.call("GET", path, &[], &token, None).await.is(200);
        let list = answer.body.as_array().or_else(|| answer.body.as_object()?.values().find_map(|v| v.as_array()));
        assert_eq!(list, Some(&Vec::new()), "{path}");
    }
}
