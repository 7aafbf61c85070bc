//! Runs one Rust client in this process and prints one line of JSON.
//!
//! `bench-client CLIENT MODE BASE SECONDS CONCURRENCY`, where CLIENT is `agenthuman`, `reqwest` or `phone` (a client of a
//! relay), and MODE is `seq`, `conc`, `post`, `get`, `held`, `list`, `walk`, `young` or `memory`. The key is in
//! `AGENTHUMAN_BENCH_KEY`.

mod agenthuman_client;
mod phone_client;
mod reqwest_client;

use agenthuman_bench::end_with_stdin;
use agenthuman_client::AgentHumanClient;
use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use futures_util::future::{join_all, select_ok, try_join_all};
use phone_client::PhoneClient;
use reqwest_client::ReqwestClient;
use std::time::{Duration, Instant};

enum Client {
    AgentHuman(AgentHumanClient),
    Reqwest(ReqwestClient),
    Phone(PhoneClient),
}

/// Uses the response: a sum, so that nothing is optimised away.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    TouchLast,
    Walk,
    Post,
    Get,
}

impl Client {
    async fn call(&self, how: Use) -> Result<usize> {
        match self {
            Client::AgentHuman(client) => client.call(how).await,
            Client::Reqwest(client) => client.call(how).await,
            Client::Phone(client) => client.call().await,
        }
    }

    /// Creates the session that `Use::Get` requests.
    async fn open(&mut self) -> Result<()> {
        match self {
            Client::AgentHuman(client) => client.open().await,
            Client::Phone(client) => client.open().await,
            Client::Reqwest(_) => bail!("no mode of this client needs a session"),
        }
    }
}

struct Spent {
    calls: usize,
    cpu: Duration,
    wall: Duration,
}

async fn timed(client: &Client, how: Use, seconds: f64, workers: usize) -> Result<Spent> {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let until = wall + Duration::from_secs_f64(seconds);
    let counts = try_join_all((0..workers).map(|_| async move {
        let mut calls = 0;
        while Instant::now() < until {
            client.call(how).await?;
            calls += 1;
        }
        anyhow::Ok(calls)
    }));
    let calls = counts.await?.into_iter().sum::<usize>().max(1);
    Ok(Spent { calls, cpu: cpu.elapsed(), wall: wall.elapsed() })
}

async fn counted(client: &Client, calls: usize) -> Result<Spent> {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    for _ in 0..calls {
        client.call(Use::TouchLast).await?;
    }
    Ok(Spent { calls, cpu: cpu.elapsed(), wall: wall.elapsed() })
}

async fn measure(client: &mut Client, mode: &str, seconds: f64, amount: usize) -> Result<serde_json::Value> {
    let how = match mode {
        "walk" => Use::Walk,
        "post" => Use::Post,
        "get" | "held" => Use::Get,
        _ => Use::TouchLast,
    };
    if how == Use::Get {
        client.open().await?;
    }
    let client = &*client;
    let spent = match mode {
        "young" => {
            client.call(how).await?;
            counted(client, 1000).await?
        }
        "memory" => {
            counted(client, amount / 10).await?;
            let before = memory_mb("VmRSS:");
            let spent = counted(client, amount).await?;
            return Ok(serde_json::json!({ "calls": spent.calls, "drift_mb": memory_mb("VmRSS:") - before }));
        }
        "list" | "walk" => {
            join_all((0..3).map(|_| client.call(how))).await;
            timed(client, how, seconds, 1).await?
        }
        "seq" | "post" => {
            timed(client, how, 0.1, 1).await?;
            timed(client, how, seconds, 1).await?
        }
        "get" => {
            let first = timed(client, how, 0.1, amount).await?;
            let spent = timed(client, how, seconds, amount).await?;
            return Ok(figures(&spent, first.calls + spent.calls));
        }
        "held" => return held(client, amount).await,
        "conc" => {
            #[expect(clippy::cast_precision_loss, reason = "a number of calls at a time")]
            let warm_up = (amount as f64 / 5000.0).max(0.1);
            timed(client, how, warm_up, amount).await?;
            timed(client, how, seconds, amount).await?
        }
        _ => bail!("unknown mode {mode}"),
    };
    Ok(figures(&spent, spent.calls))
}

/// The figures of calls. `sent` counts those for warm-up, too.
fn figures(spent: &Spent, sent: usize) -> serde_json::Value {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a short run")]
    let each = |spent_for: Duration| spent_for.as_secs_f64() * 1e6 / spent.calls as f64;
    serde_json::json!({
        "calls": spent.calls,
        "sent": sent,
        "cpu_us": each(spent.cpu),
        "wall_us": each(spent.wall),
        "peak_rss_mb": memory_mb("VmHWM:"),
    })
}

/// Sends one request more than the server holds. Once that one is answered, prints a line and keeps the others in flight until its
/// standard input closes.
async fn held(client: &Client, amount: usize) -> Result<serde_json::Value> {
    let (_, in_flight) = select_ok((0..=amount).map(|_| Box::pin(client.call(Use::Get)))).await?;
    println!("{}", in_flight.len());
    end_with_stdin();
    join_all(in_flight).await;
    bail!("the server answered a request that it should have held")
}

/// Returns the resident memory (`VmRSS:`) or its maximum (`VmHWM:`) in MB, if the system reports it.
fn memory_mb(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [client, mode, base, seconds, amount] = &arguments[..] else {
        bail!("usage: bench-client CLIENT MODE BASE SECONDS CONCURRENCY");
    };
    let key = std::env::var("AGENTHUMAN_BENCH_KEY").context("AGENTHUMAN_BENCH_KEY is not set")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut client = match client.as_str() {
        "agenthuman" => Client::AgentHuman(AgentHumanClient::new(base, &key)?),
        "reqwest" => Client::Reqwest(ReqwestClient::new(base, &key)?),
        "phone" => Client::Phone(PhoneClient::new(base)?),
        _ => bail!("unknown client {client}"),
    };
    println!("{}", runtime.block_on(measure(&mut client, mode, seconds.parse()?, amount.parse()?))?);
    Ok(())
}
