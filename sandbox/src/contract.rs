//! The two contracts that the sandbox serves on one port, "agents" and "rooms": which one a request is for, and how each
//! renders an error.
//!
//! Within the sandbox, the operations of "rooms" are below `/rooms`. [`prepare`] runs before the router and adds that prefix.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{Kind, ReadBody};
use crate::error::ApiError;
use crate::request::is_json;

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
    const ALL: [Self; 2] = [Self::Agents, Self::Rooms];

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

    fn of_header(headers: &HeaderMap) -> Option<Self> {
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
    details: Option<Value>,
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

/// Prepares a request for the router. The prefix `/api` is removed, since the documentation has the API there. The contract
/// is that of the prefix `/rooms` or `/agents`, or of the header, or of the request's shape, or that of the option.
pub async fn prepare(app: &App, mut request: Request) -> Request {
    let (path, named) = {
        let path = request.uri().path();
        let path = without(path, "/api").unwrap_or(path);
        let prefixed = |contract: Contract| {
            let rest = without(path, &format!("/{}", contract.name()))?;
            Some((rest.to_owned(), Some(contract)))
        };
        Contract::ALL.into_iter().find_map(prefixed).unwrap_or_else(|| (path.to_owned(), None))
    };
    let path = match path.strip_prefix("/v1").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => {
            let contract = match named.or_else(|| Contract::of_header(request.headers())) {
                Some(contract) => Some(contract),
                None => of_shape(app, &mut request, rest).await,
            };
            match contract.unwrap_or(app.contract) {
                Contract::Agents => path,
                Contract::Rooms => format!("/rooms{path}"),
            }
        }
        None if named == Some(Contract::Rooms) && path == "/openapi.json" => "/openapi.rooms.json".to_owned(),
        None => path,
    };
    set_path(&mut request, &path);
    request
}

fn without<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

fn set_path(request: &mut Request, path: &str) {
    if request.uri().path() == path {
        return;
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Fields of a body that only one of the contracts has.
const FIELDS: [(&str, Contract, &[&str]); 4] = [
    ("sessions", Contract::Agents, &["agent_id"]),
    ("sessions", Contract::Rooms, &["avatar", "room"]),
    ("agents", Contract::Rooms, &["voice_agent", "avatar_image_url"]),
    ("agents", Contract::Agents, &["avatar_id", "language", "custom_greeting", "context", "properties"]),
];

/// Returns the contract of a request to a path below `/v1`, if only one of them has such a request.
async fn of_shape(app: &App, request: &mut Request, rest: &str) -> Option<Contract> {
    use Contract::{Agents, Rooms};
    let segments: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
    let method = request.method();
    match (&segments[..], method) {
        (["auth" | "api-keys" | "voices" | "roles", ..], _) => Some(Agents),
        (["links" | "usage" | "openclaw", ..], _) => Some(Rooms),
        (["sessions", _, "messages"] | ["agents", _, "sessions"] | ["avatars", "public" | "upload"], _) => Some(Agents),
        (["avatars", "upload-face" | "preview"], _) => Some(Rooms),
        (["avatars"], &Method::POST) => Some(Agents),
        ([resource @ ("sessions" | "agents")], &Method::POST) => of_body(app, request, resource).await,
        ([resource @ ("sessions" | "agents")], &Method::GET) => of_query(resource, request.uri().query().unwrap_or_default()),
        (["sessions", id, "end"], method) => of_id(id).or(match *method {
            Method::PUT => Some(Agents),
            Method::POST => Some(Rooms),
            _ => None,
        }),
        (["sessions" | "agents" | "avatars", id], _) => of_id(id),
        _ => None,
    }
}

/// Ids of "agents" are integers, and those of "rooms" texts with a prefix.
fn of_id(id: &str) -> Option<Contract> {
    let of_rooms = ["sess_", "agnt_", "avat_", "PUBLIC"].iter().any(|prefix| id.starts_with(prefix));
    let of_agents = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if of_rooms { Some(Contract::Rooms) } else { of_agents.then_some(Contract::Agents) }
}

fn of_query(resource: &str, query: &str) -> Option<Contract> {
    let parameters = || query.split('&').map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    let is_of_agents =
        |(name, value)| matches!((name, value), ("agent_id" | "limit" | "after", _) | ("status", "active" | "completed"));
    if parameters().any(is_of_agents) {
        return Some(Contract::Agents);
    }
    let is_of_rooms = |parameter| resource == "sessions" && matches!(parameter, ("status", "started" | "ended"));
    parameters().any(is_of_rooms).then_some(Contract::Rooms)
}

/// Reads the body, which the handler then takes from the request's extensions.
async fn of_body(app: &App, request: &mut Request, resource: &str) -> Option<Contract> {
    if !is_json(request.headers()) {
        return None;
    }
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let read = app.large_bodies.read(Kind::Json, body).await;
    let contract = read.as_ref().ok().and_then(|(bytes, _)| {
        let fields: HashMap<String, IgnoredAny> = serde_json::from_slice(bytes).ok()?;
        let is_of =
            |(of, _, names): &&(&str, Contract, &[&str])| *of == resource && names.iter().any(|name| fields.contains_key(*name));
        FIELDS.iter().find(is_of).map(|(_, contract, _)| *contract)
    });
    request.extensions_mut().insert(ReadBody(read.map(|(bytes, share)| (bytes, Arc::new(share)))));
    contract
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_queries_tell_the_contract() {
        use Contract::{Agents, Rooms};
        for (id, contract) in
            [("12", Some(Agents)), ("sess_01", Some(Rooms)), ("PUBLIC%2FAvatars%2Fa", Some(Rooms)), ("x", None), ("", None)]
        {
            assert_eq!(of_id(id), contract, "{id}");
        }
        for (query, contract) in [
            ("", None),
            ("status=all", None),
            ("status=started", Some(Rooms)),
            ("status=ended", Some(Rooms)),
            ("status=active", Some(Agents)),
            ("limit=2", Some(Agents)),
        ] {
            assert_eq!(of_query("sessions", query), contract, "{query}");
        }
        assert_eq!(of_query("agents", "status=started"), None);
    }
}
