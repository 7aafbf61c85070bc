//! `agenthuman login` against the sandbox.

use crate::common::{EMAIL, Ran, agenthuman, mailed_code, run, sandbox};
use agenthuman::Client;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_is_asked_for_and_gives_a_token() {
    let service = sandbox().await;
    let mut login = agenthuman(&["login"]);
    // A faulty key and an old token are no obstacle to signing in.
    login.env("AGENTHUMAN_BASE_URL", service.url()).env("AGENTHUMAN_API_KEY", "not a key").env("AGENTHUMAN_TOKEN", "old");
    let mut child = start(&mut login);
    read_until(&mut child, "Email: ");
    answer(&mut child, EMAIL);
    read_until(&mut child, "Code: ");
    let code = mailed_code(&service).await;
    for mistyped in [if code == "000000" { "000001" } else { "000000" }, "12345x"] {
        answer(&mut child, mistyped);
        read_until(&mut child, "Enter the code from the email again.\nCode: ");
    }
    answer(&mut child, &code);
    let ran = Ran::from(tokio::task::block_in_place(|| child.wait_with_output()).unwrap()).expect(0);
    assert!(!ran.stdout.contains(&code) && !ran.stderr.contains(&code));
    let token = ran.stdout.strip_prefix("export AGENTHUMAN_TOKEN=").unwrap().trim_end();
    assert!(!ran.stderr.contains(token));
    let client = Client::builder().base_url(service.url()).token(token).build().unwrap();
    assert_eq!(client.auth().me().await.unwrap().email.as_deref(), Some(EMAIL));
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

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn read_until(child: &mut Child, end: &str) {
    let stderr = child.stderr.as_mut().unwrap();
    let mut read = Vec::new();
    tokio::task::block_in_place(|| {
        while !read.ends_with(end.as_bytes()) {
            let mut byte = [0];
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "ended after {:?}", String::from_utf8_lossy(&read));
            read.push(byte[0]);
        }
    });
}

fn answer(child: &mut Child, text: &str) {
    writeln!(child.stdin.as_mut().unwrap(), "{text}").unwrap();
}
