//! A step of a call as Python sees it: a tuple that begins with what it is.

use agenthuman::ErrorInfo;
use agenthuman::host::{ChunkRequest, CredentialRequest, HostReply, Step, StoreRequest};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// A success.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Reply {
    body: String,
    attempts: String,
    /// The cursor of the next page.
    #[pyo3(get)]
    next: Option<String>,
    #[pyo3(get)]
    status: u16,
    #[pyo3(get)]
    request_id: Option<String>,
}

#[pymethods]
impl Reply {
    /// Canonical JSON.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.body.as_bytes())
    }

    /// JSON of the tries.
    #[getter]
    fn attempts(&self) -> &str {
        &self.attempts
    }
}

impl From<HostReply> for Reply {
    fn from(reply: HostReply) -> Reply {
        let attempts = serde_json::to_string(&reply.attempts).unwrap_or_default();
        Reply { body: reply.body.to_json(), attempts, next: reply.next, status: reply.status, request_id: reply.request_id }
    }
}

/// What the core waits for.
pub enum Question {
    Credential(CredentialRequest),
    Chunk(ChunkRequest),
    Store(StoreRequest),
}

impl Question {
    pub fn fail(self, why: &str) {
        match self {
            Question::Credential(request) => request.answer.fail(why),
            Question::Chunk(request) => request.answer.fail(why),
            Question::Store(request) => request.answer.fail(why),
        }
    }
}

/// The tuple of a step, and the question in it.
pub fn read(py: Python<'_>, step: Step) -> PyResult<(Py<PyAny>, Option<Question>)> {
    Ok(match step {
        Step::Done(Ok(reply)) => (tuple(("done", Reply::from(reply)).into_pyobject(py)?), None),
        Step::Done(Err(error)) => (tuple(("failed", to_json(&error)).into_pyobject(py)?), None),
        Step::Credential(request) => {
            (tuple(("credential", request.kind.as_str()).into_pyobject(py)?), Some(Question::Credential(request)))
        }
        Step::Chunk(request) => (tuple(("chunk",).into_pyobject(py)?), Some(Question::Chunk(request))),
        Step::Progress { sent, of } => (tuple(("progress", sent, of).into_pyobject(py)?), None),
        Step::Store(request) => {
            let created = PyBytes::new(py, &request.created);
            (tuple(("store", created).into_pyobject(py)?), Some(Question::Store(request)))
        }
    })
}

fn tuple(tuple: Bound<'_, PyTuple>) -> Py<PyAny> {
    tuple.into_any().unbind()
}

pub fn to_json(error: &ErrorInfo) -> String {
    // It is made of text and numbers alone, which always are JSON.
    serde_json::to_string(error).unwrap_or_default()
}
