//! Requests for messages that wait for new ones.

use crate::support::{Answered, Bench, SECRET, allow_all, claims_with, options, request, signed};
use agenthuman_relay::Options;
use agenthuman_testing::canned::Answer;
use agenthuman_testing::relay::api;
use http::Method;
use serde_json::{Value, json};

const MESSAGES: &str = "/v1/sessions/101/messages";

/// Lists messages. `tag` is that of the page that the phone knows.
async fn list(bench: &Bench, prefer: &str, tag: Option<&str>) -> Answered {
    let grant = signed(&claims_with(json!({})), SECRET);
    let mut list = request(Method::GET, MESSAGES, Some(&grant), None);
    list.headers_mut().insert("prefer", prefer.parse().unwrap());
    if let Some(tag) = tag {
        list.headers_mut().insert("x-agenthuman-page", tag.parse().unwrap());
    }
    bench.send(list).await
}

/// A relay over an API that has another message after `looks` looks at its list.
async fn bench(options: Options, looks: usize) -> Bench {
    let bench = Bench::with(Options { requests_per_minute: 0, ..options }, allow_all).await;
    let mut seen = 0;
    bench.upstream.answer(move |request| {
        if (request.method.as_str(), request.path.as_str()) != ("GET", MESSAGES) {
            return api(request);
        }
        seen += 1;
        let message = |id: usize, role: &str| json!({ "message_id": id, "session_id": 101, "role": role, "content": "Hi", "created_at": "2030-03-17T17:46:41Z" });
        // The hint changes at each look, and is not for the phone.
        let mut messages = vec![message(1, "user"), message(1 + seen, "system")];
        if seen > looks {
            messages.push(message(1000, "assistant"));
        }
        Answer::json(200, json!({ "success": true, "messages": messages, "next": null }))
    });
    bench
}

fn ids(answered: &Answered) -> Vec<&str> {
    answered.ok(200)["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_knows_the_page_waits_for_another() {
    let bench = bench(options(), 3).await;
    let first = list(&bench, "wait=20", None).await;
    assert_eq!(ids(&first), ["1"]);
    let tag = first.header("x-agenthuman-page");
    let second = list(&bench, "respond-async, wait=20", tag).await;
    assert_eq!((ids(&second), bench.upstream.seen().len()), (vec!["1", "1000"], 4));
    assert_ne!(second.header("x-agenthuman-page"), tag);
    // Nothing more comes, and the wait has a limit.
    let third = list(&bench, "wait=5", second.header("x-agenthuman-page")).await;
    assert_eq!((ids(&third), third.header("x-agenthuman-page")), (ids(&second), second.header("x-agenthuman-page")));
    let looks = bench.upstream.seen().len();
    assert!((5..=9).contains(&looks), "{looks}");
    bench.log_is_clean(&[]);
}

#[tokio::test]
async fn whoever_need_not_wait_is_answered_at_once() {
    let patient = bench(options(), usize::MAX).await;
    let tag = list(&patient, "wait=0", None).await.header("x-agenthuman-page").map(str::to_owned);
    for (prefer, tag) in [("wait=0", tag.as_deref()), ("wait=soon", tag.as_deref()), ("wait=300", None), ("wait=300", Some("x"))]
    {
        let before = patient.upstream.seen().len();
        assert_eq!(ids(&list(&patient, prefer, tag).await), ["1"]);
        assert_eq!(patient.upstream.seen().len(), before + 1, "{prefer} {tag:?}");
    }
    let hasty = bench(Options { wait_seconds: 0, ..options() }, usize::MAX).await;
    assert_eq!(ids(&list(&hasty, "wait=300", tag.as_deref()).await), ["1"]);
    assert_eq!(hasty.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_list_is_answered_at_once() {
    let bench = bench(options(), usize::MAX).await;
    bench.upstream.answer(|_| Answer::json(404, json!({ "success": false, "error": "Not found" })));
    let refused = list(&bench, "wait=300", Some("x")).await;
    refused.is(404, "not_found");
    assert_eq!(refused.body["error"].get("details"), None::<&Value>);
}
