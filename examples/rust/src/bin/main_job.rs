//! Signs in, creates a key, an agent and a session, talks, ends the session, and rotates the key, like the examples in other
//! languages.
//!
//! If AGENTHUMAN_API_KEY is set, it runs only the part for which a key is enough. Otherwise it signs in with the code from the
//! sandbox's mailbox. The last line of its output is the outcome as JSON.

use agenthuman::api::agents::CreateAgent;
use agenthuman::api::api_keys::{CreateApiKey, CreatedApiKey};
use agenthuman::api::messages::{CreateMessage, ListMessages};
use agenthuman::api::sessions::{CreateSession, EndSession, ListSessions};
use agenthuman::{Client, Kind};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<()> {
    let mut outcome = json!({ "language": "rust" });
    if std::env::var("AGENTHUMAN_API_KEY").is_ok() {
        converse(&Client::from_env()?, &mut outcome).await?;
        outcome["rotated"] = Value::Null;
        outcome["old_key"] = Value::Null;
    } else {
        let account = sign_in().await?;
        converse(&account.client, &mut outcome).await?;
        rotate(account, &mut outcome).await?;
    }
    println!("{outcome}");
    Ok(())
}

struct Account {
    /// Has the token and a new key.
    client: Client,
    key: CreatedApiKey,
}

/// Signs in with a one-time code and creates a key.
async fn sign_in() -> Result<Account> {
    let email = std::env::var("AGENTHUMAN_DEMO_EMAIL").unwrap_or_else(|_| "demo@agenthuman.test".to_owned());
    let client = Client::from_env()?;
    client.auth().request_otp(&email).await?;
    let mailbox = client.request("GET", &format!("/sandbox/mailbox?to={email}"), None, None).await?;
    let code = mailbox["mails"][0]["code"].as_str().context("the mailbox holds no code")?;
    let signed_in = client.auth().verify_otp(&email, code).await?;
    println!("signed in as {email}");

    let key = client.api_keys().create(CreateApiKey::new("demo", "test")).await?;
    println!("made the key {}", key.api_key.id);
    let client = Client::builder().api_key(key.key.clone()).token(signed_in.token).build()?;
    Ok(Account { client, key })
}

async fn converse(client: &Client, outcome: &mut Value) -> Result<()> {
    let avatars = client.avatars().list().all().await?;
    outcome["avatars"] = avatars.len().into();

    let mut agent = CreateAgent::new("Sunny");
    agent.avatar_id = avatars.first().map(|avatar| avatar.id.clone());
    let agent = client.agents().create(agent).await?;
    outcome["agent"] = agent.name.into();

    let session = client.sessions().create(CreateSession::new(agent.id).session_type("agent_chat")).await?;
    for content in ["Hello!", "What can you do?"] {
        let exchange = client.messages().create(&session.id, CreateMessage::new(content)).await?;
        println!("{content} {}", exchange.reply.map(|reply| reply.content).unwrap_or_default());
    }
    let messages = client.messages().list(&session.id, ListMessages::new()).all().await?;
    let ended = client.sessions().end(&session.id, EndSession::new()).await?;
    outcome["session_status"] = ended.status.as_str().into();
    outcome["messages"] = messages.len().into();
    Ok(())
}

/// Rotates the key, and checks that the old one is rejected.
async fn rotate(Account { client, key }: Account, outcome: &mut Value) -> Result<()> {
    let old = Client::builder().api_key(key.key).build()?;
    let mut stored = false;
    client
        .api_keys()
        .rotate(key.api_key.id, Duration::ZERO, |_created| {
            stored = true;
            async { Ok(()) }
        })
        .await?;
    client.sessions().list(ListSessions::new().limit(1)).page().await?;
    outcome["rotated"] = stored.into();
    match old.sessions().list(ListSessions::new()).page().await {
        Ok(_) => bail!("the old key still works"),
        Err(error) if error.kind() == Kind::ApiKeyRevoked => {
            println!("the old key: {error}");
            outcome["old_key"] = error.kind().entry().class_name().into();
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
