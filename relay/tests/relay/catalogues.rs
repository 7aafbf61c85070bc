//! Lists that are the same for every user: fetched once for all who wait, and kept for some seconds.

use crate::support::{ALICE, BOB, Bench, allow_all, options, request, token};
use agenthuman_relay::{Decision, Options, PolicyRequest};
use agenthuman_testing::canned::Answer;
use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use std::time::Duration;

fn by(user: &str, path: &str) -> Request<Full<bytes::Bytes>> {
    let mut request = request(Method::GET, path, None, None);
    request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {}", token(user))).unwrap());
    request
}

fn unlimited() -> Options {
    Options { requests_per_minute: 0, ..options() }
}

#[tokio::test]
async fn one_user_does_not_use_up_the_backends_limit() {
    let bench = Bench::with(options(), allow_all).await;
    let mut served = 0;
    for _ in 0..60 {
        let answered = bench.send(by(ALICE, "/v1/avatars")).await;
        if answered.status == 200 {
            served += 1;
        } else {
            answered.is(429, "rate_limited");
            assert!(answered.header("retry-after").is_some());
        }
    }
    assert_eq!(served, 30);
    bench.send(by(BOB, "/v1/avatars")).await.ok(200);
    assert_eq!(bench.upstream.seen().len(), 1);
}

#[tokio::test]
async fn all_who_wait_share_one_fetch_and_its_failure() {
    let bench = Bench::with(unlimited(), allow_all).await;
    let all = |path: &'static str| futures_util::future::join_all((0..100).map(|_| bench.send(by(ALICE, path))));
    for (number, path) in ["/v1/avatars", "/v1/voices", "/v1/agents"].into_iter().enumerate() {
        for answered in all(path).await {
            answered.ok(200);
        }
        assert_eq!(bench.upstream.seen().len(), number + 1);
    }
    let failing = Bench::with(unlimited(), allow_all).await;
    failing.upstream.answer(|_| Answer::json(500, json!({ "success": false, "error": "Down" })));
    let failed = futures_util::future::join_all((0..100).map(|_| failing.send(by(ALICE, "/v1/avatars")))).await;
    for answered in failed {
        answered.is(502, "server");
    }
    assert_eq!(failing.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_list_is_kept_for_seconds_and_a_failure_for_one() {
    let bench = Bench::with(unlimited(), allow_all).await;
    bench.upstream.answer(|_| Answer::json(500, json!({ "success": false, "error": "Down" })));
    bench.send(by(ALICE, "/v1/avatars")).await.is(502, "server");
    bench.upstream.answer(crate::support::api);
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(1001)).await;
    tokio::time::resume();
    bench.send(by(ALICE, "/v1/avatars")).await.ok(200);
    bench.send(by(BOB, "/v1/avatars")).await.ok(200);
    assert_eq!(bench.upstream.seen().len(), 2);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11)).await;
    tokio::time::resume();
    bench.send(by(BOB, "/v1/avatars")).await.ok(200);
    assert_eq!(bench.upstream.seen().len(), 3);
}

#[tokio::test]
async fn one_that_hangs_up_does_not_take_the_others_with_it() {
    let bench = Bench::with(unlimited(), allow_all).await;
    bench.upstream.answer(|_| Answer { hang: true, ..Answer::default() });
    let relay = bench.relay.clone();
    let first = tokio::spawn(async move { drop(relay.handle(by(ALICE, "/v1/avatars")).await) });
    bench.upstream.has_hanging(1).await;
    bench.upstream.answer(crate::support::api);
    let relay = bench.relay.clone();
    let second = tokio::spawn(async move { relay.handle(by(BOB, "/v1/avatars")).await.status() });
    tokio::task::yield_now().await;
    first.abort();
    assert_eq!(second.await.unwrap(), 200);
}

#[tokio::test]
async fn a_policy_still_decides_for_each_user_and_sees_all_agents() {
    let bench = Bench::with(unlimited(), |user, request| {
        let PolicyRequest::ListAgents { agents } = request else { panic!("another request") };
        assert_eq!(agents.len(), 2);
        if user == BOB { Ok(Decision::Refuse(None)) } else { Ok(Decision::Show(vec!["8".into()])) }
    })
    .await;
    let ids =
        |answered: &Value| answered["agents"].as_array().unwrap().iter().map(|agent| agent["id"].clone()).collect::<Value>();
    for _ in 0..2 {
        assert_eq!(ids(bench.send(by(ALICE, "/v1/agents")).await.ok(200)), json!(["8"]));
        bench.send(by(BOB, "/v1/agents")).await.is(403, "policy_refused");
    }
    assert_eq!(bench.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_list_without_an_end_is_not_walked_for_ever() {
    let bench = Bench::with(unlimited(), allow_all).await;
    let mut number = 0;
    bench.upstream.answer(move |_| {
        number += 1;
        let agents: Vec<_> = (0..1000).map(|item| agenthuman_testing::made_up::agent(number * 1000 + item, "Support")).collect();
        Answer::json(200, json!({ "success": true, "agents": agents, "next": number.to_string() }))
    });
    bench.send(by(ALICE, "/v1/agents")).await.is(502, "invalid_response");
    assert_eq!(bench.upstream.seen().len(), 11);
}
