//! Every vector of contract/vectors, through the waist on which the other languages stand, and into the Rust models.

use agenthuman::ErrorInfo;
use agenthuman::host::{Body, Call, FromItem, HostClient, Items, Reply, Step};
use agenthuman::operations::{agents, api_keys, auth, avatars, messages, roles, rooms, sessions, voices};
use agenthuman::table::{Answer as TableAnswer, Surface};
use agenthuman_testing::canned::{Canned, Request};
use agenthuman_testing::made_up::{KEY, TOKEN};
use agenthuman_testing::vectors::{self, Expect, Vector};
use serde_json::{Map, Value, json};

#[tokio::test]
async fn every_vector() {
    all_of(Surface::Server, &vectors::all()).await;
}

#[tokio::test]
async fn every_vector_of_rooms() {
    all_of(Surface::Rooms, &vectors::of("rooms")).await;
}

async fn all_of(surface: Surface, vectors: &[Vector]) {
    let mut faults = Vec::new();
    for vector in vectors {
        if let Err(fault) = run(surface, vector).await {
            faults.push(format!("{}\n    {fault}", vector.name));
        }
    }
    let count = vectors.len();
    assert!(count >= 60, "only {count} vectors were found");
    assert!(faults.is_empty(), "{} of {count} vectors failed:\n{}", faults.len(), faults.join("\n"));
    println!("{count} vectors");
}

async fn run(surface: Surface, vector: &Vector) -> Result<(), String> {
    let server = Canned::start([vector.answer.canned()]);
    let mut config = json!({ "base_url": server.url, "api_key": KEY, "max_retries": 0, "surface": surface.as_str() });
    if surface == Surface::Server {
        config["token"] = json!(TOKEN);
    }
    let client = HostClient::new(&config.to_string()).map_err(|error| error.message)?;
    let folder = std::env::temp_dir().join(format!("agenthuman-vector-{:x}", fastrand::u64(..)));
    let mut params = vector.params.clone();
    if let Some(file) = &vector.file {
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.text).unwrap();
        params.insert("file".into(), json!({ "path": path, "content_type": file.content_type }));
    }
    let params = Value::Object(params).to_string();
    let is_list = agenthuman::operations::find(surface, &vector.operation)
        .is_some_and(|operation| matches!(operation.answer, TableAnswer::List { .. }));
    let call = if is_list {
        client.pages(&vector.operation, &params, "").next().unwrap()
    } else {
        client.call(&vector.operation, &params, "")
    };
    let outcome = finish(call).await;
    let _ = std::fs::remove_dir_all(&folder);
    let seen = server.seen();
    let [request] = &seen[..] else { return Err(format!("{} requests were made: {outcome:?}", seen.len())) };
    compare_request(&vector.request, request)?;
    compare_outcome(vector, outcome)
}

/// The value, the cursor, and the items that the Rust models are read from.
#[derive(Debug)]
struct Got {
    value: Value,
    next: Option<String>,
    items: Option<Items>,
}

async fn finish(mut call: Call) -> Result<Got, Box<ErrorInfo>> {
    match call.step().await {
        Step::Done(outcome) => outcome.map(|Reply { body, next, .. }| {
            let value = serde_json::from_str(&body.to_json()).unwrap();
            let items = match body {
                Body::Items(items) => Some(items),
                Body::Nothing | Body::Raw(_) => None,
            };
            Got { value, next, items }
        }),
        _ => panic!("the call asked its host for something"),
    }
}

fn compare_request(expected: &vectors::Request, got: &Request) -> Result<(), String> {
    same("method", &expected.method, &got.method)?;
    same("path", &expected.path, &got.path)?;
    same("query", &expected.query, &got.query)?;
    let credential = match (got.headers.get("x-api-key"), got.headers.get("authorization")) {
        (Some(key), None) if key == KEY => "api_key",
        (None, Some(token)) if *token == format!("Bearer {TOKEN}") => "token",
        (None, None) => "none",
        _ => "a wrong one, or both",
    };
    same("credential", &expected.credential.as_str(), &credential)?;
    if let Some(multipart) = &expected.multipart {
        return same("multipart", multipart, &parts(got));
    }
    same("body", &expected.body.clone().unwrap_or_default(), &got.json())
}

