//! Sessions: conversations with an agent.

use super::resource;
use crate::error::Result;
use crate::operations::sessions::*;
use crate::table::Params;
use crate::{CallOptions, Id, Pages};

resource! {
    /// Sessions: conversations with an agent.
    sessions, Sessions
}

impl Sessions<'_> {
    /// Opens a session with an agent. Needs an API key. (documented)
    pub async fn create(&self, params: CreateSession) -> Result<Session> {
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Lists one's sessions, the newest first. Needs an API key. (documented)
    pub fn list(&self, params: ListSessions) -> Pages<Session> {
        Pages::new(self.0, &LIST, params)
    }

    /// One session, with its transcript and metadata. Needs an API key. (documented)
    pub async fn get(&self, id: impl Into<Id>) -> Result<Session> {
        let params = Params::default().with_path("id", id);
        self.0.call(&GET, params, CallOptions::default(), None).await?.parse()
    }

    /// Ends a session; ending it again changes nothing. Needs an API key. (documented)
    pub async fn end(&self, id: impl Into<Id>, params: EndSession) -> Result<Session> {
        let params = Params::from(params).with_path("id", id);
        self.0.call(&END, params, CallOptions::default(), None).await?.parse()
    }
}
