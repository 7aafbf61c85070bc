//! The messages of a session.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, Store, fetch_limit, many, page, sessions};
use crate::error::ApiError;
use crate::values::MessageRole;

#[derive(Serialize, ToSchema)]
pub struct Message {
    pub message_id: i64,
    pub session_id: i64,
    #[schema(value_type = MessageRole)]
    pub role: String,
    pub content: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl Store {
    /// Stores a message and the reply to it. `reply` is called only if the session is active.
    pub fn create_message(
        &self,
        user_id: i64,
        session_id: i64,
        role: &str,
        content: &str,
        reply: impl FnOnce() -> Option<String>,
    ) -> Result<(Message, Option<Message>), ApiError> {
        self.write(|db| {
            match sessions::status(db, user_id, session_id)?.as_deref() {
                None => return Err(ApiError::not_found("Session not found")),
                Some("active") => {}
                Some(_) => return Err(ApiError::conflict("Session is already completed")),
            }
            let now = self.clock.now_text();
            let message = insert(db, session_id, role, content, &now)?;
            let reply = reply().map(|text| insert(db, session_id, "assistant", &text, &now)).transpose()?;
            Ok((message, reply))
        })
    }

    /// Returns `None` if the user has no such session.
    pub fn messages(
        &self,
        user_id: i64,
        session_id: i64,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Option<Page<Message>>, ApiError> {
        self.read(|db| {
            if sessions::status(db, user_id, session_id)?.is_none() {
                return Ok(None);
            }
            let sql = "SELECT id, session_id, role, content, created_at FROM messages
                       WHERE session_id = ?1 AND (?2 IS NULL OR id > ?2) ORDER BY id LIMIT ?3";
            let limit = Some(limit);
            let items = many(db, sql, params![session_id, after, fetch_limit(limit)], message)?;
            Ok(Some(page(items, limit, |message| message.message_id.to_string())))
        })
    }
}

/// Formats the messages as `User: …` and `Assistant: …`, one per line.
pub(super) fn as_transcript(db: &Connection, session_id: i64) -> rusqlite::Result<String> {
    let sql = "SELECT role, content FROM messages WHERE session_id = ? ORDER BY id";
    let lines = many(db, sql, [session_id], |row| {
        let role: String = row.get(0)?;
        let content: String = row.get(1)?;
        let speaker = match role.as_str() {
            "user" => "User",
            "assistant" => "Assistant",
            _ => "System",
        };
        Ok(format!("{speaker}: {content}"))
    })?;
    Ok(lines.join("\n"))
}

fn insert(db: &Connection, session_id: i64, role: &str, content: &str, now: &str) -> rusqlite::Result<Message> {
    let sql = "INSERT INTO messages (session_id, role, content, created_at) VALUES (?, ?, ?, ?)
               RETURNING id, session_id, role, content, created_at";
    db.prepare_cached(sql)?.query_row(params![session_id, role, content, now], message)
}

/// Reads columns by position, which is faster for long lists.
fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        message_id: row.get(0)?,
        session_id: row.get(1)?,
        role: row.get(2)?,
        content: row.get(3)?,
        created_at: row.get(4)?,
    })
}
