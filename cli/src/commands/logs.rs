//! `agenthuman logs`: the requests that a sandbox received.

use crate::client;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{DIM, GREEN, Output, RED, plain};
use agenthuman::{Client, Kind};
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

pub const AFTER_HELP: &str = "\
The sandbox keeps its last 500 requests, and no secrets of them. The log is that of the sandbox at
AGENTHUMAN_BASE_URL or --base-url.";

/// The log of a sandbox.
pub const PATH: &str = "/sandbox/log";

/// How long to wait before looking for new requests.
const EVERY: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub struct Args {
    /// Go on with new requests as they come, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
}

pub async fn run(global: &Global, output: &Output, args: &Args) -> Result<ExitCode, Failure> {
    let client = client::holding_none(global).build()?;
    let mut after = 0;
    loop {
        let log = read(&client, after).await?;
        for entry in log["entries"].as_array().into_iter().flatten() {
            if output.json {
                output.document(entry)?;
            } else {
                output.text(&line(entry))?;
            }
        }
        if !args.follow {
            return Ok(ExitCode::SUCCESS);
        }
        after = log["last"].as_u64().unwrap_or_default();
        tokio::time::sleep(EVERY).await;
    }
}

async fn read(client: &Client, after: u64) -> Result<Value, Failure> {
    let path = format!("{PATH}?after={after}");
    client.request("GET", &path, None, Some("none")).await.map_err(|error| {
        let is_no_sandbox = matches!(error.kind(), Kind::NotFound | Kind::InvalidResponse);
        let failure = Failure::from(error);
        if is_no_sandbox { failure.suggest("Only a sandbox has this log: start one with `agenthuman sandbox`.") } else { failure }
    })
}

/// `12:03:04 POST /v1/sessions 201 3.2 ms, API key 1, req_…`
fn line(entry: &Value) -> String {
    let text = |name: &str| plain(entry[name].as_str().unwrap_or_default());
    let status = entry["status"].as_u64().unwrap_or_default();
    let colour = if status < 400 { GREEN } else { RED };
    let credential = match (entry["credential"].as_str(), entry["key_id"].as_i64()) {
        (Some("api_key"), Some(id)) => format!("API key {id}"),
        (Some("api_key"), None) => "an unknown API key".to_owned(),
        (Some("token"), _) => "a token".to_owned(),
        (Some("cookie"), _) => "a cookie".to_owned(),
        _ => "no credential".to_owned(),
    };
    let at = text("at");
    let time = at.get(11..19).unwrap_or(&at);
    let (method, path, request_id) = (text("method"), text("path"), text("request_id"));
    let took = entry["milliseconds"].as_f64().unwrap_or_default();
    format!("{DIM}{time}{DIM:#} {method} {path} {colour}{status}{colour:#} {took:.1} ms, {credential}{DIM}, {request_id}{DIM:#}")
}
