//! The command `agenthuman-sandbox`, as a user starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::api::{Api, As};

pub struct Process {
    pub child: Child,
    pub stdout: BufReader<ChildStdout>,
}

impl Process {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, stdout }
    }

    pub fn with_data(data: &Path) -> (Self, Api) {
        let data = data.to_str().expect("a plain path");
        let mut process = Self::start(&["--json", "--rate-limit", "off", "--data", data]);
        let api = process.api();
        (process, api)
    }

    /// A client of one that was started with `--json`.
    pub fn api(&mut self) -> Api {
        let greeting = self.greeting();
        let text = |field: &str| greeting[field].as_str().expect("a text").to_owned();
        Api::of_process(&text("url"), &text("api_key"))
    }

    /// What the command says when it does not start.
    pub fn failing(arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox")).args(["--port", "0"]).args(arguments).output();
        let output = output.expect("the command runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line
    }

    fn greeting(&mut self) -> Value {
        serde_json::from_str(&self.line()).expect("the first line is JSON")
    }

    /// Ends it as a service manager does, and gives whether it ended well and what it still printed.
    fn terminate(mut self) -> (bool, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("text");
        (self.child.wait().expect("it ends").success(), rest)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn ask_for_a_code(api: &Api) -> String {
    let body = json!({"email": "a@b.test"});
    api.call("POST", "/v1/auth/otp/request", &[], &As::Nobody, Some(body)).await.is(200);
    api.code("a@b.test").await
}

#[tokio::test]
async fn json_prints_one_line_and_no_mail() {
    let mut process = Process::start(&["--json"]);
    let greeting = process.greeting();
    let names: Vec<&String> = greeting.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 4);
    let text = |field: &str| greeting[field].as_str().expect("a text").to_owned();
    let api = Api::of_process(&text("url"), &text("api_key"));
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    let token = As::Token(text("token"));
    let me = api.call("GET", "/v1/auth/me", &[], &token, None).await.is(200);
    assert_eq!(me.text("/user/email"), text("email"));
    ask_for_a_code(&api).await;
    let (well, rest) = process.terminate();
    assert!(well);
    assert_eq!(rest, "");
}

#[tokio::test]
async fn the_banner_says_what_to_export_and_mails_are_printed() {
    let mut process = Process::start(&[]);
    let mut exported = |name: &str| loop {
        let line = process.line();
        assert!(!line.is_empty(), "no {name} in the banner");
        if let Some((_, value)) = line.trim().split_once(&format!("export {name}=")) {
            break value.to_owned();
        }
    };
    let url = exported("AGENTHUMAN_BASE_URL");
    let api = Api::of_process(&url, &exported("AGENTHUMAN_API_KEY"));
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    let code = ask_for_a_code(&api).await;
    let (well, rest) = process.terminate();
    assert!(well);
    assert!(rest.contains(&format!("Your code is {code}.")));
}

#[test]
fn the_banner_names_no_mailbox_where_there_is_none() {
    let mut process = Process::start(&["--host", "0.0.0.0"]);
    let mut banner = String::new();
    while !banner.contains("Ctrl-C") {
        let line = process.line();
        assert!(!line.is_empty(), "the banner ends early");
        banner += &line;
    }
    assert!(banner.contains("a code that is printed here") && !banner.contains("/mailbox"), "{banner}");
}

/// Waits for the end of a process, for as long as a slow machine may need.
fn ended(child: &mut Child) -> std::process::ExitStatus {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().expect("its state") {
            return status;
        }
        assert!(std::time::Instant::now() < deadline, "the process is still running");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn it_ends_cleanly_with_the_process_that_started_it() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
        .args(["--port", "0", "--json", "--exit-with-parent"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("its input");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    stdin.write_all(b"input is ignored\n").expect("it reads its input");
    assert!(child.try_wait().expect("its state").is_none(), "it runs while its input is open");
    drop(stdin);
    assert!(ended(&mut child).success());
}

/// A shell that starts the sandbox, keeps the pipe to it, and is killed.
#[cfg(unix)]
#[test]
fn it_ends_when_its_parent_is_killed() {
    let script = "mkfifo \"$1/in\" && { \"$0\" --port 0 --json --exit-with-parent <\"$1/in\" & } && exec 9>\"$1/in\" && \
                  echo $! && exec sleep 600";
    let scratch = crate::scratch::Scratch::new();
    let folder = scratch.data().parent().expect("a folder").to_owned();
    let mut parent = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_agenthuman-sandbox")])
        .arg(&folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut output = BufReader::new(parent.stdout.take().expect("its output"));
    let mut lines = String::new();
    while !lines.contains("\"url\"") {
        assert_ne!(output.read_line(&mut lines).expect("a line"), 0, "no greeting in {lines:?}");
    }
    parent.kill().expect("SIGKILL");
    parent.wait().expect("it ends");
    // Only the sandbox still has the other end of this pipe.
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(output.read_to_end(&mut Vec::new())));
    let end = receive.recv_timeout(std::time::Duration::from_secs(60));
    end.expect("the sandbox is still running").expect("the end of its output");
}

#[test]
fn without_the_option_the_input_does_not_matter() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
        .args(["--port", "0", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let stdout = BufReader::new(child.stdout.take().expect("its output"));
    let mut process = Process { child, stdout };
    let url = process.greeting()["url"].as_str().expect("a text").to_owned();
    let address = url.trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(address).is_ok());
}

#[tokio::test]
async fn each_start_has_its_own_key_and_the_data_stays() {
    let scratch = crate::scratch::Scratch::new();
    let (process, api) = Process::with_data(&scratch.data());
    let old_key = api.key.clone();
    let agent = api.call("POST", "/v1/agents", &[], &api.key, Some(json!({"name": "Stays"}))).await.is(201);
    assert!(process.terminate().0);
    let (_process, api) = Process::with_data(&scratch.data());
    let id = agent.at("/agent/agent_id");
    let read = api.call("GET", "/v1/agents/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.text("/name"), "Stays");
    api.call("GET", "/v1/sessions", &[], &old_key, None).await.fails(401, "Invalid API key");
}

#[test]
fn a_taken_port_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox")).args(["--port", &port]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot listen on 127.0.0.1:"));
}

#[tokio::test]
async fn a_stopped_sandbox_no_longer_listens() {
    let options = crate::api::unlimited();
    let running = agenthuman_sandbox::Sandbox::start(options).await.expect("it starts");
    let address = running.url().trim_start_matches("http://").to_owned();
    assert!(!format!("{running:?}").contains(running.api_key()), "the key is not printed");
    let idle = std::net::TcpStream::connect(&address).expect("it listens");
    running.stop().await;
    assert!(std::net::TcpStream::connect(&address).is_err());
    drop(idle);
}
