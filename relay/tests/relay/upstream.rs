//! Errors of the API, as a phone sees them: the same kinds, and no text but about what the phone itself sent.

use crate::support::{Bench, KEY, PLANTED, SECRET, allow_all, claims_with, options, request, signed};
use agenthuman_relay::Options;
use agenthuman_testing::canned::Answer;
use http::Method;
use serde_json::{Value, json};

/// What the API answers, and what the phone gets.
struct Case {
    status: u16,
    body: Value,
    gets: (u16, &'static str),
}

fn case(status: u16, error: impl Into<Value>, gets: (u16, &'static str)) -> Case {
    Case { status, body: json!({ "success": false, "error": error.into() }), gets }
}

/// An error with private data wherever it can be.
fn planted(code: Option<&str>) -> Value {
    json!({
        "code": code, "message": PLANTED, "suggestion": PLANTED,
        "details": { "metadata": { "plan": PLANTED }, (PLANTED): 1 },
    })
}

fn cases() -> Vec<Case> {
    let minutes = || planted(Some("INSUFFICIENT_MINUTES"));
    let sessions = || planted(Some("CONCURRENCY_LIMIT"));
    let or_text = |status, gets| [case(status, planted(None), gets), case(status, PLANTED, gets)];
    let mut cases = vec![
        case(402, minutes(), (402, "payment_required")),
        case(403, minutes(), (402, "payment_required")),
        case(429, sessions(), (429, "concurrency_limit")),
        case(403, sessions(), (429, "concurrency_limit")),
        case(401, format!("API key required {PLANTED}"), (502, "api_key_required")),
        case(401, format!("Invalid API key {PLANTED}"), (502, "invalid_api_key")),
        case(401, format!("API key has been revoked {PLANTED}"), (502, "api_key_revoked")),
        case(401, format!("Token has expired {PLANTED}"), (502, "token_expired")),
        case(401, format!("Invalid token {PLANTED}"), (502, "invalid_token")),
        case(201, PLANTED, (502, "rejected")),
        case(200, planted(None), (502, "rejected")),
        case(302, PLANTED, (502, "redirect")),
        Case { status: 200, body: json!([PLANTED]), gets: (502, "invalid_response") },
    ];
    for (status, gets) in [
        (400, (400, "bad_request")),
        (405, (400, "bad_request")),
        (413, (400, "bad_request")),
        (415, (400, "bad_request")),
        (418, (400, "bad_request")),
        (422, (400, "bad_request")),
        (402, (402, "payment_required")),
        (403, (403, "permission_denied")),
        (404, (404, "not_found")),
        (409, (409, "conflict")),
        (429, (429, "rate_limited")),
        (401, (502, "authentication")),
        (408, (504, "timeout")),
        (500, (502, "server")),
        (502, (502, "server")),
        (503, (503, "service_unavailable")),
    ] {
        cases.extend(or_text(status, gets));
    }
    cases
}

/// Every operation of the relay, and what its phone sends.
fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::POST, "/v1/sessions", Some(json!({}))),
        (Method::GET, "/v1/sessions/101", None),
        (Method::PUT, "/v1/sessions/101/end", None),
        (Method::POST, "/v1/sessions/101/grant", None),
        (Method::POST, "/v1/sessions/101/messages", Some(json!({ "content": "Hello" }))),
        (Method::GET, "/v1/sessions/101/messages", None),
        (Method::GET, "/v1/avatars", None),
        (Method::GET, "/v1/voices", None),
        (Method::GET, "/v1/agents", None),
    ]
}

