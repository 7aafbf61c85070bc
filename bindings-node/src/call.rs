//! A call as JavaScript steps through it.

use crate::crossing::Crossing;
use crate::runtime::runtime;
use agenthuman::Secret;
use agenthuman::host::{Call, Note, Open};
use agenthuman_relay::host::{Exchange, Opened};
use napi::bindgen_prelude::{Either, Uint8Array};
use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex, Notify};

pub(crate) struct Stepped {
    /// Nothing once it is done or cancelled.
    work: Mutex<Option<Work>>,
    cancelled: Notify,
    note: Note,
    /// The open question. Dropping it without an answer fails the call.
    waiting: StdMutex<Option<Waiting>>,
}

/// The work that is stepped: a call or an exchange.
pub(crate) enum Work {
    /// A call of the client's; `is_detailed` where JavaScript wants to know how the answer came, too.
    Call { call: Box<Call>, is_detailed: bool },
    /// A request to the relay.
    Exchange(Box<Exchange>),
}

impl Work {
    async fn step(&mut self) -> (Crossing, Option<Waiting>) {
        match self {
            Work::Call { call, is_detailed } => Crossing::of_call(call.step().await, *is_detailed),
            Work::Exchange(exchange) => Crossing::of_exchange(exchange.step().await),
        }
    }
}

/// A question or a delivery that JavaScript must handle before the work continues.
pub(crate) enum Waiting {
    Question(Open),
    /// Whether the response to the relay's request was sent.
    Delivery(Opened),
}

impl Stepped {
    pub fn new(work: Work) -> Stepped {
        let note = match &work {
            Work::Call { call, .. } => call.note(),
            Work::Exchange(_) => Note::default(),
        };
        Stepped { work: Mutex::new(Some(work)), cancelled: Notify::new(), note, waiting: StdMutex::default() }
    }

    /// Runs the call to its outcome or a question.
    pub async fn advance(&self) -> Crossing {
        let mut slot = self.work.lock().await;
        let Some(work) = slot.as_mut() else { return Crossing::Cancelled };
        let (crossing, waiting) = tokio::select! {
            biased;
            () = self.cancelled.notified() => (Crossing::Cancelled, None),
            step = work.step() => step,
        };
        if crossing.is_last() {
            // A call that ended before its abort signal fired is a success in JavaScript, too.
            if let (false, Work::Call { call, .. }) = (matches!(crossing, Crossing::Cancelled), work) {
                call.claim();
            }
            *slot = None;
        }
        // Progress may be reported while the call waits for a chunk.
        if waiting.is_some() {
            *self.waiting() = waiting;
        }
        crossing
    }

    /// Drops the request at once; the step in flight, or else the next one, is `cancelled`. Returns the call's note, if the
    /// interruption leaves something behind.
    pub fn cancel(&self) -> Option<String> {
        let note = self.note.text();
        self.cancelled.notify_one();
        if let Ok(mut slot) = self.work.try_lock() {
            drop_work(&mut slot);
        }
        note
    }

    /// Answers the question: text, bytes, or nothing if there is no value.
    pub fn supply(&self, value: Option<Either<String, Uint8Array>>) {
        match (self.question(), value) {
            (Some(Open::Secret(answer)), Some(Either::A(text))) => answer.supply(Secret::new(text)),
            (Some(Open::Bytes(answer)), Some(Either::B(bytes))) => answer.supply(bytes.to_vec().into()),
            (Some(Open::User(answer)), Some(Either::A(user))) => answer.supply(Some(user)),
            (Some(Open::User(answer)), None) => answer.supply(None),
            (Some(Open::Json(answer)), Some(Either::A(json))) => answer.supply(json),
            (Some(Open::Done(answer)), None) => answer.supply(()),
            // Anything else is dropped, and so fails the call.
            _ => {}
        }
    }

    /// `why` names what failed, and quotes nothing of it.
    pub fn fail(&self, why: &str) {
        if let Some(question) = self.question() {
            question.fail(why);
        }
    }

    fn question(&self) -> Option<Open> {
        match self.waiting().take() {
            Some(Waiting::Question(question)) => Some(question),
            Some(Waiting::Delivery(_)) | None => None,
        }
    }

    /// The session that the relay's request has opened.
    pub fn take_opened(&self) -> Option<Opened> {
        let mut waiting = self.waiting();
        match waiting.take() {
            Some(Waiting::Delivery(opened)) => Some(opened),
            other => {
                *waiting = other;
                None
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stepped {
    fn drop(&mut self) {
        drop_work(self.work.get_mut());
    }
}

/// Returning connections to the pool may start tasks, which requires a thread of the runtime, or one that has entered it.
fn drop_work(slot: &mut Option<Work>) {
    if slot.is_some()
        && let Ok(runtime) = runtime()
    {
        let _entered = runtime.enter();
        *slot = None;
    }
}
