//! What is different on a terminal: questions and colours.

use crate::common::{UNKNOWN_KEY, agenthuman, at, sandbox, works};
use agenthuman_testing::canned::{Answer, Canned};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;

/// Runs a command on a terminal of its own; where it asks, it is answered. What the terminal showed, and the exit code.
fn on_a_terminal(command: &mut Command, asks: &str, answer: &str) -> (String, Option<i32>) {
    let questions = if asks.is_empty() { &[][..] } else { &[asks] };
    in_a_dialogue(command, questions, |_| answer.to_owned())
}

/// Runs a command on a terminal of its own. `answer` is called with the number of a question when the terminal shows it.
pub fn in_a_dialogue(
    command: &mut Command,
    questions: &[&str],
    mut answer: impl FnMut(usize) -> String,
) -> (String, Option<i32>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = open(ptsname(&ours, Vec::new()).unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    command.stdin(theirs.try_clone().unwrap()).stdout(theirs.try_clone().unwrap()).stderr(theirs).env("TERM", "xterm");
    let mut child = command.spawn().unwrap();
    // The command holds the terminal's other side, and its end is told only when all of it is closed.
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut ours = File::from(ours);
    let mut shown = Vec::new();
    let mut buffer = [0; 1024];
    let (mut seen, mut answered) = (0, 0);
    tokio::task::block_in_place(|| {
        // Linux ends a terminal with an error, others with nothing more to read.
        while let Ok(read @ 1..) = ours.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..read]);
            while let Some(asks) = questions.get(answered)
                && let Some(at) = String::from_utf8_lossy(&shown[seen..]).find(asks)
            {
                seen += at + asks.len();
                writeln!(ours, "{}", answer(answered)).unwrap();
                answered += 1;
            }
        }
        (String::from_utf8_lossy(&shown).into_owned(), child.wait().unwrap().code())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_key_asks_first() {
    let service = sandbox().await;
    for no in ["n", "", "what?"] {
        let (shown, code) = on_a_terminal(&mut at(&service, &["keys", "delete", "1"]), "[y/N] ", no);
        assert_eq!(code, Some(1), "{shown}");
        assert!(shown.contains("Delete key 1 \"Start-up key\" (ah_test_…"), "{shown}");
        assert!(shown.contains("Nothing was deleted."), "{shown}");
    }
    assert!(works(service.url(), service.api_key()).await);
    let (shown, code) = on_a_terminal(&mut at(&service, &["keys", "delete", "1"]), "[y/N] ", "Y");
    assert_eq!(code, Some(0), "{shown}");
    assert!(!works(service.url(), service.api_key()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colours_are_for_terminals_that_want_them() {
    let service = sandbox().await;
    let (shown, code) = on_a_terminal(&mut at(&service, &["doctor"]), "", "");
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("\u{1b}[32mok"), "{shown:?}");
    let (plain, _) = on_a_terminal(at(&service, &["doctor"]).env("NO_COLOR", "1"), "", "");
    assert!(plain.contains("ok") && !plain.contains('\u{1b}'), "{plain:?}");
    let (json, _) = on_a_terminal(&mut at(&service, &["doctor", "--json"]), "", "");
    assert!(!json.contains('\u{1b}'), "{json:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_service_says_cannot_steer_the_terminal() {
    let steering = "\u{1b}]0;x\u{7}\u{1b}[2J";
    let service = Canned::answering(move |request| match request.target.contains("status=all") {
        true => Answer::json(
            200,
            json!({"sessions": [{"session_id": 1, "agent_id": 7, "session_type": "voice", "agent_name": steering, "status": "odd", "started_at": "2024-01-15T10:30:00Z"}]}),
        ),
        false => Answer::json(400, json!({"success": false, "error": steering})),
    });
    for args in [&["sessions", "list"][..], &["sessions", "list", "--status", "active"], &["doctor"]] {
        let mut command = agenthuman(args);
        command.env("AGENTHUMAN_BASE_URL", &service.url).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY).env("NO_COLOR", "1");
        let (shown, _) = on_a_terminal(&mut command, "", "");
        assert!(shown.contains("]0;x") && !shown.contains(['\u{1b}', '\u{7}']), "{args:?}: {shown:?}");
    }
}
