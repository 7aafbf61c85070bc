//! The effects of a success on the client: its token, or a session's grant.

use super::Run;
use crate::answer::{Body, Reply};
use crate::credentials::{Credential, Grant, Source};
use crate::error::{Error, Kind, Result};
use crate::table::{CredentialKind, Effect};
use crate::{Secret, Token};
use http::HeaderMap;
use serde_json::Value;
use std::time::Duration;

impl Run<'_> {
    /// `session` is the one that the request is about.
    pub(super) fn take_effect(&self, reply: Reply, session: Option<&str>) -> Result<Reply> {
        let token = match self.operation.effect {
            Effect::None => return Ok(reply),
            Effect::MessageSent => {
                let exchange: Value = serde_json::from_str(&reply.body.to_json()).unwrap_or_default();
                let last = exchange["reply"]["id"].as_str().or(exchange["message"]["id"].as_str());
                self.learn(session, last.map(str::to_owned));
                self.client.sent.send_modify(|sent| *sent += 1);
                return Ok(reply);
            }
            Effect::MessagesListed => {
                if let (Body::Items(items), None) = (&reply.body, &reply.next)
                    && let Some(last) = items.len().checked_sub(1)
                {
                    self.learn(session, items.text(last, "id"));
                }
                return Ok(reply);
            }
            Effect::AdoptGrant => return self.adopt_grant(reply),
            Effect::ForgetToken => None,
            Effect::AdoptToken => {
                let token = match &reply.body {
                    Body::Items(items) => items.text(0, "token"),
                    Body::Nothing | Body::Raw(_) => None,
                };
                let token = Token::parse(&token.unwrap_or_default()).map_err(|error| {
                    Error::new(Kind::InvalidResponse, format!("the response is invalid: {}", error.info().message))
                })?;
                Some(Source::fixed(Credential::Token(token)))
            }
        };
        self.client.sources.swap(CredentialKind::Token, token);
        self.client.limiter.gate(Some(CredentialKind::Token)).reset();
        Ok(reply)
    }

    fn learn(&self, session: Option<&str>, last: Option<String>) {
        if let (Some(session), Some(last)) = (session, last) {
            self.client.sends.learn(session, last);
        }
    }

    /// Stores the grant and returns what stands beside it.
    fn adopt_grant(&self, reply: Reply) -> Result<Reply> {
        let unreadable = || Error::new(Kind::InvalidResponse, "the response has no session with a grant");
        let mut granted: Value = serde_json::from_str(&reply.body.to_json()).map_err(|_| unreadable())?;
        let beside = self.operation.beside_grant().map(|(name, _)| granted[name].take()).ok_or_else(unreadable)?;
        let id = beside.pointer("/session/id").or_else(|| beside.get("id")).and_then(Value::as_str).ok_or_else(unreadable)?;
        let grant = granted["grant"].as_str().map(Secret::new).ok_or_else(unreadable)?;
        let expires_in = Duration::from_secs(granted["expires_in"].as_u64().unwrap_or_default());
        self.client.grants.adopt(self.operation.contract, id.to_owned(), Grant::new(grant, expires_in));
        Ok(Reply { body: Body::Raw(beside), ..reply })
    }

    pub(super) fn nothing(&self, status: u16) -> Reply {
        Reply {
            body: Body::Nothing,
            next: None,
            status,
            headers: HeaderMap::new(),
            request_id: None,
            attempts: self.progress().attempts.clone(),
        }
    }
}
