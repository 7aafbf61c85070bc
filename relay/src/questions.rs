//! What the relay needs of its host while it answers a request.

use crate::backend::{Asked, Backend, BoxError, Decision, Wish};
use agenthuman::Secret;
use agenthuman::host::{Answer, Questions};
use agenthuman::table::CredentialKind;
use bytes::Bytes;

/// Something that only the host's own code can do. If an answer is dropped, what waits fails.
pub enum Question {
    /// The next chunk of the request's body is to be read.
    Chunk {
        /// Takes the chunk. An empty one ends the body.
        answer: Answer<Bytes>,
    },
    /// The host's `authorize` is to be run on the request.
    Authorize {
        /// Takes the user's id, or nothing if the token is not valid.
        answer: Answer<Option<String>>,
    },
    /// The host's `policy` is to be run.
    Policy {
        /// The user's id, as `authorize` returned it.
        user: String,
        /// JSON: `{"operation": "sessions.create", "agent_id", "session_type", "metadata", "open_sessions"}`, or
        /// `{"operation": "agents.list", "agents": [...]}`.
        wish: String,
        /// Takes JSON: `null` or `{"refused": "why"}` for no; else `{"agent_id", "session_type"?, "metadata"?,
        /// "operations"?, "grant_seconds"?, "session_seconds"?}`, or `{"agents": ["7"]}`.
        answer: Answer<String>,
    },
    /// The host's function that returns the backend's own credential is to be run.
    Credential {
        /// The kind of credential.
        kind: CredentialKind,
        /// Takes the credential.
        answer: Answer<Secret>,
    },
}

/// The relay's end of the line to the host, for one request.
pub(crate) type Asks = Questions<Question>;

/// The host's two functions.
impl Backend for Asks {
    async fn authorize(&self, _: &Asked) -> Result<Option<String>, BoxError> {
        Ok(self.ask(|answer| Question::Authorize { answer }).await?)
    }

    async fn policy(&self, user: &str, wish: Wish) -> Result<Decision, BoxError> {
        let (user, json) = (user.to_owned(), serde_json::to_string(&wish)?);
        let decision = self.ask(|answer| Question::Policy { user, wish: json, answer }).await?;
        // The error says where the decision has the wrong shape, and quotes no more of it than a field's name.
        Decision::from_json(&wish, &decision).map_err(|error| format!("returned an invalid decision: {error}").into())
    }
}
