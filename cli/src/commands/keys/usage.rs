//! `agenthuman keys usage`: when each key was last used, and for a sandbox how often.

use super::{age_in_days, days_since};
use crate::client;
use crate::commands::logs;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, Table, minute};
use agenthuman::Kind;
use agenthuman::api::api_keys::ApiKeyInfo;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
The API reports when a key was last used. It does not report calls, errors or addresses. For a sandbox,
calls and errors are counted in its last 500 requests.";

/// A key that was not used for longer is reported.
const LONG_UNUSED_DAYS: i64 = 30;

/// The requests with one key.
#[derive(Clone, Copy, Default)]
struct Calls {
    all: u64,
    failed: u64,
}

pub async fn run(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let client = client::with_token(global)?;
    let keys = client.api_keys().list().all().await?;
    let counted = match client::holding_none(global).build()?.request("GET", logs::PATH, None, Some("none")).await {
        Ok(log) => Some(count(&log)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::InvalidResponse) => None,
        Err(error) => return Err(error.into()),
    };
    let calls = |key: &ApiKeyInfo| counted.as_ref().map(|counted| counted.get(key.id.as_str()).copied().unwrap_or_default());
    let active = || keys.iter().filter(|key| key.revoked_at.is_none());
    if output.json {
        let keys: Vec<Value> = active().map(|key| as_json(key, calls(key))).collect();
        output.document(&json!({ "api_keys": keys }))?;
    } else {
        let mut table = Table::new(&["ID", "NAME", "KEY", "LAST USED (UTC)", "CALLS", "ERRORS", "NOTE"]);
        for key in active() {
            let number = |of: fn(Calls) -> u64| calls(key).map_or_else(|| "-".to_owned(), |calls| of(calls).to_string());
            table.row(
                false,
                vec![
                    key.id.to_string(),
                    key.name.clone(),
                    key.masked(),
                    minute(key.last_used_at.as_ref()),
                    number(|calls| calls.all),
                    number(|calls| calls.failed),
                    note(key, calls(key)).unwrap_or_default(),
                ],
            );
        }
        output.text(&table.render())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Counts the requests with each key in the log of a sandbox.
fn count(log: &Value) -> HashMap<String, Calls> {
    let mut counted: HashMap<String, Calls> = HashMap::new();
    for entry in log["entries"].as_array().into_iter().flatten() {
        if let Some(id) = entry["key_id"].as_i64() {
            let calls = counted.entry(id.to_string()).or_default();
            calls.all += 1;
            calls.failed += u64::from(entry["status"].as_u64().is_some_and(|status| status >= 400));
        }
    }
    counted
}

/// Returns what a person should look at.
fn note(key: &ApiKeyInfo, calls: Option<Calls>) -> Option<String> {
    if let Some(Calls { all, failed }) = calls
        && failed * 2 > all
    {
        return Some(format!("{failed} of {all} calls failed"));
    }
    let unused = match key.last_used_at {
        Some(at) => days_since(at.as_second()),
        None => age_in_days(key),
    }?;
    let since = if key.last_used_at.is_some() { "not used for" } else { "never used in" };
    (unused > LONG_UNUSED_DAYS).then(|| format!("{since} {unused} days: delete it if nothing needs it"))
}

fn as_json(key: &ApiKeyInfo, calls: Option<Calls>) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "last_used_at": key.last_used_at.map(|at| at.to_string()),
        "calls": calls.map(|calls| calls.all),
        "errors": calls.map(|calls| calls.failed),
        "note": note(key, calls),
    })
}
