//! Where credentials come from: when a source is asked, by how many calls at once, and what becomes of its result.

use agenthuman::api::avatars::UploadAvatar;
use agenthuman::host::{HostClient, Question, Step};
use agenthuman::{Client, KeyCommand, KeySource, Kind, Result, Secret, SourceError, TokenSource, Upload};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TIME, TOKEN, session_body, uploaded_avatar, user};
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;

const OTHER_KEY: &str = "ah_test_An0therK3yAn0therK3yAn0therK3y12";

/// A function that returns the keys in their order, and the last one from then on, and a count of its calls.
fn returning(keys: &'static [&'static str]) -> (KeySource, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let function = move || {
        let key = keys[count.fetch_add(1, Ordering::SeqCst).min(keys.len() - 1)];
        async move {
            tokio::task::yield_now().await;
            Ok(Secret::from(key))
        }
        .boxed()
    };
    (KeySource::Callback(Arc::new(function)), calls)
}

fn with(server: &Canned, source: KeySource) -> Client {
    Client::builder().base_url(&server.url).api_key_source(source).max_retries(0).build().unwrap()
}

fn keys_sent(server: &Canned) -> Vec<String> {
    server.seen().iter().map(|request| request.headers["x-api-key"].clone()).collect()
}

fn unauthorized() -> [Answer; 8] {
    let json = |error: &str| Answer::json(401, json!({ "success": false, "error": error }));
    [
        json("Unauthorized"),
        json("Token expired"),
        json("Authentication required"),
        json("API key has been revoked"),
        Answer::json(401, json!({ "error": { "code": "something_new", "message": "No." } })),
        Answer::text(401, ""),
        Answer::text(401, "<html>401 Authorization Required</html>"),
        Answer::json(401, json!([])),
    ]
}