fn parts(request: &Request) -> Map<String, Value> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let boundary = request.headers["content-type"].split("boundary=").nth(1).unwrap();
    body.split(&format!("--{boundary}"))
        .filter_map(|part| part.trim_start_matches("\r\n").split_once("\r\n\r\n"))
        .map(|(head, text)| {
            let text = text.strip_suffix("\r\n").unwrap_or(text);
            let quoted = |name: &str| head.split(&format!("; {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            let name = quoted("name").unwrap().to_owned();
            let content_type = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-type").then_some(value)
            });
            let value = match quoted("filename") {
                Some(filename) => json!({ "filename": filename, "content_type": content_type, "text": text }),
                None => json!(text),
            };
            (name, value)
        })
        .collect()
}

fn compare_outcome(vector: &Vector, outcome: Result<Got, Box<ErrorInfo>>) -> Result<(), String> {
    match (&vector.expect, outcome) {
        (Expect::Model(expected), Ok(got)) => {
            same("model", expected, &got.value)?;
            into_rust(got.items.as_ref())
        }
        (Expect::Page { items, next }, Ok(got)) => {
            same("items", &Value::from(items.clone()), &got.value)?;
            same("next", next, &got.next)?;
            into_rust(got.items.as_ref())
        }
        (Expect::Nothing(_), Ok(got)) => same("nothing", &Value::Null, &got.value),
        (Expect::Error(expected), Err(error)) => {
            let got = serde_json::to_value(&*error).unwrap();
            for (field, value) in expected {
                let got = &got[field];
                let both_blank =
                    matches!(value, Value::Null | Value::Bool(false)) && matches!(got, Value::Null | Value::Bool(false));
                if !both_blank && !same_number(value, got) {
                    same(field, value, got)?;
                }
            }
            Ok(())
        }
        (_, Ok(got)) => Err(format!("an error was expected, and {} came", got.value)),
        (_, Err(error)) => Err(format!("a value was expected, and an error came: {error:?}")),
    }
}

fn same_number(one: &Value, other: &Value) -> bool {
    one.as_f64().is_some_and(|one| other.as_f64() == Some(one))
}

/// The value reads into the Rust struct of its model.
fn into_rust(items: Option<&Items>) -> Result<(), String> {
    fn fits<T: FromItem>(items: &Items) -> Result<(), String> {
        items.parse_all::<T>().map(drop).map_err(|error| format!("does not fit the Rust model: {error}"))
    }
    let items = items.ok_or("there is no model")?;
    if items.model().surface == Surface::Rooms {
        return match items.model().name {
            "Session" => fits::<rooms::sessions::Session>(items),
            "AvatarList" => fits::<rooms::avatars::AvatarList>(items),
            "Avatar" => fits::<rooms::avatars::Avatar>(items),
            "AvatarPreview" => fits::<rooms::avatars::AvatarPreview>(items),
            "Agent" => fits::<rooms::agents::Agent>(items),
            "Link" => fits::<rooms::links::Link>(items),
            "LinkSession" => fits::<rooms::links::LinkSession>(items),
            "AccountUsage" => fits::<rooms::usage::AccountUsage>(items),
            "OpenclawRoom" => fits::<rooms::openclaw::OpenclawRoom>(items),
            other => Err(format!("there is no Rust model {other:?}")),
        };
    }
    match items.model().name {
        "User" => fits::<auth::User>(items),
        "OtpRequested" => fits::<auth::OtpRequested>(items),
        "AuthToken" => fits::<auth::AuthToken>(items),
        "ApiKeyInfo" => fits::<api_keys::ApiKeyInfo>(items),
        "CreatedApiKey" => fits::<api_keys::CreatedApiKey>(items),
        "Agent" => fits::<agents::Agent>(items),
        "Session" => fits::<sessions::Session>(items),
        "Message" => fits::<messages::Message>(items),
        "MessageExchange" => fits::<messages::MessageExchange>(items),
        "Avatar" => fits::<avatars::Avatar>(items),
        "CreatedAvatar" => fits::<avatars::CreatedAvatar>(items),
        "UploadedAvatar" => fits::<avatars::UploadedAvatar>(items),
        "Voice" => fits::<voices::Voice>(items),
        "Role" => fits::<roles::Role>(items),
        other => Err(format!("there is no Rust model {other:?}")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    if expected == got { Ok(()) } else { Err(format!("{what}: expected {expected:?}\n    {what}: but got  {got:?}")) }
}
