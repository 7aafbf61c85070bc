//! Messages: what is said in a session.

use super::resource;
use crate::error::Result;
use crate::operations::messages::*;
use crate::table::Params;
use crate::{CallOptions, Id, Pages};

resource! {
    /// Messages: what is said in a session.
    messages, Messages
}

impl Messages<'_> {
    /// Says something in a session, and gives the agent's reply. Needs an API key. (named)
    pub async fn create(&self, session_id: impl Into<Id>, params: CreateMessage) -> Result<MessageExchange> {
        let params = Params::from(params).with_path("session_id", session_id);
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Lists what was said in a session, the oldest first. Needs an API key. (named)
    pub fn list(&self, session_id: impl Into<Id>, params: ListMessages) -> Pages<Message> {
        Pages::new(self.0, &LIST, Params::from(params).with_path("session_id", session_id))
    }
}
