//! The questions of a call to its host.

use super::{Answer, Questions, Unanswered};
use crate::Secret;
use crate::vocabulary::CredentialKind;
use bytes::Bytes;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A question to the host's own code. If its answer is dropped, the call fails.
pub enum Question {
    /// Asks the host to run its function for this kind of credential.
    Credential {
        /// The kind.
        kind: CredentialKind,
        /// Takes the credential.
        answer: Answer<Secret>,
    },
    /// Asks the host for the next chunk of the file.
    Chunk {
        /// Takes the chunk. An empty one ends the file.
        answer: Answer<Bytes>,
    },
    /// Asks the host to store the new key of a rotation.
    Store {
        /// The JSON of a `CreatedApiKey`.
        created: Bytes,
        /// Takes the confirmation.
        answer: Answer<()>,
    },
    /// A client for tests needs the response to a call.
    Response {
        /// The JSON of the call: its operation, parameters and options.
        call: String,
        /// Takes the JSON of the response.
        answer: Answer<String>,
    },
    /// The progress of an upload. It needs no answer.
    Progress {
        /// The number of bytes sent.
        sent: u64,
        /// The length of the file, if it is known.
        of: Option<u64>,
    },
    /// An event for the user's hook. It needs no answer.
    Event {
        /// The name of the hook, such as `on_response`.
        hook: &'static str,
        /// The JSON of the event.
        event: String,
    },
    /// A warning for the log. It needs no answer.
    Warning {
        /// The text.
        text: String,
    },
}

impl Question {
    /// Whether it needs no answer.
    pub(crate) fn is_report(&self) -> bool {
        matches!(self, Question::Progress { .. } | Question::Event { .. } | Question::Warning { .. })
    }
}

/// Sends questions from a call to the host.
#[derive(Clone)]
pub(crate) struct HostChannel {
    questions: Questions<Question>,
    within: Within,
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "a phone rotates no keys"))]
    note: Note,
}

/// A note for the user if the call is interrupted now: the keys of a rotation that exist.
#[derive(Clone, Default)]
pub struct Note(Arc<Mutex<Option<String>>>);

impl Note {
    /// Returns the text, which contains no secret.
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
    pub fn new(questions: Questions<Question>, within: Within, note: Note) -> HostChannel {
        HostChannel { questions, within, note }
    }

    #[cfg(feature = "server")]
    pub fn note(&self) -> Note {
        self.note.clone()
    }

    /// Whether the call was made inside the host's function for that credential.
    pub fn is_within(&self, kind: CredentialKind) -> bool {
        self.within.contains(kind)
    }

    pub async fn credential(&self, kind: CredentialKind) -> Result<Secret, Unanswered> {
        self.questions.ask(|answer| Question::Credential { kind, answer }).await
    }

    #[cfg(feature = "server")]
    pub async fn chunk(&self) -> Result<Bytes, Unanswered> {
        self.questions.ask(|answer| Question::Chunk { answer }).await
    }

    #[cfg(feature = "server")]
    pub async fn store(&self, created: Bytes) -> Result<(), Unanswered> {
        self.questions.ask(|answer| Question::Store { created, answer }).await
    }

    #[cfg(feature = "server")]
    pub async fn response(&self, call: String) -> Result<String, Unanswered> {
        self.questions.ask(|answer| Question::Response { call, answer }).await
    }

    #[cfg(feature = "server")]
    pub fn progress(&self, sent: u64, of: Option<u64>) {
        self.questions.send(Question::Progress { sent, of });
    }

    #[cfg(feature = "server")]
    pub fn event(&self, hook: &'static str, event: String) {
        self.questions.send(Question::Event { hook, event });
    }

    #[cfg(feature = "server")]
    pub fn warn(&self, text: String) {
        self.questions.send(Question::Warning { text });
    }
}
