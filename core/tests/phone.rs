//! The phone's client: no key, the user's token with every call, and grants that are kept and renewed by themselves.
//!
//! A crate of its own: it is built without the feature `server` too.

use agenthuman::host::{Call, HostClient, HostConversation, HostPager, Question, Step, is_over};
use agenthuman::{ErrorInfo, Kind, Secret};
use agenthuman_testing::canned::{Answer, Canned, Request};
use agenthuman_testing::made_up::{KEY, TIME, TOKEN, relayed_session};
use serde_json::{Value, json};
use std::time::Duration;

const GRANT: &str = "grant-one-0123456789";
const SECOND: &str = "grant-two-0123456789";

fn phone(server: &Canned) -> HostClient {
    HostClient::phone(&json!({ "backend": server.url, "token": TOKEN, "max_retries": 0 }).to_string()).unwrap()
}

async fn last(mut call: Call) -> Result<Value, Box<ErrorInfo>> {
    match call.step().await {
        Step::Done(outcome) => outcome.map(|reply| serde_json::from_str(&reply.body.to_json()).unwrap()),
        _ => panic!("the call asked for something"),
    }
}

fn granted(grant: &str, expires_in: i64) -> Answer {
    Answer::json(200, json!({ "success": true, "session": relayed_session(), "grant": grant, "expires_in": expires_in }))
}

fn session() -> Answer {
    Answer::json(200, json!({ "success": true, "session": relayed_session() }))
}

fn error(status: u16, code: &str) -> Answer {
    Answer::json(status, json!({ "success": false, "error": { "code": code, "message": "Why it is so." } }))
}

