//! Sessions: an avatar joins a room.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKey;
use crate::contract::RoomsErrorBody;
use crate::error::ApiError;
use crate::picture::{self, Picture};
use crate::random;
use crate::request::{Fields, JsonBody, ListQuery, TextId};
use crate::store::rooms::sessions::{EndedRoomsSession, Face, NewRoomsSession, RoomsSession, UsageSnapshot};
use crate::values::{AspectRatio, RoomPlatform, RoomsStatus, RoomsStatusFilter};

/// A session to open.
#[derive(ToSchema)]
#[schema(as = NewSession)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct NewSessionBody {
    /// The avatar's id, the URL of a picture, or a picture in base64.
    #[schema(min_length = 1)]
    avatar: String,
    room: NewRoom,
    /// Default: `4:3`.
    #[schema(value_type = AspectRatio, required = false)]
    aspect_ratio: String,
    #[schema(value_type = Object, required = false)]
    metadata: Map<String, Value>,
}

/// The room that the avatar joins.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes an object that is read field by field")]
struct NewRoom {
    #[schema(value_type = RoomPlatform)]
    platform: String,
    /// Required except for `proxy`.
    #[schema(min_length = 1, value_type = String, required = false)]
    url: Option<String>,
    /// Required except for `proxy`.
    #[schema(min_length = 1, value_type = String, required = false)]
    token: Option<String>,
    #[schema(min_length = 1, value_type = String, required = false, extensions(("x-evidence" = json!("assumed"))))]
    display_name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionOpened {
    success: bool,
    session: OpenedSession,
    usage: UsageSnapshot,
    message: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct OpenedSession {
    session_id: String,
    #[schema(value_type = RoomsStatus)]
    status: &'static str,
    session_token: String,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime, required)]
    ended_at: Option<String>,
    #[schema(format = DateTime, value_type = Option<String>, required)]
    expiration: String,
    #[schema(value_type = AspectRatio)]
    aspect_ratio: &'static str,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    duration: Option<i64>,
    /// Only for `proxy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = SessionRoom, required = false)]
    room: Option<SessionRoom>,
}

/// A room of the service's own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRoom {
    #[serde(rename = "roomURL")]
    room_url: String,
    participant_token: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SessionList)]
pub struct RoomsSessionList {
    success: bool,
    sessions: Vec<RoomsSession>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SessionRead)]
pub struct RoomsSessionRead {
    success: bool,
    session: RoomsSession,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SessionEnded)]
pub struct RoomsSessionEnded {
    success: bool,
    session: EndedRoomsSession,
}

pub fn not_found() -> ApiError {
    ApiError::not_found("Session not found")
}

/// Tells an avatar's id, a picture's URL and a picture in base64 apart.
fn face(avatar: String) -> Result<Face, ApiError> {
    if picture::is_url(&avatar) {
        picture::check_url("avatar", &avatar)?;
        return Ok(Face::Picture(avatar));
    }
    if avatar.starts_with("avat_") || avatar.starts_with("PUBLIC/") {
        return Ok(Face::Id(avatar));
    }
    match Picture::decode(&avatar) {
        Ok(_) => Ok(Face::Picture("picture".to_owned())),
        Err(error) if avatar.starts_with("data:") || error.code.is_some() => Err(error),
        // Text that is no picture is the id of no avatar.
        Err(_) => Ok(Face::Id(avatar)),
    }
}

fn platform(room: &Fields) -> Result<&'static str, ApiError> {
    let platform = room.required_choice("platform", RoomPlatform::VALUES)?;
    if platform != "proxy" {
        room.required_text("url")?;
        room.required_text("token")?;
    }
    room.filled_text("display_name")?;
    Ok(platform)
}

/// Open a session
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions", operation_id = "sessions.create", request_body = NewSessionBody,
    responses(
        (status = 201, description = "The session", body = SessionOpened),
        (status = 402, description = "No minutes remain", body = RoomsErrorBody),
        (status = 404, description = "No such avatar", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<SessionOpened>), ApiError> {
    let avatar = body.required_text("avatar")?;
    let platform = platform(&body.required_fields("room")?)?;
    let aspect_ratio = body.optional_choice("aspect_ratio", AspectRatio::VALUES)?.unwrap_or("4:3");
    let metadata = body.optional_object("metadata")?.unwrap_or_default();
    let new = NewRoomsSession { face: face(avatar)?, platform, aspect_ratio, metadata };
    let opened = app.store.open_rooms_session(user, &new)?;
    let room = (platform == "proxy").then(|| {
        let joined = app.livekit.join(&opened.id, &format!("caller-{user}"), app.clock.now_unix());
        SessionRoom { room_url: app.livekit.url.clone(), participant_token: joined.token }
    });
    let session = OpenedSession {
        session_id: opened.id,
        status: "started",
        session_token: format!("session_token_{}", random::alphanumeric(32)),
        started_at: opened.started_at,
        ended_at: None,
        expiration: opened.expiration,
        aspect_ratio,
        metadata: new.metadata,
        duration: room.is_some().then_some(0),
        room,
    };
    let message = "Session created successfully";
    Ok((StatusCode::CREATED, Json(SessionOpened { success: true, session, usage: opened.usage, message })))
}

/// List the sessions, newest first
#[utoipa::path(
    get, path = "/v1/sessions", tag = "sessions", operation_id = "sessions.list",
    params(("status" = inline(Option<RoomsStatusFilter>), Query, description = "Other values mean `all`")),
    responses((status = 200, description = "The sessions", body = RoomsSessionList)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    query: ListQuery,
) -> Result<Json<RoomsSessionList>, ApiError> {
    let status = query.choice("status", &["started", "ended"]).unwrap_or_default();
    Ok(Json(RoomsSessionList { success: true, sessions: app.store.rooms_sessions(user, status)? }))
}

/// Get a session
#[utoipa::path(
    get, path = "/v1/sessions/{id}", tag = "sessions", operation_id = "sessions.get", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "The session", body = RoomsSessionRead),
        (status = 404, description = "No such session", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
) -> Result<Json<RoomsSessionRead>, ApiError> {
    let session = app.store.rooms_session(user, &id)?.ok_or_else(not_found)?;
    Ok(Json(RoomsSessionRead { success: true, session }))
}

/// End a session; if it has already ended, nothing changes
#[utoipa::path(
    post, path = "/v1/sessions/{id}/end", tag = "sessions", operation_id = "sessions.end",
    params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "The ended session", body = RoomsSessionEnded),
        (status = 404, description = "No such session", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn end(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
) -> Result<Json<RoomsSessionEnded>, ApiError> {
    let session = app.store.end_rooms_session(user, &id)?.ok_or_else(not_found)?;
    Ok(Json(RoomsSessionEnded { success: true, session }))
}
