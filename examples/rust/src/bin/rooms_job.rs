//! Opens a session with an avatar in a room, looks at it and at the usage, meets the plan's limit, and ends it, like the examples in
//! other languages. The last line of its output is the outcome as JSON.
//!
//! Reads AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL, and on a real service ROOM_URL and ROOM_TOKEN: a LiveKit room, and a token with
//! which the avatar joins it. The session costs a minute of the plan.

use agenthuman::Kind;
use agenthuman::rooms::sessions::{CreateSession, ListSessions, Room};
use agenthuman::rooms::{Client, OpenSession};
use anyhow::{Context, Result};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let url = std::env::var("ROOM_URL").unwrap_or_else(|_| "wss://example.livekit.cloud".to_owned());
    let token = std::env::var("ROOM_TOKEN").unwrap_or_else(|_| "the avatar's token".to_owned());
    let room = Room::livekit(url.clone(), token);
    let avatars = client.avatars().list().await?;
    let avatar = avatars.public_avatars.first().context("there is no public avatar")?.id.to_string();

    let session = client.sessions().open(CreateSession::new(avatar.clone(), room.clone())).await?;
    println!("{}: {avatar} joins {url}", session.id);
    let looked = look(&client, &session, CreateSession::new(avatar, room)).await;
    // Also after an error.
    let ended = session.close().await?;
    let mut outcome = looked?;
    outcome["ended"] = ended.status.as_str().into();
    let open = client.sessions().list(ListSessions::new().status("started")).all().await?;
    outcome["open_now"] = open.len().into();
    println!("{outcome}");
    Ok(())
}

/// Looks at an open session, and tries to open another if the plan does not allow it.
async fn look(client: &Client, session: &OpenSession, another: CreateSession) -> Result<Value> {
    let found = client.sessions().get(session.id.clone()).await?;
    let available = client.usage().get().await?.concurrency.and_then(|concurrency| concurrency.available);
    // The limit is met only if no second session can open, which would cost money.
    let limit = if available == Some(0) { limit(client, another).await? } else { None };
    Ok(json!({
        "language": "rust",
        "opened": session.status.as_str(),
        "found": found.status.as_str(),
        "available": available,
        "limit": limit,
    }))
}

/// Returns the name of the error of one session too many.
async fn limit(client: &Client, another: CreateSession) -> Result<Option<String>> {
    match client.sessions().create(another).await {
        Ok(session) => {
            client.sessions().end(session.id).await?;
            Ok(None)
        }
        Err(error) if error.kind() == Kind::ConcurrencyLimit => {
            println!("no second session: {error}");
            Ok(Some(error.kind().entry().class_name()))
        }
        Err(error) => Err(error.into()),
    }
}
