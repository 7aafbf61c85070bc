//! Completion in a shell, as the scripts of `agenthuman completions` request it.

use crate::common::{agenthuman, at, run, sandbox};
use std::process::Command;

/// The values that the command offers for the last word.
fn completed(mut command: Command, words: &[&str]) -> Vec<String> {
    command.env("AGENTHUMAN_COMPLETE", "fish").args(["--", "agenthuman"]).args(words);
    let ran = run(&mut command).expect(0);
    assert_eq!(ran.stderr, "");
    ran.stdout.lines().map(|line| line.replace('\t', " = ")).collect()
}

#[test]
fn each_shell_has_a_script_that_calls_the_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&mut agenthuman(&["completions", shell])).expect(0).stdout;
        assert!(script.contains("AGENTHUMAN_COMPLETE") && script.contains("agenthuman"), "{shell}: {script}");
        assert!(!script.contains(env!("CARGO_BIN_EXE_agenthuman")), "{shell}: {script}");
    }
}

#[test]
fn bash_completes_a_word_with_the_script() {
    let script = "source <(agenthuman completions bash); COMP_WORDS=(agenthuman api sessions.cr); COMP_CWORD=2; \
                  _clap_complete_agenthuman agenthuman sessions.cr api; echo \"${COMPREPLY[@]}\"";
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_agenthuman")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash").args(["-c", script]).env("PATH", path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "sessions.create", "{output:?}");
}

#[test]
fn operations_options_and_choices_are_completed() {
    assert_eq!(completed(agenthuman(&[]), &["api", "voices.list_"]), ["voices.list_mine = Lists your voices"]);
    let options = completed(agenthuman(&[]), &["api", "sessions.create", "--session"]);
    assert!(options[0].starts_with("--session-type = "), "{options:?}");
    let types = completed(agenthuman(&[]), &["api", "sessions.create", "--session-type", "v"]);
    assert_eq!(types, ["voice"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_come_from_the_service() {
    let service = sandbox().await;
    run(&mut at(&service, &["api", "sessions.create", "--agent-id", "1"])).expect(0);
    for (words, expected) in [
        (&["api", "sessions.get", "--id", ""][..], "1 = active"),
        (&["api", "messages.list", "--session-id", ""], "1 = active"),
        (&["api", "agents.get", "--id", ""], "1 = Support Ada"),
        (&["api", "sessions.create", "--agent-id", ""], "1 = Support Ada"),
        (&["keys", "delete", ""], "1 = Start-up key"),
    ] {
        let values = completed(at(&service, &[]), words);
        assert!(values.iter().any(|value| value == expected), "{expected}: {values:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_of_rooms_come_from_the_service() {
    let service = sandbox().await;
    let on_rooms = |words: &[&str]| {
        let mut command = at(&service, words);
        command.env("AGENTHUMAN_BASE_URL", format!("{}/rooms", service.url()));
        command
    };
    let id_of = |words: &[&str]| {
        let created = run(&mut on_rooms(&[&["--json", "rooms"], words].concat())).expect(0).json();
        created["id"].as_str().unwrap().to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let room = file("room.json", r#"{"platform": "livekit", "url": "wss://example.livekit.cloud", "token": "a-token"}"#);
    let voice = r#"{"provider": "ElevenLabs", "agent_id": "el_1", "auth_method": "public"}"#;
    let picture = file("face.gif", "GIF89a");
    let session = id_of(&["sessions", "create", "--avatar", "PUBLIC/Avatars/sara-office", "--room", &room]);
    let agent = id_of(&["agents", "create", "--name", "Ada", "--voice-agent", voice]);
    let link = id_of(&["links", "create", "--agent-id", &agent, "--name", "Demo"]);
    let avatar = id_of(&["avatars", "upload_face", "--file", &picture]);
    for (words, expected) in [
        (&["rooms", "sessions", "end", "--id", ""][..], vec![format!("{session} = started")]),
        (&["rooms", "sessions", "get", "--id", "sess_"], vec![format!("{session} = started")]),
        (&["rooms", "agents", "delete", "--id", ""], vec![format!("{agent} = Ada")]),
        (&["rooms", "links", "create", "--agent-id", ""], vec![format!("{agent} = Ada")]),
        (&["rooms", "links", "update", "--id", ""], vec![format!("{link} = Demo")]),
        (&["rooms", "links", "start_session", "--link-id", ""], vec![format!("{link} = Demo")]),
        (&["rooms", "avatars", "delete", "--id", &avatar], vec![avatar.clone()]),
        (&["rooms", "sessions", "create", "--avatar", "PUBLIC/Avatars/sara"], vec!["PUBLIC/Avatars/sara-office".to_owned()]),
    ] {
        assert_eq!(completed(on_rooms(&[]), words), expected, "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_options_on_the_line_count() {
    let service = sandbox().await;
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), service.api_key()).unwrap();
    let words = ["--base-url", service.url(), "--api-key-file", key.path().to_str().unwrap(), "api", "agents.get", "--id", ""];
    assert!(!completed(agenthuman(&[]), &words).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_offered_or_printed_without_a_service_or_from_a_command_that_prints_the_key() {
    let words = ["api", "agents.get", "--id", ""];
    let mut closed = agenthuman(&[]);
    closed.env("AGENTHUMAN_BASE_URL", "http://127.0.0.1:1").env("AGENTHUMAN_API_KEY", crate::common::UNKNOWN_KEY);
    assert_eq!(completed(closed, &words), Vec::<String>::new());
    assert_eq!(completed(agenthuman(&[]), &words), Vec::<String>::new());

    let service = sandbox().await;
    let mut command = at(&service, &[]);
    command.env_remove("AGENTHUMAN_API_KEY").env("AGENTHUMAN_API_KEY_COMMAND", format!("echo {}", service.api_key()));
    assert_eq!(completed(command, &words), Vec::<String>::new());
}
