//! Runs one Rust client in this process and prints one line of JSON.
//!
//! `bench-client CLIENT MODE BASE SECONDS CONCURRENCY`, where CLIENT is `agenthuman` or `reqwest`, and MODE is `seq`,
//! `conc`, `post`, `list`, `walk`, `young` or `memory`. The key is in `AGENTHUMAN_BENCH_KEY`.

mod agenthuman_client;
mod reqwest_client;

use agenthuman_client::AgentHumanClient;
use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use futures_util::future::{join_all, try_join_all};
use reqwest_client::ReqwestClient;
use std::time::{Duration, Instant};

enum Client {
    AgentHuman(AgentHumanClient),
    Reqwest(ReqwestClient),
}

/// Uses the response: a sum, so that nothing is optimised away.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    TouchLast,
    Walk,
    Post,
}

impl Client {
    async fn call(&self, how: Use) -> Result<usize> {
        match self {
            Client::AgentHuman(client) => client.call(how).await,
            Client::Reqwest(client) => client.call(how).await,
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

async fn measure(client: &Client, mode: &str, seconds: f64, amount: usize) -> Result<serde_json::Value> {
    let how = match mode {
        "walk" => Use::Walk,
        "post" => Use::Post,
        _ => Use::TouchLast,
    };
    let spent = match mode {
        "young" => {
            client.call(how).await?;
            counted(client, 1000).await?
        }
        "memory" => {
            counted(client, amount / 10).await?;
            let before = resident();
            let spent = counted(client, amount).await?;
            return Ok(serde_json::json!({ "calls": spent.calls, "drift_mb": resident() - before }));
        }
        "list" | "walk" => {
            join_all((0..3).map(|_| client.call(how))).await;
            timed(client, how, seconds, 1).await?
        }
        "seq" | "post" => {
            timed(client, how, 0.1, 1).await?;
            timed(client, how, seconds, 1).await?
        }
        "conc" => {
            timed(client, how, 0.1, amount).await?;
            timed(client, how, seconds, amount).await?
        }
        _ => bail!("unknown mode {mode}"),
    };
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a short run")]
    let each = |spent_for: Duration| spent_for.as_secs_f64() * 1e6 / spent.calls as f64;
    Ok(serde_json::json!({ "calls": spent.calls, "cpu_us": each(spent.cpu), "wall_us": each(spent.wall) }))
}

/// Returns the resident memory in MB, if the system reports it.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [client, mode, base, seconds, amount] = &arguments[..] else {
        bail!("usage: bench-client CLIENT MODE BASE SECONDS CONCURRENCY");
    };
    let key = std::env::var("AGENTHUMAN_BENCH_KEY").context("AGENTHUMAN_BENCH_KEY is not set")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = match client.as_str() {
        "agenthuman" => Client::AgentHuman(AgentHumanClient::new(base, &key)?),
        "reqwest" => Client::Reqwest(ReqwestClient::new(base, &key)?),
        _ => bail!("unknown client {client}"),
    };
    println!("{}", runtime.block_on(measure(&client, mode, seconds.parse()?, amount.parse()?))?);
    Ok(())
}
