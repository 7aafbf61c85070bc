//! Simulated failures: the response that the client gets, and whether the operation was executed.

use std::io::ErrorKind;

use agenthuman_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::{Api, As, client, unlimited};
use crate::command::Process;

const HEADER: &str = "x-sandbox-fault";

/// Returns the received bytes, and whether the connection was reset or closed.
async fn raw(api: &Api, method: &str, path: &str, fault: &str, body: &str) -> (String, Result<(), ErrorKind>) {
    let mut stream = TcpStream::connect(api.url.trim_start_matches("http://")).await.expect("it listens");
    stream.write_all(raw_request(api, method, path, fault, body).as_bytes()).await.expect("it reads");
    let mut seen = Vec::new();
    let end = stream.read_to_end(&mut seen).await.map(|_| ()).map_err(|error| error.kind());
    (String::from_utf8_lossy(&seen).into_owned(), end)
}

fn raw_request(api: &Api, method: &str, path: &str, fault: &str, body: &str) -> String {
    let host = api.url.trim_start_matches("http://");
    let As::Key(key) = &api.key else { unreachable!() };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\n{HEADER}: {fault}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Returns the declared length and the received body.
fn parts(answer: &str) -> (usize, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers and a body");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    (length.parse().expect("a number"), body)
}

/// A list of each contract, and a body that adds to it.
const LISTS: [(&str, &str); 2] = [
    ("/v1/agents", r#"{"name":"Made?"}"#),
    ("/rooms/v1/agents", r#"{"name":"Made?","voice_agent":{"provider":"ElevenLabs","agent_id":"el_1","auth_method":"public"}}"#),
];

async fn agents(api: &Api, path: &str) -> usize {
    let listed = api.call("GET", path, &[], &api.key, None).await.is(200);
    listed.at("/agents").as_array().unwrap().len()
}

#[tokio::test]
async fn a_reset_is_a_tcp_reset_before_or_after_the_work() {
    let api = Api::start().await;
    for (path, body) in LISTS {
        for (fault, made) in [("reset-before", 0), ("reset-after", 1)] {
            let before = agents(&api, path).await;
            let answer = raw(&api, "POST", path, fault, body).await;
            assert_eq!(answer, (String::new(), Err(ErrorKind::ConnectionReset)), "{fault}");
            assert_eq!(agents(&api, path).await, before + made, "{fault}");
        }
    }
}

#[tokio::test]
async fn a_truncated_response_ends_early() {
    let api = Api::start().await;
    for path in ["/v1/agents", "/rooms/v1/agents", "/rooms/v1/sessions/sess_1"] {
        let (right, _) = raw(&api, "GET", path, "delay=0", "").await;
        let (length, body) = parts(&right);
        assert_eq!(body.len(), length);
        let (answer, end) = raw(&api, "GET", path, "truncate", "").await;
        assert_eq!(parts(&answer), (length, &body[..length / 2]));
        assert_eq!(end, Ok(()));
    }
}

#[tokio::test]
async fn a_wrong_length_is_too_large_or_too_small() {
    let api = Api::start().await;
    let (right, _) = raw(&api, "GET", "/v1/agents", "delay=0", "").await;
    let (length, body) = parts(&right);
    for (fault, declared, sent) in [("length=+7", length + 7, body), ("length=-7", length - 7, &body[..length - 7])] {
        let (answer, end) = raw(&api, "GET", "/v1/agents", fault, "").await;
        assert_eq!(parts(&answer), (declared, sent), "{fault}");
        assert_eq!(end, Ok(()), "{fault}");
    }
}

#[tokio::test]
async fn garbage_has_the_status_of_success() {
    let api = Api::start().await;
    for (path, body) in LISTS {
        let before = agents(&api, path).await;
        let (answer, end) = raw(&api, "POST", path, "garbage", body).await;
        assert_eq!(end, Ok(()));
        assert!(answer.starts_with("HTTP/1.1 201 ") && answer.contains("content-type: application/json"));
        let (length, body) = parts(&answer);
        assert!(length > 0 && serde_json::from_str::<Value>(body).is_err());
        assert_eq!(agents(&api, path).await, before + 1);
    }
}

#[tokio::test]
async fn a_status_has_optional_headers_and_body() {
    let api = Api::start().await;
    let with_fault = |fault: &'static str| {
        let request = api.request("POST", "/v1/agents", &api.key).header(HEADER, fault);
        api.send("POST", "/v1/agents", request)
    };
    with_fault("status=401").await.fails(401, "Invalid API key");
    let limited = with_fault("status=429").await.fails(429, "Too many requests. Please retry after 1 minute.");
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert_eq!(limited.header("x-ratelimit-remaining"), Some("0"));
    assert!(limited.header("x-request-id").is_some());
    let failed = with_fault("status=500").await.fails(500, "Internal server error");
    assert_eq!(failed.header("retry-after"), None);
    let away = with_fault("status=503").await.fails(503, "Service unavailable");
    assert_eq!(away.header("retry-after"), Some("1"));
    let bare = with_fault("status=429,no-headers").await.fails(429, "Too many requests. Please retry after 1 minute.");
    for name in ["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-request-id"] {
        assert_eq!(bare.header(name), None, "{name}");
    }
    let empty = with_fault("status=503,no-body").await.is(503);
    assert_eq!(empty.body, "");
    assert_eq!(empty.header("retry-after"), Some("1"));
    assert_eq!(with_fault("status=500,no-headers,no-body").await.is(500).body, "");
}

#[tokio::test]
async fn a_trickled_response_arrives_byte_by_byte() {
    let api = Api::start().await;
    let (right, _) = raw(&api, "GET", "/v1/voices", "delay=0", "").await;
    let (trickled, end) = raw(&api, "GET", "/v1/voices", "trickle=1", "").await;
    assert_eq!((parts(&trickled), end), (parts(&right), Ok(())));

    let mut stream = TcpStream::connect(api.url.trim_start_matches("http://")).await.unwrap();
    let request = raw_request(&api, "GET", "/v1/voices", "trickle=3600000", "");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.windows(5).any(|bytes| bytes == b"\r\n\r\n{") {
        assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
    }
    assert!(seen.ends_with(b"\r\n\r\n{"), "one byte of the body, and no more for an hour");
}

#[tokio::test]
async fn hanging_requests_end_when_the_sandbox_stops() {
    let running = Sandbox::start(unlimited()).await.expect("it starts");
    let ask = |fault: &'static str| {
        let request = client().get(format!("{}/v1/agents", running.url())).header("x-api-key", running.api_key());
        tokio::spawn(request.header(HEADER, fault).send())
    };
    let (delayed, hanging) = (ask("delay=3600000"), ask("hang"));
    while requests_seen(&running).await < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!delayed.is_finished() && !hanging.is_finished());
    running.stop().await;
    assert_eq!(delayed.await.unwrap().expect("an answer").status(), 200);
    assert!(hanging.await.unwrap().is_err());
}

