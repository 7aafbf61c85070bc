//! The two contracts that the sandbox serves on one port, "agents" and "rooms", and how each renders an error. Within the
//! sandbox, the operations of "rooms" are below `/rooms`.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;

const HEADER: &str = "x-sandbox-contract";

/// A contract of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contract {
    /// Sessions with an agent, and their messages
    Agents,
    /// Sessions of an avatar in a Daily or LiveKit room
    Rooms,
}

impl Contract {
    pub const ALL: [Self; 2] = [Self::Agents, Self::Rooms];

    pub fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Rooms => "rooms",
        }
    }

    /// Returns the contract of a path within the sandbox.
    pub fn of_path(path: &str) -> Self {
        if path == "/rooms" || path.starts_with("/rooms/") { Self::Rooms } else { Self::Agents }
    }

    pub fn of_header(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(HEADER)?;
        Self::ALL.into_iter().find(|contract| value == contract.name())
    }

    /// Renders the body of an error as this contract has it.
    pub fn render(self, mut response: Response) -> Response {
        match (self, response.extensions_mut().remove::<ApiError>()) {
            (Self::Rooms, Some(error)) => {
                let (mut parts, _) = response.into_parts();
                let (rendered, body) = Json(RoomsErrorBody::from(error)).into_response().into_parts();
                parts.headers.extend(rendered.headers);
                parts.headers.remove("content-length");
                Response::from_parts(parts, body)
            }
            (_, _) => response,
        }
    }
}

/// Rejects a header that names no contract.
pub fn check_header(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.contains_key(HEADER) && Contract::of_header(headers).is_none() {
        true => Err(ApiError::bad_request(format!("{HEADER} must be agents or rooms"))),
        false => Ok(()),
    }
}

/// The body of an error of the contract "rooms".
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct RoomsErrorBody {
    success: bool,
    error: RoomsError,
}

/// A text for authentication and the request limit, otherwise an object.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum RoomsError {
    Text(String),
    Object(RoomsErrorObject),
}

#[derive(Serialize, ToSchema)]
struct RoomsErrorObject {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    suggestion: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    details: Option<Box<Value>>,
}

impl From<ApiError> for RoomsErrorBody {
    fn from(error: ApiError) -> Self {
        let is_text = match error.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::TOO_MANY_REQUESTS => error.code.is_none(),
            _ => false,
        };
        let message = match &*error.message {
            "API key has been revoked" => "API key has been deactivated".to_owned(),
            _ => error.message.into_owned(),
        };
        let error = match is_text {
            true => RoomsError::Text(message),
            false => RoomsError::Object(RoomsErrorObject {
                message,
                suggestion: error.suggestion,
                code: error.code,
                details: error.details,
            }),
        };
        Self { success: false, error }
    }
}
