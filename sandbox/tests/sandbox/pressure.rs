//! Misbehaving clients: their cost is limited, and other requests succeed meanwhile.
//!
//! `AGENTHUMAN_PRESSURE=full cargo test -p agenthuman-sandbox --test sandbox pressure -- --nocapture --test-threads 1` runs
//! the full numbers, and prints the memory use of each.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::Api;
use crate::command::Process;

/// Longer than any timeout of the sandbox, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const MEBIBYTE: u64 = 1024 * 1024;

struct Service {
    process: Process,
    api: Api,
    address: SocketAddr,
    memory_at_start: u64,
}

impl Service {
    /// Starts a sandbox with the usual limit of open files, or a lower one that is reached sooner.
    fn start() -> Self {
        let files = if is_full() { "1024" } else { "256" };
        let mut child: Child = Command::new("sh")
            .args(["-c", "ulimit -n \"$1\" && exec \"$0\" --port 0 --json --rate-limit off"])
            .args([env!("CARGO_BIN_EXE_agenthuman-sandbox"), files])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = std::io::BufReader::new(child.stdout.take().expect("its output"));
        let mut process = Process { child, stdout };
        let api = process.api();
        let address = api.url.trim_start_matches("http://").parse().expect("an address");
        let memory_at_start = memory(&process);
        Self { process, api, address, memory_at_start }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// The status of a request on a new connection.
    fn status(&self, head: &str) -> u16 {
        let mut stream = self.connect().expect("it accepts");
        // The response may arrive, and the connection close, before the whole request is sent.
        let _ = stream.write_all(head.as_bytes());
        status_of(&mut stream).expect("an answer")
    }

    fn answers_others(&self) {
        assert_eq!(self.status(&self.get("/sandbox/clock")), 200);
    }

    fn get(&self, path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)
    }

    /// Asserts that the sandbox has grown by at most `limit` MiB.
    fn has_grown_by_at_most(&self, limit: u64, case: &str) {
        let grown = memory(&self.process).saturating_sub(self.memory_at_start) / MEBIBYTE;
        eprintln!("{case}: +{grown} MiB of memory");
        assert!(grown <= limit, "{case}: +{grown} MiB of memory, the limit is {limit}");
    }
}

fn status_of(stream: &mut TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while answer.len() < 12 {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
    }
    std::str::from_utf8(&answer[9..12]).ok()?.parse().ok()
}

/// Returns the resident memory in bytes.
fn memory(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).expect("its state");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    1024 * line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok()).expect("a number")
}

fn is_full() -> bool {
    std::env::var("AGENTHUMAN_PRESSURE").is_ok_and(|size| size == "full")
}

