//! What Swift and Kotlin see of a call: its steps, its end, and what becomes of one that is given up.

use agenthuman_mobile::{PhoneCall, PhoneClient, PhoneFailure, PhoneStep};
use serde_json::Value;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LIST: &str = "voices.list";

async fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn client(url: &str) -> Arc<PhoneClient> {
    let config = serde_json::json!({ "backend": url, "token": { "function": true }, "max_retries": 0 });
    PhoneClient::new(config.to_string()).unwrap()
}

/// A call that has its token, and whose next step sends it.
async fn ready(url: &str) -> Arc<PhoneCall> {
    let call = client(url).call(LIST.into(), "{}".into(), String::new());
    assert!(matches!(call.clone().step().await, PhoneStep::TokenNeeded));
    call.supply("token".into());
    call
}

/// The request, up to the end of its headers.
async fn request(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(text).unwrap())
}

fn code(step: &PhoneStep) -> String {
    let PhoneStep::Failed { error } = step else { panic!("it did not fail") };
    let error: Value = serde_json::from_str(error).unwrap();
    error["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_asks_for_the_token_and_ends_with_its_answer() {
    let (listener, url) = listening().await;
    let call = ready(&url).await;
    let step = tokio::spawn(call.clone().step());
    let (mut stream, text) = request(&listener).await;
    assert!(text.to_ascii_lowercase().contains("authorization: bearer token\r\n"), "{text}");
    let body = r#"{"success":true,"voices":[{"id":"1","name":"Ada","is_public":true,"mood":"sunny"}]}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.unwrap();
    let PhoneStep::Done { body, next } = step.await.unwrap() else { panic!("it is not done") };
    assert_eq!(body, r#"[{"id":"1","name":"Ada","is_public":true,"extra":{"mood":"sunny"}}]"#);
    assert_eq!(next, None);
    assert_eq!(code(&call.step().await), "internal");
}

#[tokio::test]
async fn cancelling_drops_the_request_and_ends_the_step() {
    let (listener, url) = listening().await;
    let call = ready(&url).await;
    let step = tokio::spawn(call.clone().step());
    let (mut stream, _) = request(&listener).await;
    call.cancel();
    assert!(matches!(step.await.unwrap(), PhoneStep::Cancelled));
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(matches!(call.step().await, PhoneStep::Cancelled));
}

#[tokio::test]
async fn a_step_that_is_given_up_drops_the_request() {
    let (listener, url) = listening().await;
    let call = ready(&url).await;
    let step = tokio::spawn(call.clone().step());
    let (mut stream, _) = request(&listener).await;
    step.abort();
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(matches!(call.step().await, PhoneStep::Cancelled));
}

#[tokio::test]
async fn a_second_step_at_once_fails_and_leaves_the_first() {
    let (listener, url) = listening().await;
    let call = ready(&url).await;
    let step = tokio::spawn(call.clone().step());
    let (mut stream, _) = request(&listener).await;
    assert_eq!(code(&call.clone().step().await), "internal");
    stream.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(code(&step.await.unwrap()), "service_unavailable");
}

#[tokio::test]
async fn a_token_that_is_not_given_fails_the_call() {
    let (_listener, url) = listening().await;
    let call = client(&url).call(LIST.into(), "{}".into(), String::new());
    assert!(matches!(call.clone().step().await, PhoneStep::TokenNeeded));
    call.fail("threw SignedOut".into());
    assert_eq!(code(&call.step().await), "token_unavailable");
}

#[tokio::test]
async fn a_token_function_that_does_not_return_is_not_waited_for_after_the_deadline() {
    let (_listener, url) = listening().await;
    let call = client(&url).call(LIST.into(), "{}".into(), r#"{"timeout":0.05}"#.into());
    assert!(matches!(call.clone().step().await, PhoneStep::TokenNeeded));
    assert_eq!(code(&call.clone().step().await), "timeout");
    call.supply("late".into());
    assert_eq!(code(&call.step().await), "internal");
}

#[tokio::test]
async fn a_token_that_comes_while_the_step_waits_is_sent() {
    let (listener, url) = listening().await;
    let call = client(&url).call(LIST.into(), "{}".into(), String::new());
    assert!(matches!(call.clone().step().await, PhoneStep::TokenNeeded));
    let step = tokio::spawn(call.clone().step());
    call.supply("token".into());
    let (mut stream, _) = request(&listener).await;
    stream.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(code(&step.await.unwrap()), "service_unavailable");
}

#[tokio::test]
async fn a_call_inside_the_token_function_fails_at_once() {
    let call = client("http://127.0.0.1:9").call(LIST.into(), "{}".into(), String::new());
    call.made_in_token_function();
    assert_eq!(code(&call.step().await), "configuration");
}

#[tokio::test]
async fn a_panic_is_an_error() {
    let call = client("http://127.0.0.1:9").call("debug.panic".into(), "{}".into(), String::new());
    assert_eq!(code(&call.step().await), "internal");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let key = format!("ah_test_{}", "k1".repeat(16));
    let with_key = format!(r#"{{"backend":"https://example.com/{key}","token":{{"function":true}}}}"#);
    for config in ["", "{}", r#"{"backend":"http://example.com","token":{"function":true}}"#, &with_key] {
        let Err(PhoneFailure::Refused { error }) = PhoneClient::new(config.into()) else { panic!("{config} was taken") };
        assert!(error.contains("configuration") && !error.contains(&key), "{error}");
    }
    let follow = client("http://127.0.0.1:9").follow(LIST.into(), "{}".into(), String::new(), Some(f64::NAN));
    assert!(follow.is_err());
}
