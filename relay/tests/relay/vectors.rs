//! Every error vector that can reach a phone, through the relay and the core's phone client.

use crate::support::phone::{call, phone};
use agenthuman::{ErrorInfo, Kind};
use agenthuman_testing::relay::Player;
use agenthuman_testing::vectors::{self, Expect};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TOKEN: &str = "demo-alice";
const OPERATIONS: [&str; 8] = [
    "sessions.create",
    "sessions.get",
    "sessions.end",
    "messages.create",
    "messages.list",
    "agents.list",
    "avatars.list",
    "voices.list",
];

async fn play(control: &str, name: &str) -> String {
    let address = control.trim_start_matches("http://");
    let body = json!({ "name": name }).to_string();
    let head = format!(
        "POST /play HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_whitespace().nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn every_error_that_can_reach_a_phone() {
    let player = Player::start().await;
    let (mut count, mut faults) = (0, Vec::new());
    for vector in vectors::all() {
        let (name, operation) = (vector.name.as_str(), vector.operation.as_str());
        let Expect::Error(expected) = &vector.expect else { continue };
        if !OPERATIONS.contains(&operation) {
            continue;
        }
        count += 1;
        assert_eq!(play(&player.control, name).await, "204", "{name}");
        let phone = phone(&player.url);
        let mut params = json!({});
        if let Some((resource, _)) = operation.split_once('.')
            && ["sessions", "messages"].contains(&resource)
            && operation != "sessions.create"
        {
            let session = call(&phone, TOKEN, "sessions.create", json!({})).await.unwrap();
            params[if resource == "sessions" { "id" } else { "session_id" }] = session["id"].clone();
        }
        if operation == "messages.create" {
            params["content"] = "Hello".into();
        }
        match call(&phone, TOKEN, operation, params).await {
            Ok(value) => faults.push(format!("{name}: an error was expected, and {value} came")),
            Err(error) => faults.extend(differences(expected, &error).map(|fault| format!("{name}: {fault}"))),
        }
    }
    assert!(count >= 35, "only {count} vectors can reach a phone");
    assert!(faults.is_empty(), "{} differences in {count} vectors:\n{}", faults.len(), faults.join("\n"));
}

fn differences(expected: &Map<String, Value>, error: &ErrorInfo) -> impl Iterator<Item = String> {
    let got = serde_json::to_value(error).unwrap();
    let mut fields = vec!["code", "operation", "retry_after", "outcome_unknown"];
    // Only of what the phone itself sent is the API's text passed on.
    if error.kind == Kind::BadRequest && error.operation.as_deref() == Some("messages.create") {
        fields.extend(["message", "suggestion", "details"]);
    }
    let differs = |field: &&str| expected.get(*field).is_some_and(|expected| *expected != got[*field]);
    let told = |field: &str| format!("{field} is {} and should be {}", got[field], expected[field]);
    fields.iter().filter(|field| differs(field)).map(|field| told(field)).collect::<Vec<_>>().into_iter()
}

#[tokio::test]
async fn a_vector_that_is_not_there_is_not_played() {
    let player = Player::start().await;
    assert_eq!(play(&player.control, "no such vector").await, "404");
}
