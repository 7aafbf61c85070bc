//! What an answer means: its body read, or the error that it is.

use crate::Secret;
use crate::error::{Attempt, Error, Kind, Result};
use crate::items::Items;
use crate::json;
use crate::redact::{beginning, redacted_json, shortened};
use crate::table::{Answer, Operation, Surface};
pub use crate::tolerant::Body;
use crate::tolerant::{self, Details, ErrorBody};
use crate::transport::limit::RateLimit;
use crate::transport::retry;
use bytes::Bytes;
use http::HeaderMap;
#[cfg(feature = "server")]
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How much of an unreadable body an error keeps.
const SHOWN_BODY: usize = 512;

/// The response to a call that succeeded.
#[derive(Debug)]
pub struct Reply {
    /// The body.
    pub body: Body,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The headers, by lower-case name, without cookies.
    pub headers: HeaderMap,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// Every attempt, the last one successful.
    pub attempts: Vec<Attempt>,
}

impl Reply {
    #[cfg(feature = "server")]
    pub(crate) fn parse<T: DeserializeOwned>(self) -> Result<T> {
        match self.body {
            Body::Items(items) => items.parse(),
            Body::Nothing | Body::Raw(_) => Err(Error::internal("expected a model in the response, found none")),
        }
    }
}

/// Why a response is an error.
pub(crate) enum Refusal {
    /// Its status or its body says so.
    Said(Box<ErrorBody>),
    /// Its body cannot be read: why, and what of it there is.
    Unreadable { why: String, text: Bytes },
    /// Its body is in a coding that cannot be undone: the whole sentence.
    Encoded(String),
}

/// Reads the body of an answer: what a success holds, and the cursor of the next page.
pub(crate) fn decode(operation: &Operation, status: u16, body: Bytes) -> Result<(Body, Option<String>), Refusal> {
    let success = (200..300).contains(&status);
    let body = json::without_mark(body);
    if success && let Some(items) = documented(operation, &body) {
        let next = items.next();
        return Ok((Body::Items(items), next));
    }
    let body = json::mended(body);
    let unreadable = |why: String| Refusal::Unreadable { why, text: body.clone() };
    let not_json = |error: serde_json::Error| {
        unreadable(if error.is_eof() { "is incomplete JSON".to_owned() } else { "is not valid JSON".to_owned() })
    };
    if body.iter().all(u8::is_ascii_whitespace) {
        return match (success, operation.answer) {
            (true, Answer::Nothing | Answer::Raw) => Ok((Body::Nothing, None)),
            (true, _) => Err(unreadable("is empty".to_owned())),
            (false, _) => Err(Refusal::Said(Box::default())),
        };
    }
    let said = || ErrorBody::parse(&body).map_or_else(not_json, |said| Refusal::Said(Box::new(said)));
    if !success {
        return Err(said());
    }
    let value: Value = serde_json::from_slice(&body).map_err(not_json)?;
    if tolerant::is_rejection(&value) {
        return Err(said());
    }
    tolerant::read(&operation.answer, value).map_err(|why| unreadable(format!("does not have the expected form: {why}")))
}

/// The items of a success that is as documented; nothing where `tolerant.rs` has to look at it.
fn documented(operation: &Operation, body: &Bytes) -> Option<Items> {
    match operation.answer {
        Answer::One { model, under } => Items::read(body, model, under, false),
        Answer::List { model, under } => Items::read(body, model, under, true),
        Answer::Nothing | Answer::Raw => None,
    }
}

impl Refusal {
    /// Whether a write may have happened all the same, if the response says so itself, as the relay's errors do.
    pub fn outcome_unknown(&self, surface: Surface) -> Option<bool> {
        match self {
            Refusal::Said(body) if surface == Surface::Phone && tolerant::is_relayed(body) => Some(body.outcome_unknown),
            Refusal::Said(_) | Refusal::Unreadable { .. } | Refusal::Encoded(_) => None,
        }
    }

    /// The error that it is, and whether the service named a code.
    pub fn error(&self, surface: Surface, status: u16, secrets: &[Secret], limit: &RateLimit) -> (Error, bool) {
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        match self {
            Refusal::Said(body) => said(surface, status, body, &secrets, limit),
            Refusal::Unreadable { why, text } => {
                let mut error = unreadable(surface, status, format!("the response body {why}"), limit);
                let text = beginning(&String::from_utf8_lossy(text), SHOWN_BODY, &secrets);
                error.info_mut().details = Some(serde_json::json!({ "body": text }));
                (error, false)
            }
            Refusal::Encoded(why) => {
                let error = unreadable(surface, status, why.clone(), limit);
                (
                    error.suggestion("Check whether a proxy or gateway between this client and the service changes responses."),
                    false,
                )
            }
        }
    }
}

fn said(surface: Surface, status: u16, said: &ErrorBody, secrets: &[&str], limit: &RateLimit) -> (Error, bool) {
    let kind = tolerant::kind_of(surface, status, said);
    let message = match &said.message {
        Some(text) => shortened(text, secrets),
        None => format!("the service returned status {status} without a message"),
    };
    let mut error = Error::new(kind, message);
    if kind == Kind::Timeout {
        error = error.phase("service");
    }
    let info = error.info_mut();
    info.retryable = retry::passes(kind, status);
    // What the kind suggests may be to try again, which must not contradict `retryable`.
    info.is_suggested_by_service = said.suggestion.is_some();
    info.suggestion = match &said.suggestion {
        Some(text) => Some(shortened(text, secrets)),
        None if info.retryable => info.suggestion.take().or_else(|| Some(Kind::Server.entry().suggestion.to_owned())),
        None => info.suggestion.take().filter(|_| !kind.entry().retryable),
    };
    info.details = said.details.as_ref().map(|details| match details {
        Details::Small(details) => redacted_json(details, secrets),
        Details::Large(bytes) => serde_json::json!({ "omitted_bytes": bytes }),
    });
    if matches!(status, 429 | 503) {
        info.retry_after = limit.wait().map(|wait| wait.as_secs_f64());
    }
    // A code says more than that the rate limit refused it, unless it is the relay's word for just that.
    (error, said.code.as_deref().is_some_and(|code| code != Kind::RateLimited.code()))
}

/// A failure status keeps its kind: a proxy's 502 page is a 502 first.
fn unreadable(surface: Surface, status: u16, why: String, limit: &RateLimit) -> Error {
    if (200..300).contains(&status) {
        Error::new(Kind::InvalidResponse, why)
    } else {
        said(surface, status, &ErrorBody::default(), &[], limit).0
    }
}