#[tokio::test]
async fn a_source_is_asked_again_after_any_401() {
    let session = Answer::json(200, session_body(1));
    for (number, answer) in unauthorized().into_iter().enumerate() {
        let server = Canned::start([answer.clone(), session.clone()]);
        let (source, calls) = returning(&[KEY, OTHER_KEY]);
        with(&server, source).sessions().get("1").await.unwrap_or_else(|error| panic!("{number}: {error:?}"));
        assert_eq!((keys_sent(&server), calls.load(Ordering::SeqCst)), (vec![KEY.into(), OTHER_KEY.into()], 2));

        let server = Canned::start([answer.clone(), session.clone()]);
        let config = json!({ "base_url": server.url, "api_key": { "function": true }, "max_retries": 0 });
        let mut call = HostClient::new(&config.to_string()).unwrap().call("sessions.get", r#"{"id":"1"}"#, "");
        for key in [KEY, OTHER_KEY] {
            let Step::Question(Question::Credential { answer: request, .. }) = call.step().await else {
                panic!("{number}: the function was not called")
            };
            request.supply(Secret::from(key));
        }
        assert!(matches!(call.step().await, Step::Done(Ok(_))));

        let path = std::env::temp_dir().join(format!("agenthuman-credentials-{:x}", fastrand::u64(..)));
        std::fs::write(&path, KEY).unwrap();
        let data = std::fs::metadata(&path).unwrap();
        let server = Canned::start([answer.clone(), answer, session.clone()]);
        let client = with(&server, KeySource::File(path.clone()));
        client.sessions().get("1").await.unwrap_err();
        assert_eq!(keys_sent(&server), [KEY], "a file with the same key in it is no other key");
        std::fs::write(&path, OTHER_KEY).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(data.modified().unwrap()).unwrap();
        client.sessions().get("1").await.unwrap_err();
        client.sessions().get("1").await.unwrap();
        assert_eq!(keys_sent(&server)[1..], [OTHER_KEY, OTHER_KEY]);
        std::fs::remove_file(path).unwrap();
    }
}

/// A command that prints the key of a file, and a line into `runs` beside it.
#[cfg(unix)]
fn printing(path: &std::path::Path) -> KeyCommand {
    let script = r#"echo run >> "$1.runs"; exec cat "$1""#;
    KeyCommand::new(["sh", "-c", script, "sh", path.to_str().unwrap()]).unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_runs_once_for_all_calls_and_again_after_a_401() {
    let path = std::env::temp_dir().join(format!("agenthuman-command-{:x}", fastrand::u64(..)));
    let runs_path = path.with_extension("runs");
    let runs = || std::fs::read_to_string(&runs_path).unwrap().lines().count();
    std::fs::write(&path, KEY).unwrap();
    let valid = Arc::new(std::sync::Mutex::new(KEY));
    let accepted = valid.clone();
    let server = Canned::answering(move |request| {
        match request.headers.get("x-api-key").map(String::as_str) == Some(*accepted.lock().unwrap()) {
            true => Answer::json(200, session_body(1)),
            false => Answer::json(401, json!({ "success": false, "error": "API key has been revoked" })),
        }
    });
    let client = with(&server, KeySource::Command(printing(&path)));
    for outcome in all_at_once(&client).await {
        outcome.unwrap();
    }
    assert_eq!(runs(), 1);

    *valid.lock().unwrap() = OTHER_KEY;
    std::fs::write(&path, OTHER_KEY).unwrap();
    client.sessions().get("1").await.unwrap();
    let sent = keys_sent(&server);
    assert_eq!(
        (&sent[sent.len() - 2..], runs()),
        (&[KEY.to_owned(), OTHER_KEY.to_owned()][..], 2),
        "sent again with the new key"
    );

    *valid.lock().unwrap() = KEY;
    let error = client.sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), runs()), (Kind::ApiKeyRevoked, 3), "it printed the same key again");

    std::fs::remove_file(&path).unwrap();
    let client = with(&server, KeySource::Command(printing(&path)));
    let before = server.seen().len();
    for outcome in all_at_once(&client).await {
        let error = outcome.unwrap_err();
        assert!(
            error.kind() == Kind::MissingCredential && error.to_string().contains("\"sh\" failed with exit status: 1"),
            "{error}"
        );
    }
    assert_eq!(server.seen().len(), before, "nothing was sent");
    std::fs::remove_file(runs_path).unwrap();
}

#[test]
fn a_command_is_an_option_of_hosts() {
    let client = |config: serde_json::Value| HostClient::new(&config.to_string()).map(drop);
    for command in [json!("op read x"), json!(["op", "read", "x"])] {
        client(json!({ "api_key": { "command": command } })).unwrap();
        let error = client(json!({ "token": { "command": command } })).unwrap_err();
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some("token")));
    }
    for command in [json!(""), json!([]), json!("op '"), json!([KEY])] {
        let error = client(json!({ "api_key": { "command": command } })).unwrap_err();
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some("api_key_command")));
        assert!(!format!("{error:?}").contains(&KEY[10..]), "{error:?}");
    }
}

#[tokio::test]
async fn a_source_is_not_asked_again_if_the_service_saw_no_key() {
    let server = Canned::start([Answer::json(401, json!({ "success": false, "error": "API key required" }))]);
    let (source, calls) = returning(&[KEY, OTHER_KEY]);
    let error = with(&server, source).sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), calls.load(Ordering::SeqCst)), (Kind::ApiKeyRequired, 1));
}

#[tokio::test]
async fn an_upload_is_not_sent_twice_and_the_next_call_asks_for_another_key() {
    let server = Canned::start([Answer::text(401, ""), Answer::json(201, json!({ "avatar": uploaded_avatar(1) }))]);
    let (source, calls) = returning(&[KEY, OTHER_KEY]);
    let client = with(&server, source);
    let file = || Upload::from_reader(&b"x"[..], Some(1));
    let face = UploadAvatar::new("Face");
    client.avatars().upload(file(), face.clone()).await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    client.avatars().upload(file(), face).await.unwrap();
    assert_eq!(keys_sent(&server), [KEY, OTHER_KEY]);
}

