//! Sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKey;
use crate::error::{ApiError, ErrorBody};
use crate::request::{JsonBody, ListQuery, PathId};
use crate::store::sessions::{CreatedSession, EndedSession, NewSession, Session, SessionEnd, SessionListItem};
use crate::values::{SessionStatusFilter, SessionType};

#[derive(Serialize, ToSchema)]
pub struct SessionStarted {
    success: bool,
    session: CreatedSession,
    message: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct SessionList {
    success: bool,
    sessions: Vec<SessionListItem>,
    /// The cursor of the next page. Present only if the request has `limit` or `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false, extensions(("x-evidence" = json!("assumed"))))]
    next: Option<Option<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionRead {
    success: bool,
    session: Session,
}

#[derive(Serialize, ToSchema)]
pub struct SessionEnded {
    success: bool,
    session: EndedSession,
    message: &'static str,
}

impl NewSession {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        Ok(Self {
            agent_id: body.required_int("agent_id")?,
            session_type: body.optional_choice("session_type", SessionType::VALUES)?.unwrap_or("voice"),
            metadata: body.optional_object("metadata")?.unwrap_or_default(),
        })
    }
}

impl SessionEnd {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let duration = body.optional_int("duration")?;
        if duration.is_some_and(|duration| duration < 0) {
            return Err(ApiError::bad_request("duration must be 0 or more"));
        }
        Ok(Self { duration, transcript: body.optional_text("transcript")?, metadata: body.optional_object("metadata")? })
    }
}

/// Start a session with an agent
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions", operation_id = "sessions.create", request_body = NewSession,
    responses(
        (status = 201, description = "The active session", body = SessionStarted),
        (status = 404, description = "No such agent", body = ErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<SessionStarted>), ApiError> {
    let session = app
        .store
        .create_session(user, NewSession::read(&body)?)?
        .ok_or_else(|| ApiError::not_found("Agent not found or access denied"))?;
    let message = "Session started successfully";
    Ok((StatusCode::CREATED, Json(SessionStarted { success: true, session, message })))
}

/// List the sessions, newest first
#[utoipa::path(
    get, path = "/v1/sessions", tag = "sessions", operation_id = "sessions.list",
    params(
        ("agent_id" = Option<i64>, Query),
        ("status" = inline(Option<SessionStatusFilter>), Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, extensions(("x-evidence" = json!("assumed")))),
        (
            "after" = Option<String>, Query, description = "The `next` of the previous page", min_length = 1,
            extensions(("x-evidence" = json!("assumed"))),
        ),
    ),
    responses((status = 200, description = "The sessions", body = SessionList)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    query: ListQuery,
) -> Result<Json<SessionList>, ApiError> {
    let agent_id = query.int("agent_id")?;
    let status = query.choice("status", SessionStatusFilter::VALUES)?.filter(|status| *status != "all");
    let page_query = query.page()?;
    let page = app.store.sessions(user, agent_id, status, page_query.as_ref())?;
    Ok(Json(SessionList { success: true, sessions: page.items, next: page_query.map(|_| page.next) }))
}

/// Get a session
#[utoipa::path(
    get, path = "/v1/sessions/{id}", tag = "sessions", operation_id = "sessions.get", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "The session", body = SessionRead),
        (status = 404, description = "No such session", body = ErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    PathId(id): PathId,
) -> Result<Json<SessionRead>, ApiError> {
    let session = app.store.session(user, id)?.ok_or_else(|| ApiError::not_found("Session not found"))?;
    Ok(Json(SessionRead { success: true, session }))
}

/// End a session; if it has already ended, nothing changes
#[utoipa::path(
    put, path = "/v1/sessions/{id}/end", tag = "sessions", operation_id = "sessions.end",
    params(("id" = i64, Path)), request_body = Option<SessionEnd>,
    responses(
        (status = 200, description = "The completed session", body = SessionEnded),
        (status = 404, description = "No such session", body = ErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn end(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    PathId(id): PathId,
    body: JsonBody,
) -> Result<Json<SessionEnded>, ApiError> {
    let session =
        app.store.end_session(user, id, SessionEnd::read(&body)?)?.ok_or_else(|| ApiError::not_found("Session not found"))?;
    Ok(Json(SessionEnded { success: true, session, message: "Session ended successfully" }))
}
