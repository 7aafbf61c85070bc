//! Talks with the first agent of the account: `cargo run --bin quickstart`.

use agenthuman::operations::messages::CreateMessage;
use agenthuman::operations::sessions::CreateSession;
use anyhow::Context;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = agenthuman::Client::from_env()?;
    let agent = client.agents().list(Default::default()).next().await?.context("make an agent first")?;
    let session = client.sessions().create(CreateSession { agent_id: agent.id, ..Default::default() }).await?;
    let hello = CreateMessage { content: "Hello!".into(), ..Default::default() };
    let exchange = client.messages().create(&session.id, hello).await?;
    println!("{}", exchange.reply.and_then(|reply| reply.content).unwrap_or_default());
    client.sessions().end(&session.id, Default::default()).await?;
    Ok(())
}