async fn all_at_once(client: &Client) -> Vec<Result<()>> {
    join_all((0..256).map(|_| async { client.sessions().get("1").await.map(drop) })).await
}

#[tokio::test]
async fn calls_that_wait_for_a_function_share_its_failure() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let source = KeySource::Callback(Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async {
            tokio::task::yield_now().await;
            Err(SourceError::from("no vault"))
        }
        .boxed()
    }));
    let client = Client::builder().base_url("http://127.0.0.1:9").api_key_source(source).build().unwrap();
    for outcome in all_at_once(&client).await {
        assert_eq!(outcome.unwrap_err().kind(), Kind::MissingCredential);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    client.sessions().get("1").await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 2, "a later call asks for itself");
}

#[tokio::test]
async fn a_function_that_returns_the_rejected_key_again_is_not_asked_again_within_a_second() {
    let server = Canned::start([Answer::json(401, json!({ "error": "Invalid API key" }))]);
    let (source, calls) = returning(&[KEY]);
    let client = with(&server, source);
    for outcome in all_at_once(&client).await {
        assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidApiKey);
    }
    // Once at first, and once after the rejection.
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    client.sessions().get("1").await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(1_001)).await;
    tokio::time::resume();
    client.sessions().get("1").await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_function_that_returns_another_key_is_called_once_for_all() {
    let server = Canned::answering(|request| match request.headers["x-api-key"].as_str() {
        KEY => Answer::json(401, json!({ "error": "Invalid API key" })),
        _ => Answer::json(200, session_body(1)),
    });
    let (source, calls) = returning(&[KEY, OTHER_KEY]);
    for outcome in all_at_once(&with(&server, source)).await {
        outcome.unwrap();
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_phones_function_is_called_at_most_twice_for_calls_that_begin_at_once() {
    let server = Canned::start([Answer::json(200, json!({ "success": true, "agents": [] }))]);
    let client = HostClient::phone(&json!({ "backend": server.url, "token": { "function": true } }).to_string()).unwrap();
    let asked = AtomicUsize::new(0);
    for fails in [false, true] {
        asked.store(0, Ordering::SeqCst);
        let calls = (0..64).map(|_| async {
            let mut call = client.call("agents.list", "{}", "");
            loop {
                match call.step().await {
                    Step::Question(Question::Credential { answer: request, .. }) => {
                        asked.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        if fails { request.fail("failed") } else { request.supply(Secret::from("a-token")) }
                    }
                    Step::Done(outcome) => break outcome.map(drop).map_err(|error| error.kind),
                    _ => panic!("an unexpected step"),
                }
            }
        });
        let expected = if fails { Err(Kind::TokenUnavailable) } else { Ok(()) };
        assert!(join_all(calls).await.iter().all(|outcome| *outcome == expected));
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn a_function_that_never_returns_ends_with_the_call_and_the_next_call_asks_again() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let source = KeySource::Callback(Arc::new(move || {
        let hangs = count.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if hangs { std::future::pending().await } else { Ok(Secret::from(KEY)) } }.boxed()
    }));
    let builder = Client::builder().base_url(&server.url).api_key_source(source).timeout(Duration::from_millis(200));
    let client = builder.build().unwrap();
    let error = client.sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("credential")));
    client.sessions().get("1").await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_function_that_blocks_its_thread_past_the_deadline_sends_nothing() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let source = KeySource::Callback(Arc::new(|| {
        std::thread::sleep(Duration::from_millis(50));
        async { Ok(Secret::from(KEY)) }.boxed()
    }));
    let builder = Client::builder().base_url(&server.url).api_key_source(source).timeout(Duration::from_millis(10));
    let error = builder.build().unwrap().sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("credential")));
    assert!(server.seen().is_empty());
}

