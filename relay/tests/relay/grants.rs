//! Grants: what they say, how long they are good, how they are renewed, and how their secrets are rotated.

use crate::support::{ALICE, BEGIN, Bench, RETIRED, SECRET, allow_all, claims_with, options, request, signed};
use agenthuman::Secret;
use agenthuman_relay::{Decision, OpenSession, Options};
use agenthuman_testing::canned::Answer;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Method;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

const SESSION: &str = "/v1/sessions/101";
const RENEWAL: &str = "/v1/sessions/101/grant";

/// What a grant says, and its header.
fn opened(grant: &str) -> (Value, Value) {
    let part = |index: usize| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(grant.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

fn verifies(grant: &str, secret: &str) -> bool {
    let mut validation = Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.set_audience(&["agenthuman-relay"]);
    jsonwebtoken::decode::<Value>(grant, &DecodingKey::from_secret(secret.as_bytes()), &validation).is_ok()
}

#[tokio::test]
async fn a_grant_names_user_session_operations_and_times() {
    let bench = Bench::new().await;
    let answered = bench.post("/v1/sessions", None, json!({})).await;
    assert_eq!(answered.ok(201)["expires_in"], 900);
    let grant = answered.body["grant"].as_str().unwrap();
    let (header, claims) = opened(grant);
    assert_eq!((&header["alg"], &claims["sub"], &claims["sid"]), (&json!("HS256"), &json!(ALICE), &json!("101")));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("agenthuman-relay"), &json!("agenthuman-relay")));
    let operations = ["sessions.get", "sessions.end", "sessions.renew", "messages.create", "messages.list"];
    assert_eq!((&claims["ops"], &claims["dialect"]), (&json!(operations), &json!("agents")));
    assert_eq!((&claims["iat"], &claims["exp"], &claims["until"]), (&json!(BEGIN), &json!(BEGIN + 900), &json!(BEGIN + 28_800)));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 32);
    let second = bench.opened().await;
    assert_ne!(opened(&second).1["jti"], claims["jti"]);
    bench.log_is_clean(&[grant, &second]);
}

#[tokio::test]
async fn secrets_are_rotated_without_a_break() {
    let both = |first: &str, second: &str| Options { secrets: vec![Secret::new(first), Secret::new(second)], ..options() };
    let bench = Bench::with(both(SECRET, RETIRED), allow_all).await;
    // The old one still verifies, and the new one signs.
    let old = signed(&claims_with(json!({})), RETIRED);
    bench.get(SESSION, Some(&old)).await.ok(200);
    let renewed = bench.post(RENEWAL, Some(&old), json!({})).await;
    let renewed = renewed.ok(200)["grant"].as_str().unwrap();
    assert!(verifies(renewed, SECRET) && !verifies(renewed, RETIRED));
    bench.get(SESSION, Some(renewed)).await.ok(200);
}

#[tokio::test]
async fn a_grant_that_has_run_out_is_good_for_its_renewal_only() {
    let bench = Bench::new().await;
    let grant = bench.opened().await;
    bench.time.pass(3600);
    bench.get(SESSION, Some(&grant)).await.is(401, "grant_expired");
    let renewed = bench.send(request(Method::POST, RENEWAL, Some(&grant), None)).await;
    assert_eq!(renewed.ok(200)["expires_in"], 900);
    assert_eq!(renewed.body["session"]["id"], "101");
    let (_, claims) = opened(renewed.body["grant"].as_str().unwrap());
    let (_, before) = opened(&grant);
    assert_eq!((&claims["until"], &claims["ops"]), (&before["until"], &before["ops"]), "a renewal gives time and nothing else");
    assert_eq!(claims["exp"], BEGIN + 3600 + 900);
    bench.get(SESSION, renewed.body["grant"].as_str()).await.ok(200);
}

#[tokio::test]
async fn a_renewal_asks_the_backend_again_who_it_is() {
    let bench = Bench::new().await;
    let grant = bench.opened().await;
    let mut stranger = request(Method::POST, RENEWAL, Some(&grant), None);
    stranger.headers_mut().insert("authorization", "Bearer signed-out".parse().unwrap());
    bench.send(stranger).await.is(401, "invalid_token");
}

#[tokio::test]
async fn no_renewal_after_eight_hours() {
    let bench = Bench::new().await;
    let grant = bench.opened().await;
    bench.time.pass(28_800 - 10);
    let last = bench.post(RENEWAL, Some(&grant), json!({})).await;
    assert_eq!(last.ok(200)["expires_in"], 10, "no grant outlasts the session's time");
    let calls = bench.upstream.seen().len();
    bench.time.pass(10);
    for grant in [&grant, last.body["grant"].as_str().unwrap()] {
        bench.post(RENEWAL, Some(grant), json!({})).await.is(401, "grant_expired");
    }
    assert_eq!(bench.upstream.seen().len(), calls);
}

#[tokio::test]
async fn no_renewal_once_the_session_has_ended() {
    let bench = Bench::new().await;
    let grant = bench.opened().await;
    for (status, ended_at) in
        [("completed", json!("2030-03-17T17:50:00Z")), ("completed", Value::Null), ("active", json!("2030-03-17T17:50:00Z"))]
    {
        let mut session = agenthuman_testing::made_up::session(101);
        session["status"] = status.into();
        session["ended_at"] = ended_at;
        bench.upstream.answer(move |_| Answer::json(200, json!({ "success": true, "session": session })));
        bench.post(RENEWAL, Some(&grant), json!({})).await.is(409, "conflict");
    }
    bench.upstream.answer(|_| Answer::json(404, json!({ "error": "Session not found" })));
    bench.post(RENEWAL, Some(&grant), json!({})).await.is(404, "not_found");
}

#[tokio::test]
async fn a_renewed_grant_lasts_as_long_as_the_policy_gave_the_first() {
    let short = |_: &str, _| {
        let opening =
            OpenSession { agent_id: "7".into(), grant_seconds: Some(60), session_seconds: Some(600), ..OpenSession::default() };
        Ok(Decision::Open(opening))
    };
    let bench = Bench::with(options(), short).await;
    let answered = bench.post("/v1/sessions", None, json!({})).await;
    assert_eq!(answered.ok(201)["expires_in"], 60);
    bench.time.pass(300);
    let renewed = bench.post(RENEWAL, answered.body["grant"].as_str(), json!({})).await;
    assert_eq!(renewed.ok(200)["expires_in"], 60);
    bench.time.pass(300);
    bench.post(RENEWAL, renewed.body["grant"].as_str(), json!({})).await.is(401, "grant_expired");
}

#[tokio::test]
async fn relays_of_different_audiences_take_no_grants_of_each_other() {
    let bench = Bench::with(Options { audience: "shop".to_owned(), ..options() }, allow_all).await;
    let grant = bench.opened().await;
    bench.get(SESSION, Some(&grant)).await.ok(200);
    let elsewhere = Bench::new().await;
    elsewhere.get(SESSION, Some(&grant)).await.is(401, "grant_invalid");
}
