//! The client for rooms in Rust: sessions that are ended in any case, and operations of the other contract.

use agenthuman::host::{HostClient, Step};
use agenthuman::rooms::sessions::{CreateSession, Room};
use agenthuman::rooms::{Client, MaxOpen, OpenOptions};
use agenthuman::{AvatarSource, Contract, Kind};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::KEY;
use serde_json::json;
use std::time::Duration;

fn client_of(server: &Canned) -> Client {
    Client::builder().base_url(&server.url).api_key(KEY).max_retries(0).max_open(MaxOpen::Sessions(1)).build().unwrap()
}

fn session(status: &str) -> Answer {
    Answer::json(200, json!({ "success": true, "session": { "session_id": "sess_1", "status": status } }))
}

fn params() -> CreateSession {
    CreateSession::new("avat_1", Room::livekit("wss://example.livekit.cloud", "the-token-of-the-room"))
}

#[tokio::test]
async fn closing_ends_the_session_and_frees_its_place() {
    let server = Canned::start([session("started"), session("ended"), session("started"), session("ended")]);
    let client = client_of(&server);
    for _ in 0..2 {
        let open = client.sessions().open(params()).await.unwrap();
        let late = OpenOptions::default().max_wait(Duration::ZERO);
        let error = client.sessions().open_with(params(), late).await.unwrap_err();
        assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("queue")));
        assert_eq!(open.close().await.unwrap().status, "ended");
    }
    let paths: Vec<String> = server.seen().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(paths, ["POST /v1/sessions", "POST /v1/sessions/sess_1/end"].repeat(2));
    let body = server.seen()[0].json();
    assert_eq!(body["metadata"]["agenthuman_open"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a_dropped_session_is_ended_in_the_background() {
    let server = Canned::start([session("started"), session("ended")]);
    drop(client_of(&server).sessions().open_with(params(), OpenOptions::default().without_mark()).await.unwrap());
    while server.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(server.seen()[1].path, "/v1/sessions/sess_1/end");
    assert_eq!(server.seen()[0].json().get("metadata"), None);
}

/// The call of a host that has opened a session, and whether the host took it over.
async fn opened_by_a_host(server: &Canned, is_claimed: bool) {
    let params = json!({ "avatar": "avat_1", "room": { "platform": "proxy" } }).to_string();
    let mut call = HostClient::from(client_of(server).shared().clone()).call("sessions.open", &params, "");
    assert!(matches!(call.step().await, Step::Done(Ok(_))));
    if is_claimed {
        call.claim();
    }
}

#[tokio::test]
async fn a_session_that_its_host_did_not_take_over_is_ended() {
    let server = Canned::start([session("started"), session("ended")]);
    opened_by_a_host(&server, false).await;
    while server.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(server.seen()[1].path, "/v1/sessions/sess_1/end");

    let server = Canned::start([session("started"), session("ended")]);
    opened_by_a_host(&server, true).await;
    // Whatever was left to do for it would come before this.
    client_of(&server).sessions().get("sess_1").await.unwrap();
    assert_eq!(server.seen().iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), ["POST", "GET"]);
}

#[tokio::test]
async fn after_a_lost_response_the_sessions_are_looked_at_once() {
    let list = json!({ "success": true, "sessions": [{ "session_id": "sess_9", "status": "started", "metadata": {} }] });
    let server = Canned::start([Answer::json(500, json!({ "success": false })), Answer::json(200, list)]);
    let error = client_of(&server).sessions().open(params()).await.unwrap_err();
    assert!(error.info().message.contains("did not find the session"), "{error}");
    assert!(error.info().outcome_unknown);
    assert_eq!(error.info().operation.as_deref(), Some("sessions.open"));
    assert_eq!(server.seen()[1].query.get("status").map(String::as_str), Some("started"));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn waiting_ends_with_the_session() {
    let server = Canned::start([session("ended")]);
    assert_eq!(client_of(&server).sessions().wait_until_ended("sess_1").await.unwrap().status, "ended");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_operation_of_the_other_contract_is_named() {
    for (surface, name, says) in [
        ("rooms", "avatars.create", "avatars.create belongs to AgentHuman, and this client is AgentHumanRooms"),
        ("rooms", "auth.me", "auth.me belongs to AgentHuman, and this client is AgentHumanRooms"),
        ("server", "links.list", "links.list belongs to AgentHumanRooms, and this client is AgentHuman"),
    ] {
        let config = json!({ "surface": surface, "api_key": KEY, "base_url": "http://127.0.0.1:1" });
        let client = agenthuman::host::HostClient::new(&config.to_string()).unwrap();
        let agenthuman::host::Step::Done(Err(error)) = client.call(name, "{}", "").step().await else { panic!("it was sent") };
        assert_eq!((error.kind, error.message.as_str()), (Kind::InvalidArgument, says));
    }
}

#[tokio::test]
async fn the_codes_decide_at_any_status() {
    for (code, kind) in [("INSUFFICIENT_MINUTES", Kind::PaymentRequired), ("CONCURRENCY_LIMIT", Kind::ConcurrencyLimit)] {
        for status in [400, 402, 403, 429, 500, 503] {
            let body = json!({ "success": false, "error": { "code": code, "message": "no" } });
            let server = Canned::start([Answer::json(status, body)]);
            let client = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
            let error = client.sessions().create(params()).await.unwrap_err();
            assert_eq!((error.kind(), server.seen().len()), (kind, 1), "{status} {code}");
        }
    }
}

#[test]
fn no_secret_is_printed() {
    let printed = format!("{:?} {:?}", params(), Room::daily("https://example.daily.co/a", "the-token-of-the-room"));
    assert!(!printed.contains("the-token-of-the-room"), "{printed}");
    assert!(!format!("{:?}", AvatarSource::from(vec![1; 99])).contains("1, 1"));
}
