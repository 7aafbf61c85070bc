//! A call as JavaScript steps through it. Only a step under way holds the event loop; between steps nothing does.

use crate::crossing::Crossing;
use crate::work::runtime;
use agenthuman::Secret;
use agenthuman::host::{Call, ChunkRequest, CredentialRequest, Step, StoreRequest};
use napi::bindgen_prelude::{Either, Uint8Array};
use std::sync::{Mutex as StdMutex, PoisonError};
use tokio::sync::{Mutex, Notify};

pub(crate) struct Stepped {
    /// Nothing once it is done or cancelled.
    call: Mutex<Option<Call>>,
    cancelled: Notify,
    /// What the call waits for. Dropped unanswered, it fails the call.
    asked: StdMutex<Option<Asked>>,
    /// Whether JavaScript wants to know how the answer came, too.
    is_detailed: bool,
}

pub(crate) enum Asked {
    Credential(CredentialRequest),
    Chunk(ChunkRequest),
    Store(StoreRequest),
}

impl Stepped {
    pub fn new(call: Call, is_detailed: bool) -> Stepped {
        Stepped { call: Mutex::new(Some(call)), cancelled: Notify::new(), asked: StdMutex::default(), is_detailed }
    }

    /// What the call came to, or what it needs to go on.
    pub async fn advance(&self) -> Crossing {
        let mut held = self.call.lock().await;
        let Some(call) = held.as_mut() else { return Crossing::Cancelled };
        let step = tokio::select! {
            biased;
            () = self.cancelled.notified() => None,
            step = call.step() => Some(step),
        };
        if matches!(step, None | Some(Step::Done(_))) {
            *held = None;
        }
        match step {
            None => Crossing::Cancelled,
            Some(step) => Crossing::of(step, self),
        }
    }

    /// Drops the request at once; the step under way, or else the next one, is `cancelled`.
    pub fn cancel(&self) {
        self.cancelled.notify_one();
        if let Ok(mut held) = self.call.try_lock() {
            drop_call(&mut held);
        }
    }

    pub fn is_detailed(&self) -> bool {
        self.is_detailed
    }

    pub fn ask(&self, asked: Asked) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    }

    /// The credential's text, the chunk's bytes, or nothing where it was to be stored.
    pub fn supply(&self, value: Option<Either<String, Uint8Array>>) {
        match (self.take(), value) {
            (Some(Asked::Credential(request)), Some(Either::A(text))) => request.answer.supply(Secret::new(text)),
            (Some(Asked::Chunk(request)), Some(Either::B(bytes))) => request.answer.supply(bytes.to_vec().into()),
            (Some(Asked::Store(request)), None) => request.answer.supply(()),
            // Anything else is dropped, and so fails the call.
            _ => {}
        }
    }

    /// `why` names what failed, and quotes nothing of it.
    pub fn fail(&self, why: String) {
        match self.take() {
            Some(Asked::Credential(request)) => request.answer.fail(why),
            Some(Asked::Chunk(request)) => request.answer.fail(why),
            Some(Asked::Store(request)) => request.answer.fail(why),
            None => {}
        }
    }

    fn take(&self) -> Option<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Stepped {
    fn drop(&mut self) {
        drop_call(self.call.get_mut());
    }
}

/// Connections that are given back may start tasks, which only the runtime's own threads, or those that entered it, may.
fn drop_call(held: &mut Option<Call>) {
    if held.is_some()
        && let Ok(runtime) = runtime()
    {
        let _entered = runtime.enter();
        *held = None;
    }
}