#[tokio::test]
async fn every_kind_of_error_of_every_operation() {
    let good = signed(&claims_with(json!({})), SECRET);
    let options = || Options { open_sessions_per_user: 0, requests_per_minute: 0, ..options() };
    for (method, path, body) in operations() {
        let is_list = ["/v1/avatars", "/v1/voices", "/v1/agents"].contains(&path);
        let sends_text = path.ends_with("/messages") && method == Method::POST;
        for Case { status, body: answer, gets } in cases() {
            // The outcome of a list is kept for a moment.
            let bench = Bench::with(options(), allow_all).await;
            let named = format!("{method} {path}: {status} {answer}");
            if status == 200 && (answer.is_array() && is_list) {
                continue;
            }
            bench.upstream.answer(move |_| Answer::json(status, answer.clone()));
            let grant = Some(good.as_str()).filter(|_| path.contains("101"));
            let answered = bench.send(request(method.clone(), path, grant, body.clone())).await;
            // A list takes nothing from the phone, so that it is never the phone's fault.
            let expected = if is_list && (400..410).contains(&gets.0) { (502, gets.1) } else { gets };
            let got = if answered.code() == "bad_request" && [405, 413, 415].contains(&answered.status) {
                400
            } else {
                answered.status
            };
            assert_eq!((got, answered.code()), expected, "{named}: {}", answered.body);
            let is_passed_on = sends_text && gets.1 == "bad_request";
            assert_eq!(answered.body.to_string().contains(PLANTED), is_passed_on, "{named}: {}", answered.body);
            if !is_passed_on {
                let doc = agenthuman::Kind::of_code(gets.1).unwrap().entry().doc;
                let mut error = json!({ "code": gets.1, "message": doc });
                // Only a create can have happened without the phone's knowing.
                if let Some(unknown) = answered.body["error"].get("outcome_unknown") {
                    assert_eq!((&method, unknown), (&Method::POST, &Value::Bool(true)), "{named}");
                    error["outcome_unknown"] = true.into();
                }
                assert_eq!(answered.body["error"], error, "{named}");
            }
            assert_eq!(bench.upstream.seen().len(), 1, "{named}");
            bench.log_is_clean(&[]);
        }
    }
}

#[tokio::test]
async fn what_the_api_says_of_a_phones_own_message_is_passed_on() {
    let bench = Bench::new().await;
    let said = json!({ "code": "TOO_LONG", "message": "Too long", "suggestion": "Say less", "details": { "limit": 2 } });
    let answer = Answer::json(422, json!({ "success": false, "error": said }));
    bench.upstream.answer(move |_| answer.clone());
    let good = signed(&claims_with(json!({})), SECRET);
    let answered = bench.post("/v1/sessions/101/messages", Some(&good), json!({ "content": "Hello" })).await;
    let told = json!({ "code": "bad_request", "message": "Too long", "suggestion": "Say less", "details": { "limit": 2 } });
    assert_eq!((answered.status, &answered.body["error"]), (400, &told));
}

#[tokio::test]
async fn the_wait_for_the_backends_own_limit_is_passed_on() {
    let bench = Bench::new().await;
    let answer = Answer::json(429, json!({ "success": false, "error": "Too many requests" }));
    let used_up =
        [("Retry-After", "47"), ("X-RateLimit-Remaining", "0")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    bench.upstream.answer(move |_| Answer { headers: used_up.to_vec(), ..answer.clone() });
    let good = signed(&claims_with(json!({})), SECRET);
    // The second is not sent: the client knows that the limit is used up.
    for _ in 0..2 {
        let answered = bench.get("/v1/sessions/101", Some(&good)).await;
        answered.is(429, "rate_limited");
        let wait: u32 = answered.header("retry-after").unwrap().parse().unwrap();
        assert!((40..=47).contains(&wait), "{wait}");
    }
    assert_eq!(bench.upstream.seen().len(), 1);
}

async fn opens(bench: &Bench) -> crate::support::Answered {
    bench.post("/v1/sessions", None, json!({})).await
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
    use crate::support::{TestBackend, read};
    use agenthuman::Client;
    let questions = || request(http::Method::POST, "/v1/sessions", None, Some(json!({})));
    let nobody = Client::builder().base_url("http://127.0.0.1:1").without_credentials().build().unwrap();
    let relay = agenthuman_relay::Relay::new(nobody, TestBackend::new(allow_all), options()).unwrap();
    read(relay.handle(questions()).await).await.is(502, "server");
    let closed = Client::builder().base_url("http://127.0.0.1:1").api_key(KEY).build().unwrap();
    let relay = agenthuman_relay::Relay::new(closed.clone(), TestBackend::new(allow_all), options()).unwrap();
    closed.close();
    read(relay.handle(questions()).await).await.is(502, "server");
}
