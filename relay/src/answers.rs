//! The responses of the relay: always JSON, and no text that could contain a secret.

use agenthuman::error::Error;
use agenthuman::operations::phone;
use agenthuman::table::{Operation, Place};
use agenthuman::{ErrorInfo, Kind};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The header with the tag of a page of messages, which a phone sends to wait for another. It is not `ETag`: servers in front of the relay
/// change those, and respond to `If-None-Match` themselves.
pub(crate) const PAGE: HeaderName = HeaderName::from_static("x-agenthuman-page");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The statuses of a bad request. The API may have others, which the relay reports as 400.
const MALFORMED: [StatusCode; 4] =
    [StatusCode::BAD_REQUEST, StatusCode::METHOD_NOT_ALLOWED, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE];

/// Most bodies have fewer bytes.
const USUAL_BODY: usize = 512;

/// The maximum `Retry-After`, in seconds.
const LONGEST_WAIT: f64 = 24.0 * 3600.0;

/// The fields of a response for the log, kept in its extensions.
#[derive(Clone, Default)]
pub(crate) struct LogFields {
    pub operation: Option<&'static str>,
    /// The code of the error, if it is one.
    pub code: Option<Kind>,
    /// The cause of the failure, for the backend's developer. It is not sent to the phone.
    pub cause: Option<Cow<'static, str>>,
}

/// An error response.
#[derive(Clone)]
pub(crate) struct Refusal(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: Kind,
    status: StatusCode,
    message: String,
    suggestion: Option<String>,
    details: Option<Value>,
    /// Whether a write may have taken effect at the API.
    outcome_unknown: bool,
    retry_after: Option<f64>,
    allow: Option<HeaderValue>,
    cause: Option<Cow<'static, str>>,
}

impl Refusal {
    /// Creates an error response with its kind's status. The message is redacted like any error of the client.
    pub fn new(kind: Kind, message: impl Into<String>) -> Refusal {
        Refusal(Box::new(Parts {
            kind,
            status: status_of(kind),
            message: Error::new(kind, message).into_info().message,
            suggestion: None,
            details: None,
            outcome_unknown: false,
            retry_after: None,
            allow: None,
            cause: None,
        }))
    }

    /// Creates the response to a failure of the backend. The phone gets the kind's message, and the log the cause.
    pub fn fault(cause: impl Into<Cow<'static, str>>) -> Refusal {
        let mut refusal = Refusal::new(Kind::Server, Kind::Server.entry().doc).with_status(StatusCode::INTERNAL_SERVER_ERROR);
        refusal.0.cause = Some(cause.into());
        refusal
    }

