//! Questions to code in another language, and their answers. Such code never runs inside the library: a future sends a
//! question, whoever steps the future runs the code, and the answer lets the future go on.

mod host;

pub(crate) use host::{HostChannel, Within};
pub use host::{Note, Question};

use crate::Secret;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::{mpsc, oneshot};

/// Takes the answer to a question. If it is dropped, the question has none.
pub struct Answer<T>(oneshot::Sender<Result<T, String>>);

impl<T> Answer<T> {
    /// Answers with a value.
    pub fn supply(self, value: T) {
        // What waited may have been dropped in the meantime, and then the value is not needed.
        let _ = self.0.send(Ok(value));
    }

    /// Reports that there is no value. `why` names the failure (a class, "failed") and contains no text of the host's error,
    /// which could contain a secret.
    pub fn fail(self, why: impl Into<String>) {
        let _ = self.0.send(Err(why.into()));
    }
}

/// An open question, kept by a host until its user's code has the answer.
pub enum Open {
    /// A credential.
    Secret(Answer<Secret>),
    /// A chunk of a file or of a body.
    Bytes(Answer<Bytes>),
    /// The user's id, if there is one.
    User(Answer<Option<String>>),
    /// JSON.
    Json(Answer<String>),
    /// A confirmation.
    Done(Answer<()>),
}

impl Open {
    /// Calls [`Answer::fail`].
    pub fn fail(self, why: &str) {
        match self {
            Open::Secret(answer) => answer.fail(why),
            Open::Bytes(answer) => answer.fail(why),
            Open::User(answer) => answer.fail(why),
            Open::Json(answer) => answer.fail(why),
            Open::Done(answer) => answer.fail(why),
        }
    }
}

/// The reason why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The answer was dropped.
    #[error("did not return")]
    Dropped,
    /// The host reported a failure.
    #[error("{0}")]
    Failed(String),
}

/// The answer to a question that was sent.
pub struct Pending<T>(oneshot::Receiver<Result<T, String>>);

impl<T> Future for Pending<T> {
    type Output = Result<T, Unanswered>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(cx).map(|answer| match answer {
            Ok(answer) => answer.map_err(Unanswered::Failed),
            Err(_) => Err(Unanswered::Dropped),
        })
    }
}

/// Sends the questions of one future.
pub struct Questions<Q>(mpsc::UnboundedSender<Q>);

impl<Q> Clone for Questions<Q> {
    fn clone(&self) -> Questions<Q> {
        Questions(self.0.clone())
    }
}

impl<Q> Questions<Q> {
    /// Sends a question that needs no answer.
    pub fn send(&self, question: Q) {
        // The receiver is gone only if the future is being dropped.
        let _ = self.0.send(question);
    }

    /// Sends a question.
    pub fn ask<T>(&self, question: impl FnOnce(Answer<T>) -> Q) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        self.send(question(Answer(sender)));
        Pending(receiver)
    }
}

/// A future that is run in steps, each of which ends with its outcome or with a question. Dropping it drops the future.
pub struct Stepped<Q, T> {
    work: Option<BoxFuture<'static, T>>,
    questions: mpsc::UnboundedReceiver<Q>,
}

/// The end of a step.
pub enum Next<Q, T> {
    /// The future needs something.
    Question(Q),
    /// The future is done.
    Done(T),
    /// The future panicked.
    Panicked,
    /// The future ended in an earlier step.
    Over,
}

impl<Q, T> Stepped<Q, T> {
    /// Creates the future with a sender for its questions. It does nothing before the first step.
    pub fn new(start: impl FnOnce(Questions<Q>) -> BoxFuture<'static, T>) -> Stepped<Q, T> {
        let (sender, questions) = mpsc::unbounded_channel();
        Stepped { work: Some(start(Questions(sender))), questions }
    }

    /// Runs the future to its end or to a question.
    pub async fn step(&mut self) -> Next<Q, T> {
        let Some(work) = &mut self.work else { return Next::Over };
        let outcome = tokio::select! {
            biased;
            Some(question) = self.questions.recv() => return Next::Question(question),
            outcome = AssertUnwindSafe(work).catch_unwind() => outcome,
        };
        self.work = None;
        outcome.map_or(Next::Panicked, Next::Done)
    }

    /// Returns the questions that the future sent just before its end, one by one.
    pub fn leftover(&mut self) -> Option<Q> {
        self.questions.try_recv().ok()
    }
}
