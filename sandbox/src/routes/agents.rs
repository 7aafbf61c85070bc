//! Agents, and the sessions of one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::auth::Own;
use crate::error::{ApiError, ErrorBody};
use crate::request::{JsonBody, ListQuery, PathId};
use crate::server::App;
use crate::store::agents::{Agent, AgentListItem, CreatedAgent};
use crate::store::sessions::AgentSession;

const STATUSES: &[&str] = &["active", "archived"];
const MAX_NAME: usize = 100;
const MAX_LANGUAGE: usize = 35;
const MAX_GREETING: usize = 10_000;
const MAX_CONTEXT: usize = 100_000;

#[derive(ToSchema)]
pub struct NewAgent {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub avatar_id: Option<i64>,
    #[schema(default = "en", min_length = 1, max_length = 35, value_type = Option<String>)]
    pub language: String,
    #[schema(max_length = 10_000)]
    pub custom_greeting: Option<String>,
    #[schema(max_length = 100_000)]
    pub context: Option<String>,
    #[schema(value_type = Object, required = false)]
    pub properties: Option<String>,
}

/// What an update changes; at least one field. Null clears a field that may be empty.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
pub struct AgentChanges {
    #[schema(min_length = 1, max_length = 100, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(value_type = Option<i64>, required = false)]
    pub avatar_id: Option<Option<i64>>,
    #[schema(min_length = 1, max_length = 35, value_type = String, required = false)]
    pub language: Option<String>,
    #[schema(max_length = 10_000, value_type = Option<String>, required = false)]
    pub custom_greeting: Option<Option<String>>,
    #[schema(max_length = 100_000, value_type = Option<String>, required = false)]
    pub context: Option<Option<String>>,
    #[schema(value_type = Option<Object>, required = false)]
    pub properties: Option<Option<String>>,
    #[schema(value_type = Option<Object>, required = false)]
    pub memories: Option<Option<String>>,
    #[schema(value_type = Option<Object>, required = false)]
    pub knowledge_base: Option<Option<String>>,
    #[schema(pattern = "^(active|archived)$", value_type = String, required = false)]
    pub status: Option<String>,
}

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
    /// Where the next page starts. Only there when `limit` or `after` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    next: Option<Option<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct AgentSessionList {
    success: bool,
    sessions: Vec<AgentSession>,
    /// Where the next page starts. Only there when `limit` or `after` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    next: Option<Option<String>>,
}

fn as_text(object: Map<String, Value>) -> String {
    Value::Object(object).to_string()
}

impl NewAgent {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        Ok(Self {
            name: body.required_text("name", MAX_NAME)?,
            avatar_id: body.optional_int("avatar_id")?,
            language: body.optional_text("language", MAX_LANGUAGE)?.unwrap_or_else(|| "en".to_owned()),
            custom_greeting: body.optional_text("custom_greeting", MAX_GREETING)?,
            context: body.optional_text("context", MAX_CONTEXT)?,
            properties: body.optional_object("properties")?.map(as_text),
        })
    }
}

impl AgentChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let cleared_object = |field| Ok::<_, ApiError>(body.cleared_object(field)?.map(|object| object.map(as_text)));
        let changes = Self {
            name: body.changed_text("name", MAX_NAME)?,
            avatar_id: body.cleared_int("avatar_id")?,
            language: body.changed_text("language", MAX_LANGUAGE)?,
            custom_greeting: body.cleared_text("custom_greeting", MAX_GREETING)?,
            context: body.cleared_text("context", MAX_CONTEXT)?,
            properties: cleared_object("properties")?,
            memories: cleared_object("memories")?,
            knowledge_base: cleared_object("knowledge_base")?,
            status: body.optional_choice("status", STATUSES)?.map(str::to_owned),
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

/// Make an agent
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

/// List the agents, last updated first
#[utoipa::path(
    get, path = "/v1/agents", tag = "agents", operation_id = "agents.list",
    params(
        ("limit" = Option<i64>, Query, description = "Assumed", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "Assumed: the `next` of the page before"),
    ),
    responses((status = 200, description = "The agents", body = AgentList)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(State(app): State<Arc<App>>, Own(user): Own, query: ListQuery) -> Result<Json<AgentList>, ApiError> {
    let asked = query.page()?;
    let page = app.store.agents(user, asked.as_ref())?;
    Ok(Json(AgentList { success: true, agents: page.items, next: asked.map(|_| page.next) }))
}

/// Read an agent
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

/// Change an agent
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

/// Delete an agent; its sessions stay
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
        ("limit" = Option<i64>, Query, description = "Assumed", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "Assumed: the `next` of the page before"),
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
    let asked = query.page()?;
    if !app.store.has_agent(user, id)? {
        return Err(ApiError::not_found("Agent not found or access denied"));
    }
    let page = app.store.agent_sessions(user, id, asked.as_ref())?;
    Ok(Json(AgentSessionList { success: true, sessions: page.items, next: asked.map(|_| page.next) }))
}
