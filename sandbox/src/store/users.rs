//! Users, revoked tokens, and the secret that signs tokens.

use rusqlite::{Connection, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Store, change, one};
use crate::error::ApiError;
use crate::token::TokenClaims;

#[derive(Serialize, ToSchema)]
pub struct User {
    pub id: i64,
    pub email: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl Store {
    pub fn user(&self, id: i64) -> Result<Option<User>, ApiError> {
        Ok(self.read(|db| one(db, "SELECT id, email, created_at FROM users WHERE id = ?", [id], user))?)
    }

    pub fn user_by_email(&self, email: &str) -> Result<Option<User>, ApiError> {
        Ok(self.read(|db| find(db, email))?)
    }

    pub fn token_secret(&self) -> rusqlite::Result<Vec<u8>> {
        self.read(|db| db.query_row("SELECT value FROM settings WHERE name = 'token_secret'", [], |row| row.get(0)))
    }

    /// Whether a token was revoked, or a reset deleted its user.
    pub fn token_is_revoked(&self, claims: &TokenClaims) -> Result<bool, ApiError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM dead_tokens WHERE jti = ?) OR NOT EXISTS (SELECT 1 FROM users WHERE id = ?)";
        let dead = self.read(|db| one(db, sql, params![claims.jti, claims.user_id], |row| row.get(0)))?;
        Ok(dead.unwrap_or(true))
    }

    /// Revokes a token, and returns whether it was valid before.
    pub fn revoke_token(&self, claims: &TokenClaims) -> Result<bool, ApiError> {
        self.write(|db| {
            change(db, "DELETE FROM dead_tokens WHERE expires_unix < ?", [self.clock.now_unix() - 60])?;
            let sql = "INSERT OR IGNORE INTO dead_tokens VALUES (?, ?)";
            Ok(change(db, sql, params![claims.jti, claims.expires_unix])? == 1)
        })
    }
}

pub(super) fn find_or_create(db: &Connection, email: &str, now: &str) -> rusqlite::Result<User> {
    let sql = "INSERT OR IGNORE INTO users (email, created_at) VALUES (?, ?)";
    change(db, sql, [email, now])?;
    find(db, email)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn find(db: &Connection, email: &str) -> rusqlite::Result<Option<User>> {
    one(db, "SELECT id, email, created_at FROM users WHERE email = ?", [email], user)
}

fn user(row: &rusqlite::Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get("id")?, email: row.get("email")?, created_at: row.get("created_at")? })
}
