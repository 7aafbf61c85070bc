//! Repeats, waits, deadlines, refusals: what a call does when things go wrong.

use super::client_of;
use agenthuman::api::agents::{CreateAgent, ListAgents};
use agenthuman::api::sessions::{CreateSession, ListSessions};
use agenthuman::{Client, Id, KeySource, Kind, Secret, TokenSource};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, agent, session_body, user};
use futures_util::FutureExt;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const OTHER_KEY: &str = "ah_test_An0therK3yAn0therK3yAn0therK3y12";

fn repeating(server: &Canned) -> Client {
    Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).build().unwrap()
}

fn a_session() -> CreateSession {
    CreateSession::new("7")
}

#[tokio::test]
async fn a_read_is_repeated_until_it_succeeds() {
    let server = Canned::start([
        Answer::json(503, json!({})).header("retry-after", "0"),
        Answer { hang_up: true, ..Default::default() },
        Answer::json(200, session_body(1)),
    ]);
    let session = repeating(&server).sessions().get("1").await.unwrap();
    assert_eq!(session.id, Id::from("1"));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_create_is_never_doubled() {
    for answer in [Answer::json(503, json!({})), Answer { hang_up: true, ..Default::default() }] {
        let server = Canned::start([answer, Answer::json(201, session_body(1))]);
        let error = repeating(&server).sessions().create(a_session()).await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{error:?}");
        assert!(error.info().outcome_unknown, "{error:?}");
    }
}

#[tokio::test]
async fn a_create_that_the_limit_refused_is_repeated() {
    let limited = Answer::json(429, json!({ "success": false, "error": "Too many requests." })).header("retry-after", "0");
    let server = Canned::start([limited, Answer::json(201, session_body(1))]);
    repeating(&server).sessions().create(a_session()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_repeated_delete_takes_not_found_for_success() {
    let gone = Answer::json(404, json!({ "success": false, "error": "Agent not found" }));
    let server = Canned::start([Answer::json(503, json!({})).header("retry-after", "0"), gone.clone()]);
    repeating(&server).agents().delete("1").await.unwrap();

    let server = Canned::start([gone]);
    let error = repeating(&server).agents().delete("1").await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}

#[tokio::test]
async fn a_wait_longer_than_the_deadline_fails_at_once() {
    let server = Canned::start([Answer::json(503, json!({})).header("retry-after", "3600")]);
    let error = repeating(&server).sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().retry_after), (Kind::ServiceUnavailable, Some(3600.0)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_used_up_limit_holds_the_next_call_back() {
    let last = Answer::json(200, session_body(1)).header("x-ratelimit-remaining", "0").header("retry-after", "200");
    let server = Canned::start([last]);
    let client = repeating(&server);
    client.sessions().get("1").await.unwrap();
    let error = client.sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("rate_limit")));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_deadline_ends_a_call_that_hangs() {
    let server = Canned::start([Answer { hang: true, ..Default::default() }]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).timeout(Duration::from_millis(200)).build().unwrap();
    let error = client.sessions().create(a_session()).await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("total")));
    assert!(error.info().outcome_unknown, "the request was sent, and nobody knows what became of it");
    assert_eq!(error.info().attempts.len(), 1);
    let error = client.sessions().get("1").await.unwrap_err();
    assert!(!error.info().outcome_unknown, "a read can simply be made again");
}

#[tokio::test]
async fn a_refused_connection_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::builder().base_url(format!("http://{free}")).api_key(KEY).max_retries(0).build().unwrap();
    let error = client.sessions().create(a_session()).await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Connection, Some("connect")));
    assert!(!error.info().outcome_unknown);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Canned::start([Answer::json(200, session_body(1))]);
    let server = Canned::start([Answer::json(302, json!({})).header("location", &other.url)]);
    let error = repeating(&server).sessions().get("1").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Redirect);
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused() {
    let server = Canned::start([Answer::text(200, &"x".repeat(2_000))]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).max_response_bytes(1_000).build().unwrap();
    let error = client.sessions().get("1").await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidResponse);
    assert!(error.info().message.contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn a_compressed_body_is_read_and_its_cap_is_the_decoded_size() {
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        let body = encoder.finish().unwrap();
        Answer { status: 200, body, ..Answer::default() }.header("content-encoding", "gzip")
    };
    let server = Canned::start([gzip(&session_body(1).to_string()), gzip(&"x".repeat(1_000_000))]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).max_response_bytes(100_000).build().unwrap();
    assert_eq!(client.sessions().get("1").await.unwrap().id, Id::from("1"));
    let error = client.sessions().get("1").await.unwrap_err();
    assert!(error.info().message.contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn the_preferred_credential_goes_alone() {
    let server = Canned::start([Answer::json(200, json!([]))]);
    let both = client_of(&server);
    both.agents().list(ListAgents::default()).all().await.unwrap();
    both.avatars().list().all().await.unwrap();
    both.sessions().list(ListSessions::default()).all().await.unwrap();
    let key_only = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
    key_only.agents().list(ListAgents::default()).all().await.unwrap();
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|request| (request.headers.contains_key("authorization"), request.headers.contains_key("x-api-key")))
        .collect();
    assert_eq!(sent, [(true, false), (false, true), (false, true), (false, true)]);
}

#[tokio::test]
async fn a_missing_credential_is_named_and_nothing_is_sent() {
    let server = Canned::start([Answer::json(200, json!([]))]);
    let key_only = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
    let error = key_only.api_keys().list().all().await.unwrap_err();
    assert_eq!(error.kind(), Kind::MissingCredential);
    assert!(error.to_string().contains("requires a token, but the client has only an API key"), "{error}");
    let token_only = Client::builder().base_url(&server.url).token(TOKEN).build().unwrap();
    let error = token_only.sessions().get("1").await.unwrap_err();
    assert!(error.to_string().contains("requires an API key, but the client has only a token"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_rejection_advises_about_the_credential_that_was_sent() {
    let both = |text: &str| Answer::json(401, json!({ "success": false, "error": text }));
    for (text, credential, advice) in [
        ("No", "api_key", "Check the API key, and"),
        ("No", "token", "Check the token, or sign in"),
        ("No", "none", "The request was sent without a credential"),
        ("Invalid token", "api_key", "sent with an API key, but the service expects a token"),
        ("Token has expired", "api_key", "sent with an API key, but the service expects a token"),
        ("Invalid API key", "token", "sent with a token, but the service expects an API key"),
        ("API key required", "token", "sent with a token, but the service expects an API key"),
        ("API key required", "api_key", "sent with an API key. Check that no proxy"),
        ("Invalid API key", "api_key", "belongs to this environment"),
        ("Invalid token", "token", "Sign in again"),
    ] {
        let server = Canned::start([both(text)]);
        let client = Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).build().unwrap();
        let error = client.request("GET", "/v1/agents", None, Some(credential)).await.unwrap_err();
        let suggestion = error.info().suggestion.as_deref().unwrap_or_default();
        assert!(suggestion.contains(advice), "{text}, {credential}: {suggestion}");
    }
    let server = Canned::start([both("Invalid code")]);
    let client = Client::builder().base_url(&server.url).without_credentials().build().unwrap();
    let error = client.auth().verify_otp("ada@example.com", "123456").await.unwrap_err();
    assert!(error.info().suggestion.as_deref().unwrap_or_default().contains("Check its parameters"));
}

#[tokio::test]
async fn a_key_that_changes_under_a_running_client_is_taken_up() {
    let revoked = Answer::json(401, json!({ "success": false, "error": "API key has been revoked" }));
    let folder = std::env::temp_dir().join(format!("agenthuman-key-{:x}", fastrand::u64(..)));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let server = Canned::start([Answer::json(200, session_body(1)), revoked, Answer::json(200, session_body(1))]);
    let client = Client::builder().base_url(&server.url).api_key_source(KeySource::File(path.clone())).build().unwrap();
    client.sessions().get("1").await.unwrap();
    // A file's time is coarse, so the change is made certain.
    std::fs::write(&path, OTHER_KEY).unwrap();
    let later = std::time::SystemTime::now() + Duration::from_secs(5);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    client.sessions().get("1").await.unwrap_err();
    client.sessions().get("1").await.unwrap();
    let keys: Vec<_> = server.seen().iter().map(|request| request.headers["x-api-key"].clone()).collect();
    assert_eq!(keys, [KEY, OTHER_KEY, OTHER_KEY]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_function_is_asked_once_by_all_and_again_after_a_refusal() {
    let revoked = Answer::json(401, json!({ "success": false, "error": "API key has been revoked" }));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let source = KeySource::Callback(Arc::new(move || {
        let key = if count.fetch_add(1, Ordering::SeqCst) == 0 { KEY } else { OTHER_KEY };
        async move {
            tokio::task::yield_now().await;
            Ok(Secret::from(key))
        }
        .boxed()
    }));
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = Client::builder().base_url(&server.url).api_key_source(source.clone()).build().unwrap();
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.sessions().get("1").await.unwrap() })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    let server = Canned::start([revoked, Answer::json(201, session_body(1))]);
    asked.store(0, Ordering::SeqCst);
    let client = Client::builder().base_url(&server.url).api_key_source(source).build().unwrap();
    client.sessions().create(a_session()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(server.seen()[1].headers["x-api-key"], OTHER_KEY);
}

#[tokio::test]
async fn a_function_that_fails_is_told_without_its_text() {
    let source = TokenSource::Callback(Arc::new(|| async { Err(format!("no token, only {KEY}").into()) }.boxed()));
    let client = Client::builder().base_url("http://127.0.0.1:9").token_source(source).build().unwrap();
    let error = client.auth().me().await.unwrap_err();
    assert_eq!(error.kind(), Kind::MissingCredential);
    assert!(!format!("{error} {error:?}").contains(KEY));
}

#[tokio::test]
async fn signing_in_and_out_changes_what_the_client_holds() {
    let server = Canned::start([
        Answer::json(200, json!({ "success": true, "token": TOKEN, "expires_at": "2100-01-01T00:00:00Z" })),
        Answer::json(200, json!({ "success": true, "user": user(1) })),
        Answer::json(200, json!({ "success": true })),
    ]);
    let client = Client::builder().base_url(&server.url).api_key(KEY).build().unwrap();
    client.auth().verify_otp("ada@example.com", "123456").await.unwrap();
    client.auth().me().await.unwrap();
    client.auth().logout().await.unwrap();
    assert_eq!(client.auth().me().await.unwrap_err().kind(), Kind::MissingCredential);
    assert_eq!(server.seen()[1].headers["authorization"], format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn an_operation_can_live_elsewhere_and_under_a_prefix() {
    let server = Canned::start([Answer::json(200, json!({ "agents": [] }))]);
    let client = Client::builder()
        .base_url(format!("{}/api/", server.url))
        .api_key(KEY)
        .route("agents.get", "/v2/agents/{id}")
        .build()
        .unwrap();
    let _ = client.agents().get("a/b ä").await;
    client.request("get", "/v9/things?x=1", None, None).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/api/v2/agents/a%2Fb%20%C3%A4");
    assert_eq!((seen[1].path.as_str(), seen[1].query["x"].as_str()), ("/api/v9/things", "1"));
    assert_eq!(seen[1].headers["x-api-key"], KEY);
}

#[tokio::test]
async fn what_a_url_must_not_contain_is_percent_encoded() {
    let server = Canned::start([Answer::json(200, json!({}))]);
    let builder = Client::builder().base_url(&server.url).api_key(KEY);
    let client = builder.route("agents.get", "/Büro<^>/{id}/}").build().unwrap();
    let _ = client.agents().get("1").await;
    client.request("get", "/Büro{\"a\"}/%2F?x=ä{}", None, None).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/B%C3%BCro%3C%5E%3E/1/%7D");
    assert_eq!((seen[1].path.as_str(), seen[1].query["x"].as_str()), ("/B%C3%BCro%7B%22a%22%7D/%2F", "ä{}"));
}

#[tokio::test]
async fn a_closed_client_refuses() {
    let server = Canned::start([Answer::json(201, json!({ "agent": agent(1, "Support") }))]);
    let client = client_of(&server);
    client.close();
    let error = client.agents().create(CreateAgent::new("A")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Closed);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn pages_are_walked_to_the_end() {
    let page = |ids: [i64; 2], next: Option<&str>| {
        let agents: Vec<_> = ids.iter().map(|id| agent(*id, "Support")).collect();
        Answer::json(200, json!({ "success": true, "agents": agents, "next": next }))
    };
    let server = Canned::start([page([1, 2], Some("2")), page([3, 4], None)]);
    let list = ListAgents::new().limit(2);
    let agents = client_of(&server).agents().list(list.clone()).all().await.unwrap();
    assert_eq!(agents.iter().map(|agent| agent.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!(server.seen()[1].query["after"], "2");

    let ignores_after = Canned::start([page([1, 2], Some("a")), page([1, 2], Some("b"))]);
    assert_eq!(client_of(&ignores_after).agents().list(list).all().await.unwrap().len(), 2);
    assert_eq!(ignores_after.seen().len(), 2);
}
