//! `agenthuman login` against the sandbox.

use crate::common::{EMAIL, Ran, agenthuman, mailed_code, run, sandbox};
#[cfg(unix)]
use crate::terminal::in_a_dialogue;
use agenthuman::Client;
use std::process::Stdio;

/// A code that the service did not send.
#[cfg(unix)]
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_is_asked_for_and_gives_a_token() {
    let service = sandbox().await;
    let mut login = agenthuman(&["login"]);
    // A faulty key and an old token are no obstacle to signing in.
    login.env("AGENTHUMAN_BASE_URL", service.url()).env("AGENTHUMAN_API_KEY", "not a key").env("AGENTHUMAN_TOKEN", "old");
    let runtime = tokio::runtime::Handle::current();
    let code = || runtime.block_on(mailed_code(&service));
    let again = "Enter the code from the email again.\r\nCode: ";
    let (shown, exit) = in_a_dialogue(&mut login, &["Email: ", "Code: ", again, again], |question| match question {
        0 => EMAIL.to_owned(),
        1 => wrong(&code()).to_owned(),
        2 => "12345x".to_owned(),
        _ => code(),
    });
    assert_eq!(exit, Some(0), "{shown}");
    assert!(shown.contains("it is not stored anywhere"), "{shown}");
    let token = shown.split("export AGENTHUMAN_TOKEN=").nth(1).unwrap().trim_end();
    let client = Client::builder().base_url(service.url()).token(token).build().unwrap();
    assert_eq!(client.auth().me().await.unwrap().email, EMAIL);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_code_is_sent_on_request_up_to_a_limit() {
    let service = sandbox().await;
    let mut login = agenthuman(&["login", "--email", EMAIL]);
    login.env("AGENTHUMAN_BASE_URL", service.url());
    let (shown, exit) = in_a_dialogue(&mut login, &["Code: "; 10], |_| String::new());
    assert_eq!(exit, Some(1), "{shown}");
    assert_eq!(shown.matches("Sent a code to").count(), 3, "{shown}");
    assert!(shown.contains("3 codes were sent. Enter the newest one.") && shown.contains("too many wrong codes"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_terminal_nothing_is_asked() {
    let service = sandbox().await;
    // A pipe that stays open, as in many CI systems.
    for args in [&["login"][..], &["login", "--email", EMAIL]] {
        let mut login = agenthuman(args);
        login.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("AGENTHUMAN_BASE_URL", service.url());
        let mut child = login.spawn().unwrap();
        let _open = child.stdin.take();
        let ran = Ran::from(tokio::task::block_in_place(|| child.wait_with_output()).unwrap()).expect(1);
        assert!(ran.stderr.contains("is missing") && ran.stderr.contains("--email"), "{}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_terminal_it_takes_two_steps() {
    let service = sandbox().await;
    let login = |args: &[&str]| {
        let mut command = agenthuman(&[&["login", "--email", EMAIL], args].concat());
        run(command.env("AGENTHUMAN_BASE_URL", service.url()))
    };
    let sent = login(&[]).expect(1);
    assert!(sent.stderr.contains(&format!("agenthuman login --email {EMAIL} --code CODE")), "{}", sent.stderr);
    let code = mailed_code(&service).await;

    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = login(&["--code", wrong, "--json"]).expect(1);
    assert_eq!(refused.json()["error"]["code"], "authentication");
    assert!(!refused.stdout.contains(wrong) && !refused.stderr.contains(wrong), "an error never shows a code");
    let malformed = login(&["--code", "12345x"]).expect(1);
    assert!(!malformed.stderr.contains("12345x"), "{}", malformed.stderr);

    let document = login(&["--code", &code, "--json"]).expect(0).json();
    let names: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["token", "expires_at", "email"]);
    assert_eq!(document["email"], EMAIL);
    assert!(document["expires_at"].as_str().unwrap().ends_with('Z'));
    let client = Client::builder().base_url(service.url()).token(document["token"].as_str().unwrap()).build().unwrap();
    assert!(client.auth().me().await.is_ok());

    let used = login(&["--code", &code]).expect(1);
    assert!(!used.stderr.contains(&code) && used.stderr.contains("omit --code to get a new code"), "{}", used.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_without_an_email_is_a_misuse() {
    run(&mut agenthuman(&["login", "--code", "123456"])).expect(2);
    let misplaced = run(&mut agenthuman(&["login", "123456"])).expect(2);
    assert!(!misplaced.stderr.contains("123456"), "{}", misplaced.stderr);
}