    /// Creates the response if the backend is temporarily unavailable. The phone gets the kind's message, and the log the cause.
    pub fn unavailable(cause: impl Into<Cow<'static, str>>, retry_after: f64) -> Refusal {
        let mut refusal = Refusal::new(Kind::ServiceUnavailable, Kind::ServiceUnavailable.entry().doc).retry_after(retry_after);
        refusal.0.cause = Some(cause.into());
        refusal
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether the message may have been stored.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    pub fn with_unknown_outcome(mut self) -> Refusal {
        self.0.outcome_unknown = true;
        self
    }

    pub fn with_status(mut self, status: StatusCode) -> Refusal {
        self.0.status = status;
        self
    }

    pub fn retry_after(mut self, seconds: f64) -> Refusal {
        self.0.retry_after = Some(seconds);
        self
    }

    pub fn allow(mut self, methods: &str) -> Refusal {
        self.0.allow = HeaderValue::from_str(methods).ok();
        self
    }

    /// The API's error as a phone sees it: the same kind, with the table's own sentence. The API's text and details could
    /// quote what the backend chose (its agent, metadata or plan), so they are passed on only if the API judged what the
    /// phone itself sent.
    pub fn upstream(info: ErrorInfo, operation: &Operation) -> Refusal {
        let mut refusal = Refusal::without_outcome(&info, operation);
        refusal.0.outcome_unknown = info.outcome_unknown;
        refusal
    }

    fn without_outcome(info: &ErrorInfo, operation: &Operation) -> Refusal {
        let kind = info.kind;
        let status = info.status.and_then(|status| StatusCode::from_u16(status).ok());
        let malformed = status.filter(|status| MALFORMED.contains(status) && takes_body(operation));
        let malformed = malformed.unwrap_or(StatusCode::BAD_REQUEST);
        if kind == Kind::BadRequest && judges_the_phone(operation) {
            let mut refusal = Refusal::new(kind, info.message.as_str()).with_status(malformed);
            refusal.0.suggestion.clone_from(&info.suggestion);
            refusal.0.details.clone_from(&info.details);
            return refusal;
        }
        let mut refusal = match kind {
            Kind::BadRequest
            | Kind::PaymentRequired
            | Kind::PermissionDenied
            | Kind::NotFound
            | Kind::Conflict
                // A list takes nothing from the phone, so whatever is wrong with its request is the backend's matter.
                if operation.path_param.is_none() && !takes_body(operation) =>
            {
                Refusal::new(kind, kind.entry().doc).with_status(StatusCode::BAD_GATEWAY)
            }
            Kind::BadRequest => Refusal::new(kind, kind.entry().doc).with_status(malformed),
            Kind::PaymentRequired
            | Kind::PermissionDenied
            | Kind::NotFound
            | Kind::Conflict
            | Kind::RateLimited
            | Kind::ConcurrencyLimit
            | Kind::ServiceUnavailable => Refusal::new(kind, kind.entry().doc),
            // The client waits for the rate limit itself, and this one would have waited for too long.
            Kind::Timeout if info.phase == Some("rate_limit") => Refusal::new(Kind::RateLimited, Kind::RateLimited.entry().doc),
            Kind::Timeout => Refusal::new(kind, kind.entry().doc),
            Kind::Internal => return Refusal::fault(Kind::Internal.code()),
            // The client's own check, before anything was sent.
            Kind::InvalidArgument if is_decided(operation) => {
                return Refusal::fault(format!("policy returned an invalid session: {}", info.message));
            }
            Kind::InvalidArgument => return Refusal::new(Kind::BadRequest, info.message.as_str()),
            other => {
                let is_the_apis = [Kind::Api, Kind::Connection, Kind::InvalidResponse].iter().any(|parent| other.is(*parent));
                let kind = if is_the_apis { other } else { Kind::Server };
                Refusal::new(kind, kind.entry().doc).with_status(StatusCode::BAD_GATEWAY)
            }
        };
        refusal.0.retry_after = info.retry_after;
        if refusal.0.status.is_server_error() || is_decided(operation) {
            let from = if info.status.is_some() { " from the API" } else { "" };
            let id = info.request_id.as_ref().map(|id| format!(", request id {id}")).unwrap_or_default();
            refusal.0.cause = Some(format!("{}{from}{id}", kind.code()).into());
        }
        refusal
    }

    pub fn into_response(self, operation: Option<&'static str>) -> Response<Bytes> {
        let Parts { kind, status, message, suggestion, details, outcome_unknown, retry_after, allow, cause } = *self.0;
        let mut error = json!({ "code": kind.code(), "message": message });
        if let Some(suggestion) = suggestion {
            error["suggestion"] = suggestion.into();
        }
        if let Some(details) = details {
            error["details"] = details;
        }
        if outcome_unknown {
            error["outcome_unknown"] = true.into();
        }
        let mut response = answer(status, &json!({ "success": false, "error": error }));
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after.filter(|_| matches!(status.as_u16(), 429 | 503)) {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole(seconds)));
        }
        headers.extend(allow.map(|methods| (ALLOW, methods)));
        response.extensions_mut().insert(LogFields { operation, code: Some(kind), cause });
        response
    }
}

/// `Retry-After` has whole seconds, and too early is worse than too late.
fn whole(seconds: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
    let seconds = seconds.clamp(1.0, LONGEST_WAIT).ceil() as u32;
    seconds
}

/// Whether the API judges what the phone itself sent, unchanged. The parameters of any other operation are an id that the
/// grant names, or the choice of the backend's policy.
fn judges_the_phone(operation: &Operation) -> bool {
    operation.name == phone::SEND_MESSAGE.name
}

/// Whether the backend's policy chooses the parameters.
fn is_decided(operation: &Operation) -> bool {
    [phone::OPEN_SESSION.name, phone::rooms::OPEN.name].contains(&operation.name)
}

/// Whether the operation reads a body.
pub(crate) fn takes_body(operation: &Operation) -> bool {
    operation.params.iter().any(|param| param.place == Place::Body)
}

/// The status that goes with a kind.
fn status_of(kind: Kind) -> StatusCode {
    let status = match kind {
        Kind::BadRequest => 400,
        Kind::PaymentRequired => 402,
        Kind::NotFound => 404,
        Kind::Conflict => 409,
        Kind::RateLimited | Kind::ConcurrencyLimit => 429,
        Kind::ServiceUnavailable => 503,
        Kind::Timeout => 504,
        kind if kind.is(Kind::Authentication) => 401,
        kind if kind.is(Kind::PermissionDenied) => 403,
        _ => 502,
    };
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A success of an operation.
pub(crate) fn success(operation: &'static str, status: u16, body: &impl Serialize) -> Response<Bytes> {
    let mut response = answer(StatusCode::from_u16(status).unwrap_or_default(), body);
    response.extensions_mut().insert(LogFields { operation: Some(operation), ..LogFields::default() });
    response
}

/// The response with a tag of its body, the same at every copy of the relay.
pub(crate) fn tagged(mut response: Response<Bytes>) -> Response<Bytes> {
    let digest = Sha256::digest(response.body());
    if let Ok(tag) = HeaderValue::from_str(&BASE64_URL_SAFE_NO_PAD.encode(&digest[..16])) {
        response.headers_mut().insert(PAGE, tag);
    }
    response
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let mut bytes = Vec::with_capacity(USUAL_BODY);
    // JSON of texts, numbers and lists can always be written.
    let _ = serde_json::to_writer(&mut bytes, body);
    let mut response = Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Adds the headers of every response.
pub(crate) fn stamp(headers: &mut HeaderMap, request_id: &HeaderValue) {
    headers.insert(REQUEST_ID, request_id.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
