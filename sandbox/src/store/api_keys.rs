//! API keys. Only the hash of a key is stored.

use rusqlite::{Connection, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Store, change, many, one};
use crate::error::ApiError;
use crate::options::TestApiKey;
use crate::values::Environment;
use crate::{random, time};

#[derive(Serialize, ToSchema)]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    #[schema(value_type = Environment)]
    pub environment: String,
    pub prefix: String,
    pub last4: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime, required)]
    pub last_used_at: Option<String>,
    #[schema(format = DateTime, required)]
    pub revoked_at: Option<String>,
}

/// A new key. It has no `Debug`, since the key is a secret.
pub struct NewKey {
    pub key: String,
    pub info: ApiKey,
}

pub enum KeyState {
    Live { key_id: i64, user_id: i64 },
    Revoked { key_id: i64, user_id: i64 },
    Unknown,
}

/// How old `last_used_at` may be, so that not every read needs a write.
const LAST_USED_STEP_SECONDS: i64 = 30;

impl Store {
    pub fn find_api_key(&self, key: &[u8]) -> Result<KeyState, ApiError> {
        let sql = "SELECT id, user_id, revoked_at IS NOT NULL, last_used_unix FROM api_keys WHERE hash = ?";
        let found = self.read(|db| {
            one(db, sql, [random::sha256(key)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?)))
        })?;
        let Some((key_id, user_id, revoked, last_used)) = found else {
            return Ok(KeyState::Unknown);
        };
        if revoked {
            return Ok(KeyState::Revoked { key_id, user_id });
        }
        let now = self.clock.now_unix();
        if last_used.is_none_or(|used| now - used >= LAST_USED_STEP_SECONDS) {
            let sql = "UPDATE api_keys SET last_used_unix = ? WHERE id = ?";
            // If the disk is full, reading still works. The error is logged.
            let _ = self.write(|db| Ok(change(db, sql, [now, key_id])?));
        }
        Ok(KeyState::Live { key_id, user_id })
    }

    pub fn create_api_key(&self, user_id: i64, name: &str, environment: &str) -> Result<NewKey, ApiError> {
        let key = format!("ah_{environment}_{}", random::alphanumeric(32));
        self.write(|db| insert(db, user_id, name, environment, key, false, self.clock.now_text()))
    }

    /// Returns the start-up key: `fixed`, or the one of the last start on the same data, unless it was revoked.
    pub fn start_up_key(&self, user_id: i64, fixed: Option<&TestApiKey>, secret: &[u8]) -> Result<String, ApiError> {
        let derived = |id: i64| format!("ah_test_{}", random::derived_alphanumeric(secret, &format!("start-up key {id}")));
        self.write(|db| {
            let sql = "SELECT id, hash FROM api_keys WHERE start_up = 1 AND revoked_at IS NULL";
            let last = one(db, sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))?;
            if let Some((id, hash)) = last {
                let key = fixed.map_or_else(|| derived(id), |fixed| fixed.expose().to_owned());
                if hash == random::sha256(key.as_bytes()) {
                    return Ok(key);
                }
            }
            change(db, "DELETE FROM api_keys WHERE start_up = 1", [])?;
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'api_keys'";
            let next = 1 + one(db, sql, [], |row| row.get::<_, i64>(0))?.unwrap_or(0);
            let key = fixed.map_or_else(|| derived(next), |fixed| fixed.expose().to_owned());
            Ok(insert(db, user_id, "Start-up key", "test", key, true, self.clock.now_text())?.key)
        })
    }

    pub fn api_keys(&self, user_id: i64) -> Result<Vec<ApiKey>, ApiError> {
        let sql = "SELECT * FROM api_keys WHERE user_id = ? ORDER BY id DESC";
        Ok(self.read(|db| many(db, sql, [user_id], api_key))?)
    }

    pub fn revoke_api_key(&self, user_id: i64, id: i64) -> Result<bool, ApiError> {
        let sql = "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL";
        self.write(|db| Ok(change(db, sql, params![self.clock.now_text(), id, user_id])? == 1))
    }
}

fn insert(
    db: &Connection,
    user_id: i64,
    name: &str,
    environment: &str,
    key: String,
    start_up: bool,
    now: String,
) -> Result<NewKey, ApiError> {
    let prefix = format!("ah_{environment}_");
    let sql = "INSERT INTO api_keys (user_id, name, environment, prefix, last4, hash, start_up, created_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *";
    let last4 = &key[key.len() - 4..];
    let hash = random::sha256(key.as_bytes());
    let values = params![user_id, name, environment, prefix, last4, hash, start_up, now];
    let info = db.prepare_cached(sql)?.query_row(values, api_key)?;
    Ok(NewKey { key, info })
}

fn api_key(row: &rusqlite::Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        environment: row.get("environment")?,
        prefix: row.get("prefix")?,
        last4: row.get("last4")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get::<_, Option<i64>>("last_used_unix")?.map(time::from_unix),
        revoked_at: row.get("revoked_at")?,
    })
}
