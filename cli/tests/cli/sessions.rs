//! `agenthuman sessions` against the sandbox, and against a service that ignores limits.

use crate::common::{UNKNOWN_KEY, agenthuman, at, holder, run, sandbox};
use agenthuman::api::sessions::CreateSession;
use agenthuman_testing::canned::{Answer, Canned};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_narrowed_and_limited() {
    let service = sandbox().await;
    let none = run(&mut at(&service, &["sessions", "list"])).expect(0);
    assert_eq!((none.stdout.as_str(), none.stderr.trim_end()), ("", "No sessions found."));

    let client = holder(service.url(), service.api_key());
    for _ in 0..3 {
        client.sessions().create(CreateSession::new("1")).await.unwrap();
    }
    client.sessions().end("2", Default::default()).await.unwrap();

    let all = run(&mut at(&service, &["sessions", "list"])).expect(0).hides(&[service.api_key(), service.token()]);
    let ids: Vec<_> = all.stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(ids, ["ID", "3", "2", "1"]);
    assert_eq!(all.stderr, "");
    assert!(!all.stdout.contains('\u{1b}'), "no colours in a pipe");

    let ended = run(&mut at(&service, &["sessions", "list", "--status", "completed", "--agent", "1", "--json"])).expect(0).json();
    assert_eq!(ended["sessions"].as_array().unwrap().len(), 1);
    assert_eq!((&ended["sessions"][0]["id"], &ended["more"]), (&json!("2"), &json!(false)));
    let newest = run(&mut at(&service, &["sessions", "list", "--limit", "2", "--json"])).expect(0).json();
    assert_eq!((newest["sessions"].as_array().unwrap().len(), &newest["more"]), (2, &json!(true)));
    let newest = run(&mut at(&service, &["sessions", "list", "--limit", "2"])).expect(0);
    assert!(newest.stderr.contains("use --limit to show more"), "{}", newest.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_where_the_service_knows_none() {
    let sessions: Vec<_> = (1..=5).map(agenthuman_testing::made_up::session).collect();
    let service = Canned::start([Answer::json(200, json!({"success": true, "sessions": sessions}))]);
    let ran =
        run(agenthuman(&["sessions", "list", "--limit", "3", "--base-url", &service.url]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY))
            .expect(0)
            .hides(&[UNKNOWN_KEY]);
    assert_eq!(ran.stdout.lines().count(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_may_come_from_a_file() {
    let service = sandbox().await;
    let file = std::env::temp_dir().join(format!("agenthuman-cli-sessions-{}", std::process::id()));
    let path = file.to_str().unwrap();
    let list = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = agenthuman(&["sessions", "list", "--api-key-file", path, "--json"]);
        run(command.env("AGENTHUMAN_BASE_URL", service.url()).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY))
    };
    list(service.api_key()).expect(0);
    list(&format!("{}\r\n", service.api_key())).expect(0);
    let odd = list(&format!("{}\n\n", service.api_key())).expect(1).hides(&[service.api_key()]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(odd.json()["error"]["code"], "malformed_api_key");
    assert!(odd.stderr.contains(path), "{}", odd.stderr);
    let absent =
        run(agenthuman(&["sessions", "list", "--api-key-file", path]).env("AGENTHUMAN_BASE_URL", service.url())).expect(1);
    assert!(absent.stderr.contains("could not be read"), "{}", absent.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_told_in_both_forms() {
    let service = sandbox().await;
    let unknown =
        run(at(&service, &["sessions", "list", "--json"]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY)).expect(1).hides(&[UNKNOWN_KEY]);
    let error = &unknown.json()["error"];
    assert_eq!((&error["code"], &error["status"]), (&json!("invalid_api_key"), &json!(401)));
    assert!(error["request_id"].as_str().unwrap().starts_with("req_"));
    assert!(
        unknown.stderr.starts_with("error: Invalid API key\n  ") && unknown.stderr.contains("HTTP 401"),
        "{}",
        unknown.stderr
    );
    let none = run(at(&service, &["sessions", "list"]).env("AGENTHUMAN_API_KEY", "")).expect(1);
    assert!(
        none.stderr.contains("AGENTHUMAN_API_KEY is empty") && none.stderr.contains("Set AGENTHUMAN_API_KEY"),
        "{}",
        none.stderr
    );
    run(&mut at(&service, &["sessions", "list", "--limit", "0"])).expect(2);
    run(&mut at(&service, &["sessions", "list", "--status", "ended"])).expect(2);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_comes_from_a_command() {
    let service = sandbox().await;
    let (start, rest) = service.api_key().split_at(3);
    let line = format!("sh -c 'echo {start}\"$1\"' sh {rest}");
    let sessions = |args: &[&str]| {
        let mut command = at(&service, &[&["sessions", "list"], args].concat());
        command.env_remove("AGENTHUMAN_API_KEY").env_remove("AGENTHUMAN_TOKEN");
        command
    };
    run(&mut sessions(&["--api-key-command", &line])).expect(0).hides(&[service.api_key()]);
    run(sessions(&[]).env("AGENTHUMAN_API_KEY_COMMAND", &line)).expect(0).hides(&[service.api_key()]);
    let api = at(&service, &["api", "sessions.list"])
        .env_remove("AGENTHUMAN_TOKEN")
        .env_remove("AGENTHUMAN_API_KEY")
        .env("AGENTHUMAN_API_KEY_COMMAND", &line)
        .output()
        .unwrap();
    assert!(api.status.success());

    let failing = run(&mut sessions(&["--api-key-command", &format!("sh -c 'echo {rest}; exit 3'")])).expect(1).hides(&[rest]);
    assert!(failing.stderr.contains("the API key command \"sh\" failed with exit status: 3"), "{}", failing.stderr);
    let unclosed = run(&mut sessions(&["--api-key-command", "sh '"])).expect(1);
    assert!(unclosed.stderr.contains("--api-key-command has a quote that is not closed"), "{}", unclosed.stderr);
    let two = run(sessions(&[]).env("AGENTHUMAN_API_KEY_COMMAND", &line).env("AGENTHUMAN_API_KEY", service.api_key())).expect(1);
    assert!(two.stderr.contains("AGENTHUMAN_API_KEY and AGENTHUMAN_API_KEY_COMMAND are both set"), "{}", two.stderr);
    run(&mut sessions(&["--api-key-command", "a", "--api-key-file", "b"])).expect(2);

    let mut doctor = at(&service, &["doctor", "--json", "--api-key-command", &line]);
    let ran = run(&mut doctor).expect(0).hides(&[service.api_key()]);
    assert!(ran.stdout.contains("from --api-key-command (\\\"sh\\\")"), "{}", ran.stdout);
}
