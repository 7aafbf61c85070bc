//! What a call asks of the host while it runs. Host code never runs inside the core: the core asks, the host answers.

use crate::error::ErrorInfo;
use crate::host::HostReply;
use crate::vocabulary::CredentialKind;
use crate::{RateLimitWait, Secret};
use bytes::Bytes;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// What a call came to, or what it needs to go on.
#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
pub enum Step {
    Done(Result<HostReply, Box<ErrorInfo>>),
    Credential(CredentialRequest),
    Chunk(ChunkRequest),
    Progress {
        sent: u64,
        of: Option<u64>,
    },
    /// The call waits for the rate limit. `is_first`: no other call has reported this window, so a warning is due.
    Waiting {
        wait: RateLimitWait,
        is_first: bool,
    },
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

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The caller that was asked went away.
    #[error("did not return")]
    Dropped,
    #[error("{0}")]
    Failed(String),
}

/// The core's end of the line to the host.
#[derive(Clone)]
pub(crate) struct HostChannel {
    steps: mpsc::UnboundedSender<Step>,
    within: Within,
    note: Note,
}

/// What the user has to know if a call is interrupted at this moment: a rotation's keys that exist.
#[derive(Clone, Default)]
pub struct Note(Arc<Mutex<Option<String>>>);

impl Note {
    /// The text, which holds no secret.
    pub fn text(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cfg(feature = "server")]
    pub(crate) fn set(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    #[cfg(feature = "server")]
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The credential functions of the client inside which a call was made, as the host knows it.
#[derive(Clone, Default)]
pub(crate) struct Within(Arc<AtomicU8>);

impl Within {
    fn bit(kind: CredentialKind) -> u8 {
        match kind {
            CredentialKind::ApiKey => 1,
            CredentialKind::Token => 2,
        }
    }

    pub fn add(&self, kind: CredentialKind) {
        self.0.fetch_or(Within::bit(kind), Ordering::Relaxed);
    }

    fn contains(&self, kind: CredentialKind) -> bool {
        self.0.load(Ordering::Relaxed) & Within::bit(kind) != 0
    }
}

impl HostChannel {
    pub fn new() -> (HostChannel, mpsc::UnboundedReceiver<Step>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (HostChannel { steps: sender, within: Within::default(), note: Note::default() }, receiver)
    }

    pub fn note(&self) -> Note {
        self.note.clone()
    }

    pub fn within(&self) -> Within {
        self.within.clone()
    }

    /// Whether the call was made inside the host's function for that credential.
    pub fn is_within(&self, kind: CredentialKind) -> bool {
        self.within.contains(kind)
    }

    pub async fn credential(&self, kind: CredentialKind) -> Result<Secret, Unanswered> {
        self.ask(|answer| Step::Credential(CredentialRequest { kind, answer })).await
    }

    #[cfg(feature = "server")]
    pub async fn chunk(&self) -> Result<Bytes, String> {
        self.ask(|answer| Step::Chunk(ChunkRequest { answer })).await.map_err(|why| why.to_string())
    }

    #[cfg(feature = "server")]
    pub async fn store(&self, created: Bytes) -> Result<(), String> {
        self.ask(|answer| Step::Store(StoreRequest { created, answer })).await.map_err(|why| why.to_string())
    }

    #[cfg(feature = "server")]
    pub fn progress(&self, sent: u64, of: Option<u64>) {
        let _ = self.steps.send(Step::Progress { sent, of });
    }

    pub fn waiting(&self, wait: RateLimitWait, is_first: bool) {
        let _ = self.steps.send(Step::Waiting { wait, is_first });
    }

    async fn ask<T>(&self, step: impl FnOnce(Request<T>) -> Step) -> Result<T, Unanswered> {
        let (answer, answered) = oneshot::channel();
        let _ = self.steps.send(step(Request(answer)));
        answered.await.map_err(|_| Unanswered::Dropped)?.map_err(Unanswered::Failed)
    }
}
