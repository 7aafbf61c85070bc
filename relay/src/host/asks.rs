//! What the relay asks of its host while it answers a request.

use super::HostResponse;
use crate::backend::{Asked, Backend, BoxError, Decision, Wish};
use agenthuman::Secret;
use agenthuman::table::CredentialKind;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// The answer to a request, or what is needed to go on.
#[expect(clippy::large_enum_variant, reason = "there is one a request, and it is moved at once")]
pub enum Step {
    /// The next piece of the request's body is to be read; an empty one ends it.
    Chunk(Ask<Bytes>),
    /// The host's `authorize` is to be run on the request: the user's id, or nothing where the token is not good.
    Authorize(Ask<Option<String>>),
    /// The host's `policy` is to be run.
    Policy {
        /// The user's id, as `authorize` gave it.
        user: String,
        /// JSON: `{"operation": "sessions.create", "agent_id", "session_type", "metadata", "open_sessions"}`, or
        /// `{"operation": "agents.list", "agents": [...]}`.
        wish: String,
        /// JSON: `null` or `{"refused": "why"}` for no; else `{"agent_id", "session_type"?, "metadata"?, "operations"?,
        /// "grant_seconds"?, "session_seconds"?}`, or `{"agents": ["7"]}`.
        answer: Ask<String>,
    },
    /// The host's function that returns the backend's own credential is to be run.
    Credential(CredentialAsk),
    /// The answer. It is the last step.
    Done(HostResponse),
}

/// The host's function for this kind of credential is to be run.
pub struct CredentialAsk {
    /// Which credential it returns.
    pub kind: CredentialKind,
    /// Takes it.
    pub answer: Ask<Secret>,
}

pub(crate) type Answered<T> = Result<T, String>;

/// An answer that the relay waits for. Dropped unanswered, it fails what waits.
pub struct Ask<T>(oneshot::Sender<Answered<T>>);

impl<T> Ask<T> {
    pub(super) fn new() -> (Ask<T>, oneshot::Receiver<Answered<T>>) {
        let (answer, answered) = oneshot::channel();
        (Ask(answer), answered)
    }

    /// Gives the value.
    pub fn supply(self, value: T) {
        // The exchange may have been dropped in the meantime, and then nobody needs the value.
        let _ = self.0.send(Ok(value));
    }

    /// Says that the host's function failed. `why` names a class at most: it holds no text of the error, which could
    /// quote a secret.
    pub fn fail(self, why: &str) {
        let _ = self.0.send(Err(why.to_owned()));
    }
}

/// The relay's end of the line to the host, for one request.
#[derive(Clone)]
pub(crate) struct Asks(mpsc::UnboundedSender<Step>);

impl Asks {
    pub(super) fn new() -> (Asks, mpsc::UnboundedReceiver<Step>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Asks(sender), receiver)
    }

    pub(super) fn send(&self, step: Step) {
        // Nobody listens any more only once the exchange was dropped.
        let _ = self.0.send(step);
    }

    pub async fn credential(&self, kind: CredentialKind) -> Answered<Secret> {
        self.ask(|answer| Step::Credential(CredentialAsk { kind, answer })).await
    }

    async fn ask<T>(&self, step: impl FnOnce(Ask<T>) -> Step) -> Answered<T> {
        let (ask, answered) = Ask::new();
        self.send(step(ask));
        answered.await.unwrap_or_else(|_| Err("was not answered".to_owned()))
    }
}

/// The host's two functions.
impl Backend for Asks {
    async fn authorize(&self, _: &Asked) -> Result<Option<String>, BoxError> {
        Ok(self.ask(Step::Authorize).await?)
    }

    async fn policy(&self, user: &str, wish: Wish) -> Result<Decision, BoxError> {
        let (user, json) = (user.to_owned(), serde_json::to_string(&wish)?);
        let decision = self.ask(|answer| Step::Policy { user, wish: json, answer }).await?;
        // The error says where the decision has the wrong shape, and quotes no more of it than a field's name.
        Decision::from_json(&wish, &decision).map_err(|error| format!("returned a decision of the wrong shape: {error}").into())
    }
}
