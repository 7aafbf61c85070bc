//! A step of a call as Python sees it: a tuple that begins with what it is.

use crate::item_list::ItemList;
use crate::read::read as objects;
use agenthuman::host::{self, Items, Open, Question, Step};
use agenthuman::{ErrorInfo, error};
use http::HeaderMap;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};
use std::sync::Arc;

/// A success.
#[pyclass(frozen, module = "agenthuman._native")]
pub struct Reply {
    body: Body,
    attempts: Vec<agenthuman::error::Attempt>,
    headers: HeaderMap,
    /// The cursor of the next page.
    #[pyo3(get)]
    next: Option<String>,
    #[pyo3(get)]
    status: u16,
    #[pyo3(get)]
    request_id: Option<String>,
}

enum Body {
    Items(Arc<Items>),
    Json(String),
}

#[pymethods]
impl Reply {
    /// The one model of the answer.
    fn one<'py>(&self, class: Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        ItemList::model(&Bound::new(class.py(), self.items(class.clone())?)?, 0)
    }

    /// The models of the answer.
    fn items(&self, class: Bound<'_, PyType>) -> PyResult<ItemList> {
        match &self.body {
            Body::Items(items) => Ok(ItemList::new(items.clone(), class)),
            Body::Json(_) => Err(PyTypeError::new_err("the response contains no model")),
        }
    }

    /// The answer's JSON.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.body {
            Body::Items(items) => objects(py, &items.to_json()),
            Body::Json(text) => objects(py, text),
        }
    }

    /// Names, in lower case, and values.
    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        self.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
    }

    /// JSON of the tries.
    #[getter]
    fn attempts(&self) -> String {
        serde_json::to_string(&self.attempts).unwrap_or_default()
    }
}

impl From<host::Reply> for Reply {
    fn from(reply: host::Reply) -> Reply {
        let body = match reply.body {
            host::Body::Items(items) => Body::Items(Arc::new(items)),
            other @ (host::Body::Nothing | host::Body::Raw(_)) => Body::Json(other.to_json()),
        };
        let host::Reply { headers, attempts, next, status, request_id, .. } = reply;
        Reply { body, attempts, headers, next, status, request_id }
    }
}

/// The tuple of a step, and the question in it.
pub fn read(py: Python<'_>, step: Step) -> PyResult<(Py<PyAny>, Option<Open>)> {
    let question = match step {
        Step::Done(Ok(reply)) => return Ok((tuple(("done", Reply::from(reply)).into_pyobject(py)?), None)),
        Step::Done(Err(error)) => return Ok((tuple(("failed", to_json(&error)).into_pyobject(py)?), None)),
        Step::Question(question) => question,
    };
    Ok(match question {
        Question::Credential { kind, answer } => {
            (tuple(("credential", kind.as_str()).into_pyobject(py)?), Some(Open::Secret(answer)))
        }
        Question::Chunk { answer } => (tuple(("chunk",).into_pyobject(py)?), Some(Open::Bytes(answer))),
        Question::Progress { sent, of } => (tuple(("progress", sent, of).into_pyobject(py)?), None),
        Question::Event { hook, event } => (tuple(("event", hook, event).into_pyobject(py)?), None),
        Question::Warning { text } => (tuple(("warning", text).into_pyobject(py)?), None),
        Question::Response { call, answer } => (tuple(("response", call).into_pyobject(py)?), Some(Open::Json(answer))),
        Question::Store { created, answer } => {
            let created = PyString::new(py, &String::from_utf8_lossy(&created));
            (tuple(("store", created).into_pyobject(py)?), Some(Open::Done(answer)))
        }
    })
}

/// An error in one line. Users make errors too, and printing one must not fail: any value is printed as its `str`, and a
/// missing status is omitted.
#[pyfunction]
pub fn error_line(
    code: &Bound<'_, PyAny>,
    message: &Bound<'_, PyAny>,
    suggestion: Option<&Bound<'_, PyAny>>,
    status: Option<&Bound<'_, PyAny>>,
    operation: Option<&Bound<'_, PyAny>>,
    request_id: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let text = |value: &Bound<'_, PyAny>| value.str().map(|text| text.to_string_lossy().into_owned());
    let optional = |value: Option<&Bound<'_, PyAny>>| value.map(text).transpose();
    Ok(error::line(
        &text(code)?,
        &text(message)?,
        optional(suggestion)?.as_deref(),
        status.and_then(|status| status.extract().ok()),
        optional(operation)?.as_deref(),
        optional(request_id)?.as_deref(),
    ))
}

fn tuple(tuple: Bound<'_, PyTuple>) -> Py<PyAny> {
    tuple.into_any().unbind()
}

/// An error's fields. Python renders the line itself, by `error_line`, since its users make errors too.
pub fn to_json(error: &ErrorInfo) -> String {
    // It is made of text and numbers alone, which always are JSON.
    serde_json::to_string(error).unwrap_or_default()
}
