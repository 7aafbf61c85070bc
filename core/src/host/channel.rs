//! What a call asks of the host while it runs. Host code never runs inside the core: the core asks, the host answers.

use crate::Secret;
use crate::error::ErrorInfo;
use crate::host::HostReply;
use crate::table::CredentialKind;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// What a call came to, or what it needs to go on.
#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
pub enum Step {
    Done(Result<HostReply, Box<ErrorInfo>>),
    Credential(CredentialRequest),
    Chunk(ChunkRequest),
    Progress { sent: u64, of: Option<u64> },
    Store(StoreRequest),
}

/// An answer that a call waits for. Dropped unanswered, it fails the call.
pub struct Request<T>(oneshot::Sender<Result<T, String>>);

impl<T> Request<T> {
    pub fn supply(self, value: T) {
        // The call may have been dropped in the meantime, and then nobody needs the value.
        let _ = self.0.send(Ok(value));
    }

    /// `why` names what failed (a class, "failed") and holds no text of the host's error, which could quote a secret.
    pub fn fail(self, why: impl Into<String>) {
        let _ = self.0.send(Err(why.into()));
    }
}

/// The host's function for this kind of credential is to be run.
pub struct CredentialRequest {
    pub kind: CredentialKind,
    pub answer: Request<Secret>,
}

/// The next chunk of the file is to be read; an empty one ends it.
pub struct ChunkRequest {
    pub answer: Request<Bytes>,
}

/// A new key is to be kept: `created` is the JSON of a `CreatedApiKey`.
pub struct StoreRequest {
    pub created: Bytes,
    pub answer: Request<()>,
}

/// The core's end of the line to the host.
#[derive(Clone)]
pub(crate) struct HostChannel(mpsc::UnboundedSender<Step>);

impl HostChannel {
    pub fn new() -> (HostChannel, mpsc::UnboundedReceiver<Step>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (HostChannel(sender), receiver)
    }

    pub async fn credential(&self, kind: CredentialKind) -> Result<Secret, String> {
        self.ask(|answer| Step::Credential(CredentialRequest { kind, answer })).await
    }

    #[cfg(feature = "server")]
    pub async fn chunk(&self) -> Result<Bytes, String> {
        self.ask(|answer| Step::Chunk(ChunkRequest { answer })).await
    }

    #[cfg(feature = "server")]
    pub async fn store(&self, created: Bytes) -> Result<(), String> {
        self.ask(|answer| Step::Store(StoreRequest { created, answer })).await
    }

    #[cfg(feature = "server")]
    pub fn progress(&self, sent: u64, of: Option<u64>) {
        let _ = self.0.send(Step::Progress { sent, of });
    }

    async fn ask<T>(&self, step: impl FnOnce(Request<T>) -> Step) -> Result<T, String> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send(step(Request(answer)));
        answered.await.unwrap_or_else(|_| Err("was not answered".to_owned()))
    }
}
