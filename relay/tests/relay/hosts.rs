//! The relay as hosts in other languages step through it.

use crate::support::{ALICE, KEY, Log, PLANTED, SECRET, api, contract, token};
use agenthuman::Secret;
use agenthuman::host::HostClient;
use agenthuman_relay::host::{Exchange, HostRelay, HostResponse, Question, Step};
use agenthuman_testing::canned::{Answer, Canned};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

/// A host: the pieces of its request's body, and what its functions answer.
struct Host {
    pieces: Vec<&'static str>,
    policy: Result<Value, &'static str>,
    user: Result<Option<&'static str>, &'static str>,
    /// What it was asked for, in order.
    asked: Vec<String>,
}

impl Host {
    fn new(pieces: &[&'static str]) -> Host {
        Host { pieces: pieces.to_vec(), policy: Ok(json!({ "agent_id": 7 })), user: Ok(Some(ALICE)), asked: Vec::new() }
    }

    async fn run(&mut self, mut exchange: Exchange) -> HostResponse {
        loop {
            match exchange.step().await {
                Step::Question(Question::Authorize { answer: ask }) => {
                    self.asked.push("authorize".to_owned());
                    match self.user {
                        Ok(user) => ask.supply(user.map(str::to_owned)),
                        Err(why) => ask.fail(why),
                    }
                }
                Step::Question(Question::Chunk { answer: ask }) => {
                    self.asked.push("chunk".to_owned());
                    if self.pieces.is_empty() {
                        ask.supply(Bytes::new());
                    } else {
                        ask.supply(Bytes::from(self.pieces.remove(0)));
                    }
                }
                Step::Question(Question::Policy { user, request, answer }) => {
                    self.asked.push(format!("policy {user} {request}"));
                    match &self.policy {
                        Ok(decision) => answer.supply(decision.to_string()),
                        Err(why) => answer.fail(*why),
                    }
                }
                Step::Question(Question::OnOpen { user, session, answer }) => {
                    self.asked.push(format!("on_open {user} {session}"));
                    answer.supply(());
                }
                Step::Question(Question::Credential { answer: request, .. }) => {
                    self.asked.push("credential".to_owned());
                    request.supply(Secret::new(KEY));
                }
                Step::Done(response) => return response,
            }
        }
    }
}

async fn relay() -> (HostRelay, Canned) {
    let upstream = Canned::on_this_runtime(api);
    let config = json!({ "base_url": upstream.url, "api_key": { "function": true }, "max_retries": 0 });
    let client = HostClient::new(&config.to_string()).unwrap();
    let options = json!({ "secrets": [SECRET], "max_request_bytes": 100, "requests_per_minute": 0 });
    (HostRelay::new(client, None, &options.to_string()).unwrap(), upstream)
}

fn headers(grant: Option<&str>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Authorization".to_owned(), format!("Bearer {}", token(ALICE))),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    headers.extend(grant.map(|grant| ("X-AgentHuman-Grant".to_owned(), grant.to_owned())));
    headers
}

fn body(response: &HostResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn checked(method: Method, path: &str, response: &HostResponse) {
    let mut headers = http::HeaderMap::new();
    for (name, value) in &response.headers {
        headers.append(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    let body = body(response);
    contract::check(&method, path, &crate::support::Answered { status: response.status, headers, body });
}

#[track_caller]
fn refused(response: &HostResponse, status: u16, code: &str) {
    assert_eq!((response.status, body(response)["error"]["code"].as_str()), (status, Some(code)));
}

#[tokio::test]
async fn a_host_is_asked_for_what_only_it_can_do() {
    let (relay, upstream) = relay().await;
    let mut host = Host::new(&["{\"agent_id\"", ":\"8\"}"]);
    let opened = host.run(relay.handle("POST", "/v1/sessions", headers(None))).await;
    checked(Method::POST, "/v1/sessions", &opened);
    assert_eq!((opened.status, &body(&opened)["session"]["id"]), (201, &json!("101")));
    let request = r#"{"operation":"sessions.create","agent_id":"8","session_type":null,"metadata":null,"open_sessions":0}"#;
    let session = json!({ "session_id": "101", "agent_id": "7", "session_type": "agent_chat", "status": "active", "metadata": { "note": PLANTED } });
    let functions = [
        "authorize",
        "chunk",
        "chunk",
        "chunk",
        &format!("policy {ALICE} {request}"),
        "credential",
        &format!("on_open {ALICE} {session}"),
    ];
    assert_eq!(host.asked, functions);
    assert!(upstream.seen()[0].headers["x-api-key"] == KEY);

    let grant = body(&opened)["grant"].as_str().unwrap().to_owned();
    let mut host = Host::new(&["{\"content\":\"Hello\"}"]);
    let sent = host.run(relay.handle("POST", "/v1/sessions/101/messages", headers(Some(&grant)))).await;
    checked(Method::POST, "/v1/sessions/101/messages", &sent);
    assert_eq!(sent.status, 201);
    let mut host = Host::new(&[]);
    let listed = host.run(relay.handle("GET", "/v1/sessions/101/messages?limit=5", headers(Some(&grant)))).await;
    assert_eq!((listed.status, host.asked.contains(&"chunk".to_owned())), (200, false));
    let named = |name: &str| listed.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    assert_eq!((named("content-type"), named("cache-control")), (Some("application/json"), Some("no-store")));
}

#[tokio::test]
async fn a_hosts_decisions_in_json() {
    let (relay, _upstream) = relay().await;
    for (decision, status, code) in [
        (json!(null), 403, "policy_refused"),
        (json!({ "refused": "Not today." }), 403, "policy_refused"),
        (json!({ "refused": null }), 403, "policy_refused"),
        (
            json!({ "agent_id": "7", "session_type": "agent_chat", "metadata": {}, "operations": ["sessions.get"], "grant_seconds": 60, "session_seconds": 60 }),
            201,
            "",
        ),
        (json!({}), 500, "server"),
        (json!({ "agent_id": null }), 500, "server"),
        (json!({ "agent_id": 7.5 }), 500, "server"),
        (json!({ "agent_id": "7", "sesion_type": "typo" }), 500, "server"),
        (json!({ "agents": ["7"] }), 500, "server"),
        (json!("yes"), 500, "server"),
        (json!(true), 500, "server"),
    ] {
        let mut host = Host { policy: Ok(decision.clone()), ..Host::new(&["{}"]) };
        let answered = host.run(relay.handle("POST", "/v1/sessions", headers(None))).await;
        checked(Method::POST, "/v1/sessions", &answered);
        assert_eq!((answered.status, body(&answered)["error"]["code"].as_str().unwrap_or("")), (status, code), "{decision}");
    }
    for (decision, status, code) in [
        (json!({ "sessions": ["101", 102] }), 200, ""),
        (json!({ "sessions": [] }), 200, ""),
        (json!(null), 403, "policy_refused"),
        (json!({ "refused": "Not today." }), 403, "policy_refused"),
        (json!({}), 500, "server"),
        (json!({ "agent_id": "7" }), 500, "server"),
        (json!({ "agents": ["7"] }), 500, "server"),
        (json!({ "sessions": [null] }), 500, "server"),
        (json!({ "sessions": "101" }), 500, "server"),
    ] {
        let mut host = Host { policy: Ok(decision.clone()), ..Host::new(&[]) };
        let answered = host.run(relay.handle("GET", "/v1/sessions", headers(None))).await;
        checked(Method::GET, "/v1/sessions", &answered);
        assert_eq!((answered.status, body(&answered)["error"]["code"].as_str().unwrap_or("")), (status, code), "{decision}");
    }
    for (decision, shown) in [
        (json!({ "agents": ["7", 8, "9"] }), json!(["7", "8"])),
        (json!({ "agents": [] }), json!([])),
        (json!({ "agents": null }), json!([])),
    ] {
        let mut host = Host { policy: Ok(decision), ..Host::new(&[]) };
        let answered = body(&host.run(relay.handle("GET", "/v1/agents", headers(None))).await);
        let ids: Vec<_> = answered["agents"].as_array().unwrap().iter().map(|agent| agent["id"].clone()).collect();
        assert_eq!(json!(ids), shown);
        assert!(
            host.asked.iter().any(|asked| asked.contains(r#""operation":"agents.list","agents":[{"id":"7""#)),
            "{:?}",
            host.asked
        );
    }
}

#[tokio::test]
async fn functions_of_a_host_that_fail() {
    let log = Log::new();
    let (relay, upstream) = relay().await;
    let planted = "raised ValueError";
    let mut host = Host { user: Err(planted), ..Host::new(&["{}"]) };
    refused(&host.run(relay.handle("POST", "/v1/sessions", headers(None))).await, 500, "server");
    let mut host = Host { policy: Err(planted), ..Host::new(&["{}"]) };
    refused(&host.run(relay.handle("POST", "/v1/sessions", headers(None))).await, 500, "server");
    let mut host = Host { user: Ok(None), ..Host::new(&["{}"]) };
    refused(&host.run(relay.handle("POST", "/v1/sessions", headers(None))).await, 401, "invalid_token");
    assert_eq!(upstream.seen().len(), 0);
    for function in ["authorize", "policy"] {
        assert!(log.text().contains(&format!("{function} failed: {planted}")), "{}", log.text());
    }

    // A question that is dropped, as when the host's loop goes away, fails what waits for it.
    let mut exchange = relay.handle("POST", "/v1/sessions", headers(None));
    let Step::Question(Question::Authorize { answer: ask }) = exchange.step().await else { panic!("another step") };
    drop(ask);
    let Step::Done(answered) = exchange.step().await else { panic!("another step") };
    refused(&answered, 500, "server");
    let Step::Done(again) = exchange.step().await else { panic!("another step") };
    refused(&again, 500, "server");
}

#[tokio::test]
async fn the_cap_holds_for_a_hosts_pieces() {
    let (relay, upstream) = relay().await;
    let mut host = Host::new(&["{\"agent_id\":\"1111111111111111111111111111111111111111\""; 40]);
    let answered = host.run(relay.handle("POST", "/v1/sessions", headers(None))).await;
    refused(&answered, 413, "bad_request");
    assert!(host.asked.len() < 6, "it goes on pulling after the cap: {:?}", host.asked);
    let mut exchange = relay.handle("POST", "/v1/sessions", headers(None));
    let Step::Question(Question::Authorize { answer: ask }) = exchange.step().await else { panic!("another step") };
    ask.supply(Some(ALICE.to_owned()));
    let Step::Question(Question::Chunk { answer: ask }) = exchange.step().await else { panic!("another step") };
    ask.fail("ClientDisconnect");
    let Step::Done(answered) = exchange.step().await else { panic!("another step") };
    refused(&answered, 400, "bad_request");
    assert_eq!(upstream.seen().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_hosts_body_that_never_comes_is_not_waited_for_for_ever() {
    let (relay, _upstream) = relay().await;
    let mut exchange = relay.handle("POST", "/v1/sessions", headers(None));
    let Step::Question(Question::Authorize { answer: ask }) = exchange.step().await else { panic!("another step") };
    ask.supply(Some(ALICE.to_owned()));
    let Step::Question(Question::Chunk { answer: _never_answered }) = exchange.step().await else { panic!("another step") };
    let Step::Done(answered) = exchange.step().await else { panic!("another step") };
    refused(&answered, 408, "timeout");
}

#[tokio::test]
async fn requests_that_are_none() {
    let (relay, upstream) = relay().await;
    let mut odd = headers(None);
    odd.push(("bad header".to_owned(), "x".to_owned()));
    let mut split = headers(None);
    split.push(("x-extra".to_owned(), "a\r\nx-api-key: b".to_owned()));
    for (method, path, headers, status, code) in [
        ("POST", "/v1/sessions", odd, 400, "bad_request"),
        ("POST", "/v1/sessions", split, 400, "bad_request"),
        ("PO ST", "/v1/sessions", headers(None), 405, "bad_request"),
        ("GET", "", headers(None), 404, "not_found"),
        ("GET", "v1/agents", headers(None), 404, "not_found"),
        ("GET", "http://elsewhere/v1/agents", headers(None), 404, "not_found"),
        ("GET", "/v1/agents#x", headers(None), 404, "not_found"),
        ("GET", "/v1/sessions/101\\..", headers(None), 404, "not_found"),
        ("GET", "/v1/agents x", headers(None), 404, "not_found"),
        ("GET", "/v1/agénts", headers(None), 404, "not_found"),
        ("GET", "*", headers(None), 404, "not_found"),
    ] {
        let mut host = Host::new(&["{}"]);
        refused(&host.run(relay.handle(method, path, headers)).await, status, code);
        assert!(host.asked.is_empty(), "{method} {path}: {:?}", host.asked);
    }
    let mut many = headers(None);
    many.extend((0..40_000).map(|number| (format!("x-{number}"), String::new())));
    let mut host = Host::new(&["{}"]);
    refused(&host.run(relay.handle("POST", "/v1/sessions", many)).await, 400, "bad_request");
    let mut twice = headers(None);
    twice.push(("authorization".to_owned(), "Bearer other".to_owned()));
    let mut host = Host::new(&["{}"]);
    refused(&host.run(relay.handle("POST", "/v1/sessions", twice)).await, 400, "bad_request");
    assert_eq!(upstream.seen().len(), 0);
}

#[tokio::test]
async fn dropping_an_exchange_drops_its_request_to_the_api() {
    let (relay, upstream) = relay().await;
    upstream.answer(|_| Answer { hang: true, ..Answer::default() });
    let exchange = relay.handle("GET", "/v1/avatars", headers(None));
    let running = tokio::spawn(async move { drop(Host::new(&[]).run(exchange).await) });
    upstream.has_hanging(1).await;
    running.abort();
    upstream.is_abandoned(1).await;
}

#[test]
fn a_panic_is_an_answer() {
    // Whatever waits panics on a runtime without a timer.
    let crippled = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let client = HostClient::new(&json!({ "base_url": "http://127.0.0.1:1", "api_key": KEY }).to_string()).unwrap();
    let relay = HostRelay::new(client, None, &json!({ "secrets": [SECRET] }).to_string()).unwrap();
    for (method, path) in [("GET", "/v1/avatars"), ("POST", "/v1/sessions")] {
        let mut host = Host::new(&["{}"]);
        refused(&crippled.block_on(host.run(relay.handle(method, path, headers(None)))), 500, "server");
    }
}
