//! Sessions, which are `active` until they end, and then `completed`.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Page, Store, agents, change, fetch_limit, json, many, messages, one, page};
use crate::error::ApiError;
use crate::page::PageQuery;
use crate::time;
use crate::values::{CallType, SessionStatus, SessionType};

#[derive(ToSchema)]
pub struct NewSession {
    pub agent_id: i64,
    /// Default: `voice`.
    #[schema(value_type = SessionType, required = false)]
    pub session_type: &'static str,
    #[schema(value_type = Object, required = false)]
    pub metadata: Map<String, Value>,
}

#[derive(ToSchema)]
pub struct SessionEnd {
    /// Seconds. Default: the time since the start.
    #[schema(minimum = 0, value_type = i64, required = false)]
    pub duration: Option<i64>,
    /// Default: generated from the messages.
    #[schema(value_type = String, required = false)]
    pub transcript: Option<String>,
    /// Merged into the existing metadata.
    #[schema(value_type = Object, required = false)]
    pub metadata: Option<Map<String, Value>>,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedSession {
    pub session_id: i64,
    pub agent_id: i64,
    pub agent_name: String,
    #[schema(value_type = SessionType)]
    pub session_type: String,
    #[schema(value_type = SessionStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(value_type = Object)]
    pub metadata: Option<Box<RawValue>>,
    #[schema(required)]
    pub avatar_id: Option<i64>,
    #[schema(required)]
    pub avatar_name: Option<String>,
    #[schema(required)]
    pub avatar_url: Option<String>,
    #[schema(required)]
    pub voice_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionListItem {
    pub session_id: i64,
    pub agent_id: i64,
    #[schema(value_type = SessionType)]
    pub session_type: String,
    #[schema(value_type = SessionStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime, required)]
    pub ended_at: Option<String>,
    #[schema(required)]
    pub duration: Option<i64>,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub agent_name: String,
    #[schema(required)]
    pub avatar_id: Option<i64>,
    #[schema(required)]
    pub avatar_name: Option<String>,
    #[schema(required)]
    pub avatar_url: Option<String>,
    #[schema(required)]
    pub voice_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Session {
    #[serde(flatten)]
    pub listed: SessionListItem,
    pub transcript: String,
    #[schema(value_type = Object)]
    pub metadata: Option<Box<RawValue>>,
    pub language: String,
}

#[derive(Serialize, ToSchema)]
pub struct EndedSession {
    pub session_id: i64,
    pub agent_id: i64,
    pub agent_name: String,
    #[schema(value_type = SessionType)]
    pub session_type: String,
    #[schema(value_type = SessionStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime)]
    pub ended_at: String,
    pub duration: i64,
    pub transcript: String,
    #[schema(value_type = Object)]
    pub metadata: Option<Box<RawValue>>,
}

/// A session in the list of an agent's sessions.
#[derive(Serialize, ToSchema)]
pub struct AgentSession {
    pub id: i64,
    /// An alias of `id`.
    pub session_id: i64,
    pub agent_id: i64,
    #[schema(value_type = CallType)]
    pub call_type: &'static str,
    #[schema(value_type = SessionStatus)]
    pub status: String,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime, required)]
    pub ended_at: Option<String>,
    #[schema(required)]
    pub duration: Option<i64>,
    #[schema(value_type = Option<Object>, required)]
    pub metadata: Option<Box<RawValue>>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

const SELECT: &str = "
SELECT s.id, s.agent_id, s.session_type, s.status, s.started_at, s.ended_at, s.duration, s.created_at,
    a.name AS agent_name, a.avatar_id, v.name AS avatar_name, v.url AS avatar_url, v.voice_id,
    s.transcript, s.metadata, a.language
FROM sessions s JOIN agents a ON a.id = s.agent_id LEFT JOIN avatars v ON v.id = a.avatar_id
WHERE s.user_id = ?1";

impl Store {
    /// Returns `None` if the user has no such agent.
    pub fn create_session(&self, user_id: i64, new: NewSession) -> Result<Option<CreatedSession>, ApiError> {
        self.write(|db| {
            if !agents::exists(db, user_id, new.agent_id)? {
                return Ok(None);
            }
            let sql = "INSERT INTO sessions (user_id, agent_id, session_type, started_at, metadata, created_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?4)";
            let metadata = Value::Object(new.metadata).to_string();
            change(db, sql, params![user_id, new.agent_id, new.session_type, self.clock.now_text(), metadata])?;
            let id = db.last_insert_rowid();
            Ok(find(db, user_id, id, |row| self.created_session(row))?)
        })
    }

    pub fn sessions(
        &self,
        user_id: i64,
        agent_id: Option<i64>,
        status: Option<&str>,
        page_query: Option<&PageQuery>,
    ) -> Result<Page<SessionListItem>, ApiError> {
        let after = page_query.map(PageQuery::after_id).transpose()?.flatten();
        let limit = page_query.map(|page_query| page_query.limit);
        let sql = format!(
            "{SELECT} AND (?2 IS NULL OR s.agent_id = ?2) AND (?3 IS NULL OR s.status = ?3)
             AND (?4 IS NULL OR s.id < ?4) ORDER BY s.id DESC LIMIT ?5"
        );
        let items = self.read(|db| {
            many(db, &sql, params![user_id, agent_id, status, after, fetch_limit(limit)], |row| self.listed_session(row))
        })?;
        Ok(page(items, limit, |session| session.session_id.to_string()))
    }

    pub fn session(&self, user_id: i64, id: i64) -> Result<Option<Session>, ApiError> {
        self.read(|db| {
            let Some((mut session, transcript)) = find(db, user_id, id, |row| self.full_session(row))? else {
                return Ok(None);
            };
            session.transcript = transcript_or_messages(db, id, transcript)?;
            Ok(Some(session))
        })
    }

    /// Ends a session. If it has already ended, nothing changes. Returns `None` if the user has no such session.
    pub fn end_session(&self, user_id: i64, id: i64, end: SessionEnd) -> Result<Option<EndedSession>, ApiError> {
        self.write(|db| {
            let found = find(db, user_id, id, |row| {
                let metadata: String = row.get("metadata")?;
                Ok((row.get::<_, String>("status")?, row.get::<_, String>("started_at")?, metadata))
            })?;
            let Some((status, started_at, metadata)) = found else {
                return Ok(None);
            };
            if status == "active" {
                let ended_at = self.clock.now_text();
                let duration = end.duration.unwrap_or_else(|| time::seconds_between(&started_at, &ended_at));
                let transcript = transcript_or_messages(db, id, end.transcript)?;
                let metadata = merged(&metadata, end.metadata);
                let sql = "UPDATE sessions SET status = 'completed', ended_at = ?, duration = ?, transcript = ?,
                           metadata = ? WHERE id = ?";
                change(db, sql, params![ended_at, duration, transcript, metadata, id])?;
            }
            Ok(find(db, user_id, id, ended_session)?)
        })
    }

    pub fn agent_sessions(
        &self,
        user_id: i64,
        agent_id: i64,
        page_query: Option<&PageQuery>,
    ) -> Result<Page<AgentSession>, ApiError> {
        let after = page_query.map(PageQuery::after_id).transpose()?.flatten();
        let limit = page_query.map(|page_query| page_query.limit);
        let sql = "SELECT id, agent_id, session_type, status, started_at, ended_at, duration, metadata, created_at
                   FROM sessions WHERE user_id = ?1 AND agent_id = ?2 AND (?3 IS NULL OR id < ?3)
                   ORDER BY id DESC LIMIT ?4";
        let items = self.read(|db| many(db, sql, params![user_id, agent_id, after, fetch_limit(limit)], agent_session))?;
        Ok(page(items, limit, |session| session.id.to_string()))
    }

    fn created_session(&self, row: &Row<'_>) -> rusqlite::Result<CreatedSession> {
        Ok(CreatedSession {
            session_id: row.get("id")?,
            agent_id: row.get("agent_id")?,
            agent_name: row.get("agent_name")?,
            session_type: row.get("session_type")?,
            status: row.get("status")?,
            started_at: row.get("started_at")?,
            metadata: json(row, "metadata")?,
            avatar_id: row.get("avatar_id")?,
            avatar_name: row.get("avatar_name")?,
            avatar_url: row.get::<_, Option<_>>("avatar_url")?.map(|url| self.absolute(url)),
            voice_id: row.get("voice_id")?,
        })
    }

    /// Reads columns by position: in a long list, looking them up by name costs more than the query.
    fn listed_session(&self, row: &Row<'_>) -> rusqlite::Result<SessionListItem> {
        Ok(SessionListItem {
            session_id: row.get(0)?,
            agent_id: row.get(1)?,
            session_type: row.get(2)?,
            status: row.get(3)?,
            started_at: row.get(4)?,
            ended_at: row.get(5)?,
            duration: row.get(6)?,
            created_at: row.get(7)?,
            agent_name: row.get(8)?,
            avatar_id: row.get(9)?,
            avatar_name: row.get(10)?,
            avatar_url: row.get::<_, Option<_>>(11)?.map(|url| self.absolute(url)),
            voice_id: row.get(12)?,
        })
    }

    fn full_session(&self, row: &Row<'_>) -> rusqlite::Result<(Session, Option<String>)> {
        let session = Session {
            listed: self.listed_session(row)?,
            transcript: String::new(),
            metadata: json(row, "metadata")?,
            language: row.get("language")?,
        };
        Ok((session, row.get("transcript")?))
    }
}

/// Returns the status of a session, if the user has it.
pub(super) fn status(db: &Connection, user_id: i64, id: i64) -> rusqlite::Result<Option<String>> {
    one(db, "SELECT status FROM sessions WHERE user_id = ? AND id = ?", [user_id, id], |row| row.get(0))
}

fn find<T>(
    db: &Connection,
    user_id: i64,
    id: i64,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    one(db, &format!("{SELECT} AND s.id = ?2"), [user_id, id], read)
}

fn transcript_or_messages(db: &Connection, id: i64, transcript: Option<String>) -> rusqlite::Result<String> {
    match transcript {
        Some(transcript) => Ok(transcript),
        None => messages::as_transcript(db, id),
    }
}

fn merged(old: &str, new: Option<Map<String, Value>>) -> String {
    let mut metadata: Map<String, Value> = serde_json::from_str(old).unwrap_or_default();
    metadata.extend(new.unwrap_or_default());
    Value::Object(metadata).to_string()
}

fn ended_session(row: &Row<'_>) -> rusqlite::Result<EndedSession> {
    Ok(EndedSession {
        session_id: row.get("id")?,
        agent_id: row.get("agent_id")?,
        agent_name: row.get("agent_name")?,
        session_type: row.get("session_type")?,
        status: row.get("status")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        duration: row.get("duration")?,
        transcript: row.get::<_, Option<_>>("transcript")?.unwrap_or_default(),
        metadata: json(row, "metadata")?,
    })
}

/// Reads columns by position, which is faster for long lists.
fn agent_session(row: &Row<'_>) -> rusqlite::Result<AgentSession> {
    let id = row.get(0)?;
    let session_type: String = row.get(2)?;
    Ok(AgentSession {
        id,
        session_id: id,
        agent_id: row.get(1)?,
        call_type: match session_type.as_str() {
            "agent_video" | "webrtc_video" => "video",
            "agent_chat" => "chat",
            _ => "voice",
        },
        status: row.get(3)?,
        started_at: row.get(4)?,
        ended_at: row.get(5)?,
        duration: row.get(6)?,
        metadata: json(row, 7)?,
        created_at: row.get(8)?,
    })
}
