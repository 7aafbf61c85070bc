//! Starts the hostile server and prints its cases as one line of JSON: name, group, URL, operation and right outcomes.
//! Ends when its standard input does.

use agenthuman_testing::hostile::{Server, all};
use anyhow::Result;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let cases = all();
    let server = Server::start(&cases).await?;
    let list: Vec<_> = cases
        .iter()
        .zip(&server.urls)
        .map(
            |(case, url)| json!({ "name": case.name, "group": case.group, "url": url, "call": case.call, "expect": case.expect }),
        )
        .collect();
    println!("{}", json!({ "authority": server.authority, "cases": list }));
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}
