//! How many sessions a user may have open, and sessions that were opened for a phone that is gone.

use crate::support::{ALICE, BOB, Bench, SECRET, allow_all, api, app_request, options, request, token};
use agenthuman::host::HostClient;
use agenthuman_relay::host::{HostRelay, Question, Step};
use agenthuman_relay::{Decision, Options, PolicyRequest};
use agenthuman_testing::canned::{Answer, Canned, Request as Seen};
use http::{HeaderValue, Method};
use http_body_util::Full;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// Sessions with ids of their own.
fn sessions() -> impl FnMut(&Seen) -> Answer + Send + 'static {
    let mut last = 100;
    move |seen| {
        let path = seen.target.clone();
        if seen.method == "POST" && path == "/v1/sessions" {
            last += 1;
            return Answer::json(201, json!({ "success": true, "session": agenthuman_testing::made_up::session(last) }));
        }
        match path.strip_prefix("/v1/sessions/").and_then(|rest| rest.split('/').next()?.parse::<i64>().ok()) {
            Some(id) => {
                let mut session = agenthuman_testing::made_up::session(id);
                session["status"] = if path.ends_with("/end") { "completed" } else { "active" }.into();
                Answer::json(200, json!({ "success": true, "session": session }))
            }
            None => api(seen),
        }
    }
}

async fn bench(limit: u32) -> Bench {
    let options = Options { open_sessions_per_user: limit, requests_per_minute: 0, ..options() };
    let bench = Bench::with(options, allow_all).await;
    bench.upstream.answer(sessions());
    bench
}

async fn open(bench: &Bench, user: &str) -> crate::support::Answered {
    let mut request = request(Method::POST, "/v1/sessions", None, Some(json!({})));
    request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {}", token(user))).unwrap());
    bench.send(request).await
}

fn calls(upstream: &Canned, method: &str) -> Vec<String> {
    upstream.seen().into_iter().filter(|seen| seen.method == method).map(|seen| seen.target).collect()
}

/// Until the API has had that request.
async fn has_had(upstream: &Canned, method: &str, path: &str) {
    for _ in 0..2000 {
        if calls(upstream, method).iter().any(|had| had == path) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{method} {path} did not come: {:?}", upstream.seen());
}

#[tokio::test]
async fn of_many_at_once_only_so_many_are_opened() {
    let bench = bench(3).await;
    let all = futures_util::future::join_all((0..120).map(|_| open(&bench, ALICE))).await;
    let (opened, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(|answered| answered.status == 201);
    assert_eq!((opened.len(), refused.len(), calls(&bench.upstream, "POST").len()), (3, 117, 3));
    for answered in refused {
        answered.is(429, "concurrency_limit");
        assert!(answered.body["error"]["message"].as_str().unwrap().contains("3 open sessions"), "{}", answered.body);
        assert!(answered.header("retry-after").is_some());
    }
    open(&bench, BOB).await.ok(201);
}

#[tokio::test]
async fn a_session_that_ends_gives_up_its_place() {
    let bench = bench(1).await;
    let opened = open(&bench, ALICE).await;
    let (id, grant) = (opened.body["session"]["id"].as_str().unwrap(), opened.body["grant"].as_str().unwrap());
    open(&bench, ALICE).await.is(429, "concurrency_limit");
    bench.put(&format!("/v1/sessions/{id}/end"), Some(grant)).await.ok(200);
    let opened = open(&bench, ALICE).await;
    let id = opened.ok(201)["session"]["id"].as_str().unwrap().to_owned();
    // It has ended elsewhere: the next request about it shows that.
    let grant = opened.body["grant"].as_str().unwrap();
    bench.upstream.answer(|_| Answer::json(409, json!({ "success": false, "error": "Session is completed" })));
    bench.post(&format!("/v1/sessions/{id}/messages"), Some(grant), json!({ "content": "Hello" })).await.is(409, "conflict");
    bench.upstream.answer(sessions());
    open(&bench, ALICE).await.ok(201);
}

#[tokio::test]
async fn a_session_that_could_not_be_opened_takes_no_place() {
    let bench = bench(1).await;
    bench.upstream.answer(|_| Answer::json(503, json!({ "success": false, "error": "Down" })));
    open(&bench, ALICE).await.is(503, "service_unavailable");
    bench.upstream.answer(sessions());
    open(&bench, ALICE).await.ok(201);
    open(&bench, ALICE).await.is(429, "concurrency_limit");
}

#[tokio::test]
async fn a_session_whose_grant_has_expired_is_ended_to_open_another() {
    let bench = bench(1).await;
    let opened = open(&bench, ALICE).await;
    let (id, grant) = (opened.body["session"]["id"].as_str().unwrap(), opened.body["grant"].as_str().unwrap());
    bench.time.pass(600);
    bench.post(&format!("/v1/sessions/{id}/grant"), Some(grant), json!({})).await.ok(200);
    bench.time.pass(600);
    let refused = open(&bench, ALICE).await;
    refused.is(429, "concurrency_limit");
    assert_eq!(refused.header("retry-after"), Some("300"));
    bench.time.pass(300);
    open(&bench, ALICE).await.ok(201);
    assert_eq!(calls(&bench.upstream, "PUT"), [format!("/v1/sessions/{id}/end")]);
}

#[tokio::test]
async fn the_policy_knows_how_many_are_open() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let options = Options { open_sessions_per_user: 0, ..options() };
    let bench = Bench::with(options, move |user, request| {
        if let PolicyRequest::OpenSession { open_sessions, .. } = &request {
            told.lock().unwrap().push(*open_sessions);
            if *open_sessions == 4 {
                return Ok(Decision::Refuse(None));
            }
        }
        allow_all(user, request)
    })
    .await;
    bench.upstream.answer(sessions());
    for _ in 0..6 {
        open(&bench, ALICE).await;
    }
    open(&bench, BOB).await.ok(201);
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 3, 4, 4, 0]);
}

