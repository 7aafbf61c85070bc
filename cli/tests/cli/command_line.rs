//! Help, misuse, and the sandbox as a command.

use crate::common::{UNKNOWN_KEY, agenthuman, run};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_goes_to_stdout_and_misuse_to_stderr() {
    let help = run(&mut agenthuman(&["--help"])).expect(0);
    for word in ["sandbox", "relay", "doctor", "login", "keys", "sessions", "AGENTHUMAN_API_KEY", "No option takes a key"] {
        assert!(help.stdout.contains(word), "{word}: {}", help.stdout);
    }
    assert!(help.stderr.is_empty());
    assert!(run(&mut agenthuman(&["--version"])).expect(0).stdout.starts_with("agenthuman 0."));
    run(&mut agenthuman(&[])).expect(2);
    run(&mut agenthuman(&["keys"])).expect(2);
    let unknown = run(&mut agenthuman(&["key", "list"])).expect(2);
    assert!(unknown.stdout.is_empty() && unknown.stderr.contains("keys"), "{}", unknown.stderr);
    run(&mut agenthuman(&["doctor", "--timeout", "0"])).expect(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_the_wrong_place_is_not_repeated() {
    let joined = format!("--api-key={UNKNOWN_KEY}");
    let in_a_value = format!("--timeout={UNKNOWN_KEY}");
    for args in [
        &["doctor", "--api-key", UNKNOWN_KEY][..],
        &["doctor", &joined],
        &["doctor", &in_a_value],
        &["doctor", UNKNOWN_KEY],
        &[UNKNOWN_KEY],
        &["keys", "create", "--name", "x", "--environment", UNKNOWN_KEY],
    ] {
        run(&mut agenthuman(args)).expect(2).hides(&[UNKNOWN_KEY]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_refuses_what_means_nothing_to_it() {
    for args in
        [&["sandbox", "--base-url", "http://127.0.0.1"][..], &["--timeout", "5", "sandbox"], &["--api-key-file", "x", "sandbox"]]
    {
        let ran = run(&mut agenthuman(args)).expect(2);
        assert!(ran.stderr.contains("which is a service itself"), "{}", ran.stderr);
    }
    let help = run(&mut agenthuman(&["sandbox", "--help"])).expect(0);
    assert!(help.stdout.contains("--port") && !help.stdout.contains("--base-url"), "{}", help.stdout);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_runs_and_stops() {
    // `--json` counts before the command as well as after it.
    let mut child = agenthuman(&["--json", "sandbox", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    tokio::task::block_in_place(|| BufReader::new(child.stdout.take().unwrap()).read_line(&mut line)).unwrap();
    let greeting: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| greeting[name].as_str().unwrap();
    let doctor = run(agenthuman(&["doctor"]).env("AGENTHUMAN_BASE_URL", text("url")).env("AGENTHUMAN_API_KEY", text("api_key")));
    doctor.expect(0);
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(tokio::task::block_in_place(|| child.wait()).unwrap().code(), Some(0));
}
