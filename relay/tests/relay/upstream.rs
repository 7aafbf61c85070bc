//! Errors of the API, as a phone sees them: the same kinds, and no text that is not about its own request.

use crate::support::upstream::Answer;
use crate::support::{Bench, KEY, PLANTED, SECRET, claims_with, signed};
use serde_json::{Value, json};

/// What the API says, and what the phone is to be told of it.
struct Case {
    status: u16,
    body: Value,
    told: (u16, &'static str),
    /// Whether the message of the API is passed on.
    says: bool,
}

fn case(status: u16, error: impl Into<Value>, told: (u16, &'static str), says: bool) -> Case {
    Case { status, body: json!({ "success": false, "error": error.into() }), told, says }
}

async fn opens(bench: &Bench) -> crate::support::Answered {
    bench.post("/v1/sessions", None, json!({})).await
}

#[tokio::test]
async fn every_kind_of_error() {
    let minutes = json!({ "code": "INSUFFICIENT_MINUTES", "message": PLANTED });
    let sessions = json!({ "code": "CONCURRENCY_LIMIT", "message": PLANTED });
    let cases = [
        case(400, PLANTED, (400, "bad_request"), true),
        case(405, PLANTED, (405, "bad_request"), true),
        case(413, PLANTED, (413, "bad_request"), true),
        case(415, PLANTED, (415, "bad_request"), true),
        case(418, PLANTED, (400, "bad_request"), true),
        case(422, PLANTED, (400, "bad_request"), true),
        case(402, PLANTED, (402, "payment_required"), true),
        case(403, minutes, (402, "payment_required"), true),
        case(403, PLANTED, (403, "permission_denied"), true),
        case(404, PLANTED, (404, "not_found"), true),
        case(409, PLANTED, (409, "conflict"), true),
        case(429, PLANTED, (429, "rate_limited"), true),
        case(429, sessions.clone(), (429, "concurrency_limit"), true),
        case(403, sessions, (429, "concurrency_limit"), true),
        case(401, PLANTED, (502, "authentication"), false),
        case(401, format!("API key required {PLANTED}"), (502, "api_key_required"), false),
        case(401, format!("Invalid API key {PLANTED}"), (502, "invalid_api_key"), false),
        case(401, format!("API key has been revoked {PLANTED}"), (502, "api_key_revoked"), false),
        case(401, format!("Token has expired {PLANTED}"), (502, "token_expired"), false),
        case(401, format!("Invalid token {PLANTED}"), (502, "invalid_token"), false),
        case(408, PLANTED, (504, "timeout"), false),
        case(500, PLANTED, (502, "server"), false),
        case(502, PLANTED, (502, "server"), false),
        case(503, PLANTED, (503, "service_unavailable"), false),
        case(201, PLANTED, (502, "rejected"), false),
        case(302, PLANTED, (502, "redirect"), false),
        Case { status: 200, body: json!([PLANTED]), told: (502, "invalid_response"), says: false },
    ];
    for Case { status, body, told, says } in cases {
        let bench = Bench::new().await;
        let shown = format!("{status} {body}");
        bench.upstream.answer(move |_| Answer::json(status, body.clone()));
        let answered = opens(&bench).await;
        assert_eq!((answered.status, answered.code()), told, "{shown}: {}", answered.body);
        assert_eq!(answered.body.to_string().contains(PLANTED), says, "{shown}: {}", answered.body);
        assert_eq!(bench.upstream.seen().len(), 1, "{shown}");
        bench.log_is_clean(&[]);
    }
}

#[tokio::test]
async fn suggestion_details_and_the_wait_are_passed_on() {
    let bench = Bench::new().await;
    let said = json!({ "code": "CONCURRENCY_LIMIT", "message": "Too many", "suggestion": "End one", "details": { "limit": 2 } });
    let answer = Answer::json(429, json!({ "success": false, "error": said }));
    bench.upstream.answer(move |_| Answer { headers: vec![("Retry-After".to_owned(), "7".to_owned())], ..answer.clone() });
    let answered = opens(&bench).await;
    answered.is(429, "concurrency_limit");
    let told = json!({ "code": "concurrency_limit", "message": "Too many", "suggestion": "End one", "details": { "limit": 2 } });
    assert_eq!((&answered.body["error"], answered.header("retry-after")), (&told, Some("7")));
}

#[tokio::test]
async fn an_api_that_is_away_says_for_how_long() {
    let bench = Bench::new().await;
    bench.upstream.answer(|_| Answer {
        headers: vec![("Retry-After".to_owned(), "11".to_owned())],
        ..Answer::json(503, json!({ "error": "Down" }))
    });
    let answered = bench.get("/v1/sessions/101", Some(&signed(&claims_with(json!({})), SECRET))).await;
    answered.is(503, "service_unavailable");
    assert_eq!(answered.header("retry-after"), Some("11"));
}

#[tokio::test]
async fn a_secret_that_was_planted_in_the_apis_text_stays_behind() {
    let bench = Bench::new().await;
    let other_key = "ah_live_An0therKeyAn0therKeyAn0therKeyAn9";
    let jwt = signed(&json!({ "sub": "1" }), SECRET);
    let texts = format!("{KEY} {other_key} {jwt} https://ada:pass-word@example.com");
    for status in [400, 402, 403, 404, 409, 429, 401, 500, 503, 200, 302] {
        let error =
            json!({ "message": texts, "suggestion": texts, "details": { "deep": [{ "er": texts }], (texts.clone()): 1 } });
        bench.upstream.answer(move |_| Answer::json(status, json!({ "success": false, "error": error.clone() })));
        let answered = opens(&bench).await;
        assert!(answered.status >= 400);
        for secret in [KEY, other_key, &jwt, "pass-word"] {
            assert!(!answered.body.to_string().contains(secret), "{status}: {}", answered.body);
        }
    }
    bench.log_is_clean(&[other_key, &jwt, "pass-word"]);
}

#[tokio::test]
async fn an_answer_that_is_cut_short_or_never_comes() {
    let bench = Bench::new().await;
    bench
        .upstream
        .answer(|_| Answer { cut: 20, ..Answer::json(201, json!({ "success": true, "session": { "session_id": 1 } })) });
    opens(&bench).await.is(502, "invalid_response");
    bench.upstream.answer(|_| Answer { hang_up: true, ..Answer::default() });
    opens(&bench).await.is(502, "connection");
}

#[tokio::test]
async fn a_client_that_cannot_call_is_no_fault_of_the_phones() {
    use crate::support::{TestBackend, allow_all, options, read, request};
    use agenthuman::Client;
    let asks = || request(http::Method::POST, "/v1/sessions", None, Some(json!({})));
    let nobody = Client::builder().base_url("http://127.0.0.1:1").without_credentials().build().unwrap();
    let relay = agenthuman_relay::Relay::new(nobody, TestBackend::new(allow_all), options()).unwrap();
    read(relay.handle(asks()).await).await.is(502, "server");
    let closed = Client::builder().base_url("http://127.0.0.1:1").api_key(KEY).build().unwrap();
    let relay = agenthuman_relay::Relay::new(closed.clone(), TestBackend::new(allow_all), options()).unwrap();
    closed.close();
    read(relay.handle(asks()).await).await.is(502, "server");
}