#[tokio::test]
async fn a_session_for_a_phone_that_hangs_up_meanwhile_is_ended() {
    let bench = bench(1).await;
    let after = Arc::new(Notify::new());
    let (released, mut answering) = (after.clone(), sessions());
    bench.upstream.answer(move |seen| {
        let is_open = seen.method == "POST";
        Answer { after: is_open.then(|| after.clone()), ..answering(seen) }
    });
    let relay = bench.relay.clone();
    let phone = tokio::spawn(async move {
        let request = app_request(Method::POST, "/v1/sessions", None).body(Full::from("{}")).unwrap();
        drop(relay.handle(request).await);
    });
    bench.upstream.has_hanging(1).await;
    phone.abort();
    assert!(phone.await.unwrap_err().is_cancelled());
    // The place is taken for as long as the API may have opened the session.
    open(&bench, ALICE).await.is(429, "concurrency_limit");
    released.notify_one();
    has_had(&bench.upstream, "PUT", "/v1/sessions/101/end").await;
    bench.upstream.answer(sessions());
    for _ in 0..400 {
        if open(&bench, ALICE).await.status == 201 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the place is not free again");
}

#[tokio::test]
async fn a_session_whose_response_the_host_could_not_send_is_ended() {
    let upstream = Canned::on_this_runtime(sessions());
    let config = json!({ "base_url": upstream.url, "api_key": crate::support::KEY, "max_retries": 0 });
    let client = HostClient::new(&config.to_string()).unwrap();
    let options = json!({ "secrets": [SECRET], "open_sessions_per_user": 1 });
    let relay = HostRelay::new(client, None, &options.to_string()).unwrap();
    let headers = || {
        vec![
            ("authorization".to_owned(), format!("Bearer {}", token(ALICE))),
            ("content-type".to_owned(), "application/json".to_owned()),
        ]
    };
    for _ in 0..2 {
        let mut body = vec![bytes::Bytes::new(), "{}".into()];
        let mut exchange = relay.handle("POST", "/v1/sessions", headers());
        let response = loop {
            match exchange.step().await {
                Step::Question(Question::Authorize { answer: ask }) => ask.supply(Some(ALICE.to_owned())),
                Step::Question(Question::Chunk { answer: ask }) => ask.supply(body.pop().unwrap()),
                Step::Question(Question::Policy { answer, .. }) => answer.supply(json!({ "agent_id": "7" }).to_string()),
                Step::Question(Question::OnOpen { answer, .. }) => answer.supply(()),
                Step::Question(Question::Credential { answer: _, .. }) => panic!("the key is known"),
                Step::Done(response) => break response,
            }
        };
        if response.status == 429 {
            // The one before is not ended yet.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
        assert_eq!(response.status, 201);
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        let path = format!("/v1/sessions/{}/end", body["session"]["id"].as_str().unwrap());
        response.opened.unwrap().undelivered();
        has_had(&upstream, "PUT", &path).await;
    }
}

#[tokio::test]
async fn a_session_without_an_id_that_can_be_used_is_no_session() {
    let bench = Bench::new().await;
    for id in [json!("a/b"), json!("../101"), json!("x".repeat(65)), json!("")] {
        let mut session = agenthuman_testing::made_up::session(1);
        session["session_id"] = id;
        bench.upstream.answer(move |_| Answer::json(201, json!({ "success": true, "session": session })));
        open(&bench, ALICE).await.is(502, "invalid_response");
    }
}

#[tokio::test(start_paused = true)]
async fn functions_that_do_not_return_have_a_time_limit() {
    struct Hanging(bool);
    impl agenthuman_relay::Backend for Hanging {
        async fn authorize(&self, _: &agenthuman_relay::PhoneRequest) -> Result<Option<String>, agenthuman_relay::BoxError> {
            if self.0 { Ok(Some(ALICE.to_owned())) } else { std::future::pending().await }
        }
        async fn policy(&self, _: &str, _: PolicyRequest) -> Result<Decision, agenthuman_relay::BoxError> {
            std::future::pending().await
        }
    }
    let log = crate::support::Log::new();
    for (is_known, function) in [(false, "authorize"), (true, "policy")] {
        let client = agenthuman::Client::builder().base_url("http://127.0.0.1:1").api_key(crate::support::KEY).build().unwrap();
        let options = Options { function_timeout: Duration::from_secs(3), ..options() };
        let relay = agenthuman_relay::Relay::new(client, Hanging(is_known), options).unwrap();
        let began = tokio::time::Instant::now();
        let answered =
            crate::support::read(relay.handle(request(Method::POST, "/v1/sessions", None, Some(json!({})))).await).await;
        answered.is(503, "service_unavailable");
        assert_eq!((answered.header("retry-after"), began.elapsed().as_secs()), (Some("5"), 3));
        assert!(log.text().contains(&format!("{function} did not return within 3 s")), "{}", log.text());
        // The place for the session is free again.
        let answered =
            crate::support::read(relay.handle(request(Method::POST, "/v1/sessions", None, Some(json!({})))).await).await;
        answered.is(503, "service_unavailable");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hosts_functions_have_the_same_limit() {
    let config = json!({ "base_url": "http://127.0.0.1:1", "api_key": { "function": true }, "max_retries": 0, "timeout": 60 });
    let client = HostClient::new(&config.to_string()).unwrap();
    let options = json!({ "secrets": [SECRET], "function_timeout": 2.5, "requests_per_minute": 0 });
    let relay = HostRelay::new(client, None, &options.to_string()).unwrap();
    for hung in ["authorize", "policy", "credential"] {
        let headers = vec![("authorization".to_owned(), "Bearer a".to_owned())];
        let mut exchange = relay.handle("GET", if hung == "policy" { "/v1/agents" } else { "/v1/avatars" }, headers);
        let mut held = Vec::<Box<dyn std::any::Any>>::new();
        let began = tokio::time::Instant::now();
        let response = loop {
            match exchange.step().await {
                Step::Question(Question::Authorize { answer: ask }) if hung == "authorize" => held.push(Box::new(ask)),
                Step::Question(Question::Authorize { answer: ask }) => ask.supply(Some(ALICE.to_owned())),
                Step::Question(Question::Credential { answer: ask, .. }) => held.push(Box::new(ask)),
                Step::Done(response) => break response,
                _ => panic!("another step"),
            }
        };
        assert_eq!((response.status, began.elapsed().as_millis() / 100), (503, 25), "{hung}");
        let cause = response.cause.unwrap();
        let name = if hung == "authorize" { "authorize" } else { "the credential function" };
        assert_eq!(cause, format!("{name} did not return within 2.5 s"));
        assert!(response.headers.iter().any(|(name, value)| name == "retry-after" && value == "5"));
        tokio::time::advance(Duration::from_secs(2)).await;
    }
}
