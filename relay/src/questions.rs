//! The questions of the relay to its host.

use crate::backend::{Backend, BoxError, Decision, PhoneRequest, PolicyRequest, UserSession};
use agenthuman::Secret;
use agenthuman::host::{Answer, Questions};
use agenthuman::table::{CredentialKind, Surface};
use bytes::Bytes;

/// A question to the host's own code. If its answer is dropped, the request fails.
pub enum Question {
    /// Asks the host for the next chunk of the request's body.
    Chunk {
        /// Takes the chunk. An empty one ends the body.
        answer: Answer<Bytes>,
    },
    /// Asks the host to run `authorize` on the request.
    Authorize {
        /// Takes the user's id, or `None` if the token is invalid.
        answer: Answer<Option<String>>,
    },
    /// Asks the host to run `policy`.
    Policy {
        /// The user's id, as `authorize` returned it.
        user: String,
        /// JSON: `{"operation": "sessions.create", "agent_id", "session_type", "metadata", "open_sessions"}`,
        /// `{"operation": "rooms.create", "avatar", "metadata", "open_sessions"}`,
        /// `{"operation": "sessions.list", "sessions": ["1"], "limit"}`,
        /// `{"operation": "sessions.resume", "session_id", "agent_id", "session_type", "status", "metadata"}`, or
        /// `{"operation": "agents.list", "agents": [...]}`.
        request: String,
        /// Takes JSON: `null` or `{"refused": "why"}` for no; else `{"agent_id", "session_type"?, "metadata"?,
        /// "operations"?, "grant_seconds"?, "session_seconds"?}`, or `{"avatar", "room": {"platform", "url"?, "token"?,
        /// "display_name"?}, "participant_token"?, "aspect_ratio"?, "metadata"?, "operations"?, "grant_seconds"?,
        /// "session_seconds"?}`, or `{"sessions": ["1"]}`, or `{"session_id", "operations"?, "grant_seconds"?, "session_seconds"?}`, or
        /// `{"agents": ["7"]}`.
        answer: Answer<String>,
    },
    /// Asks the host to run `on_open`. A host without the function confirms.
    OnOpen {
        /// The user's id.
        user: String,
        /// JSON: `{"session_id", "agent_id", "session_type", "status", "metadata"}`.
        session: String,
        /// Takes the confirmation.
        answer: Answer<()>,
    },
    /// Asks the host to run its function for the backend's credential.
    Credential {
        /// The contract of the client that needs it.
        contract: Surface,
        /// The kind of credential.
        kind: CredentialKind,
        /// Takes the credential.
        answer: Answer<Secret>,
    },
}

/// Sends the questions of one request to the host.
pub(crate) type HostQuestions = Questions<Question>;

/// The host's functions.
impl Backend for HostQuestions {
    async fn authorize(&self, _: &PhoneRequest) -> Result<Option<String>, BoxError> {
        Ok(self.ask(|answer| Question::Authorize { answer }).await?)
    }

    async fn policy(&self, user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        let (user, json) = (user.to_owned(), serde_json::to_string(&request)?);
        let decision = self.ask(|answer| Question::Policy { user, request: json, answer }).await?;
        Decision::from_json(&request, &decision).map_err(|error| format!("returned an invalid decision: {error}").into())
    }
    async fn on_open(&self, user: &str, session: UserSession) -> Result<(), BoxError> {
        let (user, session) = (user.to_owned(), serde_json::to_string(&session)?);
        Ok(self.ask(|answer| Question::OnOpen { user, session, answer }).await?)
    }
}
