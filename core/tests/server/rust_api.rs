//! The Rust API: settings of a single call, invalid headers, lists as streams.

use super::client_of;
use agenthuman::api::api_keys::CreatedApiKey;
use agenthuman::api::sessions::{CreateSession, ListSessions, SessionStatus, SessionType};
use agenthuman::{Client, Kind, Pages};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, session, session_body};
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use std::time::Duration;

fn page(ids: [i64; 2], next: Option<&str>) -> Answer {
    let sessions: Vec<Value> = ids.iter().map(|id| session(*id)).collect();
    Answer::json(200, json!({ "success": true, "sessions": sessions, "next": next }))
}

fn silent() -> Answer {
    Answer { hang: true, ..Answer::default() }
}

#[tokio::test]
async fn a_timeout_of_zero_is_refused_and_nothing_is_sent() {
    let server = Canned::start([]);
    let builder = || Client::builder().base_url(&server.url).api_key(KEY);
    let of_client = builder().timeout(Duration::ZERO).build().unwrap_err();
    let of_connection = builder().connect_timeout(Duration::ZERO).build().unwrap_err();
    let of_call = builder().build().unwrap().sessions().get("1").timeout(Duration::ZERO).await.unwrap_err();
    for (error, parameter) in [(of_client, "timeout"), (of_connection, "connect_timeout"), (of_call, "timeout")] {
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{error}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_timeout_of_a_call_is_that_call_s_alone() {
    let server = Canned::start([silent(), silent(), Answer::json(200, session_body(1))]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).timeout(Duration::from_secs(600)).build().unwrap();
    let short = Duration::from_millis(50);
    let error = client.sessions().get("1").timeout(short).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    let error = client.sessions().list(ListSessions::new()).timeout(short).next().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(client.sessions().get("1").await.unwrap().id.as_str(), "1");
}

#[tokio::test]
async fn retries_of_a_call_are_in_place_of_the_client_s() {
    let server = Canned::start([Answer { hang_up: true, ..Answer::default() }]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).max_retries(1).build().unwrap();
    client.sessions().get("1").max_retries(0).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    client.sessions().get("1").max_retries(2).await.unwrap_err();
    assert_eq!(server.seen().len(), 1 + 3);
    client.sessions().list(ListSessions::new()).max_retries(0).page().await.unwrap_err();
    assert_eq!(server.seen().len(), 1 + 3 + 1);
}

#[tokio::test]
async fn a_call_may_refuse_to_wait_for_the_rate_limit() {
    let server = Canned::start([Answer::json(429, json!({ "error": "Too many requests" })).header("retry-after", "30")]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
    let error = client.sessions().get("1").max_rate_limit_wait(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), Kind::RateLimited);
}

#[tokio::test]
async fn headers_of_a_call_are_sent() {
    let server = Canned::start([Answer::json(200, session_body(1)), page([1, 2], Some("a")), page([3, 4], None)]);
    let client = client_of(&server);
    client.sessions().get("1").header("X-Trace", "one").header("x-other", "two").await.unwrap();
    client.sessions().list(ListSessions::new()).header("x-trace", "three").all().await.unwrap();
    client.request("GET", "/v1/things", None, None).header("x-trace", "four").await.unwrap();
    let traces: Vec<String> = server.seen().iter().map(|request| request.headers["x-trace"].clone()).collect();
    assert_eq!(traces, ["one", "three", "three", "four"]);
    assert_eq!(server.seen()[0].headers["x-other"], "two");
}

#[tokio::test]
async fn an_invalid_header_is_an_error_before_anything_is_sent() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = client_of(&server);
    for (name, value) in [("x y", "1"), ("x", "1\r\ny: 2"), ("x-api-key", KEY), ("Authorization", "Bearer 1")] {
        let errors = [
            ("sessions.create", client.sessions().create(CreateSession::new("7")).header(name, value).await.unwrap_err()),
            ("sessions.list", client.sessions().list(ListSessions::new()).header(name, value).next().await.unwrap_err()),
            ("request", client.request("GET", "/v1/x", None, None).header(name, value).await.unwrap_err()),
            ("api_keys.rotate", {
                let rotation = client.api_keys().rotate("1", Duration::ZERO, async |_: CreatedApiKey| Ok(()));
                rotation.header(name, value).await.unwrap_err()
            }),
        ];
        for (operation, error) in errors {
            assert_eq!(error.kind(), Kind::Configuration, "{name:?}: {error}");
            assert_eq!(error.info().operation.as_deref(), Some(operation));
            assert!(!error.to_string().contains(KEY));
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_list_is_a_stream() {
    let server = Canned::start([page([1, 2], Some("a")), page([3, 4], None)]);
    let sessions = client_of(&server).sessions().list(ListSessions::new().limit(2));
    let ids: Vec<String> = sessions.map_ok(|session| session.id.into()).try_collect().await.unwrap();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert_eq!(server.seen()[1].query["after"], "a");
}

#[tokio::test]
async fn a_stream_ends_after_an_error_and_next_fetches_the_page_again() {
    let server = Canned::start([page([1, 2], Some("a")), Answer::json(500, json!({})), page([3, 4], None)]);
    let mut sessions = client_of(&server).sessions().list(ListSessions::new());
    let found: Vec<_> = sessions.by_ref().map(|session| session.map(|session| session.id)).collect().await;
    assert_eq!(found.len(), 3);
    assert_eq!(found[2].as_ref().unwrap_err().kind(), Kind::Server);
    assert_eq!(sessions.next().await.unwrap().unwrap().id.as_str(), "3");
}

#[test]
fn futures_and_streams_can_move_between_threads() {
    fn is_send(_: &impl Send) {}
    fn is_stream(_: &(impl Stream + Send + Unpin)) {}
    let client = Client::builder().base_url("http://127.0.0.1:9").api_key(KEY).build().unwrap();
    let request = client.sessions().create(CreateSession::new("7")).max_retries(0);
    is_send(&request);
    is_send(&request.into_future());
    let mut stored = false;
    let rotation = client.api_keys().rotate("1", Duration::ZERO, |_| {
        stored = true;
        async { Ok(()) }
    });
    is_send(&rotation.into_future());
    assert!(!stored);
    let mut sessions: Pages<_> = client.sessions().list(ListSessions::new());
    is_stream(&sessions);
    is_send(&sessions.next());
}

#[tokio::test]
async fn a_text_of_a_later_service_is_kept() {
    let mut paused = session_body(1);
    paused["session"]["status"] = json!("paused");
    paused["session"]["session_type"] = json!("agent_chat");
    let server = Canned::start([Answer::json(200, paused), Answer::json(200, session_body(2))]);
    let client = client_of(&server);
    let session = client.sessions().get("1").await.unwrap();
    assert_eq!(session.session_type, SessionType::AgentChat);
    assert!(matches!(&session.status, SessionStatus::Other(text) if text.as_str() == "paused"), "{:?}", session.status);
    assert_eq!((session.status.as_str(), session.status.to_string()), ("paused", "paused".to_owned()));
    assert_eq!(session.status, "paused");
    assert_eq!(json!(session.status), "paused");
    assert_eq!(client.sessions().get("2").await.unwrap().status, SessionStatus::Active);
}

#[tokio::test]
async fn a_parameter_with_choices_is_an_enum_or_a_text() {
    let server = Canned::start([Answer::json(201, session_body(1)), Answer::json(201, session_body(1)), page([1, 2], None)]);
    let client = client_of(&server);
    client.sessions().create(CreateSession::new("7").session_type(SessionType::AgentVideo)).await.unwrap();
    client.sessions().create(CreateSession::new("7").session_type("agent_chat")).await.unwrap();
    client.sessions().list(ListSessions::new().status(SessionStatus::Active)).all().await.unwrap();
    let sent: Vec<Value> = server.seen()[..2].iter().map(|request| request.json()["session_type"].clone()).collect();
    assert_eq!(sent, ["agent_video", "agent_chat"]);
    assert!(server.seen()[2].target.contains("status=active"), "{}", server.seen()[2].target);
    for unsent in [SessionType::Video, SessionType::from("agent_caht")] {
        let error = client.sessions().create(CreateSession::new("7").session_type(unsent)).await.unwrap_err();
        assert_eq!(error.info().parameter.as_deref(), Some("session_type"));
        assert!(error.info().message.contains("must be one of agent_voice, agent_video"), "{error}");
    }
    let error = client.sessions().list(ListSessions::new().status("archived")).all().await.unwrap_err();
    assert!(error.info().message.contains("must be one of all, active, completed"), "{error}");
}

#[test]
fn texts_become_choices() {
    for text in ["active", "completed", "paused", ""] {
        let status = SessionStatus::from(text);
        assert_eq!(status, SessionStatus::from(text.to_owned()));
        assert_eq!(status, text);
        assert_eq!(String::from(status.clone()), text);
        assert_eq!(serde_json::from_value::<SessionStatus>(json!(text)).unwrap(), status);
    }
    assert_eq!(format!("{:>10}|{:?}", SessionStatus::Active, SessionStatus::from("paused")), "    active|Other(\"paused\")");
}

#[tokio::test]
async fn an_error_is_serialized_as_one_line_without_secrets() {
    let body = json!({ "error": format!("Key {KEY}\nis bad"), "details": { "api_key": KEY } });
    let server = Canned::start([Answer::json(404, body).header("x-request-id", "r-7")]);
    let error = client_of(&server).sessions().get("1").await.unwrap_err();
    let line = serde_json::to_string(&error).unwrap();
    assert!(!line.contains(KEY) && !line.contains('\n'), "{line}");
    let fields: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["code"], "not_found");
    assert_eq!(
        (&fields["status"], &fields["operation"], &fields["request_id"]),
        (&json!(404), &json!("sessions.get"), &json!("r-7"))
    );
    assert!(fields["suggestion"].is_string() && fields["message"].is_string(), "{line}");
}
