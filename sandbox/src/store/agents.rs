//! Agents. Deleted agents are hidden and not removed, since their sessions refer to them.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Columns, Page, Store, change, fetch_limit, json, many, one, page};
use crate::error::ApiError;
use crate::page::{PageQuery, bad_cursor};
use crate::time;
use crate::values::{self, AgentStatus};

#[derive(ToSchema)]
pub struct NewAgent {
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(value_type = i64, required = false)]
    pub avatar_id: Option<i64>,
    /// Default: `en`.
    #[schema(min_length = 1, value_type = String, required = false)]
    pub language: String,
    #[schema(value_type = String, required = false)]
    pub custom_greeting: Option<String>,
    #[schema(value_type = String, required = false)]
    pub context: Option<String>,
    #[schema(value_type = Object, required = false)]
    pub properties: Option<String>,
}

/// The changes of an update: at least one field.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
pub struct AgentChanges {
    #[schema(min_length = 1, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(value_type = i64, required = false)]
    pub avatar_id: Option<i64>,
    #[schema(min_length = 1, value_type = String, required = false)]
    pub language: Option<String>,
    #[schema(value_type = String, required = false)]
    pub custom_greeting: Option<String>,
    #[schema(value_type = String, required = false)]
    pub context: Option<String>,
    #[schema(value_type = Object, required = false)]
    pub properties: Option<String>,
    #[schema(value_type = Object, required = false)]
    pub memories: Option<String>,
    #[schema(value_type = Object, required = false)]
    pub knowledge_base: Option<String>,
    #[schema(value_type = AgentStatus, required = false)]
    pub status: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedAgent {
    pub agent_id: i64,
    pub name: String,
    #[schema(required)]
    pub avatar_id: Option<i64>,
    pub language: String,
    #[schema(required)]
    pub custom_greeting: Option<String>,
    #[schema(required)]
    pub context: Option<String>,
    #[schema(value_type = AgentStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct AgentListItem {
    pub agent_id: i64,
    pub name: String,
    #[schema(required)]
    pub avatar_id: Option<i64>,
    pub language: String,
    #[schema(required)]
    pub custom_greeting: Option<String>,
    #[schema(required)]
    pub context: Option<String>,
    #[schema(value_type = AgentStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    #[schema(format = DateTime, required)]
    pub last_used_at: Option<String>,
    pub total_sessions: i64,
    #[schema(schema_with = values::number, required)]
    pub avg_duration: f64,
    #[schema(required)]
    pub avatar_name: Option<String>,
    #[schema(required)]
    pub avatar_url: Option<String>,
    #[schema(required)]
    pub voice_id: Option<String>,
}

/// An agent, without an envelope.
#[derive(Serialize, ToSchema)]
pub struct Agent {
    pub id: i64,
    pub user_id: i64,
    pub name: String,
    #[schema(required)]
    pub avatar_id: Option<i64>,
    #[schema(schema_with = values::voice_of_agent, required)]
    pub voice_id: Option<String>,
    #[schema(required)]
    pub role_id: Option<i64>,
    pub language: String,
    #[schema(required)]
    pub custom_greeting: Option<String>,
    #[schema(required)]
    pub context: Option<String>,
    #[schema(value_type = Option<Object>, required)]
    pub properties: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>, required)]
    pub memories: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>, required)]
    pub knowledge_base: Option<Box<RawValue>>,
    #[schema(value_type = AgentStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    #[schema(format = DateTime, required)]
    pub last_used_at: Option<String>,
    pub total_sessions: i64,
    #[schema(schema_with = values::number, required)]
    pub avg_duration: f64,
}

const SELECT: &str = "
SELECT a.id, a.name, a.avatar_id, a.language, a.custom_greeting, a.context, a.status, a.created_at, a.updated_at,
    (SELECT MAX(started_at) FROM sessions WHERE agent_id = a.id) AS last_used_at,
    (SELECT COUNT(*) FROM sessions WHERE agent_id = a.id) AS total_sessions,
    (SELECT AVG(duration) FROM sessions WHERE agent_id = a.id) AS avg_duration,
    v.name AS avatar_name, v.url AS avatar_url, v.voice_id,
    a.user_id, a.role_id, a.properties, a.memories, a.knowledge_base
FROM agents a LEFT JOIN avatars v ON v.id = a.avatar_id
WHERE a.user_id = ?1 AND a.deleted = 0";

impl Store {
    pub fn create_agent(&self, user_id: i64, new: NewAgent) -> Result<CreatedAgent, ApiError> {
        self.write(|db| {
            check_avatar(db, user_id, new.avatar_id)?;
            let sql = "INSERT INTO agents (user_id, name, avatar_id, language, custom_greeting, context, properties, created_at, updated_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) RETURNING *";
            let values = params![
                user_id,
                new.name,
                new.avatar_id,
                new.language,
                new.custom_greeting,
                new.context,
                new.properties,
                self.clock.now_text()
            ];
            Ok(db.prepare_cached(sql)?.query_row(values, created)?)
        })
    }

