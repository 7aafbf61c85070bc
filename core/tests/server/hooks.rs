//! The hooks of a client: their events, and that they cannot affect a call.

use agenthuman::api::sessions::CreateSession;
use agenthuman::{Client, ClientBuilder, EventHeaders, Kind};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, session_body};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Log = Arc<Mutex<Vec<String>>>;

/// A client whose hooks write their events into a log.
fn logging(server: &Canned) -> (ClientBuilder, Log) {
    let log = Log::default();
    let writer = || {
        let log = log.clone();
        move |line: String| log.lock().unwrap().push(line)
    };
    let (request, response, retry, wait) = (writer(), writer(), writer(), writer());
    let builder = Client::builder()
        .base_url(&server.url)
        .api_key(KEY)
        .on_request(move |event| request(format!("request {} {} {}", event.attempt, event.method, event.path)))
        .on_response(move |event| {
            let id = event.request_id.as_deref().unwrap_or("none");
            response(format!("response {} {:?} {:?} {id}", event.attempt, event.status, event.code.map(Kind::code)));
        })
        .on_retry(move |event| retry(format!("retry {} {:?} {}", event.attempt, event.status, event.reason.code())))
        .on_wait(move |event| wait(format!("wait {} {}", event.attempt, event.queued)));
    (builder, log)
}

fn lines(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

fn busy() -> Answer {
    Answer::json(503, json!({ "success": false, "error": "busy" })).header("x-request-id", "r-1")
}

#[tokio::test]
async fn every_attempt_is_reported() {
    let server = Canned::start([busy(), Answer::json(200, session_body(1)).header("x-request-id", "r-2")]);
    let (builder, log) = logging(&server);
    builder.build().unwrap().sessions().get("1").await.unwrap();
    assert_eq!(
        lines(&log),
        [
            "request 1 GET /v1/sessions/1",
            "response 1 Some(503) Some(\"service_unavailable\") r-1",
            "retry 1 Some(503) service_unavailable",
            "request 2 GET /v1/sessions/1",
            "response 2 Some(200) None r-2",
        ]
    );
}

#[tokio::test]
async fn a_failure_without_a_response_is_reported() {
    let server = Canned::start([Answer { hang_up: true, ..Answer::default() }]);
    let (builder, log) = logging(&server);
    builder.max_retries(0).build().unwrap().sessions().create(CreateSession::new("7")).await.unwrap_err();
    assert_eq!(lines(&log), ["request 1 POST /v1/sessions", "response 1 None Some(\"connection\") none"]);

    let server = Canned::start([Answer { hang: true, ..Answer::default() }]);
    let (builder, log) = logging(&server);
    let client = builder.timeout(Duration::from_millis(200)).build().unwrap();
    client.sessions().get("1").await.unwrap_err();
    assert_eq!(lines(&log), ["request 1 GET /v1/sessions/1", "response 1 None Some(\"timeout\") none"]);
}

#[tokio::test]
async fn a_wait_for_the_rate_limit_is_reported() {
    let refused = Answer::json(429, json!({ "success": false, "error": "slow down" })).header("retry-after", "0");
    let server = Canned::start([refused, Answer::json(200, session_body(1))]);
    let (builder, log) = logging(&server);
    builder.build().unwrap().sessions().get("1").await.unwrap();
    let lines = lines(&log);
    assert_eq!(lines[1..4], ["response 1 Some(429) Some(\"rate_limited\") none", "retry 1 Some(429) rate_limited", "wait 2 1"]);
}

#[tokio::test]
async fn no_event_contains_a_secret() {
    let server = Canned::answering(|request| {
        Answer::json(401, json!({ "success": false, "error": "no" }))
            .header("set-cookie", "session=cookie-of-a-sign-in")
            .header("x-echo", &format!("{KEY} {TOKEN} {}", request.json()["code"]))
            .header("x-auth-token", "opaque-response-secret")
    });
    let events = Arc::new(Mutex::new((String::new(), EventHeaders::new(), EventHeaders::new())));
    let (one, other) = (events.clone(), events.clone());
    let client = Client::builder()
        .base_url(&server.url)
        .api_key(KEY)
        .token(TOKEN)
        .header("x-gateway-secret", "opaque-request-secret")
        .header("x-team", "blue")
        .on_request(move |event| {
            let mut events = one.lock().unwrap();
            events.0.push_str(&format!("{event:?}"));
            events.1 = event.headers.clone();
        })
        .on_response(move |event| {
            let mut events = other.lock().unwrap();
            events.0.push_str(&format!("{event:?}"));
            events.2 = event.headers.clone();
        })
        .build()
        .unwrap();
    client.sessions().get("1").await.unwrap_err();
    client.auth().verify_otp("ada@example.com", "424242").await.unwrap_err();
    client.auth().me().await.unwrap_err();
    client.request("GET", &format!("/v1/{KEY}?code=secret-in-a-query"), None, Some("none")).await.unwrap_err();
    let (text, request, response) = events.lock().unwrap().clone();
    let secrets = [KEY, TOKEN, "cookie-of", "opaque-re", "424242", "secret-in-a-query"];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("ah_test_…"), "a key keeps its last four characters: {text}");
    assert_eq!((request["x-team"].as_str(), request["x-gateway-secret"].as_str()), ("blue", "[redacted]"));
    assert_eq!(response["x-auth-token"], "[redacted]");
}

