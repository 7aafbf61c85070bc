//! The client of this project.

use super::Use;
use agenthuman::api::sessions::{CreateSession, ListSessions, Session};
use agenthuman::{Client, Id, Object};
use anyhow::{Context, Result};

pub struct AgentHumanClient {
    client: Client,
    /// The session that `Use::Get` requests.
    session: Id,
}

impl AgentHumanClient {
    pub fn new(base: &str, key: &str) -> Result<AgentHumanClient> {
        // The longest list has 44 MB.
        let client = Client::builder().base_url(base).api_key(key).max_response_bytes(64 << 20).build()?;
        Ok(AgentHumanClient { client, session: "1".into() })
    }

    pub async fn open(&mut self) -> Result<()> {
        self.session = self.client.sessions().create(CreateSession::new("1")).await?.id;
        Ok(())
    }

    pub async fn call(&self, how: Use) -> Result<usize> {
        if how == Use::Post {
            let mut metadata = Object::new();
            metadata.insert("user_id".into(), "user_000007".into());
            metadata.insert("campaign".into(), "spring-launch".into());
            let params = CreateSession::new("7").session_type("agent_voice").metadata(metadata);
            return Ok(name(&self.client.sessions().create(params).await?));
        }
        if how == Use::Get {
            return Ok(name(&self.client.sessions().get(self.session.clone()).await?));
        }
        let page = self.client.sessions().list(ListSessions::new()).page().await?;
        let sessions = page.context("no page")?.items;
        if how == Use::TouchLast {
            return Ok(name(sessions.last().context("no session")?));
        }
        Ok(sessions.iter().map(|session| name(session) + campaign(session)).sum())
    }
}

fn name(session: &Session) -> usize {
    session.agent_name.as_deref().map_or(0, str::len)
}

fn campaign(session: &Session) -> usize {
    session.metadata.as_ref().and_then(|metadata| metadata.get("campaign")?.as_str()).map_or(0, str::len)
}
