//! Messages that a phone sends again, and which the API must get once.

use crate::support::{Answered, Bench, SECRET, allow_all, claims_with, options, request, signed};
use agenthuman_relay::Options;
use agenthuman_testing::canned::{Answer, Request};
use agenthuman_testing::relay::api;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

const MESSAGES: &str = "/v1/sessions/101/messages";

fn grant() -> String {
    signed(&claims_with(json!({})), SECRET)
}

fn hello(id: &str) -> Value {
    json!({ "content": "Hello", "id": id })
}

/// Sends the message with that id again.
async fn again(bench: &Bench, id: &str, after: &str) -> Answered {
    let mut repeat = request(Method::POST, MESSAGES, Some(&grant()), Some(hello(id)));
    repeat.headers_mut().insert("x-agenthuman-repeat-after", after.parse().unwrap());
    bench.send(repeat).await
}

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.path == MESSAGES
}

/// A relay whose API answers the sending of a message so, and lists these messages.
async fn bench(answer: Answer, history: Value) -> Bench {
    let bench = Bench::with(Options { requests_per_minute: 0, ..options() }, allow_all).await;
    change(&bench, answer, history);
    bench
}

fn change(bench: &Bench, answer: Answer, history: Value) {
    bench.upstream.answer(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("POST", MESSAGES) => answer.clone(),
        ("GET", MESSAGES) => {
            let after: i64 = request.query.get("after").map_or(0, |after| after.parse().unwrap());
            let messages = history.as_array().unwrap().iter();
            let messages: Vec<_> = messages.filter(|message| message["message_id"].as_i64().unwrap() > after).cloned().collect();
            Answer::json(200, json!({ "success": true, "messages": messages, "next": null }))
        }
        _ => api(request),
    });
}

fn message(id: i64, role: &str, content: &str) -> Value {
    json!({ "message_id": id, "session_id": 101, "role": role, "content": content, "created_at": "2030-03-17T17:46:41Z" })
}

fn stored(id: i64) -> Answer {
    let body = json!({ "success": true, "message": message(id, "user", "Hello"), "reply": message(id + 1, "assistant", "Hi") });
    Answer::json(201, body)
}

fn sent(bench: &Bench) -> usize {
    bench.upstream.seen().iter().filter(|request| is_create(request)).count()
}

fn looked(bench: &Bench) -> Vec<String> {
    let seen = bench.upstream.seen();
    seen.iter().filter(|request| request.method == "GET").map(|request| request.target.clone()).collect()
}

#[tokio::test]
async fn a_repeat_has_the_response_of_the_first() {
    let bench = bench(stored(5), json!([])).await;
    let grant = grant();
    let first = bench.post(MESSAGES, Some(&grant), hello("a")).await;
    for repeat in
        [bench.post(MESSAGES, Some(&grant), hello("a")).await, again(&bench, "a", "").await, again(&bench, "a", "3").await]
    {
        assert_eq!(repeat.ok(201), first.ok(201));
    }
    assert_eq!((sent(&bench), looked(&bench).len()), (1, 0));
    bench.post(MESSAGES, Some(&grant), hello("b")).await.ok(201);
    let other = signed(&claims_with(json!({ "sid": "102" })), SECRET);
    bench.post("/v1/sessions/102/messages", Some(&other), hello("a")).await.is(404, "not_found");
    bench.post(MESSAGES, Some(&grant), json!({ "content": "Hello" })).await.ok(201);
    assert_eq!(sent(&bench), 3);
    assert_eq!(bench.upstream.seen()[0].json(), json!({ "content": "Hello", "role": "user" }));
    bench.log_is_clean(&[&grant, "Hello"]);
}

