//! The data file: one sandbox at a time, never the file of another program, and complete after a clean stop.

use std::path::Path;

use serde_json::json;

use crate::api::Api;
use crate::command::Process;
use crate::scratch::Scratch;

fn failing_with(data: &Path) -> String {
    Process::failing(&["--json", "--data", data.to_str().expect("a plain path")])
}

/// Returns the bytes of the file, and the names in its folder.
fn state(data: &Path) -> (Vec<u8>, Vec<String>) {
    let folder = std::fs::read_dir(data.parent().expect("a folder")).expect("a folder");
    let mut names: Vec<String> = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort();
    (std::fs::read(data).unwrap_or_default(), names)
}

#[tokio::test]
async fn a_second_sandbox_on_the_same_file_does_not_start_and_names_the_first() {
    let scratch = Scratch::new();
    let (first, api) = Process::with_data(&scratch.data());
    let other_name = scratch.data().with_file_name("link.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink(scratch.data(), &other_name).expect("a link");
    #[cfg(not(unix))]
    let other_name = scratch.data();
    for data in [scratch.data(), other_name] {
        let error = failing_with(&data);
        assert!(error.contains("another sandbox uses it"), "{error}");
        assert!(error.contains(&format!("process {}", first.child.id())) && error.contains(&api.url), "{error}");
        assert_eq!(error.trim().lines().count(), 1, "{error}");
    }
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    // The lock ends when its process ends, for any reason.
    drop(first);
    let (_process, api) = Process::with_data(&scratch.data());
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
}

#[test]
fn a_database_of_another_program_is_not_changed() {
    let scratch = Scratch::new();
    let notes = "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine');";
    for (setting, reason) in [
        ("PRAGMA user_version = 0;", "another program"),
        ("PRAGMA user_version = 1;", "another program"),
        ("PRAGMA application_id = 252006674;", "another program"),
        ("PRAGMA journal_mode = WAL; PRAGMA user_version = 1;", "another program"),
        // Some tables have the same names.
        ("CREATE TABLE users (id INTEGER); CREATE TABLE settings (name TEXT, value TEXT);", "another program"),
    ] {
        let _ = std::fs::remove_file(scratch.data());
        let database = scratch.database();
        database.execute_batch(notes).expect("a table");
        database.execute_batch(setting).expect("a setting");
        database.close().expect("it closes");
        let before = state(&scratch.data());
        let error = failing_with(&scratch.data());
        assert!(error.contains(reason) && error.contains("sandbox.db"), "{setting}: {error}");
        assert_eq!(error.trim().lines().count(), 1, "{error}");
        assert!(state(&scratch.data()) == before, "{setting}: something was written");
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_not_changed() {
    let scratch = Scratch::new();
    assert!(Process::with_data(&scratch.data()).0.terminate().0);
    scratch.database().execute_batch("PRAGMA user_version = 99").expect("a version");
    let before = std::fs::read(scratch.data()).expect("the file");
    let error = failing_with(&scratch.data());
    assert!(error.contains("newer version") && error.contains("99"), "{error}");
    assert!(std::fs::read(scratch.data()).expect("the file") == before);
}

#[tokio::test]
async fn a_file_of_the_first_version_gets_the_tables_for_rooms() {
    let scratch = Scratch::new();
    let (process, api) = Process::with_data(&scratch.data());
    let agent = api.call("POST", "/v1/agents", &[], &api.key, Some(json!({"name": "Stays"}))).await.is(201);
    assert!(process.terminate().0);
    let database = scratch.database();
    for table in ["accounts", "sessions", "avatars", "agents", "links"] {
        database.execute_batch(&format!("DROP TABLE rooms_{table}")).expect("a table");
    }
    database.execute_batch("PRAGMA user_version = 1").expect("a version");
    database.close().expect("it closes");
    let (_process, api) = Process::with_data(&scratch.data());
    api.call("GET", "/v1/agents/{}", &[agent.at("/agent/agent_id")], &api.key, None).await.is(200);
    api.call("POST", "/rooms/v1/sessions", &[], &api.key, Some(crate::rooms::new_session())).await.is(201);
}

#[test]
fn the_error_says_why_a_file_is_not_a_database() {
    let scratch = Scratch::new();
    std::fs::write(scratch.data(), "Dear diary, today I wrote a text of more than one hundred bytes. ".repeat(9)).unwrap();
    let before = state(&scratch.data());
    let error = failing_with(&scratch.data());
    assert!(error.contains("not an SQLite database"), "{error}");
    assert!(state(&scratch.data()) == before, "something was written");
    std::fs::write(scratch.data(), "short").unwrap();
    assert!(failing_with(&scratch.data()).contains("not an SQLite database"));

    let folder = scratch.data().parent().unwrap().to_owned();
    let error = failing_with(&folder);
    assert!(error.contains("is a folder"), "{error}");
    let error = failing_with(&folder.join("missing").join("sandbox.db"));
    assert!(error.contains("its folder does not exist"), "{error}");
    let error = failing_with(&scratch.data().join("sandbox.db"));
    assert_eq!(error.trim().lines().count(), 1, "{error}");
}

#[tokio::test]
async fn an_empty_file_becomes_a_data_file() {
    let scratch = Scratch::new();
    std::fs::write(scratch.data(), "").unwrap();
    let (_process, api) = Process::with_data(&scratch.data());
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
}

#[tokio::test]
async fn after_a_clean_stop_a_copy_of_the_file_alone_is_complete() {
    let scratch = Scratch::new();
    let (process, api) = Process::with_data(&scratch.data());
    api.call("POST", "/v1/agents", &[], &api.key, Some(json!({"name": "Copied"}))).await.is(201);
    assert!(process.terminate().0);
    let copy = Scratch::new();
    std::fs::copy(scratch.data(), copy.data()).expect("a copy");
    let (_process, api) = Process::with_data(&copy.data());
    let agents = api.call("GET", "/v1/agents", &[], &api.key, None).await.is(200);
    assert!(agents.body.to_string().contains("Copied"), "{}", agents.body);
}

#[tokio::test]
async fn after_an_in_process_stop_the_file_is_complete_and_unlocked() {
    let scratch = Scratch::new();
    for round in 0..3 {
        let options = agenthuman_sandbox::Options { data: Some(scratch.data()), ..crate::api::unlimited() };
        let running = agenthuman_sandbox::Sandbox::start(options).await.expect("it starts");
        let api = Api::of_process(running.url(), running.api_key());
        let agent = json!({"name": format!("Round {round}")});
        api.call("POST", "/v1/agents", &[], &api.key, Some(agent)).await.is(201);
        running.stop().await;
        let copy = Scratch::new();
        std::fs::copy(scratch.data(), copy.data()).expect("a copy");
        let agents: i64 = copy.database().query_row("SELECT count(*) FROM agents", [], |row| row.get(0)).expect("a count");
        assert_eq!(agents, round + 2);
    }
}
