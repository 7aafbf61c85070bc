//! Attacks by bodies and queries: too much, too slow, or not what they must be.

use crate::support::{ALICE, Bench, SECRET, app_request, claims_with, contract, mounted, options, read, request, signed, token};
use agenthuman_relay::Options;
use bytes::Bytes;
use http::{HeaderValue, Method};
use http_body_util::Full;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MESSAGES: &str = "/v1/sessions/101/messages";

#[tokio::test]
async fn an_oversized_body() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    let body = json!({ "content": "x".repeat(70_000) });
    bench.post(MESSAGES, Some(&grant), body.clone()).await.is(413, "bad_request");
    bench.post("/v1/sessions", None, json!({ "metadata": { "a": "x".repeat(70_000) } })).await.is(413, "bad_request");
    // The same in pieces, with no word of how much is to come.
    let pieces = body
        .to_string()
        .into_bytes()
        .chunks(1000)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect::<Vec<_>>();
    let stream = futures_util::stream::iter(pieces.into_iter().map(|piece| piece.map(http_body::Frame::data)));
    let pieces = app_request(Method::POST, MESSAGES, Some(&grant)).body(http_body_util::StreamBody::new(stream)).unwrap();
    let answered = read(bench.relay.handle(pieces).await).await;
    contract::check(&Method::POST, MESSAGES, &answered);
    answered.is(413, "bad_request");
    // One that says so is not read at all.
    let promising = app_request(Method::POST, MESSAGES, Some(&grant)).header("content-length", "1000000000");
    let never =
        http_body_util::StreamBody::new(futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>());
    read(bench.relay.handle(promising.body(never).unwrap()).await).await.is(413, "bad_request");
    bench.nothing_happened(&[&grant]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_loris() {
    let bench = Bench::with(Options { body_timeout: Duration::from_secs(10), ..options() }, crate::support::allow_all).await;
    let grant = signed(&claims_with(json!({})), SECRET);
    let url = mounted::serve(bench.relay.clone()).await;
    let mut stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://").trim_end_matches("/phones")).await.unwrap();
    let head = format!(
        "POST /phones{MESSAGES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-agenthuman-grant: {grant}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\n\r\n",
        token(ALICE)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let drip = tokio::spawn(async move {
        // It never falls silent: a byte comes every two seconds.
        while writer.write_all(b"{").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    let mut answer = vec![0; 4096];
    let read = reader.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains(r#""code":"timeout""#), "{answer}");
    drip.abort();
    bench.nothing_happened(&[&grant]);
}

#[tokio::test]
async fn bodies_and_queries_that_are_not_as_they_must_be() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for (path, body) in [
        (MESSAGES, json!({ "content": "Hello", "role": "system" })),
        (MESSAGES, json!({ "content": "Hello", "session_id": "102" })),
        (MESSAGES, json!({ "content": 7 })),
        (MESSAGES, json!({ "content": "" })),
        (MESSAGES, json!({ "content": "x".repeat(32_001) })),
        (MESSAGES, json!({})),
        (MESSAGES, json!([])),
        ("/v1/sessions", json!({ "agent_id": 7 })),
        ("/v1/sessions", json!({ "agent_id": "../7" })),
        ("/v1/sessions", json!({ "session_type": "telepathy" })),
        ("/v1/sessions", json!({ "metadata": "text" })),
        ("/v1/sessions", json!({ "user_id": "1" })),
    ] {
        bench.post(path, Some(&grant), body).await.is(400, "bad_request");
    }
    let deep = format!("{{\"metadata\":{}{}}}", "{\"a\":".repeat(200), "}".repeat(200));
    for text in ["{", "", "\u{feff}{}", "{\"content\":\"a\"} x", &deep] {
        for path in [MESSAGES, "/v1/sessions"] {
            let request = app_request(Method::POST, path, Some(&grant)).body(Full::from(text.to_owned())).unwrap();
            bench.send(request).await.is(400, "bad_request");
        }
    }
    let not_utf8 = app_request(Method::POST, MESSAGES, Some(&grant)).body(Full::from(&b"{\"content\":\"\xff\"}"[..])).unwrap();
    bench.send(not_utf8).await.is(400, "bad_request");
    for query in ["limit=x", "limit=0", "limit=201", "limit=1&limit=2", "after=1&after=2", "after=%0a", "role=system", "limit"] {
        bench.get(&format!("{MESSAGES}?{query}"), Some(&grant)).await.is(400, "bad_request");
    }
    bench.get("/v1/agents?all=1", None).await.is(400, "bad_request");
    bench.nothing_happened(&[&grant]);
}

#[tokio::test]
async fn bodies_that_are_not_json_by_their_own_word() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""] {
        let mut request = request(Method::POST, MESSAGES, Some(&grant), Some(json!({ "content": "Hello" })));
        request.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
        bench.send(request).await.is(415, "bad_request");
    }
    bench.nothing_happened(&[&grant]);
    let mut request = request(Method::POST, MESSAGES, Some(&grant), Some(json!({ "content": "Hello" })));
    request.headers_mut().insert("content-type", HeaderValue::from_static("Application/JSON; charset=utf-8"));
    bench.send(request).await.ok(201);
}
