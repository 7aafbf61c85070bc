//! Decodes responses: the body of a success, or the error.

use crate::Secret;
use crate::error::{Advice, Attempt, Error, Kind, Result};
use crate::items::Items;
use crate::json;
use crate::redact::{beginning, redacted_json, shortened};
use crate::table::{Answer, FieldKind, Model, Operation, Surface};
pub use crate::tolerant::Body;
use crate::tolerant::{self, Details, ErrorBody};
use crate::transport::limit::RateLimit;
use crate::transport::retry;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// The length of an undecodable body in an error, in bytes.
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
    /// The attempts. The last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl Reply {
    /// Returns a text of the model.
    #[cfg(feature = "server")]
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match &self.body {
            Body::Items(items) => items.text(0, name),
            Body::Nothing | Body::Raw(_) => None,
        }
    }

    #[cfg(feature = "server")]
    pub(crate) fn items(self) -> Result<Items> {
        match self.body {
            Body::Items(items) => Ok(items),
            Body::Nothing | Body::Raw(_) => Err(Error::internal("expected a model in the response, found none")),
        }
    }
}

/// A response that is an error.
pub(crate) enum Refusal {
    /// The status or the body reports an error.
    ErrorBody(Box<ErrorBody>),
    /// The body could not be decoded: the reason, and the bytes received.
    Unreadable { why: String, text: Bytes },
    /// The content encoding could not be decoded: the message.
    Encoded(String),
}

/// Decodes the body of a response, and returns it with the cursor of the next page.
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
            (false, _) => Err(Refusal::ErrorBody(Box::default())),
        };
    }
    let error_body = || ErrorBody::parse(&body).map_or_else(not_json, |error_body| Refusal::ErrorBody(Box::new(error_body)));
    if !success {
        return Err(error_body());
    }
    let value: Value = serde_json::from_slice(&body).map_err(not_json)?;
    if tolerant::is_rejection(&value) {
        return Err(error_body());
    }
    tolerant::read(operation, value).map_err(|why| Refusal::Unreadable {
        why: format!("does not have the expected form: {why}"),
        text: without_secret_fields(&operation.answer, body),
    })
}

/// Returns the body with the secret fields of the operation's model masked, whatever form the secrets have.
fn without_secret_fields(answer: &Answer, body: Bytes) -> Bytes {
    let secrets = secret_names(answer);
    match serde_json::from_slice(&body) {
        Ok(value) if !secrets.is_empty() => without(&value, &secrets).to_string().into(),
        _ => body,
    }
}

/// Returns the names of the secrets in the operation's model, on the wire and canonical.
pub(crate) fn secret_names(answer: &Answer) -> Vec<&'static str> {
    fn add(model: &Model, names: &mut Vec<&'static str>) {
        for field in model.fields {
            if let FieldKind::Secret = field.kind {
                names.extend(field.wire.iter().copied().chain([field.name]));
            }
            if let Some(inner) = field.kind.inner() {
                add(inner, names);
            }
        }
    }
    let mut names = Vec::new();
    if let Answer::One { model, .. } | Answer::List { model, .. } = answer {
        add(model, &mut names);
    }
    names
}

/// Returns the value with the fields of these names masked.
fn without(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| without(item, names)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let is_secret = names.contains(&name.as_str());
                (name.clone(), if is_secret { "[redacted]".into() } else { without(value, names) })
            })
            .collect(),
        other => other.clone(),
    }
}

/// Returns the items if the body has a documented shape. `tolerant.rs` decodes any other.
fn documented(operation: &Operation, body: &Bytes) -> Option<Items> {
    match operation.answer {
        Answer::One { model, under } => Items::read(body, model, under, false),
        Answer::List { model, under } => Items::read(body, model, under, true),
        Answer::Nothing | Answer::Raw => None,
    }
}

impl Refusal {
    /// Whether a write may have taken effect, if the response says so, as errors of the relay do.
    pub fn outcome_unknown(&self, surface: Surface) -> Option<bool> {
        match self {
            Refusal::ErrorBody(body) if surface.is_relayed() && tolerant::is_relayed(body) => Some(body.outcome_unknown),
            Refusal::ErrorBody(_) | Refusal::Unreadable { .. } | Refusal::Encoded(_) => None,
        }
    }

    /// Returns the error, and whether the service sent a code.
    pub fn error(&self, surface: Surface, status: u16, secrets: &[Secret], limit: &RateLimit) -> (Error, bool) {
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        match self {
            Refusal::ErrorBody(body) => error_body(surface, status, body, &secrets, limit),
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

fn error_body(surface: Surface, status: u16, error_body: &ErrorBody, secrets: &[&str], limit: &RateLimit) -> (Error, bool) {
    let kind = tolerant::kind_of(surface, status, error_body);
    let message = match &error_body.message {
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
    match &error_body.suggestion {
        Some(text) => {
            info.suggestion = Some(shortened(text, secrets));
            info.advice = Advice::OfService;
        }
        None if info.retryable => {
            if info.suggestion.is_none() {
                info.suggest(Kind::Server.entry().suggestion.to_owned());
            }
        }
        None => info.suggestion = info.suggestion.take().filter(|_| !kind.entry().retryable),
    }
    info.details = error_body.details.as_ref().map(|details| match details {
        Details::Small(details) => redacted_json(details, secrets),
        Details::Large(bytes) => serde_json::json!({ "omitted_bytes": bytes }),
    });
    if matches!(status, 429 | 503) {
        info.retry_after = limit.wait().map(|wait| wait.as_secs_f64());
    }
    // A code says more than that the rate limit refused it, unless it is the relay's word for just that.
    (error, error_body.code.as_deref().is_some_and(|code| code != Kind::RateLimited.code()))
}

/// An error status keeps its kind: the 502 page of a proxy is a 502.
fn unreadable(surface: Surface, status: u16, why: String, limit: &RateLimit) -> Error {
    if (200..300).contains(&status) {
        Error::new(Kind::InvalidResponse, why)
    } else {
        error_body(surface, status, &ErrorBody::default(), &[], limit).0
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;
    use crate::operations::{api_keys, sessions};

    fn body_in_error(operation: &Operation, body: &'static str) -> String {
        let refusal = decode(operation, 201, Bytes::from_static(body.as_bytes())).expect_err("the body lacks an id");
        let (error, _) = refusal.error(Surface::Server, 201, &[], &RateLimit::default());
        error.info().details.as_ref().unwrap()["body"].as_str().unwrap().to_owned()
    }

    #[test]
    fn the_body_in_an_error_shows_no_secret_field() {
        let shown = body_in_error(
            &api_keys::CREATE,
            r#"{"api_key":{"name":"ci"},"data":[{"key":"of a new form"}],"key":"of a new form"}"#,
        );
        assert_eq!(shown, r#"{"api_key":{"name":"ci"},"data":[{"key":"[redacted]"}],"key":"[redacted]"}"#);
        let shown = body_in_error(&sessions::GET, r#"{"session":  {"key":"no secret of a session"}}"#);
        assert_eq!(shown, r#"{"session":  {"key":"no secret of a session"}}"#);
    }
}
