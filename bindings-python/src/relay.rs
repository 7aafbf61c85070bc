//! The relay, and the answers that it has under way.

use crate::NativeError;
use crate::client::{Client, converted};
use crate::json;
use crate::read::read as objects;
use crate::step::to_json;
use crate::wake::Mailbox;
use crate::work::{Stepped, Work};
use agenthuman::Secret;
use agenthuman_relay::host::{self, Ask, CredentialAsk, HostRelay, HostResponse, Step};
use bytes::Bytes;
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
    fn new(client: &Client, options: &Bound<'_, PyDict>) -> PyResult<Relay> {
        let options = converted("relay", options)?;
        HostRelay::new(client.host().clone(), &options).map(Relay).map_err(|error| NativeError::new_err(to_json(&error)))
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

    /// An empty chunk ends the body. One that comes too late is not needed.
    fn supply_chunk(&self, chunk: &[u8]) {
        if let Some(Question::Chunk(ask)) = self.0.asked_if(|question| matches!(question, Question::Chunk(_))) {
            ask.supply(Bytes::copy_from_slice(chunk));
        }
    }

    fn supply_user(&self, user: Option<String>) -> PyResult<()> {
        if let Question::User(ask) = self.0.asked()? {
            ask.supply(user);
        }
        Ok(())
    }

    /// What JSON does not have is a TypeError, and leaves the question open.
    fn supply_decision(&self, decision: &Bound<'_, PyAny>) -> PyResult<()> {
        let decision = json::text(decision).map_err(PyTypeError::new_err)?;
        if let Question::Decision(ask) = self.0.asked()? {
            ask.supply(decision);
        }
        Ok(())
    }

    fn supply_credential(&self, text: String) -> PyResult<()> {
        if let Question::Credential(request) = self.0.asked()? {
            request.answer.supply(Secret::new(text));
        }
        Ok(())
    }

    /// What was asked for cannot be had; `why` is the name of a class, and quotes nothing.
    fn fail(&self, why: &str) -> PyResult<()> {
        match self.0.asked()? {
            Question::Chunk(ask) => ask.fail(why),
            Question::User(ask) => ask.fail(why),
            Question::Decision(ask) => ask.fail(why),
            Question::Credential(request) => request.answer.fail(why),
        }
        Ok(())
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}

/// What an answer waits for.
pub enum Question {
    Chunk(Ask<Bytes>),
    User(Ask<Option<String>>),
    Decision(Ask<String>),
    Credential(CredentialAsk),
}

impl Work for host::Exchange {
    type Step = Step;
    type Question = Question;

    const NAME: &'static str = "exchange";

    async fn step(&mut self) -> Step {
        host::Exchange::step(self).await
    }

    fn read(py: Python<'_>, step: Step) -> PyResult<(Py<PyAny>, Option<Question>)> {
        let (tuple, question) = match step {
            Step::Done(response) => (done(py, response)?, None),
            Step::Chunk(ask) => (("chunk",).into_pyobject(py)?, Some(Question::Chunk(ask))),
            Step::Authorize(ask) => (("authorize",).into_pyobject(py)?, Some(Question::User(ask))),
            Step::Policy { user, wish, answer } => {
                (("policy", user, objects(py, &wish)?).into_pyobject(py)?, Some(Question::Decision(answer)))
            }
            Step::Credential(request) => {
                (("credential", request.kind.as_str()).into_pyobject(py)?, Some(Question::Credential(request)))
            }
        };
        Ok((tuple.into_any().unbind(), question))
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