/// A token that expired an hour ago by this machine's clock, which may be two hours ahead.
fn expired_by_the_clock() -> String {
    use base64::Engine;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({ "sub": "1", "iat": now - 7_200, "exp": now - 3_600 }).to_string();
    format!("eyJhbGciOiJub25lIn0.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn a_token_that_was_just_received_is_sent_whatever_the_clock_says() {
    let me = Answer::json(200, json!({ "success": true, "user": user(1) }));
    let token = expired_by_the_clock();

    let server = Canned::start([me.clone()]);
    let client = Client::builder().base_url(&server.url).token(token.as_str()).build().unwrap();
    client.auth().me().await.unwrap();

    let signed_in = Answer::json(200, json!({ "success": true, "token": token, "expires_at": TIME }));
    let server = Canned::start([signed_in, me.clone()]);
    let client = Client::builder().base_url(&server.url).without_credentials().build().unwrap();
    client.auth().verify_otp("ada@example.com", "123456").await.unwrap();
    client.auth().me().await.unwrap();
    assert_eq!(server.seen()[1].headers["authorization"], format!("Bearer {token}"));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3_700)).await;
    tokio::time::resume();
    let error = client.auth().me().await.unwrap_err();
    assert_eq!((error.kind(), server.seen().len()), (Kind::MissingCredential, 2), "its hour is over");

    let server = Canned::start([me.clone(), me.clone(), Answer::json(401, json!({ "error": "Token expired" })), me]);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let source = TokenSource::Callback(Arc::new(move || {
        let token = if count.fetch_add(1, Ordering::SeqCst) == 0 { token.clone() } else { TOKEN.to_owned() };
        async { Ok(Secret::new(token)) }.boxed()
    }));
    let client = Client::builder().base_url(&server.url).token_source(source).build().unwrap();
    client.auth().me().await.unwrap();
    client.auth().me().await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    client.auth().me().await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2, "the service's word counts");
}

#[tokio::test]
async fn a_function_that_uses_its_own_client_is_told_at_once() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let own: Arc<OnceLock<Client>> = Arc::default();
    let client_of = own.clone();
    let source = KeySource::Callback(Arc::new(move || {
        let client = client_of.get().unwrap().clone();
        async move {
            client.sessions().get("1").await?;
            Ok(Secret::from(KEY))
        }
        .boxed()
    }));
    own.set(with(&server, source)).unwrap();
    let error = own.get().unwrap().sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("api_key")));
    assert!(error.to_string().contains("on the same client"), "{error}");
    assert!(server.seen().is_empty());

    let config = json!({ "base_url": server.url, "api_key": { "function": true } });
    let client = HostClient::new(&config.to_string()).unwrap();
    let get = || client.call("sessions.get", r#"{"id":"1"}"#, "");
    let mut outer = get();
    let Step::Question(Question::Credential { kind, answer: request }) = outer.step().await else {
        panic!("the function was not called")
    };
    let mut inner = get();
    inner.made_within(kind);
    let Step::Done(Err(error)) = inner.step().await else { panic!("the inner call did not fail") };
    assert_eq!(error.kind, Kind::Configuration);
    request.fail("raised ConfigurationError");
    let Step::Done(Err(error)) = outer.step().await else { panic!("the outer call did not fail") };
    assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some("api_key")));
}

#[tokio::test]
async fn an_unrelated_call_waits_for_a_function_that_is_running() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let source = KeySource::Callback(Arc::new({
        let (begun, go_on) = (begun.clone(), go_on.clone());
        move || {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move {
                begun.notify_one();
                go_on.notified().await;
                Ok(Secret::from(KEY))
            }
            .boxed()
        }
    }));
    let client = with(&server, source);
    let call = || {
        let client = client.clone();
        tokio::spawn(async move { client.sessions().get("1").await })
    };
    let first = call();
    begun.notified().await;
    let second = call();
    tokio::task::yield_now().await;
    go_on.notify_one();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
}
