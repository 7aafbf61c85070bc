//! The data of the contract "rooms": accounts with their minutes, sessions, avatars, agents and links.

pub mod accounts;
pub mod agents;
pub mod avatars;
pub mod links;
pub mod sessions;

/// Added to the tables of the contract "agents" by version 2 of the data file.
pub const TABLES: &str = "
CREATE TABLE rooms_accounts (
    user_id INTEGER PRIMARY KEY, plan TEXT NOT NULL, included TEXT NOT NULL, purchased INTEGER NOT NULL,
    purchased_left INTEGER NOT NULL
) STRICT;
CREATE TABLE rooms_sessions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL, avatar TEXT NOT NULL,
    platform TEXT NOT NULL, aspect_ratio TEXT NOT NULL, metadata TEXT NOT NULL, started_at TEXT NOT NULL,
    expiration TEXT NOT NULL, gone_at TEXT, ended_at TEXT, from_plan INTEGER, from_purchased INTEGER
) STRICT;
CREATE INDEX rooms_sessions_by_user ON rooms_sessions (user_id, ended_at);
CREATE INDEX rooms_sessions_open ON rooms_sessions (expiration) WHERE ended_at IS NULL;
CREATE TABLE rooms_avatars (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL, tags TEXT NOT NULL,
    url TEXT NOT NULL, media TEXT
) STRICT;
CREATE INDEX rooms_avatars_by_user ON rooms_avatars (user_id);
CREATE TABLE rooms_agents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL, name TEXT NOT NULL,
    avatar_image_url TEXT, provider TEXT NOT NULL, provider_agent_id TEXT NOT NULL, auth_method TEXT NOT NULL,
    created_at TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, hidden INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX rooms_agents_by_user ON rooms_agents (user_id);
CREATE TABLE rooms_links (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL, agent TEXT NOT NULL,
    name TEXT, paused INTEGER NOT NULL DEFAULT 0, uses INTEGER NOT NULL DEFAULT 0, use_limit INTEGER, expires_at TEXT,
    created_at TEXT NOT NULL, hidden INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX rooms_links_by_user ON rooms_links (user_id);
";

pub const EMPTIED: &str = "
DELETE FROM rooms_accounts; DELETE FROM rooms_sessions; DELETE FROM rooms_avatars; DELETE FROM rooms_agents;
DELETE FROM rooms_links;
";