#[tokio::test]
async fn a_repeat_waits_for_the_first_also_if_its_phone_is_gone() {
    let go = Arc::new(Notify::new());
    let bench = bench(Answer { after: Some(go.clone()), ..stored(5) }, json!([])).await;
    let grant = grant();
    let gone = {
        let (relay, request) = (bench.relay.clone(), request(Method::POST, MESSAGES, Some(&grant), Some(hello("a"))));
        tokio::spawn(async move { relay.handle(request).await })
    };
    bench.upstream.has_hanging(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let repeats = futures_util::future::join(bench.post(MESSAGES, Some(&grant), hello("a")), again(&bench, "a", ""));
    let release = async {
        // Both wait by then: nothing else is left to run.
        tokio::task::yield_now().await;
        go.notify_one();
    };
    let ((first, second), ()) = tokio::join!(repeats, release);
    for repeat in [first, second] {
        assert_eq!(repeat.ok(201)["message"]["id"], "5");
    }
    assert_eq!((sent(&bench), looked(&bench).len()), (1, 0));
}

#[tokio::test]
async fn a_repeat_after_an_unknown_outcome_is_looked_for_in_the_history() {
    let lost = Answer { hang_up: true, ..Answer::default() };
    let history = json!([message(5, "user", "Hello"), message(6, "system", "a hint"), message(7, "assistant", "Hi")]);
    let bench = bench(lost, history.clone()).await;
    let grant = grant();
    let failed = bench.post(MESSAGES, Some(&grant), hello("a")).await;
    assert_eq!(failed.body["error"]["outcome_unknown"], true);
    let repeat = bench.post(MESSAGES, Some(&grant), hello("a")).await;
    assert_eq!((&repeat.ok(201)["message"]["id"], &repeat.body["reply"]["id"]), (&json!("5"), &json!("7")));
    assert_eq!((sent(&bench), looked(&bench)), (1, vec![format!("{MESSAGES}?limit=200")]));

    // The next one with the same text is not taken for that one, and it is not in the history.
    let failed = bench.post(MESSAGES, Some(&grant), hello("b")).await;
    assert_eq!(failed.body["error"]["outcome_unknown"], true);
    change(&bench, stored(8), history);
    let repeat = again(&bench, "b", "").await;
    assert_eq!((&repeat.ok(201)["message"]["id"], sent(&bench)), (&json!("8"), 3));
    assert_eq!(bench.post(MESSAGES, Some(&grant), hello("b")).await.ok(201), repeat.ok(201));
    assert_eq!(sent(&bench), 3);
}

#[tokio::test]
async fn another_copy_looks_after_the_last_message_that_the_phone_knew() {
    let history = json!([message(1, "user", "Hello"), message(2, "assistant", "Hi"), message(3, "user", "Hello ")]);
    let bench = bench(stored(8), history).await;
    let repeat = again(&bench, "a", "2").await;
    assert_eq!((&repeat.ok(201)["message"]["id"], &repeat.body["reply"]), (&json!("3"), &Value::Null));
    assert_eq!((sent(&bench), looked(&bench)), (0, vec![format!("{MESSAGES}?after=2&limit=200")]));
    let repeat = again(&bench, "b", "3").await;
    assert_eq!((&repeat.ok(201)["message"]["id"], sent(&bench)), (&json!("8"), 1));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_leaves_the_outcome_unknown() {
    let bench = bench(stored(8), json!([])).await;

    bench.upstream.answer(|request| match request.method.as_str() {
        "GET" => Answer::json(503, json!({ "success": false, "error": "Down" })),
        _ => api(request),
    });
    let repeat = again(&bench, "a", "").await;
    repeat.is(503, "service_unavailable");
    assert_eq!(repeat.body["error"]["outcome_unknown"], true);
    // One that never ends, too.
    bench.upstream.answer(|request| match request.method.as_str() {
        "GET" => Answer::json(200, json!({ "success": true, "messages": [message(1, "user", "Bye")], "next": "1" })),
        _ => api(request),
    });
    let repeat = again(&bench, "a", "").await;
    repeat.is(409, "conflict");
    assert_eq!((&repeat.body["error"]["outcome_unknown"], sent(&bench)), (&json!(true), 0));
}

#[tokio::test]
async fn a_message_that_was_certainly_not_sent_is_sent_by_a_repeat() {
    let bench = bench(Answer::json(429, json!({ "success": false, "error": "Too many" })), json!([])).await;
    let grant = grant();
    bench.post(MESSAGES, Some(&grant), hello("a")).await.is(429, "rate_limited");
    change(&bench, stored(5), json!([]));
    bench.post(MESSAGES, Some(&grant), hello("a")).await.ok(201);
    assert_eq!((sent(&bench), looked(&bench).len()), (2, 0));
}

#[tokio::test]
async fn an_id_is_plain_and_of_one_text() {
    let bench = bench(stored(5), json!([])).await;
    let grant = grant();
    bench.post(MESSAGES, Some(&grant), hello("a")).await.ok(201);
    let other = bench.post(MESSAGES, Some(&grant), json!({ "content": "Bye", "id": "a" })).await;
    other.is(400, "bad_request");
    for id in [json!(""), json!("a b"), json!(7), json!("x".repeat(65))] {
        let malformed = json!({ "content": "Hello", "id": id });
        bench.post(MESSAGES, Some(&grant), malformed).await.is(400, "bad_request");
    }
    again(&bench, "b", &"x".repeat(65)).await.is(400, "bad_request");
    assert_eq!((sent(&bench), looked(&bench).len()), (1, 0));
}
