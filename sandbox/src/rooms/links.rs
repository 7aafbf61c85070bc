//! Links, with which anybody can start a session of an agent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Deleted;
use crate::app::App;
use crate::auth::ByApiKey;
use crate::contract::RoomsErrorBody;
use crate::error::ApiError;
use crate::livekit;
use crate::request::{Fields, JsonBody, ListQuery, TextId};
use crate::store::rooms::agents;
use crate::store::rooms::links::{Link, LinkChanges, NewLink, not_found};
use crate::values::{AspectRatio, LinkStatus, LinkStatusFilter};

#[derive(Serialize, ToSchema)]
pub struct LinkRead {
    success: bool,
    link: Link,
}

#[derive(Serialize, ToSchema)]
pub struct LinkList {
    success: bool,
    links: Vec<Link>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct StartOfLink {
    #[schema(min_length = 1)]
    link_id: String,
    /// Default: `4:3`, which also stands for unknown ones.
    #[schema(value_type = AspectRatio, required = false)]
    aspect_ratio: String,
}

#[derive(Serialize, ToSchema)]
pub struct LinkSession {
    success: bool,
    session_id: String,
    livekit_url: String,
    participant_token: String,
    agent_identity: &'static str,
}

fn read(link: Link) -> Json<LinkRead> {
    Json(LinkRead { success: true, link })
}

fn name(body: &Fields, field: &str) -> Result<String, ApiError> {
    body.required_text_up_to(field, 100)
}

fn use_limit(body: &Fields, field: &str) -> Result<i64, ApiError> {
    let limit = body.required_int(field)?;
    if limit < 1 { Err(ApiError::bad_request(format!("{field} must be 1 or more"))) } else { Ok(limit) }
}

impl NewLink {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        Ok(Self {
            agent_id: body.required_text("agent_id")?,
            name: body.optional("name", name)?,
            expires_at: body.optional("expires_at", Fields::required_instant)?,
            use_limit: body.optional("use_limit", use_limit)?,
        })
    }
}

impl LinkChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let changes = Self {
            name: body.changed("name", name)?,
            status: body.optional_choice("status", LinkStatus::VALUES)?,
            expires_at: body.changed("expires_at", Fields::required_instant)?,
            use_limit: body.changed("use_limit", use_limit)?,
        };
        let Self { name, status, expires_at, use_limit } = &changes;
        if name.is_none() && status.is_none() && expires_at.is_none() && use_limit.is_none() {
            return Err(ApiError::bad_request("No fields to update"));
        }
        Ok(changes)
    }
}

/// Create a link to an agent
#[utoipa::path(
    post, path = "/v1/links", tag = "links", operation_id = "links.create", request_body = NewLink,
    responses(
        (status = 201, description = "The link", body = LinkRead),
        (status = 404, description = "No such agent", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<LinkRead>), ApiError> {
    let link = app.store.create_link(user, &NewLink::read(&body)?)?.ok_or_else(agents::not_found)?;
    Ok((StatusCode::CREATED, read(link)))
}

/// List your links, newest first
#[utoipa::path(
    get, path = "/v1/links", tag = "links", operation_id = "links.list",
    params(("status" = inline(Option<LinkStatusFilter>), Query, description = "Other values mean `all`")),
    responses((status = 200, description = "The links", body = LinkList)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(State(app): State<Arc<App>>, ByApiKey(user): ByApiKey, query: ListQuery) -> Result<Json<LinkList>, ApiError> {
    let status = query.choice("status", &["active", "paused", "expired"]).unwrap_or_default();
    Ok(Json(LinkList { success: true, links: app.store.links(user, status)? }))
}

/// Get a link
#[utoipa::path(
    get, path = "/v1/links/{id}", tag = "links", operation_id = "links.get", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "The link", body = LinkRead),
        (status = 404, description = "No such link", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn get(State(app): State<Arc<App>>, ByApiKey(user): ByApiKey, TextId(id): TextId) -> Result<Json<LinkRead>, ApiError> {
    app.store.get_link(user, &id)?.map(read).ok_or_else(not_found)
}

/// Update a link
#[utoipa::path(
    put, path = "/v1/links/{id}", tag = "links", operation_id = "links.update", params(("id" = String, Path, min_length = 1)),
    request_body = LinkChanges,
    responses(
        (status = 200, description = "The link", body = LinkRead),
        (status = 404, description = "No such link", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn update(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
    body: JsonBody,
) -> Result<Json<LinkRead>, ApiError> {
    app.store.update_link(user, &id, &LinkChanges::read(&body)?)?.map(read).ok_or_else(not_found)
}

/// Delete a link
#[utoipa::path(
    delete, path = "/v1/links/{id}", tag = "links", operation_id = "links.delete", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "Deleted", body = Deleted),
        (status = 404, description = "No such link", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
) -> Result<Json<Deleted>, ApiError> {
    match app.store.delete_link(user, &id)? {
        true => Ok(Json(Deleted { success: true, message: "Link deleted successfully" })),
        false => Err(not_found()),
    }
}

/// Start a session of the agent of a link; no credential is needed
#[utoipa::path(
    post, path = "/v1/links/start-session", tag = "links", operation_id = "links.start_session",
    request_body = StartOfLink,
    responses(
        (status = 201, description = "The session", body = LinkSession),
        (status = 402, description = "The owner of the link has no minutes left", body = RoomsErrorBody),
        (status = 403, description = "The link is paused, has expired or is used up", body = RoomsErrorBody),
        (status = 404, description = "No such link", body = RoomsErrorBody),
    ),
    extensions(("x-evidence" = json!("documented")))
)]
pub async fn start_session(State(app): State<Arc<App>>, body: JsonBody) -> Result<(StatusCode, Json<LinkSession>), ApiError> {
    let link = body.required_text("link_id")?;
    let aspect_ratio = body.optional_choice("aspect_ratio", AspectRatio::VALUES).ok().flatten().unwrap_or("4:3");
    let opened = app.store.start_session(&link, aspect_ratio)?;
    let joined = app.livekit.join(&opened.id, "visitor", app.clock.now_unix());
    let session = LinkSession {
        success: true,
        session_id: opened.id,
        livekit_url: app.livekit.url.clone(),
        participant_token: joined.token,
        agent_identity: livekit::AVATAR,
    };
    Ok((StatusCode::CREATED, Json(session)))
}
