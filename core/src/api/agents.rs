//! Agents: a persona with an avatar, instructions and a language, that holds conversations.

use super::resource;
use crate::error::Result;
use crate::operations::agents::*;
use crate::operations::sessions::Session;
use crate::table::Params;
use crate::{CallOptions, Id, Pages};

resource! {
    /// Agents: a persona with an avatar, instructions and a language, that holds conversations.
    agents, Agents
}

impl Agents<'_> {
    /// Makes an agent. Prefers a token, takes an API key. (documented)
    pub async fn create(&self, params: CreateAgent) -> Result<Agent> {
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Lists one's agents, the last changed first. Prefers a token, takes an API key. (documented)
    pub fn list(&self, params: ListAgents) -> Pages<Agent> {
        Pages::new(self.0, &LIST, params)
    }

    /// One agent. Prefers a token, takes an API key. (documented)
    pub async fn get(&self, id: impl Into<Id>) -> Result<Agent> {
        let params = Params::default().with_path("id", id);
        self.0.call(&GET, params, CallOptions::default(), None).await?.parse()
    }

    /// Changes what is given of an agent. Prefers a token, takes an API key. (documented)
    pub async fn update(&self, id: impl Into<Id>, params: UpdateAgent) -> Result<()> {
        let params = Params::from(params).with_path("id", id);
        self.0.call(&UPDATE, params, CallOptions::default(), None).await.map(drop)
    }

    /// Deletes an agent. Prefers a token, takes an API key. (named)
    pub async fn delete(&self, id: impl Into<Id>) -> Result<()> {
        let params = Params::default().with_path("id", id);
        self.0.call(&DELETE, params, CallOptions::default(), None).await.map(drop)
    }

    /// Lists an agent's sessions, the newest first. Prefers a token, takes an API key. (documented)
    pub fn sessions(&self, id: impl Into<Id>, params: ListAgentSessions) -> Pages<Session> {
        Pages::new(self.0, &SESSIONS, Params::from(params).with_path("id", id))
    }
}
