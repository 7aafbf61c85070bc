//! Runs a fixed number of operations, so that their instructions can be counted.
//!
//! `bench-fixed WORKLOAD BASE COUNT`. The key is in `AGENTHUMAN_BENCH_KEY`, and BASE is the URL of `bench-server`.

use agenthuman::api::sessions::{CreateSession, ListSessions, Session};
use agenthuman::host::{Body, HostClient, Step};
use agenthuman::{Client, Kind, Object};
use anyhow::{Context, Result, bail, ensure};

/// Returns a length in the result, so that nothing is optimised away.
async fn operation(client: &Client, host: &HostClient, workload: &str) -> Result<usize> {
    Ok(match workload {
        "get" | "list" => {
            let page = client.sessions().list(ListSessions::new()).page().await?.context("no page")?;
            name(page.items.last().context("no session")?)
        }
        "post" => {
            let mut metadata = Object::new();
            metadata.insert("user_id".into(), "user_000007".into());
            let params = CreateSession::new("7").session_type("agent_voice").metadata(metadata);
            name(&client.sessions().create(params).await?)
        }
        "host-list" => {
            let Step::Done(Ok(reply)) = host.call("sessions.list", "{}", "{}").step().await else { bail!("no response") };
            let Body::Items(items) = reply.body else { bail!("no items") };
            items.json(items.len() - 1).len()
        }
        "error" => {
            let error = client.agents().get("5").await.err().context("no error")?;
            ensure!(error.kind() == Kind::NotFound, "another error: {error}");
            error.to_string().len()
        }
        "refused" => {
            let error = client.sessions().create(CreateSession::new("7").session_type("telepathy")).await.err();
            let error = error.context("no error")?;
            ensure!(error.kind() == Kind::InvalidArgument, "another error: {error}");
            error.to_string().len()
        }
        other => bail!("unknown workload {other}"),
    })
}

fn name(session: &Session) -> usize {
    session.agent_name.as_deref().map_or(0, str::len)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workload, base, count] = &arguments[..] else { bail!("usage: bench-fixed WORKLOAD BASE COUNT") };
    let key = std::env::var("AGENTHUMAN_BENCH_KEY").context("AGENTHUMAN_BENCH_KEY is not set")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::builder().base_url(base).api_key(key).build()?;
    let host = HostClient::from(client.clone());
    runtime.block_on(async {
        for _ in 0..count.parse::<usize>()? {
            operation(&client, &host, workload).await?;
        }
        Ok(())
    })
}
