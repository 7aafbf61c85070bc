//! Tries the Rust client on the cases of `cargo xtask hostile`, which come on standard input, and prints an outcome a line.

use agenthuman::api::sessions::{CreateSession, ListSessions};
use agenthuman::{Client, Error};
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;

#[derive(Deserialize)]
struct Plan {
    timeout: f64,
    size_cap: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    url: String,
    call: String,
    played: Option<u16>,
}

/// Made up.
const KEY: &str = "ah_test_H0st1leH0st1leH0st1leH0st1leHos7";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let plan: Plan = serde_json::from_reader(std::io::stdin())?;
    for case in &plan.cases {
        let client = Client::builder()
            .base_url(&case.url)
            .api_key(KEY)
            .timeout(Duration::from_secs_f64(plan.timeout))
            .max_retries(0)
            .max_response_bytes(plan.size_cap)
            .build()?;
        let before = reset_peak();
        let began = Instant::now();
        let outcome = call(&client, &case.call).await;
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        let peak = peak().saturating_sub(before);
        if let Some(port) = case.played {
            wait_until_played(port).await?;
        }
        let next = judged(client.sessions().get("2").await.map(|session| session.id.as_str() == "2"));
        println!("{}", json!({ "name": case.name, "outcome": outcome, "ms": ms, "peak_kib": peak, "next": next }));
    }
    Ok(())
}

/// The server ends this connection when it has sent all that comes before the next call.
async fn wait_until_played(port: u16) -> std::io::Result<()> {
    let mut signal = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    signal.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn call(client: &Client, call: &str) -> String {
    let sessions = client.sessions();
    judged(match call {
        "create" => {
            let params = CreateSession::new("7");
            sessions.create(params).await.map(|session| session.id.as_str() == "1")
        }
        "list" => {
            let first = sessions.list(ListSessions::default()).page().await;
            first.map(|page| page.is_some_and(|page| page.items[0].id.as_str() == "1"))
        }
        _ => sessions.get("1").await.map(|session| session.id.as_str() == "1"),
    })
}

fn judged(result: Result<bool, Error>) -> String {
    match result {
        Ok(true) => "ok".to_owned(),
        Ok(false) => "wrong value".to_owned(),
        Err(error) => error.kind().code().to_owned(),
    }
}

/// Sets the peak of this process's memory to what it has now, and returns that in KiB; 0 where Linux's files are missing.
fn reset_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak()
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
