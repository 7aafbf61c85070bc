//! How a step crosses into JavaScript: an answer as one string of JSON, the items of a long list as an object of their own,
//! anything else as a plain object. `docs/decisions/010-crossing-into-javascript.md` has the figures.

use crate::call::Waiting;
use crate::items::NativeItems;
use agenthuman::host::{Body, Open, Question, Reply, Step, error_json};
use agenthuman::table::CredentialKind;
use agenthuman_relay::host::{HostResponse, Question as RelayQuestion, Step as RelayStep};
use napi::bindgen_prelude::Either;
use napi_derive::napi;
use std::collections::BTreeMap;

/// A longer list crosses as items. No requested page is longer.
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
    /// `done`, `failed`, `cancelled`, `credential`, `chunk`, `progress`, `event`, `warning`, `store`, `response`, `authorize` or `policy`.
    pub kind: &'static str,
    /// done: canonical JSON; of the relay, the answer's text.
    pub body: Option<String>,
    /// done: the items of a long list, in place of `body`.
    pub items: Option<NativeItems>,
    /// done: the cursor of the next page.
    pub next: Option<String>,
    /// done: the status, headers and attempts of the response as JSON, if they were requested.
    pub response: Option<String>,
    /// done: the status of the relay's answer.
    pub status: Option<u16>,
    /// done: the headers of the relay's answer, each name followed by its value.
    pub headers: Option<Vec<String>>,
    /// done: why the relay's answer is a failure, for the log of the backend's developer.
    pub cause: Option<String>,
    /// done: the number under which the relay learns whether its answer was sent, if it opened a session.
    pub opened: Option<u32>,
    /// failed: the error as JSON.
    pub error: Option<String>,
    /// credential: which one.
    pub credential: Option<&'static str>,
    /// credential, of the relay: the contract of the client that needs it.
    pub contract: Option<&'static str>,
    /// response: the call as JSON, for a mock.
    pub call: Option<String>,
    /// store: the new key as JSON.
    pub created: Option<String>,
    /// progress: bytes.
    pub sent: Option<f64>,
    /// progress: bytes in all, where they are known.
    pub of: Option<f64>,
    /// event: the name of the hook.
    pub hook: Option<&'static str>,
    /// event: the event as JSON.
    pub event: Option<String>,
    /// warning: the text.
    pub warning: Option<String>,
    /// policy, onOpen: the user's id.
    pub user: Option<String>,
    /// onOpen: the session as JSON.
    pub session: Option<String>,
    /// policy: the request as JSON.
    pub request: Option<String>,
}

impl Crossing {
    /// A step of a call, and what it asks for.
    pub fn of_call(step: Step, is_detailed: bool) -> (Crossing, Option<Waiting>) {
        let (step, waiting) = match step {
            Step::Done(Ok(reply)) => return (Crossing::done(reply, is_detailed), None),
            Step::Done(Err(error)) => (NativeStep { error: Some(error_json(&error)), ..NativeStep::of("failed") }, None),
            Step::Question(Question::Progress { sent, of }) => {
                #[expect(clippy::cast_precision_loss, reason = "JavaScript counts bytes in doubles")]
                let double = |bytes: u64| bytes as f64;
                (NativeStep { sent: Some(double(sent)), of: of.map(double), ..NativeStep::of("progress") }, None)
            }
            Step::Question(Question::Event { hook, event }) => {
                (NativeStep { hook: Some(hook), event: Some(event), ..NativeStep::of("event") }, None)
            }
            Step::Question(Question::Warning { text }) => (NativeStep { warning: Some(text), ..NativeStep::of("warning") }, None),
            Step::Question(Question::Credential { kind, answer }) => {
                question_step(NativeStep::credential(kind), Open::Secret(answer))
            }
            Step::Question(Question::Chunk { answer }) => question_step(NativeStep::of("chunk"), Open::Bytes(answer)),
            Step::Question(Question::Response { call, answer }) => {
                question_step(NativeStep { call: Some(call), ..NativeStep::of("response") }, Open::Json(answer))
            }
            Step::Question(Question::Store { created, answer }) => {
                let created = Some(String::from_utf8_lossy(&created).into_owned());
                question_step(NativeStep { created, ..NativeStep::of("store") }, Open::Done(answer))
            }
        };
        (step.into(), waiting)
    }

    /// A step of the relay, and what it asks for.
    pub fn of_exchange(step: RelayStep) -> (Crossing, Option<Waiting>) {
        let (step, waiting) = match step {
            RelayStep::Done(HostResponse { status, headers, body, cause, opened }) => {
                let body = Some(String::from_utf8_lossy(&body).into_owned());
                let headers = Some(headers.into_iter().flat_map(|(name, value)| [name, value]).collect());
                let step = NativeStep { status: Some(status), headers, body, cause, ..NativeStep::of("done") };
                (step, opened.map(Waiting::Delivery))
            }
            RelayStep::Question(RelayQuestion::Credential { contract, kind, answer }) => {
                let step = NativeStep { contract: Some(contract.as_str()), ..NativeStep::credential(kind) };
                question_step(step, Open::Secret(answer))
            }
            RelayStep::Question(RelayQuestion::Chunk { answer }) => question_step(NativeStep::of("chunk"), Open::Bytes(answer)),
            RelayStep::Question(RelayQuestion::Authorize { answer }) => {
                question_step(NativeStep::of("authorize"), Open::User(answer))
            }
            RelayStep::Question(RelayQuestion::Policy { user, request, answer }) => {
                let step = NativeStep { user: Some(user), request: Some(request), ..NativeStep::of("policy") };
                question_step(step, Open::Json(answer))
            }
            RelayStep::Question(RelayQuestion::OnOpen { user, session, answer }) => {
                let step = NativeStep { user: Some(user), session: Some(session), ..NativeStep::of("onOpen") };
                question_step(step, Open::Done(answer))
            }
        };
        (step.into(), waiting)
    }

    fn done(reply: Reply, is_detailed: bool) -> Crossing {
        let response = is_detailed.then(|| {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            // Of a name that occurs twice, the last value, as in Python.
            let headers: BTreeMap<_, _> =
                reply.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
            serde_json::json!({
                "status": reply.status,
                "headers": headers,
                "request_id": reply.request_id,
                "attempts": reply.attempts,
            })
            .to_string()
        });
        match reply.body {
            Body::Items(items) if items.is_list() && items.len() > LONG => {
                let items = Some(NativeItems::new(items));
                NativeStep { items, next: reply.next, response, ..NativeStep::of("done") }.into()
            }
            body if reply.next.is_none() && response.is_none() => Crossing::Body(body.to_json()),
            body => NativeStep { body: Some(body.to_json()), next: reply.next, response, ..NativeStep::of("done") }.into(),
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
            Crossing::Cancelled => Either::B(NativeStep::of("cancelled")),
        }
    }
}

fn question_step(step: NativeStep, question: Open) -> (NativeStep, Option<Waiting>) {
    (step, Some(Waiting::Question(question)))
}

impl NativeStep {
    fn of(kind: &'static str) -> NativeStep {
        NativeStep { kind, ..NativeStep::default() }
    }

    fn credential(kind: CredentialKind) -> NativeStep {
        NativeStep { credential: Some(kind.as_str()), ..NativeStep::of("credential") }
    }
}

impl From<NativeStep> for Crossing {
    fn from(step: NativeStep) -> Crossing {
        Crossing::Step(Box::new(step))
    }
}