    pub fn agents(&self, user_id: i64, page_query: Option<&PageQuery>) -> Result<Page<AgentListItem>, ApiError> {
        let (updated_at, id) = match page_query.and_then(|page_query| page_query.after.as_ref()) {
            Some(cursor) => read_cursor(cursor).map(|(at, id)| (Some(at), Some(id))).ok_or_else(bad_cursor)?,
            None => (None, None),
        };
        let limit = page_query.map(|page_query| page_query.limit);
        let sql = format!(
            "{SELECT} AND (?2 IS NULL OR (a.updated_at, a.id) < (?2, ?3)) ORDER BY a.updated_at DESC, a.id DESC LIMIT ?4"
        );
        let items =
            self.read(|db| many(db, &sql, params![user_id, updated_at, id, fetch_limit(limit)], |row| self.list_item(row)))?;
        Ok(page(items, limit, cursor))
    }

    pub fn agent(&self, user_id: i64, id: i64) -> Result<Option<Agent>, ApiError> {
        Ok(self.read(|db| one(db, &format!("{SELECT} AND a.id = ?2"), [user_id, id], agent))?)
    }

    pub fn has_agent(&self, user_id: i64, id: i64) -> Result<bool, ApiError> {
        Ok(self.read(|db| exists(db, user_id, id))?)
    }

    /// Returns whether the agent exists.
    pub fn update_agent(&self, user_id: i64, id: i64, changes: AgentChanges) -> Result<bool, ApiError> {
        self.write(|db| {
            if !exists(db, user_id, id)? {
                return Ok(false);
            }
            check_avatar(db, user_id, changes.avatar_id)?;
            Ok(columns(changes).update(db, "agents", id, user_id, self.clock.now_text())? == 1)
        })
    }

    /// Returns whether the agent exists.
    pub fn delete_agent(&self, user_id: i64, id: i64) -> Result<bool, ApiError> {
        let sql = "UPDATE agents SET deleted = 1 WHERE user_id = ? AND id = ? AND deleted = 0";
        self.write(|db| Ok(change(db, sql, [user_id, id])? == 1))
    }

    /// Reads columns by position, which is faster for long lists.
    fn list_item(&self, row: &Row<'_>) -> rusqlite::Result<AgentListItem> {
        Ok(AgentListItem {
            agent_id: row.get(0)?,
            name: row.get(1)?,
            avatar_id: row.get(2)?,
            language: row.get(3)?,
            custom_greeting: row.get(4)?,
            context: row.get(5)?,
            status: row.get(6)?,
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
            last_used_at: row.get(9)?,
            total_sessions: row.get(10)?,
            avg_duration: row.get::<_, Option<f64>>(11)?.unwrap_or(0.0),
            avatar_name: row.get(12)?,
            avatar_url: row.get::<_, Option<_>>(13)?.map(|url| self.absolute(url)),
            voice_id: row.get(14)?,
        })
    }
}

pub(super) fn exists(db: &Connection, user_id: i64, id: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM agents WHERE user_id = ? AND id = ? AND deleted = 0";
    Ok(one(db, sql, [user_id, id], |_| Ok(()))?.is_some())
}

fn check_avatar(db: &Connection, user_id: i64, avatar_id: Option<i64>) -> Result<(), ApiError> {
    let Some(avatar_id) = avatar_id else {
        return Ok(());
    };
    let sql = "SELECT 1 FROM avatars WHERE id = ? AND (is_public = 1 OR user_id = ?)";
    match one(db, sql, [avatar_id, user_id], |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(ApiError::bad_request("avatar_id must be the id of a public avatar or one of your own")),
    }
}

fn columns(changes: AgentChanges) -> Columns {
    let mut columns = Columns::default();
    columns.set("name", changes.name);
    columns.set("avatar_id", changes.avatar_id);
    columns.set("language", changes.language);
    columns.set("custom_greeting", changes.custom_greeting);
    columns.set("context", changes.context);
    columns.set("properties", changes.properties);
    columns.set("memories", changes.memories);
    columns.set("knowledge_base", changes.knowledge_base);
    columns.set("status", changes.status);
    columns
}

/// The cursor contains `updated_at`, by which the list is sorted: if it were only the id of an agent that is updated between
/// two pages, the list would start again.
fn cursor(last: &AgentListItem) -> String {
    format!("{}-{}", time::millis(&last.updated_at).unwrap_or_default(), last.agent_id)
}

fn read_cursor(cursor: &str) -> Option<(String, i64)> {
    let (millis, id) = cursor.split_once('-')?;
    Some((time::from_millis(millis.parse().ok()?)?, id.parse().ok()?))
}

fn created(row: &Row<'_>) -> rusqlite::Result<CreatedAgent> {
    Ok(CreatedAgent {
        agent_id: row.get("id")?,
        name: row.get("name")?,
        avatar_id: row.get("avatar_id")?,
        language: row.get("language")?,
        custom_greeting: row.get("custom_greeting")?,
        context: row.get("context")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}

fn agent(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        name: row.get("name")?,
        avatar_id: row.get("avatar_id")?,
        voice_id: row.get("voice_id")?,
        role_id: row.get("role_id")?,
        language: row.get("language")?,
        custom_greeting: row.get("custom_greeting")?,
        context: row.get("context")?,
        properties: json(row, "properties")?,
        memories: json(row, "memories")?,
        knowledge_base: json(row, "knowledge_base")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        last_used_at: row.get("last_used_at")?,
        total_sessions: row.get("total_sessions")?,
        avg_duration: row.get::<_, Option<f64>>("avg_duration")?.unwrap_or(0.0),
    })
}
