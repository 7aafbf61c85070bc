//! The reference: bare reqwest and serde, as in a hand-written client for this API. No retries, no limits.

use super::Use;
use agenthuman_bench::http;
use anyhow::{Context, Result};
use serde::Deserialize;

pub struct ReqwestClient {
    http: reqwest::Client,
    sessions: String,
}

#[derive(Deserialize)]
struct Listed {
    sessions: Vec<Session>,
}

#[derive(Deserialize)]
struct Created {
    session: Session,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "a program has its fields whether it reads them or not")]
struct Session {
    session_id: i64,
    agent_id: i64,
    session_type: String,
    status: String,
    started_at: String,
    ended_at: Option<String>,
    duration: Option<i64>,
    created_at: String,
    agent_name: String,
    avatar_id: Option<i64>,
    avatar_name: Option<String>,
    avatar_url: Option<String>,
    voice_id: Option<String>,
    metadata: serde_json::Map<String, serde_json::Value>,
}

impl ReqwestClient {
    pub fn new(base: &str, key: &str) -> Result<ReqwestClient> {
        let http = http("x-api-key", key)?;
        Ok(ReqwestClient { http, sessions: format!("{base}/v1/sessions") })
    }

    pub async fn call(&self, how: Use) -> Result<usize> {
        if how == Use::Post {
            let body = serde_json::json!({
                "agent_id": 7,
                "session_type": "agent_voice",
                "metadata": { "user_id": "user_000007", "campaign": "spring-launch" },
            });
            let request = self.http.post(&self.sessions).header("content-type", "application/json").body(body.to_string());
            let answer = request.send().await?.error_for_status()?.bytes().await?;
            return Ok(serde_json::from_slice::<Created>(&answer)?.session.agent_name.len());
        }
        let answer = self.http.get(&self.sessions).send().await?.error_for_status()?.bytes().await?;
        let sessions = serde_json::from_slice::<Listed>(&answer)?.sessions;
        if how == Use::TouchLast {
            return Ok(sessions.last().context("no session")?.agent_name.len());
        }
        let campaign = |session: &Session| session.metadata.get("campaign").and_then(|it| it.as_str()).map_or(0, str::len);
        Ok(sessions.iter().map(|session| session.agent_name.len() + campaign(session)).sum())
    }
}
