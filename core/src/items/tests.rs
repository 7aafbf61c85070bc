//! The quick reading against the tolerant one: whatever the first takes, both must read the same.

use super::{FromItem, Items};
use crate::operations;
use crate::table::{Answer, Operation};
use crate::tolerant;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

fn quick(operation: &Operation, body: &[u8]) -> Option<(Items, Option<String>)> {
    let body = Bytes::copy_from_slice(body);
    let items = match operation.answer {
        Answer::One { model, under } => Items::read(&body, model, under, false),
        Answer::List { model, under } => Items::read(&body, model, under, true),
        Answer::Nothing | Answer::Raw => None,
    }?;
    let next = items.next();
    Some((items, next))
}

/// The answer in canonical form and its cursor, as the tolerant path reads it.
fn tolerant(operation: &Operation, body: &[u8]) -> Option<(Value, Option<String>)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if tolerant::is_rejection(&body) {
        return None;
    }
    let (body, next) = tolerant::read(operation, body).ok()?;
    Some((serde_json::from_str(&body.to_json()).unwrap(), next))
}

/// Every success of the vectors, with its operation.
fn bodies() -> Vec<(&'static Operation, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/vectors");
    let mut bodies = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for vector in vectors {
            let operation = operations::find(crate::table::Surface::Server, vector["operation"].as_str().unwrap()).unwrap();
            let answer = &vector["answer"];
            if answer["status"].as_u64().is_some_and(|status| (200..300).contains(&status)) {
                let text = answer.get("text").and_then(Value::as_str).map(str::to_owned);
                bodies.push((operation, text.unwrap_or_else(|| answer["body"].to_string())));
            }
        }
    }
    bodies
}

fn assert_same(operation: &Operation, body: &[u8]) -> bool {
    let Some((items, next)) = quick(operation, body) else { return false };
    let shown = String::from_utf8_lossy(body);
    let Some((value, tolerant_next)) = tolerant(operation, body) else {
        panic!("{}: only the quick reading takes {shown}", operation.name);
    };
    let read: Value = serde_json::from_str(&items.to_json()).unwrap_or_else(|error| panic!("{}: {error}", items.to_json()));
    assert_eq!(read, value, "{}: {shown}", operation.name);
    assert_eq!(next, tolerant_next, "{}: {shown}", operation.name);
    assert_rust_reads_the_same(operation, &items, &value);
    // What is canonical reads as itself.
    let again = Items::of_canonical(items.to_json(), items.model(), items.is_list()).unwrap();
    assert_eq!(again.to_json(), items.to_json());
    true
}

/// A Rust model from the items, and from the canonical JSON.
fn assert_rust_reads_the_same(operation: &Operation, items: &Items, value: &Value) {
    use crate::operations::{agents::Agent, avatars::Avatar, messages::Message, roles::Role, sessions::Session, voices::Voice};
    fn same<T: FromItem + DeserializeOwned + PartialEq + std::fmt::Debug>(items: &Items, value: &Value) {
        if items.is_list() {
            assert_eq!(items.parse_all::<T>().unwrap(), serde_json::from_value::<Vec<T>>(value.clone()).unwrap());
        } else {
            assert_eq!(items.parse::<T>().unwrap(), serde_json::from_value::<T>(value.clone()).unwrap());
        }
    }
    // Only the items replace an instant later than jiff's last timestamp, as `instant.rs` and the vectors check.
    if value.to_string().contains("9999-12-31") {
        return;
    }
    match items.model().name {
        "Agent" => same::<Agent>(items, value),
        "Avatar" => same::<Avatar>(items, value),
        "Message" => same::<Message>(items, value),
        "Role" => same::<Role>(items, value),
        "Session" => same::<Session>(items, value),
        "Voice" => same::<Voice>(items, value),
        "User" | "OtpRequested" | "ApiKeyInfo" | "CreatedAvatar" | "UploadedAvatar" => {}
        other => panic!("{}: {other} is not compared", operation.name),
    }
}

#[test]
fn both_read_the_vectors_alike() {
    let bodies = bodies();
    let taken = bodies.iter().filter(|(operation, body)| assert_same(operation, body.as_bytes())).count();
    assert!(taken > 40, "the quick reading takes only {taken} of {} answers", bodies.len());
}

#[test]
fn both_read_what_is_broken_alike() {
    const PIECES: &[&str] = &[
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "1",
        "-",
        "0.5",
        "1e9",
        " ",
        "\\u0041",
        "\\ud800",
        "\u{1}",
        "é",
        "\"id\":7,",
        "\"data\":{},",
        "\"success\":false,",
        "\"next\":\"a\",",
        "[[",
        "007",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let bodies = bodies();
    let mut taken = 0;
    for _ in 0..30_000 {
        let (operation, body) = &bodies[random.usize(..bodies.len())];
        let mut body = body.clone().into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..=body.len());
            let piece = PIECES[random.usize(..PIECES.len())].bytes();
            match random.u8(..3) {
                0 => drop(body.splice(at..at, piece)),
                1 => drop(body.splice(at..(at + random.usize(..4)).min(body.len()), piece)),
                _ => drop(body.drain(at..(at + random.usize(..6)).min(body.len()))),
            }
        }
        taken += usize::from(assert_same(operation, &body));
    }
    assert!(taken > 300, "only {taken} broken answers could be read at all");
}

#[test]
fn both_read_items_that_are_written_differently_alike() {
    let compact =
        r#"{"session_id":1,"agent_id":2,"session_type":"voice","status":"active","started_at":"2024-01-15T10:30:00Z","new":[]}"#;
    let items = [
        compact.to_owned(),
        compact.replace(',', ", ").replace(':', ": ").replace("10: 30: 00", "10:30:00"),
        compact.replace(",\"", ",\n\""),
        compact.replace(",\"", "\n\""),
        compact.replace("\"status\":\"active\",", ""),
        compact.replace("{\"session_id\":1,", "{").replace('}', ",\"session_id\":9}"),
        compact.replace("session_id", "id"),
        compact.replace("agent_id", "newer"),
        compact.replace("{", "{\"duration\":7,"),
        compact.replace(",\"new\":[]", ""),
        compact.replace("session_id", "agent_id"),
    ];
    let operation = operations::find(crate::table::Surface::Server, "sessions.list").unwrap();
    let mut taken = 0;
    for first in &items {
        for second in &items {
            let body = format!(r#"{{"success":true,"sessions":[{first},{second},{first}]}}"#);
            taken += usize::from(assert_same(operation, body.as_bytes()));
        }
    }
    // Four items have no commas, lack a required field, or have one twice.
    assert_eq!(taken, 49);
}

#[test]
fn a_record_does_not_print_its_values() {
    let operation = operations::find(crate::table::Surface::Server, "auth.verify_otp").unwrap();
    let Answer::One { model, .. } = operation.answer else { panic!("it returns one model") };
    let items = Items::of_canonical(r#"{"token":"a.made-up.secret","expires_at":"2024-01-15T10:30:00Z"}"#, model, false).unwrap();
    let printed = format!("{:?}", tolerant::Body::Items(items));
    assert!(printed.contains("AuthToken") && !printed.contains("secret"), "{printed}");
}
