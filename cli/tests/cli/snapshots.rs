//! The help of every command, and the output of `agenthuman doctor`, as files for review. `INSTA_UPDATE=always cargo test`
//! writes them.

use crate::common::{UNKNOWN_KEY, agenthuman, at, run};
use agenthuman_sandbox::{Options, Sandbox};

const COMMANDS: [&[&str]; 24] = [
    &[],
    &["api"],
    &["api", "sessions.create"],
    &["completions"],
    &["doctor"],
    &["keys"],
    &["keys", "create"],
    &["keys", "delete"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["login"],
    &["logout"],
    &["logs"],
    &["man"],
    &["profile"],
    &["profile", "add"],
    &["profile", "list"],
    &["profile", "remove"],
    &["profile", "show"],
    &["profile", "use"],
    &["relay"],
    &["sandbox"],
    &["scan"],
    &["sessions", "list"],
];

#[test]
fn help() {
    let mut text = String::new();
    for command in COMMANDS {
        let help = run(agenthuman(command).arg("--help")).expect(0);
        // The options of every command are in the first help.
        let parts = help.stdout.split("\n\n").filter(|part| command.is_empty() || !part.starts_with("Global options:"));
        let help = parts.collect::<Vec<_>>().join("\n\n");
        text += &format!("$ agenthuman {}\n{}\n\n", [command, &["--help"]].concat().join(" "), help.trim_end());
    }
    insta::assert_snapshot!("help", text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor() {
    let service = Sandbox::start(Options { port: 0, ..Options::default() }).await.unwrap();
    let good = run(&mut at(&service, &["doctor"])).expect(0);
    let unset = run(at(&service, &["doctor"]).env_remove("AGENTHUMAN_API_KEY").env_remove("AGENTHUMAN_TOKEN")).expect(1);
    let revoked = run(at(&service, &["doctor"]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY)).expect(1);
    let wrong =
        run(at(&service, &["doctor", "--base-url", "http://example.com"]).env("AGENTHUMAN_API_KEY", "ah_test_short")).expect(1);
    let mut text = String::new();
    for ran in [good, unset, revoked, wrong] {
        text += &format!("{}{}\n\n", ran.stdout, ran.stderr);
    }
    let last4 = &service.api_key()[service.api_key().len() - 4..];
    let text = text.replace(service.url(), "http://127.0.0.1:PORT").replace(&format!("…{last4}"), "…LAST");
    insta::assert_snapshot!("doctor", without_times(&text));
}

/// The text with `TIME` in the place of each time that differs from run to run.
fn without_times(text: &str) -> String {
    let changes = ["responds in ", "resets in ", "expires in "];
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for change in changes {
            if let Some(at) = line.find(change) {
                let (before, after) = line.split_at(at + change.len());
                let number_and_unit = after.split(' ').take(2).map(str::len).sum::<usize>() + 1;
                line = format!("{before}TIME{}", &after[number_and_unit..]);
            }
        }
        lines.push(line);
    }
    lines.join("\n")
}
