//! `agenthuman relay --demo`: a phone's client against it, and what it refuses to be.

use crate::common::{agenthuman, at, holder, run, sandbox};
use agenthuman::host::{Call, HostClient, Step};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A relay that runs until it is dropped, and where it is.
struct Demo {
    process: Child,
    url: String,
}

impl Demo {
    fn start(command: &mut Command) -> Demo {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        Demo { process, url: told["url"].as_str().unwrap().to_owned() }
    }

    fn phone(&self) -> HostClient {
        HostClient::phone(&json!({ "backend": self.url, "token": "demo-alice" }).to_string()).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn last(mut call: Call) -> Value {
    match call.step().await {
        Step::Done(outcome) => serde_json::from_str(&outcome.unwrap().body.to_json()).unwrap(),
        _ => panic!("the call asked for something"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_talks_through_it_with_a_sandbox_of_its_own() {
    let demo = Demo::start(&mut agenthuman(&["relay", "--demo", "--json", "--port", "0"]));
    let phone = demo.phone();
    let session = last(phone.call("sessions.create", "{}", "")).await;
    let sent =
        last(phone.call("messages.create", &json!({ "session_id": session["id"], "content": "Hello!" }).to_string(), "")).await;
    assert_eq!(sent["reply"]["role"], "assistant");
    assert_eq!(last(phone.call("agents.list", "{}", "")).await.as_array().unwrap().len(), 1);
    let elsewhere = demo.phone();
    let listed = last(elsewhere.call("sessions.list", "{}", "")).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &session["id"]));
    last(elsewhere.call("sessions.resume", &json!({ "id": session["id"] }).to_string(), "")).await;
    let history = last(elsewhere.call("messages.list", &json!({ "session_id": session["id"] }).to_string(), "")).await;
    assert_eq!(history.as_array().unwrap().len(), 2);
    let ended = last(phone.call("sessions.end", &json!({ "id": session["id"] }).to_string(), "")).await;
    assert_eq!(ended["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_takes_a_sandbox_that_is_named() {
    let service = sandbox().await;
    let demo = Demo::start(&mut at(&service, &["relay", "--demo", "--json", "--port", "0"]));
    let session = last(demo.phone().call("sessions.create", "{}", "")).await;
    let seen = holder(service.url(), service.api_key()).sessions().get(session["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(seen.id.as_str(), session["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_lets_nobody_into_a_real_account() {
    let ran = run(&mut agenthuman(&["relay", "--demo", "--base-url", "https://api.agenthuman.com"])).expect(1);
    assert!(ran.stderr.contains("must be a sandbox on this machine"), "{}", ran.stderr);
    let ran = run(&mut agenthuman(&["relay"])).expect(2);
    assert!(ran.stderr.contains("--demo"), "{}", ran.stderr);
    let mut weak = agenthuman(&["relay", "--demo", "--port", "0"]);
    let ran = run(weak.env("AGENTHUMAN_RELAY_SECRETS", "too-short-a-secret")).expect(1).hides(&["too-short-a-secret"]);
    assert!(ran.stderr.contains("32 bytes"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_without_requests_do_not_keep_phones_out() {
    let demo = Demo::start(&mut agenthuman(&["relay", "--demo", "--json", "--port", "0"]));
    let address = demo.url.trim_start_matches("http://");
    // More than it keeps open.
    let idle: Vec<_> = (0..600).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    // Shorter than the time after which an idle connection is closed anyway.
    let agents = last(demo.phone().call("agents.list", "{}", r#"{"timeout":8}"#)).await;
    assert_eq!(agents.as_array().unwrap().len(), 1);
    drop(idle);
}
