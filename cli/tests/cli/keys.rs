//! `agenthuman keys` against the sandbox, and against a service that fails in the midst of a rotation.

use crate::common::{agenthuman, at, holder, owner, run, sandbox, works};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::key_info;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_created_shown_once_and_works() {
    let service = sandbox().await;
    let ran = run(&mut at(&service, &["keys", "create", "--name", "ci"])).expect(0).hides(&[service.token()]);
    let key = ran.stdout.trim_end();
    assert!(works(service.url(), key).await, "stdout is the key alone");
    assert!(ran.stderr.contains("\"ci\" (test)") && !ran.stderr.contains(key), "{}", ran.stderr);

    let listed = run(&mut at(&service, &["keys", "list"])).expect(0).hides(&[key, service.token()]);
    let last4 = &key[key.len() - 4..];
    assert!(listed.stdout.contains(&format!("ah_test_…{last4}")), "{}", listed.stdout);

    let live = run(&mut at(&service, &["keys", "create", "--name", "x", "--environment", "live", "--json"])).expect(0);
    let live = live.json();
    assert!(live["key"].as_str().unwrap().starts_with("ah_live_"));
    assert_eq!(live["api_key"]["environment"], "live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_listed_as_json() {
    let service = sandbox().await;
    let ran = run(&mut at(&service, &["--json", "keys", "list"])).expect(0).hides(&[service.api_key(), service.token()]);
    let keys = ran.json()["api_keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    let names: Vec<_> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "name", "environment", "prefix", "last4", "created_at", "age_days", "last_used_at", "revoked_at"]);
    assert_eq!(keys[0]["last4"], service.api_key()[36..]);
    assert_eq!(ran.stderr, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_deleted_only_when_that_is_confirmed() {
    let service = sandbox().await;
    let refused = run(&mut at(&service, &["keys", "delete", "1"])).expect(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert!(works(service.url(), service.api_key()).await);

    let deleted = run(&mut at(&service, &["keys", "delete", "1", "--yes"])).expect(0);
    assert!(deleted.stderr.contains("Deleted key 1 \"Start-up key\" (ah_test_…"), "{}", deleted.stderr);
    assert!(!works(service.url(), service.api_key()).await);
    let again = run(&mut at(&service, &["keys", "delete", "1", "--yes", "--json"])).expect(1).hides(&[service.token()]);
    assert_eq!(again.json()["error"]["code"], "not_found");
    assert_eq!(again.json()["error"]["operation"], "api_keys.delete");
    let listed = run(&mut at(&service, &["keys", "list"])).expect(0);
    assert!(listed.stdout.contains("deleted"), "{}", listed.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_replaces_the_key() {
    let service = sandbox().await;
    let ran = run(&mut at(&service, &["keys", "rotate", "1", "--json"])).expect(0).hides(&[service.api_key(), service.token()]);
    let document = ran.json();
    assert!(works(service.url(), document["key"].as_str().unwrap()).await);
    assert_eq!(document["api_key"]["name"], "Start-up key");
    assert!(!works(service.url(), service.api_key()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_key_is_printed_while_the_old_one_still_works() {
    let service = sandbox().await;
    let mut child =
        at(&service, &["keys", "rotate", "1", "--grace", "600"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut key = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    tokio::task::block_in_place(|| stdout.read_line(&mut key)).unwrap();
    assert!(works(service.url(), key.trim_end()).await);
    assert!(works(service.url(), service.api_key()).await);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(works(service.url(), service.api_key()).await, "a rotation that is broken off keeps both");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_cannot_be_printed_replaces_nothing() {
    let service = sandbox().await;
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut rotate = at(&service, &["keys", "rotate", "1"]);
    let ran = run(rotate.stdout(full())).expect(1);
    assert!(ran.stderr.contains("the old key still works") && ran.stderr.contains("Key 1 ("), "{}", ran.stderr);
    assert!(works(service.url(), service.api_key()).await);
    let keys = owner(&service).api_keys().list().all().await.unwrap();
    assert_eq!(keys.iter().filter(|key| key.revoked_at.is_none()).count(), 1);

    let mut create = at(&service, &["keys", "create", "--name", "lost"]);
    let ran = run(create.stdout(full())).expect(1);
    assert!(ran.stderr.contains("agenthuman keys delete 3"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_cannot_delete_says_which_keys_exist() {
    let new = format!("ah_test_{}", "Fake0".repeat(7).split_at(32).0);
    let listed = |id: i64, last4: &str| key_info(id, last4);
    let created = json!({"success": true, "api_key": listed(2, &new[36..]), "key": new});
    let keys = json!({"success": true, "api_keys": [listed(1, "old1")]});
    let service = Canned::answering(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/api-keys") => Answer::json(200, keys.clone()),
        ("POST", "/v1/api-keys") => Answer::json(201, created.clone()),
        ("DELETE", "/v1/api-keys/1") => Answer::json(403, json!({"success": false, "error": "no"})),
        _ => Answer::json(200, json!({"success": true, "sessions": []})),
    });
    let rotate =
        |args: &[&str]| run(agenthuman(args).env("AGENTHUMAN_BASE_URL", &service.url).env("AGENTHUMAN_TOKEN", "opaque-token"));
    let ran = rotate(&["keys", "rotate", "1"]).expect(1);
    assert_eq!(ran.stdout.trim_end(), new);
    assert!(ran.stderr.contains("Both exist: 1 (ah_test_…old1) and 2 (ah_test_…"), "{}", ran.stderr);

    let ran = rotate(&["keys", "rotate", "1", "--json"]).expect(1);
    let documents: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents[0]["key"], new);
    assert_eq!(documents[1]["error"]["details"]["keys"][1]["id"], "2");
    assert_eq!(documents.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_nothing_is_sent() {
    let service = sandbox().await;
    let ran = run(at(&service, &["keys", "list"]).env_remove("AGENTHUMAN_TOKEN")).expect(1).hides(&[service.api_key()]);
    assert!(ran.stderr.contains("agenthuman login"), "{}", ran.stderr);
    let ran =
        run(at(&service, &["keys", "list"]).env("AGENTHUMAN_TOKEN", service.api_key())).expect(1).hides(&[service.api_key()]);
    assert!(ran.stderr.contains("AGENTHUMAN_TOKEN: the token is an API key"), "{}", ran.stderr);
    let file = std::env::temp_dir().join(format!("agenthuman-cli-keys-{}", std::process::id()));
    std::fs::write(&file, service.api_key()).unwrap();
    let ran = run(&mut at(&service, &["keys", "list", "--api-key-file", file.to_str().unwrap()])).expect(1);
    std::fs::remove_file(&file).unwrap();
    assert!(ran.stderr.contains("Remove --api-key-file"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_in_the_key_is_no_obstacle_where_none_is_used() {
    let service = sandbox().await;
    run(at(&service, &["keys", "list"]).env("AGENTHUMAN_API_KEY", "not a key")).expect(0);
}

/// A service that loses the response to creating a key, and fails to list what exists afterwards.
fn forgetful() -> Canned {
    let keys = json!({"success": true, "api_keys": [key_info(1, "old1")]});
    let mut first = Some(keys);
    Canned::answering(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/api-keys") if first.is_some() => Answer::json(200, first.take().unwrap()),
        _ => Answer::json(503, json!({"success": false, "error": "down"})),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_may_exist_is_named_with_what_to_do() {
    let service = forgetful();
    let mut rotate = agenthuman(&["keys", "rotate", "1"]);
    let ran = run(rotate.env("AGENTHUMAN_BASE_URL", &service.url).env("AGENTHUMAN_TOKEN", "opaque-token")).expect(1);
    for words in ["Key 1 (ah_test_…old1) exists.", "Key web may exist", "agenthuman keys list", "agenthuman keys delete ID"] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_of_unknown_outcome_is_not_to_be_tried_again() {
    let service = Canned::start([Answer { hang: true, ..Answer::default() }]);
    let mut create = agenthuman(&["keys", "create", "--name", "ci", "--timeout", "0.5"]);
    let ran = run(create.env("AGENTHUMAN_BASE_URL", &service.url).env("AGENTHUMAN_TOKEN", "opaque-token")).expect(1);
    assert!(ran.stderr.contains("may have carried out the call"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("Try again"), "{}", ran.stderr);
}

#[test]
fn keys_over_the_maximum_age_are_due_for_rotation() {
    let key = |id: i64, created: &str, revoked: Option<&str>| json!({ "id": id, "name": "k", "environment": "test", "prefix": "ah_test_", "last4": "wxyz", "created_at": created, "revoked_at": revoked });
    let keys = [
        key(1, "2020-01-01T00:00:00Z", None),
        key(2, "2020-01-01T00:00:00Z", Some("2021-01-01T00:00:00Z")),
        key(3, "2999-01-01T00:00:00Z", None),
    ];
    let service = Canned::start(vec![Answer::json(200, json!({ "success": true, "api_keys": keys })); 2]);
    let token = ("AGENTHUMAN_TOKEN", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
    let list = |more: &[&str]| {
        let mut command = agenthuman(&["keys", "list", "--base-url", &service.url]);
        run(command.args(more).envs([token]))
    };
    list(&[]).expect(0);
    let ran = list(&["--max-age", "365"]).expect(1);
    let status: Vec<_> = ran.stdout.lines().skip(1).map(|line| line.rsplit("  ").next().unwrap().trim()).collect();
    assert_eq!(status, ["due for rotation", "deleted", "active"], "{}", ran.stdout);
    assert!(ran.stderr.contains("agenthuman keys rotate ID"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_counts_what_a_sandbox_knows() {
    let service = sandbox().await;
    assert!(works(service.url(), service.api_key()).await);
    holder(service.url(), service.api_key()).sessions().get("99").await.unwrap_err();
    let ran = run(&mut at(&service, &["keys", "usage", "--json"])).expect(0).hides(&[service.api_key(), service.token()]);
    let key = &ran.json()["api_keys"][0];
    assert_eq!((&key["calls"], &key["errors"], &key["note"]), (&json!(2), &json!(1), &Value::Null), "{}", ran.stdout);
    assert!(key["last_used_at"].is_string(), "{key}");
    holder(service.url(), service.api_key()).sessions().get("99").await.unwrap_err();
    let people = run(&mut at(&service, &["keys", "usage"])).expect(0);
    assert!(people.stdout.contains("2 of 3 calls failed"), "{}", people.stdout);
}

#[test]
fn usage_names_keys_that_nothing_needs() {
    let key = |id: i64, used: Option<&str>| {
        json!({ "id": id, "name": "k", "environment": "live", "prefix": "ah_live_", "last4": "wxyz",
                "created_at": "2020-01-01T00:00:00Z", "last_used_at": used })
    };
    let keys = vec![key(1, None), key(2, Some("2021-01-01T00:00:00Z")), key(3, Some("2999-01-01T00:00:00Z"))];
    let service = Canned::answering(move |request| match request.path.as_str() {
        "/v1/api-keys" => Answer::json(200, json!({ "success": true, "api_keys": keys })),
        _ => Answer::json(404, json!({ "success": false, "error": "Not found" })),
    });
    let mut usage = agenthuman(&["keys", "usage", "--base-url", &service.url]);
    let ran = run(usage.env("AGENTHUMAN_TOKEN", "opaque-token")).expect(0);
    let lines: Vec<_> = ran.stdout.lines().skip(1).collect();
    assert!(lines[0].contains("never used in") && lines[1].contains("not used for"), "{}", ran.stdout);
    assert!(lines[2].trim_end().ends_with('-') && !lines[2].contains("used"), "{}", ran.stdout);
}