#[tokio::test]
async fn a_hook_that_panics_changes_nothing() {
    let server = Canned::start([busy(), Answer::json(200, session_body(1))]);
    let client = Client::builder()
        .base_url(&server.url)
        .api_key(KEY)
        .on_request(|_| panic!("a hook that panics on purpose"))
        .on_response(|_| panic!("a hook that panics on purpose"))
        .on_retry(|_| panic!("a hook that panics on purpose"))
        .build()
        .unwrap();
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

/// The list that the packages are compared with names only options that a host can set.
#[test]
fn every_option_of_the_list_is_known() {
    use agenthuman::host::HostClient;
    use agenthuman::host::surface::CLIENT_OPTIONS;
    for option in CLIENT_OPTIONS {
        let config = match option {
            "api_key_command" | "api_key_file" => json!({}),
            hook if hook.starts_with("on_") => json!({ "hooks": [hook] }),
            option => json!({ option: 1 }),
        };
        let error = HostClient::new(&config.to_string()).err().map(|error| error.message).unwrap_or_default();
        assert!(!error.contains("unknown"), "{option}: {error}");
    }
    let error = HostClient::new(r#"{"colour": 1}"#).err().unwrap().message;
    assert!(error.contains("unknown"), "{error}");
}

/// A call steps once for each question, so this is the number of crossings into a host language.
#[tokio::test]
async fn without_hooks_a_host_is_asked_nothing() {
    use agenthuman::host::{HostClient, Question, Step};
    let server = Canned::start([busy(), Answer::json(200, session_body(1))]);
    for (hooks, expected) in [(json!([]), vec![]), (json!(["on_retry"]), vec!["on_retry"])] {
        server.answer({
            let mut answers = vec![Answer::json(200, session_body(1)), busy()];
            move |_| answers.pop().unwrap()
        });
        let config = json!({ "base_url": server.url, "api_key": KEY, "hooks": hooks });
        let client = HostClient::new(&config.to_string()).unwrap();
        let mut call = client.call("sessions.get", r#"{"id": "1"}"#, "");
        let mut steps = Vec::new();
        loop {
            match call.step().await {
                Step::Done(outcome) => break drop(outcome.unwrap()),
                Step::Question(Question::Event { hook, .. }) => steps.push(hook),
                Step::Question(_) => panic!("no other question is expected"),
            }
        }
        assert_eq!(steps, expected);
    }
}
