//! The error responses of the service, with the texts from its documentation.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

/// An error response. [`IntoResponse`] renders the body of the contract "agents"; the response carries the error, so that
/// [`crate::contract`] can render the body of the other contract.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: StatusCode,
    pub message: Cow<'static, str>,
    pub suggestion: Option<&'static str>,
    pub code: Option<&'static str>,
    pub details: Option<Box<Value>>,
    /// Some operations are documented with `{"error"}` and without `success`.
    bare: bool,
}

/// The body of an error.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Error)]
pub struct ErrorBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = bool)]
    success: Option<bool>,
    error: Cow<'static, str>,
}

impl ApiError {
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), suggestion: None, code: None, details: None, bare: false }
    }

    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub fn not_found(message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub fn conflict(message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Please retry after 1 minute.")
    }

    pub fn suggest(self, suggestion: &'static str) -> Self {
        Self { suggestion: Some(suggestion), ..self }
    }

    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub fn details(self, details: Value) -> Self {
        Self { details: Some(Box::new(details)), ..self }
    }

    /// Returns the error without `success` in its body.
    pub fn bare(self) -> Self {
        Self { bare: true, ..self }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        eprintln!("agenthuman-sandbox: reading or writing the data failed: {error}");
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "The disk is full, or the sandbox's data has reached its limit of 1 GiB. Nothing was \
                 stored. POST /sandbox/reset deletes the data.",
            ),
            Some(rusqlite::ErrorCode::SystemIoFailure) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Reading or writing the sandbox's data file failed. Nothing was stored.",
            ),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let retry = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some([(RETRY_AFTER, "1")]);
        let body = ErrorBody { success: (!self.bare).then_some(false), error: self.message.clone() };
        let mut response = (self.status, retry, Json(body)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
