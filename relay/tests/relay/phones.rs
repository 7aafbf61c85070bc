//! The core's own phone client through the relay, on real sockets, with the sandbox or a canned API behind.

use crate::support::mounted::serve;
use crate::support::phone::{call, finish, phone};
use crate::support::{ALICE, Bench, KEY, TestBackend, Time, allow_all, options, token};
use agenthuman::{Client, Kind};
use agenthuman_relay::{Options, Relay};
use agenthuman_sandbox::{Options as SandboxOptions, Running, Sandbox};
use agenthuman_testing::canned::{Answer, Canned};
use serde_json::{Value, json};

async fn sandbox() -> Running {
    Sandbox::start(SandboxOptions { port: 0, rate_limit: None, ..SandboxOptions::default() }).await.unwrap()
}

/// A relay over the sandbox. The sandbox's own agent is chosen if the phone asks for none.
async fn over(sandbox: &Running, options: Options) -> String {
    let client = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let agent = client.agents().list(Default::default()).next().await.unwrap().unwrap().id;
    let policy = move |user: &str, request| {
        let decision = allow_all(user, request)?;
        Ok(match decision {
            agenthuman_relay::Decision::Open(opening) => {
                agenthuman_relay::Decision::Open(agenthuman_relay::OpenSession { agent_id: agent.clone(), ..opening })
            }
            other => other,
        })
    };
    serve(Relay::new(client, TestBackend::new(policy), options).unwrap()).await
}

fn contents(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().filter_map(|message| message["content"].as_str()).collect()
}

#[tokio::test]
async fn a_whole_conversation() {
    let sandbox = sandbox().await;
    let url = over(&sandbox, options()).await;
    let (phone, token) = (phone(&url), token(ALICE));
    let session = call(&phone, &token, "sessions.create", json!({ "session_type": "agent_chat" })).await.unwrap();
    assert_eq!((&session["status"], &session["session_type"]), (&json!("active"), &json!("agent_chat")));
    let id = session["id"].clone();
    let exchange = call(&phone, &token, "messages.create", json!({ "session_id": id, "content": "Hello" })).await.unwrap();
    assert_eq!((&exchange["message"]["content"], &exchange["message"]["role"]), (&json!("Hello"), &json!("user")));
    assert!(exchange["reply"]["content"].as_str().unwrap().contains("Hello"));
    let messages = call(&phone, &token, "messages.list", json!({ "session_id": id })).await.unwrap();
    assert_eq!(contents(&messages)[0], "Hello");
    assert_eq!(messages.as_array().unwrap().len(), 2);
    assert_eq!(call(&phone, &token, "sessions.get", json!({ "id": id })).await.unwrap()["status"], "active");
    for list in ["avatars.list", "voices.list", "agents.list"] {
        assert!(!call(&phone, &token, list, json!({})).await.unwrap().as_array().unwrap().is_empty(), "{list}");
    }
    assert_eq!(call(&phone, &token, "sessions.renew", json!({ "id": id })).await.unwrap()["id"], id);
    assert_eq!(call(&phone, &token, "sessions.end", json!({ "id": id })).await.unwrap()["status"], "completed");
    let after = call(&phone, &token, "messages.create", json!({ "session_id": id, "content": "Still?" })).await.unwrap_err();
    assert_eq!(after.kind, Kind::Conflict);
    let renewed = call(&phone, &token, "sessions.renew", json!({ "id": id })).await.unwrap_err();
    assert_eq!(renewed.kind, Kind::Conflict);
}

