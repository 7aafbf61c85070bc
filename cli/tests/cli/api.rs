//! `agenthuman api` against the sandbox, and what shells read of the command line.

use crate::common::{agenthuman, at, run, sandbox};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_takes_its_parameters_as_options() {
    let service = sandbox().await;
    let ran = run(&mut at(
        &service,
        &["api", "sessions.create", "--agent-id", "1", "--session-type", "voice", "--metadata", r#"{"ticket":12}"#],
    ))
    .expect(0)
    .hides(&[service.api_key()]);
    let session: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&session["status"], &session["metadata"]["ticket"]), (&"active".into(), &12.into()));

    let id = session["id"].as_str().unwrap();
    let said = run(&mut at(&service, &["--json", "api", "messages.create", "--session-id", id, "--content", "-hello"])).expect(0);
    assert_eq!(said.json()["message"]["content"], "-hello");
    let deleted = run(&mut at(&service, &["api", "agents.delete", "--id", "1"])).expect(0);
    assert_eq!((deleted.stdout.as_str(), deleted.stderr.as_str()), ("", "Done.\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_a_page_or_all_of_them() {
    let service = sandbox().await;
    for _ in 0..3 {
        run(&mut at(&service, &["api", "sessions.create", "--agent-id", "1"])).expect(0);
    }
    let page = run(&mut at(&service, &["--json", "api", "sessions.list", "--limit", "2"])).expect(0).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = page["next"].as_str().unwrap();
    let last = run(&mut at(&service, &["--json", "api", "sessions.list", "--limit", "2", "--after", next])).expect(0).json();
    assert_eq!((last["items"].as_array().unwrap().len(), &last["next"]), (1, &Value::Null));

    let all = run(&mut at(&service, &["api", "sessions.list", "--limit", "2", "--all"])).expect(0);
    let ids: Vec<_> = all.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, ["3", "2", "1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_in_the_words_of_the_command_line() {
    let service = sandbox().await;
    let ran = run(&mut at(&service, &["api", "sessions.create", "--agent-id", ""])).expect(1);
    assert!(ran.stderr.contains("--agent-id must not be empty"), "{}", ran.stderr);
    let ran = run(&mut at(&service, &["api", "avatars.update", "--id", "1"])).expect(1);
    assert!(ran.stderr.contains("--is-favorite") && !ran.stderr.contains("is_favorite"), "{}", ran.stderr);
    for wrong in [
        &["api", "sessions.create"][..],
        &["api", "sessions.create", "--agent-id", "1", "--session-type", "fax"],
        &["api", "sessions.create", "--agent-id", "1", "--metadata", "[]"],
        &["api", "sessions.list", "--all", "--after", "x"],
        &["api", "api_keys.rotate"],
        &["api"],
    ] {
        run(&mut at(&service, wrong)).expect(2);
    }
    let ran = run(&mut agenthuman(&["api", "sessions.list", "--base-url", service.url()])).expect(1);
    assert!(ran.stderr.contains("sessions.list requires an API key, but none is set"), "{}", ran.stderr);
}

#[test]
fn man_knows_the_operations() {
    let folder = tempfile::tempdir().unwrap();
    run(agenthuman(&["man", "pages"]).current_dir(&folder)).expect(0);
    let page = std::fs::read_to_string(folder.path().join("pages/agenthuman-api-sessions.create.1")).unwrap();
    assert!(page.contains("Opens a session"), "{page}");
}