async fn requests_seen(running: &agenthuman_sandbox::Running) -> u64 {
    let faults = client().get(format!("{}/sandbox/faults", running.url())).send().await.unwrap().text().await.unwrap();
    let faults: Value = serde_json::from_str(&faults).unwrap();
    faults["by_header"].as_u64().unwrap()
}

#[tokio::test]
async fn rules_are_set_counted_and_removed() {
    let api = Api::start().await;
    let set = |rules: Value| api.call("PUT", "/sandbox/faults", &[], &As::NoCredential, Some(json!({"faults": rules})));
    let list = || api.call("GET", "/v1/agents", &[], &api.key, None);
    set(json!(["agents.list@2:status=500", "agents.list@3:status=503", "*@3:status=401"])).await.is(200);
    list().await.is(200);
    list().await.is(500);
    list().await.is(503);
    list().await.is(200);
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    let faults = api.call("GET", "/sandbox/faults", &[], &As::NoCredential, None).await.is(200);
    let rule = |rule: &str, calls: u64, fired: u64| json!({"rule": rule, "calls": calls, "fired": fired});
    let expected = [rule("agents.list@2:status=500", 4, 1), rule("agents.list@3:status=503", 4, 1), rule("*@3:status=401", 5, 0)];
    assert_eq!(faults.at("/faults"), &json!(expected), "the first rule that applies is used");

    set(json!(["*:status=503"])).await.is(200);
    list().await.is(503);
    api.call("GET", "/v1/nowhere", &[], &api.key, None).await.is(503);
    for path in ["/openapi.json", "/sandbox/mailbox", "/mailbox"] {
        api.call("GET", path, &[], &As::NoCredential, None).await.is(200);
    }
    let removed = api.call("DELETE", "/sandbox/faults", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(removed.at("/faults"), &json!([]));
    list().await.is(200);
    let header = As::Headers(vec![(HEADER, "status=503".to_owned())]);
    api.call("GET", "/openapi.json", &[], &header, None).await.is(200);
}

#[tokio::test]
async fn a_percentage_affects_some_calls() {
    let api = Api::start().await;
    let rules = json!({"faults": ["voices.list@50%:status=503"]});
    api.call("PUT", "/sandbox/faults", &[], &As::NoCredential, Some(rules)).await.is(200);
    let mut failed = 0;
    for _ in 0..200 {
        let answer = api.call("GET", "/v1/voices", &[], &api.key, None).await;
        failed += usize::from(answer.status == 503);
    }
    assert!(failed > 0 && failed < 200, "{failed}");
}

#[tokio::test]
async fn invalid_rules_are_rejected_with_the_reason() {
    let api = Api::start().await;
    for (body, reason) in [
        (json!({}), "faults is required"),
        (json!({"faults": "*:hang"}), "faults must be an array"),
        (json!({"faults": [1]}), "faults must be an array of strings"),
        (json!({"faults": ["*:status=418"]}), "faults: status must be 401, 429, 500 or 503; got \"418\""),
    ] {
        api.call("PUT", "/sandbox/faults", &[], &As::NoCredential, Some(body)).await.fails(400, reason);
    }
    let unknown = json!({"faults": ["*:hang", "agents.lst:hang"]});
    let unknown = api.call("PUT", "/sandbox/faults", &[], &As::NoCredential, Some(unknown)).await.is(400);
    assert!(unknown.text("/error").starts_with("faults: unknown operation \"agents.lst\"; the operations are agents.create, "));
    let kept = api.call("GET", "/sandbox/faults", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(kept.at("/faults"), &json!([]), "no rule of the list is set");
    let header = As::Headers(vec![(HEADER, "explode".to_owned())]);
    let refused = api.call("GET", "/v1/agents", &[], &header, None).await.is(400);
    assert!(refused.text("/error").starts_with("x-sandbox-fault: unknown fault \"explode\"; the faults are delay=MS"));
}

#[tokio::test]
async fn the_command_accepts_rules_and_explains_invalid_ones() {
    let mut process = Process::start(&["--json", "--fault", "agents.list@1:status=503", "--fault", "sessions.list:status=401"]);
    let api = process.api();
    api.call("GET", "/v1/agents", &[], &api.key, None).await.is(503);
    api.call("GET", "/v1/agents", &[], &api.key, None).await.is(200);
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(401);
    for (arguments, message) in [
        (["--fault", "*:status=418"].as_slice(), "status must be 401, 429, 500 or 503"),
        (&["--fault", "agents.lst:hang"], "unknown operation \"agents.lst\""),
        (&["--fault", "*:hang", "--host", "0.0.0.0"], "faults are allowed only if the sandbox listens on a loopback address"),
    ] {
        assert!(Process::failing(arguments).contains(message), "{arguments:?}");
    }
}

#[tokio::test]
async fn on_other_addresses_faults_are_rejected() {
    let host = std::net::Ipv4Addr::UNSPECIFIED.into();
    let api = Api::with(Options { host, ..unlimited() }).await;
    let reason = "Controlling the sandbox is allowed only if it listens on a loopback address.";
    for (method, path) in [
        ("GET", "/sandbox/faults"),
        ("PUT", "/sandbox/faults"),
        ("DELETE", "/sandbox/faults"),
        ("POST", "/sandbox/reset"),
        ("GET", "/sandbox/clock"),
        ("POST", "/sandbox/clock"),
        ("GET", "/sandbox/mailbox"),
        ("GET", "/mailbox"),
    ] {
        api.call(method, path, &[], &As::NoCredential, None).await.fails(403, reason);
    }
    let request = api.request("GET", "/v1/agents", &api.key).header(HEADER, "hang");
    api.send("GET", "/v1/agents", request).await.fails(403, reason);
    api.call("GET", "/v1/agents", &[], &api.key, None).await.is(200);
}