#[tokio::test]
async fn messages_are_walked_page_by_page_without_those_of_the_system() {
    let sandbox = sandbox().await;
    let url = over(&sandbox, options()).await;
    let (phone, token) = (phone(&url), token(ALICE));
    let session = call(&phone, &token, "sessions.create", json!({})).await.unwrap();
    let backend = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let id = session["id"].as_str().unwrap();
    for said in 0..3 {
        call(&phone, &token, "messages.create", json!({ "session_id": id, "content": format!("said {said}") })).await.unwrap();
        let hint = agenthuman::api::messages::CreateMessage::new("a hint").role("system");
        backend.messages().create(id, hint).await.unwrap();
    }
    let pages = phone.pages("messages.list", &json!({ "session_id": id, "limit": 2 }).to_string(), "");
    let mut all = Vec::new();
    while let Some(page) = pages.next() {
        let (page, _) = finish(page, &token).await.unwrap();
        all.extend(contents(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(all.iter().filter(|content| content.starts_with("said ")).count(), 3);
    assert!(!all.iter().any(|content| content.contains("hint")), "{all:?}");
}

#[tokio::test]
async fn a_grant_that_runs_out_in_mid_conversation_is_renewed_and_no_message_is_lost_or_doubled() {
    let sandbox = sandbox().await;
    let time = Time::new();
    let url = over(&sandbox, Options { clock: time.clock(), ..options() }).await;
    let (phone, token) = (phone(&url), token(ALICE));
    let session = call(&phone, &token, "sessions.create", json!({})).await.unwrap();
    let mut said = Vec::new();
    for number in 0..6 {
        // The phone believes its grant to be fresh; the relay knows better.
        time.pass(1000);
        let content = format!("message {number}");
        let params = json!({ "session_id": session["id"], "content": content });
        call(&phone, &token, "messages.create", params).await.unwrap();
        said.push(content);
    }
    time.pass(1000);
    let messages = call(&phone, &token, "messages.list", json!({ "session_id": session["id"] })).await.unwrap();
    let users: Vec<_> = messages.as_array().unwrap().iter().filter(|message| message["role"] == "user").cloned().collect();
    assert_eq!(contents(&Value::from(users)), said);
    time.pass(8 * 3600);
    let params = json!({ "session_id": session["id"], "content": "too late" });
    assert_eq!(call(&phone, &token, "messages.create", params).await.unwrap_err().kind, Kind::GrantExpired);
}

#[tokio::test]
async fn a_grant_that_cannot_be_renewed_any_more_is_good_to_its_end() {
    let sandbox = sandbox().await;
    let time = Time::new();
    let url = over(&sandbox, Options { clock: time.clock(), session_seconds: 600, ..options() }).await;
    let (phone, token) = (phone(&url), token(ALICE));
    let session = call(&phone, &token, "sessions.create", json!({})).await.unwrap();
    time.pass(600);
    // Within the skew it is good, and it cannot be renewed any more.
    call(&phone, &token, "sessions.get", json!({ "id": session["id"] })).await.unwrap();
    time.pass(30);
    let error = call(&phone, &token, "sessions.get", json!({ "id": session["id"] })).await.unwrap_err();
    assert_eq!(error.kind, Kind::GrantExpired);
}

#[tokio::test]
async fn a_phone_whose_user_is_not_known_learns_which_error_it_is() {
    let bench = Bench::new().await;
    let phone = phone(&serve(bench.relay.clone()).await);
    let error = call(&phone, "stranger", "avatars.list", json!({})).await.unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::InvalidToken, Some(401)));
}

#[tokio::test]
async fn dropping_a_phones_call_drops_the_request_to_the_api() {
    let upstream = Canned::on_this_runtime(|_| Answer { hang: true, ..Answer::default() });
    let client = Client::builder().base_url(&upstream.url).api_key(KEY).build().unwrap();
    let url = serve(Relay::new(client, TestBackend::new(allow_all), options()).unwrap()).await;
    let phone = phone(&url);
    let waiting = tokio::spawn({
        let phone = phone.clone();
        async move { call(&phone, &token(ALICE), "sessions.create", json!({})).await }
    });
    upstream.has_hanging(1).await;
    waiting.abort();
    upstream.is_abandoned(1).await;
}
