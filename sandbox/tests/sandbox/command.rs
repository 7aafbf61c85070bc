//! The command `agenthuman-sandbox`.

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

    /// Creates a client. The process must have been started with `--json`.
    pub fn api(&mut self) -> Api {
        let greeting = self.greeting();
        let text = |field: &str| greeting[field].as_str().expect("a text").to_owned();
        Api::of_process(&text("url"), &text("api_key"))
    }

    /// Returns the error of a command that does not start.
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

    /// Sends SIGTERM, and returns whether it exited successfully and its remaining output.
    pub fn terminate(mut self) -> (bool, String) {
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

async fn request_code(api: &Api) -> String {
    let body = json!({"email": "a@b.test"});
    api.call("POST", "/v1/auth/otp/request", &[], &As::NoCredential, Some(body)).await.is(200);
    api.code("a@b.test").await
}

#[tokio::test]
async fn json_prints_one_line_and_no_mails() {
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
    request_code(&api).await;
    let (well, rest) = process.terminate();
    assert!(well);
    assert_eq!(rest, "");
}

#[tokio::test]
async fn the_banner_has_the_variables_to_export_and_mails_are_printed() {
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
    let code = request_code(&api).await;
    let (well, rest) = process.terminate();
    assert!(well);
    assert!(rest.contains(&format!("Your code is {code}.")));
}

#[test]
fn the_banner_has_no_mailbox_if_it_is_disabled() {
    let mut process = Process::start(&["--host", "0.0.0.0"]);
    let mut banner = String::new();
    while !banner.contains("Ctrl-C") {
        let line = process.line();
        assert!(!line.is_empty(), "the banner ends early");
        banner += &line;
    }
    assert!(banner.contains("a code printed here") && !banner.contains("/mailbox"), "{banner}");
}

/// Waits for the end of a process.
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
fn it_exits_successfully_when_its_input_closes() {
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

/// Kills a shell that has started the sandbox with a pipe.
#[cfg(unix)]
#[test]
fn it_exits_when_its_parent_is_killed() {
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
    // The sandbox alone still has the other end of this pipe.
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(output.read_to_end(&mut Vec::new())));
    let end = receive.recv_timeout(std::time::Duration::from_secs(60));
    end.expect("the sandbox is still running").expect("the end of its output");
}

#[test]
fn by_default_the_input_is_ignored() {
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

const FIXED: &str = "ah_test_0123456789abcdefghijklmnopqrstuv";

#[tokio::test]
async fn a_restart_keeps_the_data_and_the_key() {
    let scratch = crate::scratch::Scratch::new();
    let (process, api) = Process::with_data(&scratch.data());
    let agent = api.call("POST", "/v1/agents", &[], &api.key, Some(json!({"name": "Stays"}))).await.is(201);
    let first_key = key_of(&api);
    assert!(process.terminate().0);
    let (process, api) = Process::with_data(&scratch.data());
    assert_eq!(key_of(&api), first_key);
    let id = agent.at("/agent/agent_id");
    let read = api.call("GET", "/v1/agents/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.text("/name"), "Stays");
    let database = std::fs::read(scratch.data()).expect("the file");
    assert!(!database.windows(first_key.len()).any(|part| part == first_key.as_bytes()), "the file does not hold the key");

    let token = As::Token(api.sign_in("dev@agenthuman.test").await.text("/token"));
    let keys = api.call("GET", "/v1/api-keys", &[], &token, None).await.is(200);
    assert_eq!(keys.at("/api_keys").as_array().map(Vec::len), Some(1));
    api.call("DELETE", "/v1/api-keys/{}", &[keys.at("/api_keys/0/id")], &token, None).await.is(200);
    assert!(process.terminate().0);
    let (_process, api) = Process::with_data(&scratch.data());
    assert_ne!(key_of(&api), first_key, "a deleted key stays deleted");
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    api.call("GET", "/v1/sessions", &[], &As::Key(first_key), None).await.is(401);
}

fn key_of(api: &Api) -> String {
    let As::Key(key) = &api.key else { unreachable!() };
    key.clone()
}

#[tokio::test]
async fn the_key_can_be_set() {
    let scratch = crate::scratch::Scratch::new();
    let data = scratch.data();
    let data = data.to_str().expect("a plain path");
    for arguments in [&["--json", "--api-key", FIXED][..], &["--json", "--api-key", FIXED, "--data", data]] {
        let mut process = Process::start(arguments);
        let api = process.api();
        assert_eq!(key_of(&api), FIXED);
        api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
        let reset = api.call("POST", "/sandbox/reset", &[], &As::NoCredential, None).await;
        reset.is(200);
        api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    }
    let mut process = Process::start(&["--json", "--data", data]);
    let api = process.api();
    assert_ne!(key_of(&api), FIXED);
    api.call("GET", "/v1/sessions", &[], &As::Key(FIXED.to_owned()), None).await.is(401);
    drop(process);

    let from_environment = |value: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
            .args(["--port", "0", "--json"])
            .env("AGENTHUMAN_SANDBOX_API_KEY", value)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut process = Process { child, stdout };
        process.greeting()["api_key"].as_str().expect("a text").to_owned()
    };
    assert_eq!(from_environment(FIXED), FIXED);
    assert!(from_environment("").starts_with("ah_test_"), "a variable that is empty is not set");
}

#[test]
fn only_test_keys_are_accepted_and_errors_do_not_repeat_the_key() {
    let live = FIXED.replace("test", "live");
    for (key, reason) in [
        (live.as_str(), "a live key must not be used with the sandbox"),
        (&FIXED[..39], "must be ah_test_ and 32 letters or digits"),
        ("ah_test_0123456789abcdefghijklmnopqrst-v", "must be ah_test_ and 32 letters or digits"),
        ("hunter2", "must be ah_test_ and 32 letters or digits"),
    ] {
        let said = Process::failing(&["--api-key", key]);
        assert!(said.contains(reason) && !said.contains(key), "{said}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
        .arg("--help")
        .env("AGENTHUMAN_SANDBOX_API_KEY", FIXED)
        .output()
        .expect("the command runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("AGENTHUMAN_SANDBOX_API_KEY") && !help.contains(FIXED), "{help}");
}

#[tokio::test]
async fn additional_host_names_can_be_allowed() {
    let named = |name: &str| As::Headers(vec![("host", name.to_owned())]);
    let mut process = Process::start(&["--json", "--allow-host", "sandbox", "--allow-host", "10.0.2.2"]);
    let api = process.api();
    for host in ["sandbox:8787", "SANDBOX", "10.0.2.2:8787", "localhost:8787"] {
        api.call("GET", "/sandbox/clock", &[], &named(host), None).await.is(200);
    }
    for host in ["sandbox.evil.test", "evil.test", "10.0.2.3"] {
        api.call("GET", "/sandbox/clock", &[], &named(host), None).await.is(403);
    }
    let own = As::Headers(vec![("host", "sandbox:8787".into()), ("origin", "http://sandbox:8787".into())]);
    api.call("POST", "/sandbox/reset", &[], &own, None).await.is(200);
    for wrong in ["http://sandbox", "sandbox:8787", "a b", ""] {
        let said = Process::failing(&["--allow-host", wrong]);
        assert!(said.contains("must be a host name without scheme and port"), "{wrong}: {said}");
    }
    let mut open = Process::start(&["--json", "--host", "0.0.0.0"]);
    let api = open.api();
    api.call("GET", "/v1/sessions", &[], &named("any.test"), None).await.is(401);
    let mut narrowed = Process::start(&["--json", "--host", "0.0.0.0", "--allow-host", "sandbox"]);
    let api = narrowed.api();
    api.call("GET", "/v1/sessions", &[], &named("sandbox:8787"), None).await.is(401);
    api.call("GET", "/v1/sessions", &[], &named("any.test"), None).await.is(403);
}

#[test]
fn listening_on_other_addresses_prints_a_warning() {
    let warnings = |host: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"))
            .args(["--port", "0", "--json", "--host", host])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut process = Process { child, stdout };
        assert!(process.greeting()["url"].is_string(), "the warning is not part of the output");
        let mut errors = process.child.stderr.take().expect("its errors");
        drop(process);
        let mut said = String::new();
        errors.read_to_string(&mut said).expect("text");
        said
    };
    let said = warnings("0.0.0.0");
    assert!(said.contains("warning") && said.contains("0.0.0.0") && said.contains("https"), "{said}");
    assert_eq!(warnings("127.0.0.1"), "");
}

#[test]
fn the_error_for_a_port_in_use_has_a_fix() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox")).args(["--port", &port]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("cannot listen on 127.0.0.1:{port}")) && said.contains("--port 0"), "{said}");
}

#[tokio::test]
async fn a_stopped_sandbox_does_not_listen() {
    let options = crate::api::unlimited();
    let running = agenthuman_sandbox::Sandbox::start(options).await.expect("it starts");
    let address = running.url().trim_start_matches("http://").to_owned();
    assert!(!format!("{running:?}").contains(running.api_key()), "the key is not printed");
    let idle = std::net::TcpStream::connect(&address).expect("it listens");
    running.stop().await;
    assert!(std::net::TcpStream::connect(&address).is_err());
    drop(idle);
}

/// Checks the sandbox at a URL, and returns whether it responds, and the error.
fn check(url: &str) -> (bool, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox")).args(["--check", url]).output().expect("the command runs");
    assert!(output.stdout.is_empty());
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_check_succeeds_while_the_sandbox_responds() {
    // As in a container whose other containers use its name.
    let mut process = Process::start(&["--json", "--host", "0.0.0.0", "--allow-host", "sandbox"]);
    let url = process.greeting()["url"].as_str().expect("a text").replace("0.0.0.0", "127.0.0.1");
    assert_eq!(check(&url), (true, String::new()));
    assert_eq!(check(&format!("{url}/")), (true, String::new()));
    process.terminate();
    let (is_well, error) = check(&url);
    assert!(!is_well && error.contains(&format!("no response from {url}")), "{error}");
}

#[test]
fn a_check_fails_for_other_responses_and_for_none() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        connection.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").expect("it is read");
        // The second connection gets no response.
        let held = listener.accept().expect("a connection");
        (connection, held, listener)
    });
    assert!(check(&url).1.contains("responded with status \"503\""));
    assert!(check(&url).1.contains("within 3 seconds"));
    drop(server.join());
    for url in ["https://127.0.0.1", "127.0.0.1:8787", "not a URL"] {
        let (is_well, error) = check(url);
        assert!(!is_well && error.contains("URL"), "{error}");
    }
}

#[tokio::test]
async fn the_data_may_be_named_by_the_environment() {
    let scratch = crate::scratch::Scratch::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"));
    command.args(["--port", "0", "--json"]).env("AGENTHUMAN_SANDBOX_DATA", scratch.data()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let stdout = BufReader::new(child.stdout.take().expect("its output"));
    let mut process = Process { child, stdout };
    process.api();
    process.terminate();
    assert!(scratch.data().exists());
    // An empty one is not set.
    let mut command = Command::new(env!("CARGO_BIN_EXE_agenthuman-sandbox"));
    command.args(["--port", "0", "--json"]).env("AGENTHUMAN_SANDBOX_DATA", "").stdout(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let stdout = BufReader::new(child.stdout.take().expect("its output"));
    Process { child, stdout }.api();
}
