//! `agenthuman logs` against the sandbox, and against a service that is none.

use crate::common::{UNKNOWN_KEY, agenthuman, at, holder, run, sandbox};
use agenthuman_testing::canned::{Answer, Canned};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_printed_without_secrets() {
    let service = sandbox().await;
    holder(service.url(), service.api_key()).sessions().list(Default::default()).page().await.unwrap();
    holder(service.url(), UNKNOWN_KEY).sessions().get("1").await.unwrap_err();
    let ran = run(&mut at(&service, &["logs"])).expect(0).hides(&[service.api_key(), UNKNOWN_KEY]);
    let lines: Vec<_> = ran.stdout.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert!(lines[0].starts_with("GET /v1/sessions 200 ") && lines[0].contains("API key 1, req"), "{lines:?}");
    assert!(lines[1].starts_with("GET /v1/sessions/1 401 ") && lines[1].contains("an unknown API key"), "{lines:?}");

    let entries = run(&mut at(&service, &["--json", "logs"])).expect(0).stdout;
    let entry: serde_json::Value = serde_json::from_str(entries.lines().next().unwrap()).unwrap();
    assert_eq!((&entry["path"], &entry["status"]), (&"/v1/sessions".into(), &200.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_requests_are_printed_as_they_come() {
    let service = sandbox().await;
    let mut command = at(&service, &["logs", "--follow"]);
    let mut follower = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    for id in 1..=3 {
        holder(service.url(), service.api_key()).sessions().get(id).await.unwrap_err();
        let line = lines.find_map(|line| line.ok().filter(|line| line.contains("/v1/"))).unwrap();
        assert!(line.contains(&format!("GET /v1/sessions/{id} 404")), "{line}");
    }
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[test]
fn a_service_without_the_log_is_no_sandbox() {
    let service = Canned::start([Answer::json(404, json!({"success": false, "error": "Not found"}))]);
    let ran = run(&mut agenthuman(&["logs", "--base-url", &service.url])).expect(1);
    assert!(ran.stderr.contains("Only a sandbox has this log"), "{}", ran.stderr);
}
