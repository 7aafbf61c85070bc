//! How a step crosses into JavaScript: an answer as one string of JSON, the rows of a long list as an object of their own,
//! anything else as a plain object. `docs/decisions/010-crossing-into-javascript.md` has the figures.

use crate::call::{Asked, Stepped};
use crate::client::json;
use crate::rows::NativeRows;
use agenthuman::host::{HostBody, HostReply, Step};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// A list of more rows than this crosses as rows: no page that was asked for is longer.
const LONG: usize = 200;

pub(crate) enum Crossing {
    Step(Box<NativeStep>),
    /// Done, and there is nothing but the JSON.
    Body(String),
    Cancelled,
}

/// A step as a plain object; `kind` says which of the others are there.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeStep {
    /// `done`, `failed`, `cancelled`, `credential`, `chunk`, `progress` or `store`.
    pub kind: &'static str,
    /// done: canonical JSON.
    pub body: Option<String>,
    /// done: the rows of a long list, in place of `body`.
    pub rows: Option<NativeRows>,
    /// done: the cursor of the next page.
    pub next: Option<String>,
    /// done: how the answer came, as JSON, where that was asked for.
    pub response: Option<String>,
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
}

impl Crossing {
    pub fn of(step: Step, call: &Stepped) -> Crossing {
        let (kind, asked) = match step {
            Step::Done(Ok(reply)) => return Crossing::done(reply, call.is_detailed()),
            Step::Done(Err(error)) => {
                return NativeStep { kind: "failed", error: Some(json(&error)), ..Default::default() }.into();
            }
            Step::Progress { sent, of } => {
                #[expect(clippy::cast_precision_loss, reason = "JavaScript counts bytes in doubles")]
                let double = |bytes: u64| bytes as f64;
                return NativeStep { kind: "progress", sent: Some(double(sent)), of: of.map(double), ..Default::default() }
                    .into();
            }
            Step::Credential(request) => {
                let credential = Some(request.kind.as_str());
                (NativeStep { kind: "credential", credential, ..Default::default() }, Asked::Credential(request))
            }
            Step::Chunk(request) => (NativeStep { kind: "chunk", ..Default::default() }, Asked::Chunk(request)),
            Step::Store(request) => {
                let created = Some(String::from_utf8_lossy(&request.created).into_owned());
                (NativeStep { kind: "store", created, ..Default::default() }, Asked::Store(request))
            }
        };
        call.ask(asked);
        kind.into()
    }

    fn done(reply: HostReply, is_detailed: bool) -> Crossing {
        let response = is_detailed.then(|| {
            serde_json::json!({ "status": reply.status, "request_id": reply.request_id, "attempts": reply.attempts }).to_string()
        });
        match reply.body {
            HostBody::Record(record) if record.is_list() && record.len() > LONG => {
                let rows = Some(NativeRows::new(record));
                NativeStep { kind: "done", rows, next: reply.next, response, ..Default::default() }.into()
            }
            body if reply.next.is_none() && response.is_none() => Crossing::Body(body.to_json()),
            body => {
                NativeStep { kind: "done", body: Some(body.to_json()), next: reply.next, response, ..Default::default() }.into()
            }
        }
    }

    /// Whether the call goes on after it.
    pub fn is_last(&self) -> bool {
        match self {
            Crossing::Body(_) | Crossing::Cancelled => true,
            Crossing::Step(step) => matches!(step.kind, "done" | "failed"),
        }
    }

    pub fn into_js(self) -> Either<String, NativeStep> {
        match self {
            Crossing::Body(body) => Either::A(body),
            Crossing::Step(step) => Either::B(*step),
            Crossing::Cancelled => Either::B(NativeStep { kind: "cancelled", ..Default::default() }),
        }
    }
}

impl From<NativeStep> for Crossing {
    fn from(step: NativeStep) -> Crossing {
        Crossing::Step(Box::new(step))
    }
}
