//! What the relay answers: JSON in every case, and no text that could hold a secret.

use agenthuman::error::Error;
use agenthuman::{ErrorInfo, Kind};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The statuses that a bad request can have; the API may have others, which mean no more than 400 does.
const MALFORMED: [StatusCode; 4] =
    [StatusCode::BAD_REQUEST, StatusCode::METHOD_NOT_ALLOWED, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE];

/// What the log may know of an answer, kept in its extensions.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    pub operation: Option<&'static str>,
    /// The code of the error that it is.
    pub code: Option<Kind>,
    /// What the API's client or the backend failed with, where the phone is not told.
    pub cause: Option<&'static str>,
}

/// Why a request is not served.
pub(crate) struct Refusal(Box<Parts>);

struct Parts {
    kind: Kind,
    status: StatusCode,
    message: String,
    suggestion: Option<String>,
    details: Option<Value>,
    retry_after: Option<f64>,
    allow: Option<HeaderValue>,
    cause: Option<&'static str>,
}

impl Refusal {
    /// A refusal with its kind's usual status. The message passes the same redaction as any error of the client.
    pub fn new(kind: Kind, message: impl Into<String>) -> Refusal {
        Refusal(Box::new(Parts {
            kind,
            status: status_of(kind),
            message: Error::new(kind, message).into_info().message,
            suggestion: None,
            details: None,
            retry_after: None,
            allow: None,
            cause: None,
        }))
    }

    /// Something failed on this side. The phone hears no more than that, and the log what it was.
    pub fn fault(cause: &'static str) -> Refusal {
        let mut refusal = Refusal::new(Kind::Server, Kind::Server.entry().doc).with_status(StatusCode::INTERNAL_SERVER_ERROR);
        refusal.0.cause = Some(cause);
        refusal
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

    /// The API's error as a phone sees it: the same kind, and the text only where it is about the caller's own request.
    pub fn upstream(info: ErrorInfo) -> Refusal {
        let kind = info.kind;
        match kind {
            Kind::BadRequest
            | Kind::PaymentRequired
            | Kind::PermissionDenied
            | Kind::NotFound
            | Kind::Conflict
            | Kind::RateLimited
            | Kind::ConcurrencyLimit => {
                let mut refusal = Refusal::new(kind, info.message);
                if let Some(status) = info.status.and_then(|status| StatusCode::from_u16(status).ok())
                    && kind == Kind::BadRequest
                    && MALFORMED.contains(&status)
                {
                    refusal.0.status = status;
                }
                refusal.0.suggestion = info.suggestion;
                refusal.0.details = info.details;
                refusal.0.retry_after = info.retry_after;
                refusal
            }
            Kind::Internal => Refusal::fault(Kind::Internal.code()),
            Kind::InvalidArgument => Refusal::new(Kind::BadRequest, info.message),
            Kind::Timeout | Kind::ServiceUnavailable => {
                let mut refusal = Refusal::new(kind, kind.entry().doc);
                refusal.0.retry_after = info.retry_after;
                refusal.because(kind)
            }
            other => {
                let tells = [Kind::Api, Kind::Connection, Kind::InvalidResponse].iter().any(|parent| other.is(*parent));
                let told = if tells { other } else { Kind::Server };
                Refusal::new(told, told.entry().doc).with_status(StatusCode::BAD_GATEWAY).because(other)
            }
        }
    }

    fn because(mut self, kind: Kind) -> Refusal {
        self.0.cause = Some(kind.code());
        self
    }

    pub fn into_response(self, operation: Option<&'static str>) -> Response<Bytes> {
        let Parts { kind, status, message, suggestion, details, retry_after, allow, cause } = *self.0;
        let mut error = json!({ "code": kind.code(), "message": message });
        if let Some(suggestion) = suggestion {
            error["suggestion"] = suggestion.into();
        }
        if let Some(details) = details {
            error["details"] = details;
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
        response.extensions_mut().insert(Told { operation, code: Some(kind), cause });
        response
    }
}

/// `Retry-After` has whole seconds, and too early is worse than too late.
fn whole(seconds: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
    let seconds = seconds.ceil() as u32;
    seconds
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
pub(crate) fn success(operation: &'static str, status: u16, body: &Value) -> Response<Bytes> {
    let mut response = answer(StatusCode::from_u16(status).unwrap_or_default(), body);
    response.extensions_mut().insert(Told { operation: Some(operation), ..Told::default() });
    response
}

fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What every answer carries.
pub(crate) fn stamp(headers: &mut HeaderMap, request_id: &HeaderValue) {
    headers.insert(REQUEST_ID, request_id.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
