//! Agents and their sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::app::App;
use crate::auth::Own;
use crate::error::{ApiError, ErrorBody};
use crate::request::{JsonBody, ListQuery, PathId};
use crate::store::agents::{Agent, AgentChanges, AgentListItem, CreatedAgent, NewAgent};
use crate::store::sessions::AgentSession;
use crate::values::AgentStatus;

#[derive(Serialize, ToSchema)]
pub struct AgentCreated {
    success: bool,
    agent: CreatedAgent,
    message: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct AgentList {
    success: bool,
    agents: Vec<AgentListItem>,
    /// The cursor of the next page. Present only if the request has `limit` or `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false, extensions(("x-evidence" = json!("assumed"))))]
    next: Option<Option<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct AgentSessionList {
    success: bool,
    sessions: Vec<AgentSession>,
    /// The cursor of the next page. Present only if the request has `limit` or `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false, extensions(("x-evidence" = json!("assumed"))))]
    next: Option<Option<String>>,
}

fn as_text(object: Map<String, Value>) -> String {
    Value::Object(object).to_string()
}

impl NewAgent {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        Ok(Self {
            name: body.required_text("name")?,
            avatar_id: body.optional_int("avatar_id")?,
            language: body.filled_text("language")?.unwrap_or_else(|| "en".to_owned()),
            custom_greeting: body.optional_text("custom_greeting")?,
            context: body.optional_text("context")?,
            properties: body.optional_object("properties")?.map(as_text),
        })
    }
}

impl AgentChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let changes = Self {
            name: body.filled_text("name")?,
            avatar_id: body.optional_int("avatar_id")?,
            language: body.filled_text("language")?,
            custom_greeting: body.optional_text("custom_greeting")?,
            context: body.optional_text("context")?,
            properties: body.optional_object("properties")?.map(as_text),
            memories: body.optional_object("memories")?.map(as_text),
            knowledge_base: body.optional_object("knowledge_base")?.map(as_text),
            status: body.optional_choice("status", AgentStatus::VALUES)?.map(str::to_owned),
        };
        if changes.is_empty() {
            return Err(ApiError::bad_request("No fields to update"));
        }
        Ok(changes)
    }

    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.avatar_id.is_none()
            && self.language.is_none()
            && self.custom_greeting.is_none()
            && self.context.is_none()
            && self.properties.is_none()
            && self.memories.is_none()
            && self.knowledge_base.is_none()
            && self.status.is_none()
    }
}

/// Create an agent
#[utoipa::path(
    post, path = "/v1/agents", tag = "agents", operation_id = "agents.create", request_body = NewAgent,
    responses((status = 201, description = "The agent", body = AgentCreated)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Own(user): Own,
    body: JsonBody,
) -> Result<(StatusCode, Json<AgentCreated>), ApiError> {
    let agent = app.store.create_agent(user, NewAgent::read(&body)?)?;
    let message = "Agent created successfully";
    Ok((StatusCode::CREATED, Json(AgentCreated { success: true, agent, message })))
}

/// List the agents, most recently updated first
#[utoipa::path(
    get, path = "/v1/agents", tag = "agents", operation_id = "agents.list",
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, extensions(("x-evidence" = json!("assumed")))),
        (
            "after" = Option<String>, Query, description = "The `next` of the previous page", min_length = 1,
            extensions(("x-evidence" = json!("assumed"))),
        ),
    ),
    responses((status = 200, description = "The agents", body = AgentList)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(State(app): State<Arc<App>>, Own(user): Own, query: ListQuery) -> Result<Json<AgentList>, ApiError> {
    let page_query = query.page()?;
    let page = app.store.agents(user, page_query.as_ref())?;
    Ok(Json(AgentList { success: true, agents: page.items, next: page_query.map(|_| page.next) }))
}

/// Get an agent
#[utoipa::path(
    get, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.get", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "The agent, without an envelope", body = Agent),
        (status = 404, description = "No such agent", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn get(State(app): State<Arc<App>>, Own(user): Own, PathId(id): PathId) -> Result<Json<Agent>, ApiError> {
    app.store.agent(user, id)?.map(Json).ok_or_else(|| ApiError::not_found("Agent not found"))
}

/// Update an agent
#[utoipa::path(
    put, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.update", params(("id" = i64, Path)),
    request_body = AgentChanges,
    responses(
        (status = 200, description = "Changed", body = Done),
        (status = 404, description = "No such agent", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn update(
    State(app): State<Arc<App>>,
    Own(user): Own,
    PathId(id): PathId,
    body: JsonBody,
) -> Result<Json<Done>, ApiError> {
    match app.store.update_agent(user, id, AgentChanges::read(&body)?)? {
        true => Ok(DONE),
        false => Err(ApiError::not_found("Agent not found").bare()),
    }
}

/// Delete an agent; its sessions are kept
#[utoipa::path(
    delete, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.delete", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No such agent", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn delete(State(app): State<Arc<App>>, Own(user): Own, PathId(id): PathId) -> Result<Json<Done>, ApiError> {
    match app.store.delete_agent(user, id)? {
        true => Ok(DONE),
        false => Err(ApiError::not_found("Agent not found")),
    }
}

/// List the sessions of an agent, newest first
#[utoipa::path(
    get, path = "/v1/agents/{id}/sessions", tag = "agents", operation_id = "agents.sessions",
    params(
        ("id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, extensions(("x-evidence" = json!("assumed")))),
        (
            "after" = Option<String>, Query, description = "The `next` of the previous page", min_length = 1,
            extensions(("x-evidence" = json!("assumed"))),
        ),
    ),
    responses(
        (status = 200, description = "The sessions", body = AgentSessionList),
        (status = 404, description = "No such agent", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn sessions(
    State(app): State<Arc<App>>,
    Own(user): Own,
    PathId(id): PathId,
    query: ListQuery,
) -> Result<Json<AgentSessionList>, ApiError> {
    let page_query = query.page()?;
    if !app.store.has_agent(user, id)? {
        return Err(ApiError::not_found("Agent not found or access denied"));
    }
    let page = app.store.agent_sessions(user, id, page_query.as_ref())?;
    Ok(Json(AgentSessionList { success: true, sessions: page.items, next: page_query.map(|_| page.next) }))
}
