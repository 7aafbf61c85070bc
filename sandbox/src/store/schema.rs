//! The tables, which are created and filled if the database is new.

use rusqlite::Connection;

use super::rooms;
use crate::{random, seed};

/// Marks a database as the sandbox's: "AHSB".
pub const APPLICATION_ID: i32 = 0x4148_5342;
pub const VERSION: i64 = 2;
/// The maximum number of 4 KiB pages: 1 GiB.
pub const MAX_PAGES: i64 = 262_144;

const TABLES: &str = "
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL) STRICT;
CREATE TABLE otp_codes (
    email TEXT PRIMARY KEY, code_hash BLOB NOT NULL, expires_unix INTEGER NOT NULL, wrong INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    code TEXT NOT NULL, sent_at TEXT NOT NULL
) STRICT;
CREATE TABLE dead_tokens (jti TEXT PRIMARY KEY, expires_unix INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, name TEXT NOT NULL, environment TEXT NOT NULL,
    prefix TEXT NOT NULL, last4 TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, start_up INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, last_used_unix INTEGER, revoked_at TEXT
) STRICT;
CREATE TABLE agents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, name TEXT NOT NULL, avatar_id INTEGER,
    role_id INTEGER, language TEXT NOT NULL, custom_greeting TEXT, context TEXT, properties TEXT, memories TEXT,
    knowledge_base TEXT, status TEXT NOT NULL DEFAULT 'active', created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX agents_by_user ON agents (user_id, updated_at, id);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, agent_id INTEGER NOT NULL,
    session_type TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'active', started_at TEXT NOT NULL, ended_at TEXT,
    duration INTEGER, transcript TEXT, metadata TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_agent ON sessions (agent_id, started_at, duration);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id INTEGER NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_session ON messages (session_id, id);
CREATE TABLE avatars (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL,
    voice_id TEXT, is_favorite INTEGER NOT NULL DEFAULT 0, is_public INTEGER NOT NULL DEFAULT 0, cloudinary_id TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX avatars_by_user ON avatars (user_id, id);
CREATE TABLE media (id TEXT PRIMARY KEY, content_type TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE voices (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, gender TEXT NOT NULL,
    provider TEXT NOT NULL, preview_url TEXT, is_public INTEGER NOT NULL
) STRICT;
CREATE TABLE roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT,
    prompt TEXT NOT NULL, is_public INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX roles_by_user ON roles (user_id, id);
";

/// Creates the tables, or those that a file of an earlier version does not have.
pub fn prepare(connection: &Connection, now: &str) -> rusqlite::Result<()> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == VERSION {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if version == 0 {
        connection.execute_batch(TABLES)?;
        connection.execute("INSERT INTO settings VALUES ('token_secret', ?)", [random::secret()])?;
        seed::fill(connection, now)?;
    }
    connection.execute_batch(rooms::TABLES)?;
    seed::fill_rooms(connection)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.execute_batch("COMMIT")
}

/// Ids of users and keys are never reused, so that a token or a usage count never refers to another user or key.
const EMPTIED: &str = "
DELETE FROM users; DELETE FROM otp_codes; DELETE FROM mails; DELETE FROM dead_tokens; DELETE FROM agents;
DELETE FROM sessions; DELETE FROM messages; DELETE FROM avatars; DELETE FROM media; DELETE FROM voices; DELETE FROM roles;
DELETE FROM api_keys WHERE start_up = 0;
UPDATE api_keys SET last_used_unix = NULL, revoked_at = NULL;
DELETE FROM sqlite_sequence WHERE name NOT IN ('users', 'api_keys');
";

/// Empties the tables and inserts the initial data.
pub fn reset(connection: &Connection, now: &str) -> rusqlite::Result<()> {
    connection.execute_batch(rooms::EMPTIED)?;
    connection.execute_batch(EMPTIED)?;
    seed::fill(connection, now)?;
    seed::fill_rooms(connection)
}
