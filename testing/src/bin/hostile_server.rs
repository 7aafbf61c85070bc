//! Starts the hostile server and prints its cases as one line of JSON: name, group, URL, operation and right outcomes.
//! Ends when its standard input does.

use agenthuman_testing::hostile::{Case, Server, all};
use anyhow::Result;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let cases = all();
    let server = Server::start(&cases).await?;
    let list: Vec<_> = cases
        .iter()
        .zip(server.urls.iter().zip(&server.played))
        .map(|(Case { name, group, call, expect, .. }, (url, played))| {
            json!({ "name": name, "group": group, "url": url, "call": call, "expect": expect, "played": played })
        })
        .collect();
    println!("{}", json!({ "authority": server.authority, "cases": list }));
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}
