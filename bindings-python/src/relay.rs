//! The relay, and the answers that it has under way.

use crate::NativeError;
use crate::client::{Client, converted};
use crate::json;
use crate::read::read as objects;
use crate::step::to_json;
use crate::stepped::{Stepped, Work};
use crate::wake::Mailbox;
use agenthuman::host::Open;
use agenthuman_relay::host::{self, HostRelay, HostResponse, Question, Step};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::sync::{Mutex, PoisonError};

/// A relay made from its options.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Relay(HostRelay);

#[pymethods]
impl Relay {
    #[new]
    fn new(client: &Client, rooms: Option<&Client>, options: &Bound<'_, PyDict>) -> PyResult<Relay> {
        let options = converted("relay", options)?;
        let rooms = rooms.map(|rooms| rooms.host().clone());
        HostRelay::new(client.host().clone(), rooms, &options).map(Relay).map_err(|error| NativeError::new_err(to_json(&error)))
    }

    /// Begins to answer a request. Nothing happens until the first step.
    fn handle(&self, method: &str, target: &str, headers: Vec<(String, String)>) -> Exchange {
        Exchange(Stepped::new(self.0.handle(method, target, headers)))
    }
}

/// A request that is being answered. Dropping or cancelling it drops its request to the API.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Exchange(Stepped<host::Exchange>);

#[pymethods]
impl Exchange {
    /// Has the next step put into the mailbox for `waiter`, which is like a future, unless the exchange is cancelled.
    fn step_to(&self, mailbox: &Mailbox, waiter: Py<PyAny>) -> PyResult<()> {
        self.0.step_to(mailbox, waiter)
    }

    /// An empty chunk ends the body.
    fn supply_chunk(&self, chunk: &[u8]) {
        self.0.supply_chunk(chunk);
    }

    fn supply_user(&self, user: Option<String>) {
        self.0.supply_user(user);
    }

    /// A value that JSON cannot represent is a TypeError, and the question stays open.
    fn supply_decision(&self, decision: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.supply_json(json::text(decision).map_err(PyTypeError::new_err)?);
        Ok(())
    }

    /// `on_open` has returned.
    fn noted(&self) {
        self.0.done();
    }

    fn supply_credential(&self, text: String) {
        self.0.supply_secret(text);
    }

    fn fail(&self, why: &str) {
        self.0.fail(why);
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}

impl Work for host::Exchange {
    type Step = Step;

    const NAME: &'static str = "exchange";

    async fn step(&mut self) -> Step {
        host::Exchange::step(self).await
    }

    fn read(py: Python<'_>, step: Step) -> PyResult<(Py<PyAny>, Option<Open>)> {
        let question = match step {
            Step::Done(response) => return Ok((done(py, response)?.into_any().unbind(), None)),
            Step::Question(question) => question,
        };
        let (tuple, open) = match question {
            Question::Chunk { answer } => (("chunk",).into_pyobject(py)?, Open::Bytes(answer)),
            Question::Authorize { answer } => (("authorize",).into_pyobject(py)?, Open::User(answer)),
            Question::Policy { user, request, answer } => {
                (("policy", user, objects(py, &request)?).into_pyobject(py)?, Open::Json(answer))
            }
            Question::OnOpen { user, session, answer } => {
                (("on_open", user, objects(py, &session)?).into_pyobject(py)?, Open::Done(answer))
            }
            Question::Credential { contract, kind, answer } => {
                (("credential", kind.as_str(), contract.as_str()).into_pyobject(py)?, Open::Secret(answer))
            }
        };
        Ok((tuple.into_any().unbind(), Some(open)))
    }
}

/// A session that a request has opened.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Opened(Mutex<Option<host::Opened>>);

#[pymethods]
impl Opened {
    /// The response could not be sent, so the session is ended.
    fn undelivered(&self) {
        if let Some(opened) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            opened.undelivered();
        }
    }
}

/// Status, headers and body, as ASGI has them; why it failed, for the log; and the session that was opened.
fn done(py: Python<'_>, response: HostResponse) -> PyResult<Bound<'_, PyTuple>> {
    let bytes = |text: &str| PyBytes::new(py, text.as_bytes());
    let headers: Vec<_> = response.headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
    let opened = response.opened.map(|opened| Opened(Mutex::new(Some(opened))));
    ("done", response.status, headers, PyBytes::new(py, &response.body), response.cause, opened).into_pyobject(py)
}
