//! A call as JavaScript steps through it. Only a step under way holds the event loop; between steps nothing does.

use agenthuman::Secret;
use agenthuman::error::ErrorInfo;
use agenthuman::host::{Call, ChunkRequest, CredentialRequest, Step, StoreRequest, runtime};
use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi::{Env, Error, Result};
use napi_derive::napi;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use tokio::sync::{Mutex, Notify};

pub(crate) fn json(error: &ErrorInfo) -> String {
    serde_json::to_string(error).unwrap_or_default()
}

#[napi]
pub struct NativeCall(Arc<Shared>);

struct Shared {
    /// Nothing once it is done or cancelled.
    call: Mutex<Option<Call>>,
    cancelled: Notify,
}

#[napi]
impl NativeCall {
    pub(crate) fn new(call: Call) -> NativeCall {
        NativeCall(Arc::new(Shared { call: Mutex::new(Some(call)), cancelled: Notify::new() }))
    }

    /// Promises what the call came to, or what it needs to go on. It never rejects.
    #[napi(ts_return_type = "Promise<Step>")]
    pub fn step<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let runtime = runtime().map_err(|error| Error::from_reason(format!("no threads to work on: {}", error.kind())))?;
        let (deferred, promise) = env.create_deferred()?;
        let shared = self.0.clone();
        runtime.spawn(async move {
            let step = shared.advance().await;
            deferred.resolve(move |_| Ok(step));
        });
        Ok(promise)
    }

    /// Drops the request at once; the step under way, or else the next one, is `cancelled`.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancelled.notify_one();
        if let Ok(mut held) = self.0.call.try_lock() {
            drop_call(&mut held);
        }
    }
}

impl Drop for Shared {
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

impl Shared {
    async fn advance(&self) -> NativeStep {
        let mut held = self.call.lock().await;
        let Some(call) = held.as_mut() else { return NativeStep::of("cancelled") };
        let step = tokio::select! {
            biased;
            () = self.cancelled.notified() => None,
            step = call.step() => Some(step),
        };
        if matches!(step, None | Some(Step::Done(_))) {
            *held = None;
        }
        step.map_or_else(|| NativeStep::of("cancelled"), NativeStep::from)
    }
}

/// A step as a plain object; `kind` says which of the others are there.
#[napi(object, object_from_js = false)]
pub struct NativeStep {
    /// `done`, `failed`, `cancelled`, `credential`, `chunk`, `progress` or `store`.
    pub kind: &'static str,
    /// done: canonical JSON.
    pub body: Option<String>,
    /// done: the cursor of the next page.
    pub next: Option<String>,
    /// failed: the error as JSON.
    pub error: Option<String>,
    /// credential: which one.
    pub credential: Option<&'static str>,
    /// store: the new key as JSON.
    pub created: Option<String>,
    /// progress: bytes.
    pub sent: Option<f64>,
    /// progress: bytes in all, where they are known.
    pub of: Option<f64>,
    /// credential, chunk, store: where the answer goes.
    pub ask: Option<Ask>,
}

impl NativeStep {
    fn of(kind: &'static str) -> NativeStep {
        NativeStep { kind, body: None, next: None, error: None, credential: None, created: None, sent: None, of: None, ask: None }
    }
}

impl From<Step> for NativeStep {
    fn from(step: Step) -> NativeStep {
        match step {
            Step::Done(Ok(reply)) => NativeStep { body: Some(reply.body.to_json()), next: reply.next, ..NativeStep::of("done") },
            Step::Done(Err(error)) => NativeStep { error: Some(json(&error)), ..NativeStep::of("failed") },
            Step::Credential(request) => NativeStep {
                credential: Some(request.kind.as_str()),
                ask: Some(Ask::new(Asked::Credential(request))),
                ..NativeStep::of("credential")
            },
            Step::Chunk(request) => NativeStep { ask: Some(Ask::new(Asked::Chunk(request))), ..NativeStep::of("chunk") },
            Step::Progress { sent, of } => {
                #[expect(clippy::cast_precision_loss, reason = "JavaScript counts bytes in doubles")]
                let double = |bytes: u64| bytes as f64;
                NativeStep { sent: Some(double(sent)), of: of.map(double), ..NativeStep::of("progress") }
            }
            Step::Store(request) => NativeStep {
                created: Some(text(&request.created)),
                ask: Some(Ask::new(Asked::Store(request))),
                ..NativeStep::of("store")
            },
        }
    }
}

fn text(json: &[u8]) -> String {
    String::from_utf8_lossy(json).into_owned()
}

/// What a call waits for. Collected unanswered, it fails the call.
#[napi]
pub struct Ask(StdMutex<Option<Asked>>);

enum Asked {
    Credential(CredentialRequest),
    Chunk(ChunkRequest),
    Store(StoreRequest),
}

#[napi]
impl Ask {
    fn new(asked: Asked) -> Ask {
        Ask(StdMutex::new(Some(asked)))
    }

    fn take(&self) -> Option<Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The credential's text, the chunk's bytes, or nothing where it was to be stored.
    #[napi]
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
    #[napi]
    pub fn fail(&self, why: String) {
        match self.take() {
            Some(Asked::Credential(request)) => request.answer.fail(why),
            Some(Asked::Chunk(request)) => request.answer.fail(why),
            Some(Asked::Store(request)) => request.answer.fail(why),
            None => {}
        }
    }
}
