//! Agents for links: a voice agent with a picture.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::store::{Store, change, many, one};
use crate::values::AuthMethod;
use crate::{random, time};

#[derive(ToSchema)]
#[schema(as = NewAgent)]
pub struct NewRoomsAgent {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub voice_agent: NewVoiceAgent,
    #[schema(format = "uri", value_type = Option<String>, required = false)]
    pub avatar_image_url: Option<String>,
}

#[derive(ToSchema)]
pub struct NewVoiceAgent {
    #[schema(min_length = 1)]
    pub provider: String,
    #[schema(min_length = 1)]
    pub agent_id: String,
    #[schema(value_type = AuthMethod)]
    pub auth_method: String,
}

/// The changes of an update: at least one field.
#[derive(ToSchema)]
#[schema(as = AgentChanges, min_properties = 1)]
pub struct RoomsAgentChanges {
    #[schema(min_length = 1, max_length = 100, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(value_type = VoiceAgentChanges, required = false)]
    pub voice_agent: VoiceAgentChanges,
    /// Null clears it.
    #[schema(format = "uri", value_type = Option<String>, required = false)]
    pub avatar_image_url: Option<Option<String>>,
}

/// The changes of a voice agent. Missing fields are unchanged.
#[derive(Default, ToSchema)]
pub struct VoiceAgentChanges {
    #[schema(min_length = 1, value_type = String, required = false)]
    pub provider: Option<String>,
    #[schema(min_length = 1, value_type = String, required = false)]
    pub agent_id: Option<String>,
    #[schema(value_type = AuthMethod, required = false)]
    pub auth_method: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct RoomsAgent {
    pub agent_id: String,
    pub name: String,
    #[schema(required)]
    pub avatar_image_url: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub voice_agent: VoiceAgent,
}

#[derive(Serialize, ToSchema)]
pub struct VoiceAgent {
    pub provider: String,
    pub agent_id: String,
    #[schema(value_type = AuthMethod)]
    pub auth_method: String,
}

const SELECT: &str = "SELECT id, name, avatar_image_url, created_at, provider, provider_agent_id, auth_method
    FROM rooms_agents WHERE deleted = 0";

impl Store {
    pub fn create_rooms_agent(&self, user_id: i64, new: &NewRoomsAgent) -> Result<RoomsAgent, ApiError> {
        self.write(|db| {
            let id = insert(db, user_id, new, &self.clock.now_text(), Visibility::Listed)?;
            find(db, user_id, &id)?.ok_or_else(not_found)
        })
    }

    /// Returns the agents, newest first.
    pub fn rooms_agents(&self, user_id: i64) -> Result<Vec<RoomsAgent>, ApiError> {
        let sql = format!("{SELECT} AND hidden = 0 AND user_id = ? ORDER BY seq DESC");
        Ok(self.read(|db| many(db, &sql, [user_id], agent))?)
    }

    pub fn rooms_agent(&self, user_id: i64, id: &str) -> Result<Option<RoomsAgent>, ApiError> {
        Ok(self.read(|db| find(db, user_id, id))?)
    }

    pub fn update_rooms_agent(
        &self,
        user_id: i64,
        id: &str,
        changes: &RoomsAgentChanges,
    ) -> Result<Option<RoomsAgent>, ApiError> {
        self.write(|db| {
            let voice = &changes.voice_agent;
            let sql = "UPDATE rooms_agents SET name = coalesce(?, name),
                       avatar_image_url = CASE WHEN ? THEN ? ELSE avatar_image_url END, provider = coalesce(?, provider),
                       provider_agent_id = coalesce(?, provider_agent_id), auth_method = coalesce(?, auth_method)
                       WHERE deleted = 0 AND hidden = 0 AND user_id = ? AND id = ?";
            let picture = &changes.avatar_image_url;
            let values = params![
                changes.name,
                picture.is_some(),
                picture.as_ref().and_then(Option::as_ref),
                voice.provider,
                voice.agent_id,
                voice.auth_method,
                user_id,
                id
            ];
            change(db, sql, values)?;
            Ok(find(db, user_id, id)?)
        })
    }

    /// Returns whether the user had this agent. Its links stop working.
    pub fn delete_rooms_agent(&self, user_id: i64, id: &str) -> Result<bool, ApiError> {
        let sql = "UPDATE rooms_agents SET deleted = 1 WHERE deleted = 0 AND hidden = 0 AND user_id = ? AND id = ?";
        self.write(|db| Ok(change(db, sql, params![user_id, id])? == 1))
    }
}

/// Whether lists contain an agent or a link. Previews have hidden ones.
#[derive(Clone, Copy)]
pub(super) enum Visibility {
    Listed,
    Hidden,
}

pub(super) fn insert(
    db: &Connection,
    user_id: i64,
    new: &NewRoomsAgent,
    now: &str,
    visibility: Visibility,
) -> rusqlite::Result<String> {
    let id = format!("agnt_{}", random::ulid(time::millis(now).unwrap_or(0)));
    let sql = "INSERT INTO rooms_agents (id, user_id, name, avatar_image_url, provider, provider_agent_id, auth_method,
               created_at, hidden) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let voice = &new.voice_agent;
    let hidden = matches!(visibility, Visibility::Hidden);
    change(
        db,
        sql,
        params![id, user_id, new.name, new.avatar_image_url, voice.provider, voice.agent_id, voice.auth_method, now, hidden],
    )?;
    Ok(id)
}

pub fn not_found() -> ApiError {
    ApiError::not_found("Agent not found")
}

fn find(db: &Connection, user_id: i64, id: &str) -> rusqlite::Result<Option<RoomsAgent>> {
    one(db, &format!("{SELECT} AND hidden = 0 AND user_id = ? AND id = ?"), params![user_id, id], agent)
}

/// Returns the agent of a link, which may be hidden.
pub(super) fn of_link(db: &Connection, id: &str) -> rusqlite::Result<Option<RoomsAgent>> {
    one(db, &format!("{SELECT} AND id = ?"), [id], agent)
}

pub(super) fn exists(db: &Connection, user_id: i64, id: &str) -> rusqlite::Result<bool> {
    Ok(find(db, user_id, id)?.is_some())
}

fn agent(row: &Row<'_>) -> rusqlite::Result<RoomsAgent> {
    Ok(RoomsAgent {
        agent_id: row.get(0)?,
        name: row.get(1)?,
        avatar_image_url: row.get(2)?,
        created_at: row.get(3)?,
        voice_agent: VoiceAgent { provider: row.get(4)?, agent_id: row.get(5)?, auth_method: row.get(6)? },
    })
}
