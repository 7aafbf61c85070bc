//! What an answer means: its body read, or the error that it is.

use crate::Secret;
use crate::error::{Attempt, Error, Kind, Result};
use crate::record::Record;
use crate::table::{Answer, Operation, Surface};
use crate::tolerant::{self, ErrorBody};
use crate::transport::limit::RateLimit;
use crate::transport::redact::{redacted, redacted_json};
use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How much of an unreadable body an error keeps.
const SHOWN_BODY: usize = 512;

/// What a success holds.
#[derive(Debug)]
pub(crate) enum Body {
    Nothing,
    Record(Record),
    /// The JSON as it came (`client.request`).
    Raw(Value),
}

impl Body {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        match self {
            Body::Nothing => "null".to_owned(),
            Body::Record(record) => record.to_json(),
            Body::Raw(value) => value.to_string(),
        }
    }
}

/// A success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub body: Body,
    pub next: Option<String>,
    pub status: u16,
    pub headers: HeaderMap,
    pub request_id: Option<String>,
    pub attempts: Vec<Attempt>,
}

impl Reply {
    pub fn parse<T: DeserializeOwned>(self) -> Result<T> {
        match self.body {
            Body::Record(record) => record.parse(),
            Body::Nothing | Body::Raw(_) => Err(Error::new(Kind::Internal, "an answer without a model was to be one")),
        }
    }
}

/// Why an answer is an error.
pub(crate) enum Refusal {
    /// It says so.
    Said(Value),
    /// Its body cannot be read: why, and what of it there is.
    Unreadable { why: String, text: Bytes },
}

/// Reads the body of an answer: what a success holds, and the cursor of the next page.
pub(crate) fn decode(operation: &Operation, status: u16, body: &Bytes) -> Result<(Body, Option<String>), Refusal> {
    let success = (200..300).contains(&status);
    let unreadable = |why: String| Refusal::Unreadable { why, text: body.clone() };
    if success && let Some(record) = documented(operation, body) {
        let next = record.next();
        return Ok((Body::Record(record), next));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return match (success, operation.answer) {
            (true, Answer::Nothing | Answer::Raw) => Ok((Body::Nothing, None)),
            (true, _) => Err(unreadable("is empty".to_owned())),
            (false, _) => Err(Refusal::Said(Value::Null)),
        };
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        unreadable(if error.is_eof() { "ends before its JSON does".to_owned() } else { "is not JSON".to_owned() })
    })?;
    if !success || tolerant::is_rejection(&value) {
        return Err(Refusal::Said(value));
    }
    tolerant::read(&operation.answer, value).map_err(|why| unreadable(format!("is not what was asked for: {why}")))
}

/// The rows of a success that is as documented; nothing where `tolerant.rs` has to look at it.
fn documented(operation: &Operation, body: &Bytes) -> Option<Record> {
    match operation.answer {
        Answer::One { model, under } => Record::read(body, model, under, false),
        Answer::List { model, under } => Record::read(body, model, under, true),
        Answer::Nothing | Answer::Raw => None,
    }
}

impl Refusal {
    /// The error that it is, and whether the service named a code.
    pub fn error(&self, surface: Surface, status: u16, secrets: &[Secret], limit: &RateLimit) -> (Error, bool) {
        match self {
            Refusal::Said(body) => said(surface, status, body, secrets, limit),
            Refusal::Unreadable { why, text } => (unreadable(surface, status, why, text, secrets, limit), false),
        }
    }
}

fn said(surface: Surface, status: u16, body: &Value, secrets: &[Secret], limit: &RateLimit) -> (Error, bool) {
    let said = ErrorBody::read(body);
    let kind = tolerant::kind_of(surface, status, &said);
    let clean = |text: &str| redacted(text, secrets.iter().map(Secret::expose));
    let message = match &said.message {
        Some(text) => clean(text),
        None => format!("the service answered {status} and did not say why"),
    };
    let mut error = Error::new(kind, message);
    if let Some(suggestion) = &said.suggestion {
        error = error.suggestion(clean(suggestion));
    }
    if kind == Kind::Timeout {
        error = error.phase("service");
    }
    let exposed: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    let info = error.info_mut();
    info.details = said.details.as_ref().map(|details| redacted_json(details, &exposed));
    // A 501 or a 505 will not pass by itself.
    info.retryable &= status < 500 || matches!(status, 500 | 502 | 503 | 504);
    if matches!(status, 429 | 503) {
        info.retry_after = limit.wait().map(|wait| wait.as_secs_f64());
    }
    // A code says more than that the rate limit refused it, unless it is the relay's word for just that.
    (error, said.code.is_some_and(|code| code != Kind::RateLimited.code()))
}

/// A failure status keeps its kind: a proxy's 502 page is a 502 first.
fn unreadable(surface: Surface, status: u16, why: &str, text: &Bytes, secrets: &[Secret], limit: &RateLimit) -> Error {
    let mut error = if (200..300).contains(&status) {
        Error::new(Kind::InvalidResponse, format!("the answer's body {why}"))
    } else {
        said(surface, status, &Value::Null, secrets, limit).0
    };
    // Cut after redaction: a cut through a secret would keep it from being known as one.
    let begin = &text[..text.len().min(16 * SHOWN_BODY)];
    let text = redacted(&String::from_utf8_lossy(begin), secrets.iter().map(Secret::expose));
    let mut end = text.len().min(SHOWN_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    error.info_mut().details = Some(serde_json::json!({ "body": &text[..end] }));
    error
}