#[tokio::test]
async fn the_user_agent_names_the_package() {
    let server = Canned::start([session()]);
    let package = json!({ "language": "kotlin", "runtime": "Kotlin 2.2.0" });
    let config = json!({ "backend": server.url, "token": TOKEN, "package": package });
    last(HostClient::phone(&config.to_string()).unwrap().call("sessions.get", r#"{"id":"1"}"#, "")).await.unwrap_err();
    last(HostClient::phone(&config.to_string()).unwrap().call("agents.list", "{}", "")).await.unwrap_err();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let expected = format!("agenthuman-kotlin/{} (Kotlin 2.2.0; {os} {arch})", agenthuman::VERSION);
    assert!(!server.seen().is_empty());
    assert!(server.seen().iter().all(|request| request.headers["user-agent"] == expected), "{:?}", server.seen());
}

async fn opened(phone: &HostClient) {
    assert_eq!(last(phone.call("sessions.create", "{}", "")).await.unwrap(), relayed_session());
}

fn get(phone: &HostClient) -> Call {
    phone.call("sessions.get", r#"{"id":"1"}"#, "")
}

/// The paths that were asked for, each with the grant that went with it.
fn asked(server: &Canned) -> Vec<(String, Option<String>)> {
    server.seen().into_iter().map(|request| (request.path.clone(), request.headers.get("x-agenthuman-grant").cloned())).collect()
}

fn with(path: &str, grant: &str) -> (String, Option<String>) {
    (path.to_owned(), Some(grant.to_owned()))
}

#[tokio::test]
async fn a_grant_goes_with_every_call_of_its_session_and_to_nobody_else() {
    let server = Canned::start([granted(GRANT, 900), session()]);
    let phone = phone(&server);
    opened(&phone).await;
    last(get(&phone)).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].headers.get("x-agenthuman-grant"), None);
    assert_eq!(seen[1].headers["x-agenthuman-grant"], GRANT);
    for request in seen {
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert!(!request.headers.keys().any(|name| name.contains("key")));
    }
    let other = last(phone.call("sessions.get", r#"{"id":"2"}"#, "")).await.unwrap_err();
    assert_eq!((other.kind, server.seen().len()), (Kind::MissingCredential, 2));
}

#[tokio::test]
async fn all_who_need_a_grant_that_runs_out_wait_for_one_renewal() {
    let server = Canned::start([granted(GRANT, 0), granted(SECOND, 900), session()]);
    let phone = phone(&server);
    opened(&phone).await;
    let calls: Vec<_> = (0..5).map(|_| last(get(&phone))).collect();
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    let asked = asked(&server);
    assert_eq!(asked[1], with("/v1/sessions/1/grant", GRANT));
    assert_eq!(asked[2..], vec![with("/v1/sessions/1", SECOND); 5]);
}

#[tokio::test]
async fn calls_that_wait_for_a_renewal_share_its_failure() {
    let server = Canned::start([granted(GRANT, 0), error(401, "grant_invalid")]);
    let phone = phone(&server);
    opened(&phone).await;
    let calls: Vec<_> = (0..100).map(|_| last(get(&phone))).collect();
    for outcome in futures_util::future::join_all(calls).await {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.operation.as_deref()), (Kind::GrantInvalid, Some("sessions.get")));
    }
    assert_eq!(asked(&server)[1..], [with("/v1/sessions/1/grant", GRANT)]);
}

#[tokio::test]
async fn a_call_whose_grant_was_refused_as_run_out_is_made_again_once() {
    let send = r#"{"session_id":"1","content":"Hello"}"#;
    let said = Answer::json(
        201,
        json!({ "success": true, "message": { "id": "5", "session_id": "1", "role": "user", "content": "Hello", "created_at": TIME }, "reply": null }),
    );
    let server = Canned::start([granted(GRANT, 900), error(401, "grant_expired"), granted(SECOND, 900), said]);
    let client = phone(&server);
    opened(&client).await;
    last(client.call("messages.create", send, "")).await.unwrap();
    let path = "/v1/sessions/1/messages";
    assert_eq!(asked(&server)[1..], [with(path, GRANT), with("/v1/sessions/1/grant", GRANT), with(path, SECOND)]);

    let answers = [granted(GRANT, 900), error(401, "grant_expired"), granted(SECOND, 900), error(401, "grant_expired")];
    let server = Canned::start(answers);
    let client = phone(&server);
    opened(&client).await;
    let failed = last(client.call("messages.create", send, "")).await.unwrap_err();
    assert_eq!((failed.kind, failed.operation.as_deref()), (Kind::GrantExpired, Some("messages.create")));
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_renewal_that_fails_ahead_of_time_leaves_the_grant_in_use_and_one_that_is_due_does_not() {
    let server = Canned::start([granted(GRANT, 900), error(503, "service_unavailable"), session(), error(401, "grant_invalid")]);
    let phone = phone(&server);
    opened(&phone).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(850)).await;
    tokio::time::resume();
    last(get(&phone)).await.unwrap();
    assert_eq!(asked(&server)[1..], [with("/v1/sessions/1/grant", GRANT), with("/v1/sessions/1", GRANT)]);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    let failed = last(get(&phone)).await.unwrap_err();
    assert_eq!((failed.kind, failed.operation.as_deref()), (Kind::GrantInvalid, Some("sessions.get")));
}

#[tokio::test]
async fn the_relay_names_the_kind() {
    for (status, code, kind) in [
        (502, "api_key_revoked", Kind::ApiKeyRevoked),
        (504, "timeout", Kind::Timeout),
        (502, "connection", Kind::Connection),
        (403, "policy_refused", Kind::PolicyRefused),
        (429, "concurrency_limit", Kind::ConcurrencyLimit),
        // Neither of these can be an answer's.
        (404, "no_such_code", Kind::NotFound),
        (500, "internal", Kind::Server),
    ] {
        let server = Canned::start([error(status, code)]);
        let client = HostClient::phone(&json!({ "backend": server.url, "token": TOKEN }).to_string()).unwrap();
        let failed = last(client.call("sessions.create", "{}", "")).await.unwrap_err();
        assert_eq!((failed.kind, failed.status), (kind, Some(status)));
        assert_eq!(failed.message, "Why it is so.");
    }
}

#[tokio::test]
async fn what_will_not_pass_by_itself_is_not_repeated() {
    let server = Canned::start([error(502, "api_key_revoked")]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": TOKEN }).to_string()).unwrap();
    last(client.call("agents.list", "{}", "")).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_users_token_is_asked_for_at_every_call() {
    let server = Canned::start([Answer::json(200, json!({ "success": true, "agents": [] }))]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": { "function": true } }).to_string()).unwrap();
    for token in ["alices-token", "bobs-token"] {
        let mut call = client.call("agents.list", "{}", "");
        let Step::Question(Question::Credential { answer: asked, .. }) = call.step().await else {
            panic!("no token was asked for")
        };
        asked.supply(Secret::from(token));
        assert!(matches!(call.step().await, Step::Done(Ok(_))));
    }
    let tokens: Vec<_> = server.seen().iter().map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(tokens, ["Bearer alices-token", "Bearer bobs-token"]);
}

#[tokio::test]
async fn the_users_token_is_asked_for_once_more_when_it_is_refused() {
    let server = Canned::start([error(401, "invalid_token"), Answer::json(200, json!({ "success": true, "agents": [] }))]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": { "function": true } }).to_string()).unwrap();
    let mut call = client.call("agents.list", "{}", "");
    for token in ["first-token", "second-token"] {
        let Step::Question(Question::Credential { answer: asked, .. }) = call.step().await else {
            panic!("no token was asked for")
        };
        asked.supply(Secret::from(token));
    }
    assert!(matches!(call.step().await, Step::Done(Ok(_))));
    let tokens: Vec<_> = server.seen().iter().map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(tokens, ["Bearer first-token", "Bearer second-token"]);

    let mut call = HostClient::phone(&json!({ "backend": server.url, "token": { "function": true } }).to_string()).unwrap().call(
        "agents.list",
        "{}",
        "",
    );
    let Step::Question(Question::Credential { answer: asked, .. }) = call.step().await else { panic!("no token was asked for") };
    asked.supply(Secret::from(KEY));
    let Step::Done(Err(refused)) = call.step().await else { panic!("a key was taken for a token") };
    assert_eq!(refused.kind, Kind::Configuration);
}

#[tokio::test]
async fn an_api_key_has_no_place_in_any_setting() {
    let hidden = format!("https://backend.example/{KEY}");
    for (config, parameter) in [
        (json!({ "backend": hidden, "token": TOKEN }), "backend"),
        (json!({ "backend": "https://backend.example", "token": KEY }), "token"),
        (json!({ "backend": "https://backend.example", "token": format!("x{KEY}") }), "token"),
        (json!({ "backend": "https://backend.example", "token": TOKEN, "headers": [["x-mine", KEY]] }), "headers"),
        (json!({ "backend": "https://backend.example", "token": TOKEN, "headers": [["x-api-key", "k"]] }), "headers"),
        (json!({ "backend": "https://backend.example", "token": TOKEN, "api_key": KEY }), "api_key"),
        (json!({ "backend": "http://backend.example", "token": TOKEN }), "backend"),
        (json!({ "backend": "https://backend.example" }), "options"),
    ] {
        let Err(refused) = HostClient::phone(&config.to_string()) else { panic!("{config} was taken") };
        assert_eq!((refused.kind, refused.parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{refused:?}");
        assert!(!format!("{refused:?}").contains("Sup0rtCr4te"));
    }
}

#[tokio::test]
async fn a_grant_is_in_no_error_and_not_in_what_is_shown_of_the_client() {
    let quoting = json!({ "success": false, "error": { "code": "bad_request", "message": format!("no {GRANT}"), "details": { "x": GRANT } } });
    let server = Canned::start([granted(GRANT, 900), Answer::json(400, quoting)]);
    let phone = phone(&server);
    opened(&phone).await;
    let failed = last(get(&phone)).await.unwrap_err();
    assert_eq!((failed.kind, failed.message.as_str()), (Kind::BadRequest, "no [redacted]"));
    assert!(!format!("{failed:?} {}", serde_json::to_string(&failed).unwrap()).contains(GRANT));
    assert!(!phone.summary().contains(GRANT));
}

#[tokio::test]
async fn a_stored_session_is_resumed_by_another_client_which_renews_its_grant_first() {
    let server = Canned::start([granted(GRANT, 900), granted(SECOND, 900), session(), session()]);
    let first = phone(&server);
    opened(&first).await;
    let stored = first.restorable("1");
    assert!(first.restorable("2").is_empty());
    let second = phone(&server);
    assert_eq!(second.restore(&stored).unwrap(), "1");
    last(get(&second)).await.unwrap();
    last(get(&second)).await.unwrap();
    let path = "/v1/sessions/1";
    assert_eq!(asked(&server)[1..], [with("/v1/sessions/1/grant", GRANT), with(path, SECOND), with(path, SECOND)]);
}

#[tokio::test]
async fn what_is_no_stored_session_of_this_backend_is_rejected_and_not_quoted() {
    let server = Canned::start([granted(GRANT, 900)]);
    let client = phone(&server);
    opened(&client).await;
    let stored: Value = serde_json::from_slice(&client.restorable("1")).unwrap();
    let changed = |field: &str, value: Value| {
        let mut stored = stored.clone();
        stored[field] = value;
        stored.to_string().into_bytes()
    };
    let another = phone(&Canned::start([]));
    for (client, bytes, why) in [
        (&client, Vec::new(), "stored form"),
        (&client, GRANT.into(), "stored form"),
        (&client, changed("version", 2.into()), "stored form"),
        (&client, changed("more", 1.into()), "stored form"),
        (&client, changed("grant", 7.into()), "stored form"),
        (&client, changed("grant", "g".repeat(16 * 1024).into()), "at most 16384 bytes"),
        (&another, stored.to_string().into(), "another backend"),
    ] {
        let refused = client.restore(&bytes).unwrap_err();
        assert_eq!((refused.kind, refused.parameter.as_deref()), (Kind::InvalidArgument, Some("restorable")));
        assert!(refused.message.contains(why), "{}", refused.message);
        assert!(!format!("{refused:?}").contains(GRANT));
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_servers_operations_are_not_to_be_had() {
    let server = Canned::start([session()]);
    for operation in ["api_keys.create", "auth.me", "roles.list", "agents.get"] {
        let failed = last(phone(&server).call(operation, "{}", "")).await.unwrap_err();
        assert_eq!(failed.kind, Kind::InvalidArgument, "{operation}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_list_that_is_followed_gives_each_message_once() {
    let page = |ids: &[&str], next: Value| {
        let messages: Vec<_> = ids
            .iter()
            .map(|id| json!({ "id": id, "session_id": "1", "role": "user", "content": "Hi", "created_at": TIME }))
            .collect();
        Answer::json(200, json!({ "success": true, "messages": messages, "next": next }))
    };
    let server = Canned::start([
        granted(GRANT, 900),
        page(&["1", "2"], json!("2")),
        page(&["3"], Value::Null),
        page(&["3"], Value::Null),
        page(&["3", "4"], Value::Null),
    ]);
    let phone = phone(&server);
    opened(&phone).await;
    let pager = phone.follow("messages.list", r#"{"session_id":"1"}"#, "", Some(0.01)).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 4 {
        let items = last(pager.next().unwrap()).await.unwrap();
        heard.extend(items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(heard, ["1", "2", "3", "4"]);
    let afters: Vec<_> = server.seen()[1..].iter().map(|request| request.query.get("after").cloned()).collect();
    assert_eq!(afters, [None, Some("2".into()), Some("2".into()), Some("2".into())]);
    assert_eq!(phone.follow("messages.list", "{}", "", Some(-1.0)).err().unwrap().kind, Kind::Configuration);
}

fn said(id: &str, role: &str, content: &str) -> Value {
    json!({ "id": id, "session_id": "1", "role": role, "content": content, "created_at": TIME })
}

fn messages(messages: &[Value]) -> Answer {
    Answer::json(200, json!({ "success": true, "messages": messages }))
}

fn exchange(message: Value, reply: Value) -> Answer {
    Answer::json(201, json!({ "success": true, "message": message, "reply": reply }))
}

/// The messages of a conversation, as `content delivery`.
fn rows(conversation: &HostConversation) -> Vec<String> {
    let update: Value = serde_json::from_str(&conversation.update(0)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = update["messages"].as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", text(&row["message"]["content"]), text(&row["delivery"]))).collect()
}

fn connection(conversation: &HostConversation) -> String {
    let update: Value = serde_json::from_str(&conversation.update(0)).unwrap();
    update["connection"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_conversation_has_the_history_and_what_is_sent() {
    let (hello, hi) = (said("5", "user", "hello"), said("6", "assistant", "hi"));
    let server = Canned::start([
        granted(GRANT, 900),
        messages(&[said("4", "assistant", "welcome")]),
        exchange(hello.clone(), hi.clone()),
        messages(&[said("4", "assistant", "welcome"), hello, hi]),
    ]);
    let phone = phone(&server);
    opened(&phone).await;
    let conversation = phone.conversation("1", None);
    assert_eq!(connection(&conversation), "connecting");
    last(conversation.next().unwrap()).await.unwrap();
    assert_eq!((rows(&conversation), connection(&conversation).as_str()), (vec!["welcome sent".to_owned()], "connected"));

    let (id, call) = conversation.send("hello").unwrap();
    assert_eq!(rows(&conversation), ["welcome sent", "hello sending"]);
    let version = |update: &str| serde_json::from_str::<Value>(update).unwrap()["version"].as_u64().unwrap();
    let before = version(&conversation.update(0));
    let (outcome, ()) = tokio::join!(last(call), conversation.changed(before));
    outcome.unwrap();
    assert_eq!(rows(&conversation), ["welcome sent", "hello sent", "hi sent"]);
    last(conversation.next().unwrap()).await.unwrap();
    assert_eq!(rows(&conversation), ["welcome sent", "hello sent", "hi sent"]);
    assert!(conversation.retry(&id).is_none());

    let refused = conversation.send("").err().unwrap();
    assert_eq!((refused.kind, refused.operation.as_deref()), (Kind::InvalidArgument, Some("messages.create")));
    conversation.pause();
    assert!(conversation.next().is_none());
    conversation.resume();
    last(conversation.next().unwrap()).await.unwrap();
    conversation.close();
    assert!(conversation.next().is_none());
}

#[tokio::test]
async fn a_retry_has_the_id_of_its_message() {
    let lost = Answer { hang_up: true, ..Answer::default() };
    let server = Canned::start([
        granted(GRANT, 900),
        messages(&[said("4", "assistant", "welcome")]),
        lost,
        error(429, "rate_limited"),
        exchange(said("5", "user", "one"), said("6", "assistant", "hi")),
    ]);
    let phone = phone(&server);
    opened(&phone).await;
    let conversation = phone.conversation("1", None);
    last(conversation.next().unwrap()).await.unwrap();
    let (id, call) = conversation.send("one").unwrap();
    assert!(last(call).await.unwrap_err().outcome_unknown);
    assert_eq!(rows(&conversation), ["welcome sent", "one unknown"]);
    // A repeat that is rejected says nothing about the first attempt.
    assert!(last(conversation.retry(&id).unwrap()).await.unwrap_err().outcome_unknown);
    assert_eq!(rows(&conversation), ["welcome sent", "one unknown"]);
    last(conversation.retry(&id).unwrap()).await.unwrap();
    assert_eq!(rows(&conversation), ["welcome sent", "one sent", "hi sent"]);
    let seen = server.seen();
    assert_eq!((&seen[2].json()["id"], &seen[4].json()["id"]), (&json!(id), &json!(id)));
    assert_eq!(seen[4].headers["x-agenthuman-repeat-after"], "4");
}

#[test]
fn a_conversation_without_a_backend_has_what_a_test_says() {
    let phone = HostClient::phone(&json!({ "backend": "http://127.0.0.1:9", "token": TOKEN }).to_string()).unwrap();
    let conversation = phone.conversation("1", None);
    conversation.received("no list");
    conversation.received(&json!([said("4", "assistant", "welcome")]).to_string());
    let (one, _call) = conversation.send("one").unwrap();
    conversation
        .answered(&one, &json!({ "message": said("5", "user", "one"), "reply": said("6", "assistant", "hi") }).to_string());
    let (two, _call) = conversation.send("two").unwrap();
    conversation.failed(&two, "connection", "There is no network.", true, false);
    let (three, _call) = conversation.send("three").unwrap();
    conversation.failed(&three, "timeout", "It is late.", false, true);
    assert_eq!(rows(&conversation), ["welcome sent", "one sent", "hi sent", "two failed", "three unknown"]);
    assert_eq!(connection(&conversation), "connected");
}

#[test]
fn a_stored_session_is_forgotten_if_it_is_over() {
    for code in ["conflict", "grant_expired", "grant_invalid", "permission_denied", "not_found", "invalid_argument"] {
        assert!(is_over(code), "{code}");
    }
    for code in
        ["connection", "timeout", "invalid_token", "token_unavailable", "service_unavailable", "rate_limited", "unheard_of"]
    {
        assert!(!is_over(code), "{code}");
    }
}

#[tokio::test]
async fn messages_of_a_conversation_are_sent_in_their_order() {
    let first = exchange(said("5", "user", "one"), json!(null));
    let second = exchange(said("6", "user", "two"), json!(null));
    let fourth = exchange(said("7", "user", "four"), json!(null));
    let server = Canned::start([granted(GRANT, 900), first, second, fourth]);
    let phone = phone(&server);
    opened(&phone).await;
    let conversation = phone.conversation("1", None);
    let ((_, one), (_, two)) = (conversation.send("one").unwrap(), conversation.send("two").unwrap());
    // The second call waits for the first one.
    let (two, one) = tokio::join!(last(two), last(one));
    assert_eq!(one.unwrap()["message"]["content"], "one");
    assert_eq!(two.unwrap()["message"]["content"], "two");
    // A call that is dropped does not hold up those after it.
    let (_, dropped) = conversation.send("three").unwrap();
    let (_, next) = conversation.send("four").unwrap();
    drop(dropped);
    last(next).await.unwrap();
    assert_eq!(rows(&conversation), ["one sent", "two sent", "three unknown", "four sent"]);
}

#[tokio::test]
async fn a_conversation_goes_on_after_an_error_that_passes_and_stops_at_one_that_stays() {
    let server = Canned::start([granted(GRANT, 900), error(503, "service_unavailable"), error(404, "not_found"), messages(&[])]);
    let phone = phone(&server);
    opened(&phone).await;
    let conversation = phone.conversation("1", None);
    last(conversation.next().unwrap()).await.unwrap_err();
    assert_eq!(connection(&conversation), "waiting");
    conversation.resume();
    assert_eq!(connection(&conversation), "connecting");
    last(conversation.next().unwrap()).await.unwrap_err();
    assert_eq!(connection(&conversation), "stopped");
    assert!(conversation.next().is_none());
    conversation.resume();
    last(conversation.next().unwrap()).await.unwrap();
    assert_eq!(connection(&conversation), "connected");
}

#[tokio::test]
async fn waits_for_the_rate_limit_are_part_of_a_phones_timeout() {
    let refused = error(429, "rate_limited").header("retry-after", "5");
    let server = Canned::start([granted(GRANT, 900), refused]);
    let config = json!({ "backend": server.url, "token": TOKEN, "timeout": 1 });
    let phone = HostClient::phone(&config.to_string()).unwrap();
    opened(&phone).await;
    let refused = last(get(&phone)).await.unwrap_err();
    assert_eq!((refused.kind, refused.retry_after), (Kind::RateLimited, Some(5.0)));
    let unsent = last(get(&phone)).await.unwrap_err();
    assert_eq!((unsent.kind, unsent.phase), (Kind::Timeout, Some("rate_limit")));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn no_phone_is_told_to_do_what_only_a_server_can() {
    let server_only = ["API key", "one-time code", "HTTPS_PROXY", "base URL", "AgentHuman API", "ca_file", "this machine"];
    for entry in agenthuman::error::KINDS {
        for text in server_only {
            let is_about_the_backend = entry.phone_suggestion.starts_with("Replace the backend's");
            assert!(is_about_the_backend || !entry.phone_suggestion.contains(text), "{}: {text}", entry.code);
            assert!(!entry.user_message.contains(text), "{}: {text}", entry.code);
        }
    }
    for (status, code) in [(401, "invalid_token"), (401, "authentication"), (404, "not_found"), (502, "api_key_revoked")] {
        let server = Canned::start([error(status, code)]);
        let failed = last(phone(&server).call("agents.list", "{}", "")).await.unwrap_err();
        assert_eq!(failed.kind.code(), code);
        assert_eq!(failed.suggestion.as_deref(), Some(failed.kind.entry().phone_suggestion));
    }
    let own = json!({ "success": false, "error": { "code": "not_found", "message": "No.", "suggestion": "Ask." } });
    let server = Canned::start([Answer::json(404, own)]);
    let failed = last(phone(&server).call("agents.list", "{}", "")).await.unwrap_err();
    assert_eq!(failed.suggestion.as_deref(), Some("Ask."));

    let refused = |config: Value| HostClient::phone(&config.to_string()).err().unwrap();
    let key = refused(json!({ "backend": "https://backend.example", "token": KEY }));
    assert_eq!(key.message, "the token is an API key");
    assert!(key.suggestion.unwrap().starts_with("Return the app's own token of its user."));
    let emulator = refused(json!({ "backend": "http://10.0.2.2:8788", "token": TOKEN }));
    assert!(emulator.suggestion.unwrap().contains("allow_insecure_http"));
    let missing = HostClient::phone(&json!({ "backend": "http://127.0.0.1:1", "token": TOKEN, "max_retries": 0 }).to_string());
    let failed = last(missing.unwrap().call("agents.list", "{}", "")).await.unwrap_err();
    assert_eq!(failed.suggestion.as_deref(), Some(Kind::Connection.entry().phone_suggestion));
}

#[tokio::test]
async fn a_token_function_that_fails_may_succeed_later() {
    let server = Canned::start([session()]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": { "function": true } }).to_string()).unwrap();
    let mut call = client.call("agents.list", "{}", "");
    let Step::Question(Question::Credential { answer, .. }) = call.step().await else { panic!("no token was asked for") };
    answer.fail("threw Offline");
    let Step::Done(Err(failed)) = call.step().await else { panic!("it did not fail") };
    assert_eq!((failed.kind, failed.retryable), (Kind::TokenUnavailable, true));
    assert_eq!(failed.message, "the token function threw Offline");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_follower_gets_a_message_of_its_own_client_without_a_pause() {
    let message = |id: &str| json!({ "id": id, "session_id": "1", "role": "user", "content": "Hi", "created_at": TIME });
    let page = |messages: &[Value]| Answer::json(200, json!({ "success": true, "messages": messages, "next": null }));
    let sent = Answer::json(201, json!({ "success": true, "message": message("1"), "reply": null }));
    let server = Canned::start([granted(GRANT, 900), page(&[]), sent, page(&[message("1")])]);
    let phone = phone(&server);
    opened(&phone).await;
    // Longer than any test may take.
    let pager = phone.follow("messages.list", r#"{"session_id":"1"}"#, "", Some(86_400.0)).unwrap();
    assert_eq!(last(pager.next().unwrap()).await.unwrap(), json!([]));
    let next = tokio::spawn(last(pager.next().unwrap()));
    last(phone.call("messages.create", r#"{"session_id":"1","content":"Hi"}"#, "")).await.unwrap();
    assert_eq!(in_time(next).await.unwrap().unwrap(), json!([message("1")]));
}

/// A page of messages of a relay that can wait.
fn tagged(ids: &[&str], tag: &str) -> Answer {
    let message = |id: &&str| json!({ "id": id, "session_id": "1", "role": "user", "content": "Hi", "created_at": TIME });
    let messages: Vec<_> = ids.iter().map(message).collect();
    Answer::json(200, json!({ "success": true, "messages": messages, "next": null })).header("x-agenthuman-page", tag)
}

/// The preference and the tag of each request for messages.
fn waits(server: &Canned) -> Vec<(Option<String>, Option<String>)> {
    let lists = server.seen().into_iter().filter(|request| request.method == "GET");
    lists.map(|list| ["prefer", "x-agenthuman-page"].map(|name| list.headers.get(name).cloned()).into()).collect()
}

fn waiting(seconds: u32, tag: &str) -> (Option<String>, Option<String>) {
    (Some(format!("wait={seconds}")), Some(tag.to_owned()))
}

async fn next_ids(pager: &HostPager) -> Vec<String> {
    let items = in_time(last(pager.next().unwrap())).await.unwrap();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_follower_waits_at_the_relay_and_does_not_pause() {
    let server =
        Canned::start([granted(GRANT, 900), tagged(&["1"], "a"), tagged(&["1", "2"], "b"), tagged(&["1", "2", "3"], "c")]);
    let phone = patient(&server);
    opened(&phone).await;
    // A pause would be longer than any test may take.
    let pager = phone.follow("messages.list", r#"{"session_id":"1"}"#, "", Some(86_400.0)).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(next_ids(&pager).await);
    }
    assert_eq!(heard, ["1", "2", "3"]);
    assert_eq!(waits(&server), [(None, None), waiting(20, "a"), waiting(20, "b")]);
}

#[tokio::test]
async fn a_request_that_waits_on_a_dead_connection_or_behind_an_impatient_proxy_is_sent_again_without_a_wait() {
    let hang = Answer { hang: true, ..Answer::default() };
    let impatient = Answer::text(504, "Gateway timeout");
    let server =
        Canned::start([granted(GRANT, 900), tagged(&["1"], "a"), hang, tagged(&["1", "2"], "b"), impatient, tagged(&["3"], "c")]);
    let phone = HostClient::phone(&json!({ "backend": server.url, "token": TOKEN, "timeout": 5 }).to_string()).unwrap();
    opened(&phone).await;
    let pager = phone.follow("messages.list", r#"{"session_id":"1"}"#, "", Some(0.01)).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(next_ids(&pager).await);
    }
    assert_eq!(heard, ["1", "2", "3"]);
    assert_eq!(waits(&server), [(None, None), waiting(2, "a"), (None, None), waiting(2, "b"), (None, None)]);
}

#[tokio::test]
async fn requests_that_hang_are_sent_again_when_the_network_changes() {
    let server = Canned::start([granted(GRANT, 900), Answer { hang: true, ..Answer::default() }, session()]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": TOKEN }).to_string()).unwrap();
    opened(&client).await;
    let hanging = tokio::spawn(last(get(&client)));
    server.has_hanging(1).await;
    client.connections_changed();
    assert_eq!(in_time(hanging).await.unwrap().unwrap(), relayed_session());
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn after_a_change_of_the_network_a_message_is_sent_once_on_a_new_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = json!({ "backend": format!("http://{}", listener.local_addr().unwrap()), "token": TOKEN, "max_retries": 0 });
    let client = HostClient::phone(&config.to_string()).unwrap();
    let open = tokio::spawn({
        let client = client.clone();
        async move { opened(&client).await }
    });
    // The peer of this connection is gone without a word: it is open, and nothing is read from it any more.
    let (mut dead, _) = listener.accept().await.unwrap();
    answer(&mut dead, &granted(GRANT, 900)).await;
    open.await.unwrap();
    client.connections_changed();
    let send = tokio::spawn(last(client.call("messages.create", r#"{"session_id":"1","content":"Hi"}"#, "")));
    let (mut alive, _) = in_time(listener.accept()).await.unwrap();
    let message = json!({ "id": "5", "session_id": "1", "role": "user", "content": "Hi", "created_at": TIME });
    answer(&mut alive, &Answer::json(201, json!({ "success": true, "message": message, "reply": null }))).await;
    assert_eq!(send.await.unwrap().unwrap()["message"]["id"], "5");
    // Nothing was sent on the old one.
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut dead, &mut rest).await.unwrap();
    assert_eq!(String::from_utf8(rest).unwrap(), "");
}

fn sent(id: &str, reply: Option<&str>) -> Answer {
    let message =
        |id: &str, role: &str| json!({ "id": id, "session_id": "1", "role": role, "content": "Hi", "created_at": TIME });
    let reply = reply.map(|reply| message(reply, "assistant"));
    Answer::json(201, json!({ "success": true, "message": message(id, "user"), "reply": reply }))
}

fn lost() -> Answer {
    Answer { hang_up: true, ..Answer::default() }
}

fn patient(server: &Canned) -> HostClient {
    HostClient::phone(&json!({ "backend": server.url, "token": TOKEN }).to_string()).unwrap()
}

/// The id of each message that was sent, and the message that the client knew before it, if the request is a repeat.
fn repeats(server: &Canned) -> Vec<(String, Option<String>)> {
    let sent = server.seen().into_iter().filter(|request| request.path.ends_with("/messages") && request.method == "POST");
    let id = |request: &Request| request.json()["id"].as_str().unwrap().to_owned();
    sent.map(|request| (id(&request), request.headers.get("x-agenthuman-repeat-after").cloned())).collect()
}

const SEND: &str = r#"{"session_id":"1","content":"Hi"}"#;

#[tokio::test]
async fn a_message_whose_response_was_lost_is_sent_again_with_its_id() {
    let unknown = json!({ "success": false, "error": { "code": "timeout", "message": "Late.", "outcome_unknown": true } });
    let refused = [error(401, "grant_expired"), granted(SECOND, 900)];
    let unknown = [Answer::json(504, unknown), sent("7", None)];
    let server = Canned::start([granted(GRANT, 900), lost(), sent("5", Some("6"))].into_iter().chain(refused).chain(unknown));
    let client = patient(&server);
    opened(&client).await;
    assert_eq!(last(client.call("messages.create", SEND, "")).await.unwrap()["message"]["id"], "5");
    assert_eq!(last(client.call("messages.create", SEND, "")).await.unwrap()["message"]["id"], "7");
    let repeats = repeats(&server);
    let (first, second) = (repeats[0].0.clone(), repeats[2].0.clone());
    assert!(first.len() == 32 && first != second, "{repeats:?}");
    // A rejected grant says that nothing was done, so that the next attempt is no repeat.
    let expected = [(&first, None), (&first, Some("")), (&second, None), (&second, None), (&second, Some("6"))];
    assert_eq!(repeats, expected.map(|(id, after)| (id.clone(), after.map(str::to_owned))));
}

#[tokio::test]
async fn the_same_id_is_a_repeat_until_the_outcome_is_known() {
    let listed = json!([{ "id": "3", "session_id": "1", "role": "user", "content": "Hi", "created_at": TIME }]);
    let page = Answer::json(200, json!({ "success": true, "messages": listed, "next": null }));
    let server =
        Canned::start([granted(GRANT, 900), page, lost(), lost(), sent("5", None), error(400, "bad_request"), sent("5", None)]);
    let client = phone(&server);
    opened(&client).await;
    last(client.call("messages.list", r#"{"session_id":"1"}"#, "")).await.unwrap();
    let send = r#"{"session_id":"1","content":"Hi","id":"mine-1"}"#;
    for _ in 0..2 {
        let failed = last(client.call("messages.create", send, "")).await.unwrap_err();
        assert_eq!((failed.outcome_unknown, failed.retryable), (true, false));
        assert!(failed.suggestion.unwrap().contains("the same id"));
    }
    last(client.call("messages.create", send, "")).await.unwrap();
    let failed = last(client.call("messages.create", send, "")).await.unwrap_err();
    assert!(!failed.outcome_unknown);
    last(client.call("messages.create", send, "")).await.unwrap();
    let known = repeats(&server).into_iter().map(|(id, after)| {
        assert_eq!(id, "mine-1");
        after
    });
    assert_eq!(known.collect::<Vec<_>>(), [None, Some("3".to_owned()), Some("3".to_owned()), None, None]);
}

#[tokio::test]
async fn a_message_whose_repeat_is_rejected_may_have_been_sent_before() {
    let server = Canned::start([granted(GRANT, 900), lost(), error(409, "conflict")]);
    let client = patient(&server);
    opened(&client).await;
    let failed = last(client.call("messages.create", SEND, "")).await.unwrap_err();
    assert_eq!((failed.kind, failed.outcome_unknown), (Kind::Conflict, true));
}

#[tokio::test]
async fn a_malformed_id_of_a_message_is_not_sent() {
    let server = Canned::start([granted(GRANT, 900)]);
    let client = phone(&server);
    opened(&client).await;
    for id in [json!(""), json!("a b"), json!("x".repeat(65)), json!(7)] {
        let params = json!({ "session_id": "1", "content": "Hi", "id": id });
        let refused = last(client.call("messages.create", &params.to_string(), "")).await.unwrap_err();
        assert_eq!((refused.kind, refused.parameter.as_deref()), (Kind::InvalidArgument, Some("id")));
        assert_eq!(refused.operation.as_deref(), Some("messages.create"));
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_message_without_a_response_is_sent_again_with_its_id_when_the_network_changes() {
    let server = Canned::start([granted(GRANT, 900), Answer { hang: true, ..Answer::default() }, sent("5", None)]);
    let client = patient(&server);
    opened(&client).await;
    let hanging = tokio::spawn(last(client.call("messages.create", SEND, "")));
    server.has_hanging(1).await;
    client.connections_changed();
    assert_eq!(in_time(hanging).await.unwrap().unwrap()["message"]["id"], "5");
    let repeats = repeats(&server);
    assert_eq!((repeats[1].0.as_str(), repeats[1].1.as_deref()), (repeats[0].0.as_str(), Some("")));
}

/// A limit for what would otherwise never end.
async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), awaited).await.expect("it did not happen in time")
}

/// Reads a request and answers it. The connection stays open.
async fn answer(connection: &mut tokio::net::TcpStream, answer: &Answer) {
    request(connection).await;
    respond(connection, answer).await;
}

/// Reads a request, whose body is an object without objects.
async fn request(connection: &mut tokio::net::TcpStream) {
    use tokio::io::AsyncReadExt;
    let mut text = Vec::new();
    while !text.ends_with(b"}") {
        text.push(connection.read_u8().await.unwrap());
    }
}

async fn respond(connection: &mut tokio::net::TcpStream, answer: &Answer) {
    use tokio::io::AsyncWriteExt;
    let head = format!("HTTP/1.1 {} OK\r\ncontent-length: {}\r\n\r\n", answer.status, answer.body.len());
    connection.write_all(&[head.as_bytes(), &answer.body].concat()).await.unwrap();
}
