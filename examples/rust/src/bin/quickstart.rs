//! Talks with the first agent of the account: `cargo run --bin quickstart`.

use agenthuman::api::agents::ListAgents;
use agenthuman::api::messages::CreateMessage;
use agenthuman::api::sessions::{CreateSession, EndSession};
use anyhow::Context;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = agenthuman::Client::from_env()?;
    let agent = client.agents().list(ListAgents::new()).next().await?.context("make an agent first")?;
    let session = client.sessions().create(CreateSession::new(agent.id)).await?;
    let exchange = client.messages().create(&session.id, CreateMessage::new("Hello!")).await?;
    println!("{}", exchange.reply.map(|reply| reply.content).unwrap_or_default());
    client.sessions().end(&session.id, EndSession::new()).await?;
    Ok(())
}