/// Waits until the server has closed every connection, with or without a response.
fn all_are_ended(streams: Vec<TcpStream>) {
    let deadline = Instant::now() + PATIENCE;
    for mut stream in streams {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        stream.set_read_timeout(Some(left)).expect("a timeout");
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest);
        let is_open = read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!is_open, "a connection is still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_methods_and_heads_are_not_kept() {
    let service = Service::start();
    let count = if is_full() { 520 } else { 60 };
    for path in ["/v1/agents", "/nothing"] {
        for _ in 0..count {
            let head = format!("{} {path} HTTP/1.1\r\nhost: {}\r\n\r\n", "M".repeat(300_000), service.address);
            assert_eq!(service.status(&head), 431);
        }
    }
    for _ in 0..count {
        let head =
            format!("{} /v1/agents HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", "M".repeat(20_000), service.address);
        assert_eq!(service.status(&head), 405);
        let long = "x".repeat(300_000);
        assert_eq!(service.status(&service.get(&format!("/v1/{long}"))), 431);
        let header = format!("GET /v1/agents HTTP/1.1\r\nhost: {}\r\nx-long: {long}\r\n\r\n", service.address);
        assert_eq!(service.status(&header), 431);
    }
    service.has_grown_by_at_most(64, "long methods");
    let token = service.api.sign_in("dev@agenthuman.test").await.text("/token");
    let cookie = format!("ah_session={token}");
    let log = service.api.http.get(format!("{}/dashboard/log", service.api.url)).header("cookie", cookie).send().await;
    let log = log.expect("an answer").text().await.expect("the log");
    assert!(log.contains("\"MMMMMMMM") && log.len() < 500_000, "the log has {} bytes", log.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_headers_time_out() {
    let service = Service::start();
    let count = if is_full() { 900 } else { 90 };
    let mut slow = Vec::new();
    for _ in 0..count {
        let Ok(mut stream) = service.connect() else { panic!("only {} connections are accepted", slow.len()) };
        let _ = stream.write_all(format!("GET /v1/agents HTTP/1.1\r\nhost: {}\r\nx-slow: ", service.address).as_bytes());
        slow.push(stream);
    }
    service.answers_others();
    service.has_grown_by_at_most(64, "slow headers");
    all_are_ended(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let service = Service::start();
    let mut stream = service.connect().expect("it accepts");
    let head = format!("GET /sandbox/clock HTTP/1.1\r\nhost: {}\r\n\r\n", service.address);
    stream.write_all(head.as_bytes()).expect("sent");
    assert_eq!(status_of(&mut stream), Some(200));
    all_are_ended(vec![stream, service.connect().expect("it accepts")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stalled_uploads_are_limited_and_time_out() {
    let service = Service::start();
    let count = if is_full() { 60 } else { 30 };
    let crate::api::As::Key(key) = &service.api.key else { unreachable!() };
    let head = format!(
        "POST /v1/avatars/upload HTTP/1.1\r\nhost: {}\r\nx-api-key: {key}\r\ncontent-type: multipart/form-data; boundary=b\r\n\
         content-length: 16000000\r\n\r\n",
        service.address
    );
    let stalled: Vec<_> = (0..count)
        .map(|_| {
            let mut stream = service.connect().expect("it accepts");
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    let mut writers = Vec::new();
    let mut kept = Vec::new();
    for stream in stalled {
        kept.push(stream.try_clone().expect("a handle"));
        writers.push(std::thread::spawn(move || {
            let mut stream = stream;
            // Data that is not read within this time is in the system's buffers.
            stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a timeout");
            let chunk = vec![b'x'; 100_000];
            (0..159).all(|_| stream.write_all(&chunk).is_ok())
        }));
    }
    let whole = writers.into_iter().filter_map(|writer| writer.join().ok()).filter(|whole| *whole).count();
    // On a busy machine a second set of bodies is read before the allocator returns the memory of the first.
    service.has_grown_by_at_most(300, &format!("{count} stalled uploads, {whole} of them sent to the last bytes"));
    service.answers_others();
    let small = json!({"name": "Small"});
    service.api.call("POST", "/v1/agents", &[], &service.api.key, Some(small)).await.is(201);
    all_are_ended(kept);
    let large = json!({"name": "Large", "context": "x".repeat(900_000)});
    service.api.call("POST", "/v1/agents", &[], &service.api.key, Some(large)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_block_others() {
    let service = Service::start();
    let count = if is_full() { 10_000 } else { 600 };
    let mut idle = Vec::new();
    for _ in 0..count {
        let Ok(stream) = service.connect() else { panic!("only {} connections are accepted", idle.len()) };
        idle.push(stream);
    }
    service.answers_others();
    service.has_grown_by_at_most(64, &format!("{count} idle connections"));
    all_are_ended(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_over_the_connection_limit_get_503() {
    let service = Service::start();
    let mut busy = Vec::new();
    let head = format!("GET /v1/agents HTTP/1.1\r\nhost: {}\r\nx-sandbox-fault: hang\r\n\r\n", service.address);
    let count = if is_full() { 700 } else { 200 };
    for _ in 0..count {
        let mut stream = service.connect().expect("it accepts");
        stream.write_all(head.as_bytes()).expect("sent");
        busy.push(stream);
    }
    assert_eq!(service.status(&service.get("/sandbox/clock")), 503);
    drop(busy);
    let deadline = Instant::now() + PATIENCE;
    while service.status(&service.get("/sandbox/clock")) != 200 {
        assert!(Instant::now() < deadline, "it does not recover");
        std::thread::sleep(Duration::from_millis(50));
    }
}
