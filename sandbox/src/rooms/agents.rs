//! Agents for links.

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
use crate::picture::is_url;
use crate::request::{Fields, JsonBody, TextId};
use crate::store::rooms::agents::{NewRoomsAgent, NewVoiceAgent, RoomsAgent, RoomsAgentChanges, VoiceAgentChanges, not_found};
use crate::values::AuthMethod;

#[derive(Serialize, ToSchema)]
#[schema(as = AgentRead)]
pub struct RoomsAgentRead {
    success: bool,
    agent: RoomsAgent,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AgentList)]
pub struct RoomsAgentList {
    success: bool,
    agents: Vec<RoomsAgent>,
}

fn read(agent: RoomsAgent) -> Json<RoomsAgentRead> {
    Json(RoomsAgentRead { success: true, agent })
}

fn name(body: &Fields, field: &str) -> Result<String, ApiError> {
    body.required_text_up_to(field, 100)
}

fn url(body: &Fields, field: &str) -> Result<String, ApiError> {
    let url = body.required_text(field)?;
    if is_url(&url) { Ok(url) } else { Err(ApiError::bad_request(format!("{field} must be an http or https URL"))) }
}

impl NewRoomsAgent {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let voice = body.required_fields("voice_agent")?;
        Ok(Self {
            name: name(body, "name")?,
            voice_agent: NewVoiceAgent {
                provider: voice.required_text("provider")?,
                agent_id: voice.required_text("agent_id")?,
                auth_method: voice.required_choice("auth_method", AuthMethod::VALUES)?.to_owned(),
            },
            avatar_image_url: body.changed("avatar_image_url", url)?.flatten(),
        })
    }
}

impl RoomsAgentChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let voice = body.optional_fields("voice_agent")?;
        let voice_agent = match &voice {
            None => VoiceAgentChanges::default(),
            Some(voice) => VoiceAgentChanges {
                provider: voice.filled_text("provider")?,
                agent_id: voice.filled_text("agent_id")?,
                auth_method: voice.optional_choice("auth_method", AuthMethod::VALUES)?.map(str::to_owned),
            },
        };
        let name = body.optional("name", name)?;
        let avatar_image_url = body.changed("avatar_image_url", url)?;
        if name.is_none() && avatar_image_url.is_none() && voice.is_none() {
            return Err(ApiError::bad_request("No fields to update"));
        }
        Ok(Self { name, voice_agent, avatar_image_url })
    }
}

/// Create an agent
#[utoipa::path(
    post, path = "/v1/agents", tag = "agents", operation_id = "agents.create", request_body = NewRoomsAgent,
    responses((status = 201, description = "The agent", body = RoomsAgentRead)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<RoomsAgentRead>), ApiError> {
    let agent = app.store.create_rooms_agent(user, &NewRoomsAgent::read(&body)?)?;
    Ok((StatusCode::CREATED, read(agent)))
}

/// List your agents, newest first
#[utoipa::path(
    get, path = "/v1/agents", tag = "agents", operation_id = "agents.list",
    responses((status = 200, description = "The agents", body = RoomsAgentList)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn list(State(app): State<Arc<App>>, ByApiKey(user): ByApiKey) -> Result<Json<RoomsAgentList>, ApiError> {
    Ok(Json(RoomsAgentList { success: true, agents: app.store.rooms_agents(user)? }))
}

/// Get an agent
#[utoipa::path(
    get, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.get", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "The agent", body = RoomsAgentRead),
        (status = 404, description = "No such agent", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
) -> Result<Json<RoomsAgentRead>, ApiError> {
    app.store.rooms_agent(user, &id)?.map(read).ok_or_else(not_found)
}

/// Update an agent
#[utoipa::path(
    put, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.update", params(("id" = String, Path, min_length = 1)),
    request_body = RoomsAgentChanges,
    responses(
        (status = 200, description = "The agent", body = RoomsAgentRead),
        (status = 404, description = "No such agent", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn update(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
    body: JsonBody,
) -> Result<Json<RoomsAgentRead>, ApiError> {
    app.store.update_rooms_agent(user, &id, &RoomsAgentChanges::read(&body)?)?.map(read).ok_or_else(not_found)
}

/// Delete an agent; its links stop working
#[utoipa::path(
    delete, path = "/v1/agents/{id}", tag = "agents", operation_id = "agents.delete", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "Deleted", body = Deleted),
        (status = 404, description = "No such agent", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    TextId(id): TextId,
) -> Result<Json<Deleted>, ApiError> {
    match app.store.delete_rooms_agent(user, &id)? {
        true => Ok(Json(Deleted { success: true, message: "Agent deleted successfully" })),
        false => Err(not_found()),
    }
}
