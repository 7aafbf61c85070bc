//! Sessions in rooms, which are `started` until they end: by a request, when everybody has left, or when they expire.
//!
//! Nothing runs in the background: before each use of the data, [`Store::settled`] ends the sessions whose end has passed on
//! the sandbox's clock, and takes their minutes from the account.

use jiff::SignedDuration;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::accounts::{Account, AccountDefaults, Concurrency};
use super::avatars;
use crate::error::ApiError;
use crate::plan::MAX_SESSION_MINUTES;
use crate::store::{Store, change, json as json_column, many, one};
use crate::values::{self, ActiveStatus, AspectRatio, RoomsStatus};
use crate::{random, time};

/// How long the room of a session may be empty before the session ends, if nobody reported it.
const SWEEP_SECONDS: i64 = 180;

/// The avatar of a new session.
pub enum Face {
    /// An avatar's id.
    Id(String),
    /// A picture, and what stands for it in the session.
    Picture(String),
}

pub struct NewRoomsSession {
    pub face: Face,
    pub platform: &'static str,
    pub aspect_ratio: &'static str,
    pub metadata: Map<String, Value>,
}

/// A new session, with the limits after it was opened.
pub struct Opened {
    pub id: String,
    pub started_at: String,
    pub expiration: String,
    pub usage: UsageSnapshot,
}

#[derive(Serialize, ToSchema)]
pub struct UsageSnapshot {
    pub concurrency: Concurrency,
    pub minutes: MinutesSnapshot,
}

#[derive(Serialize, ToSchema)]
pub struct MinutesSnapshot {
    #[schema(required, schema_with = values::nullable_number)]
    pub total_remaining: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct RoomsSession {
    pub session_id: String,
    #[schema(value_type = RoomsStatus)]
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime, required)]
    pub ended_at: Option<String>,
    #[schema(format = DateTime, value_type = Option<String>, required)]
    pub expiration: String,
    #[schema(value_type = AspectRatio)]
    pub aspect_ratio: String,
    /// Seconds.
    #[schema(required, schema_with = values::nullable_number)]
    pub duration: Option<i64>,
    #[schema(value_type = Object)]
    pub metadata: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>, required)]
    pub billing: Option<Value>,
    #[serde(skip)]
    pub avatar: String,
    #[serde(skip)]
    pub platform: String,
}

#[derive(Serialize, ToSchema)]
pub struct EndedRoomsSession {
    pub session_id: String,
    #[schema(value_type = RoomsStatus)]
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime, value_type = String, required)]
    pub ended_at: Option<String>,
}

/// A session in the usage.
#[derive(Serialize, ToSchema)]
pub struct ActiveSession {
    pub session_id: String,
    pub avatar: AvatarOfSession,
    #[schema(value_type = ActiveStatus)]
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub started_at: String,
    #[schema(format = DateTime, required)]
    pub ended_at: Option<String>,
    #[schema(format = DateTime, value_type = Option<String>, required)]
    pub expiration: String,
    #[schema(value_type = AspectRatio)]
    pub aspect_ratio: String,
    /// Seconds.
    #[schema(required, schema_with = values::nullable_number)]
    pub duration: Option<i64>,
    #[schema(value_type = Object)]
    pub metadata: Option<Box<RawValue>>,
}

#[derive(Serialize, ToSchema)]
pub struct AvatarOfSession {
    pub avatar_id: String,
}

impl RoomsSession {
    pub fn minutes(&self) -> i64 {
        minutes(self.duration.unwrap_or(0))
    }
}

impl ActiveSession {
    pub fn minutes(&self) -> i64 {
        minutes(self.duration.unwrap_or(0))
    }
}

/// Rounds seconds up to minutes, at least 1.
fn minutes(seconds: i64) -> i64 {
    ((seconds + 59) / 60).max(1)
}

const SELECT: &str = "SELECT id, avatar, platform, aspect_ratio, metadata, started_at, expiration, ended_at, from_plan,
    from_purchased FROM rooms_sessions WHERE user_id = ?1";

/// An open session whose end is due.
struct Due {
    id: String,
    user_id: i64,
    started_at: String,
    ended_at: String,
}

impl Store {
    /// Ends the sessions that are due, and then runs `query`.
    pub(super) fn settled<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, ApiError> {
        if !self.read(|db| self.due(db))?.is_empty() {
            self.write(|db| self.settle(db))?;
        }
        Ok(self.read(query)?)
    }

    /// Ends the sessions that are due, and then runs `change`, in one transaction.
    pub(super) fn write_settled<T>(&self, change: impl FnOnce(&Connection) -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.write(|db| {
            self.settle(db)?;
            change(db)
        })
    }

    /// Returns the sessions whose end has passed, the earliest end first.
    fn due(&self, db: &Connection) -> rusqlite::Result<Vec<Due>> {
        let now = self.clock.now();
        let swept = now.saturating_sub(SignedDuration::from_secs(SWEEP_SECONDS)).unwrap_or(now);
        let sql = "SELECT id, user_id, started_at, min(expiration, coalesce(gone_at, expiration)) AS at FROM rooms_sessions
                   WHERE ended_at IS NULL AND (expiration <= ? OR gone_at <= ?) ORDER BY at, seq";
        many(db, sql, params![time::text(now), time::text(swept)], |row| {
            Ok(Due { id: row.get(0)?, user_id: row.get(1)?, started_at: row.get(2)?, ended_at: row.get(3)? })
        })
    }

    fn settle(&self, db: &Connection) -> Result<(), ApiError> {
        self.due(db)?.iter().try_for_each(|due| self.end_now(db, due).map_err(ApiError::from))
    }

    fn end_now(&self, db: &Connection, due: &Due) -> rusqlite::Result<()> {
        let minutes = minutes(time::seconds_between(&due.started_at, &due.ended_at));
        let account = Account::of(db, due.user_id, self.account_defaults)?;
        let (from_plan, from_purchased) = account.take(db, due.user_id, minutes, &due.ended_at)?;
        let sql = "UPDATE rooms_sessions SET ended_at = ?, from_plan = ?, from_purchased = ? WHERE id = ?";
        change(db, sql, params![due.ended_at, from_plan, from_purchased, due.id])?;
        Ok(())
    }

    /// Opens a session if the user may use the avatar, and the account's limits allow it.
    pub fn open_rooms_session(&self, user_id: i64, new: &NewRoomsSession) -> Result<Opened, ApiError> {
        let now = self.clock.now_text();
        self.write_settled(|db| {
            let avatar = match &new.face {
                Face::Id(id) => avatars::usable(db, user_id, id)?,
                Face::Picture(picture) if Account::of(db, user_id, self.account_defaults)?.has_pictures() => picture.clone(),
                Face::Picture(_) => {
                    return Err(ApiError::forbidden("Avatars of your own are for paid plans").suggest("Use an avatar id"));
                }
            };
            open(db, user_id, &avatar, new, self.account_defaults, &now)
        })
    }

    /// Returns the sessions with this status, or all, newest first.
    pub fn rooms_sessions(&self, user_id: i64, status: Option<&str>) -> Result<Vec<RoomsSession>, ApiError> {
        let now = self.clock.now_text();
        let sql = format!("{SELECT} AND (?2 IS NULL OR (ended_at IS NULL) = (?2 = 'started')) ORDER BY seq DESC");
        self.settled(|db| many(db, &sql, params![user_id, status], |row| session(row, &now)))
    }

    pub fn rooms_session(&self, user_id: i64, id: &str) -> Result<Option<RoomsSession>, ApiError> {
        let now = self.clock.now_text();
        self.settled(|db| find(db, user_id, id, &now))
    }

    /// Ends a session. If it has already ended, nothing changes. Returns `None` if the user has no such session.
    pub fn end_rooms_session(&self, user_id: i64, id: &str) -> Result<Option<EndedRoomsSession>, ApiError> {
        let now = self.clock.now_text();
        self.write_settled(|db| {
            let Some(found) = find(db, user_id, id, &now)? else { return Ok(None) };
            let ended_at = found.ended_at.clone().unwrap_or_else(|| now.clone());
            if found.ended_at.is_none() {
                let due = Due {
                    id: found.session_id.clone(),
                    user_id,
                    started_at: found.started_at.clone(),
                    ended_at: ended_at.clone(),
                };
                self.end_now(db, &due)?;
            }
            Ok(Some(EndedRoomsSession {
                session_id: found.session_id,
                status: "ended",
                started_at: found.started_at,
                ended_at: Some(ended_at),
            }))
        })
    }

    /// Marks the room of a session as empty. The session ends when the sweeper finds it. Returns whether the user has it.
    pub fn leave_silently(&self, user_id: i64, id: &str) -> Result<bool, ApiError> {
        self.write_settled(|db| {
            let sql = "UPDATE rooms_sessions SET gone_at = coalesce(gone_at, ?) WHERE user_id = ? AND id = ?";
            Ok(change(db, sql, params![self.clock.now_text(), user_id, id])? == 1)
        })
    }
}

/// Opens a session if the limits of the account allow it.
pub(super) fn open(
    db: &Connection,
    user_id: i64,
    avatar: &str,
    new: &NewRoomsSession,
    defaults: AccountDefaults,
    now: &str,
) -> Result<Opened, ApiError> {
    let account = Account::of(db, user_id, defaults)?;
    let month = time::month_of(now);
    let total_remaining = account.remaining(db, user_id, &month)?;
    if total_remaining == Some(0) {
        let message = "No minutes remaining. Please purchase additional minutes or upgrade your plan.";
        let included = account.included(db, user_id, &month)?.remaining();
        return Err(ApiError::new(axum::http::StatusCode::PAYMENT_REQUIRED, message)
            .code("INSUFFICIENT_MINUTES")
            .details(json!({"included_remaining": included, "purchased_remaining": account.purchased_left()})));
    }
    let sql = "SELECT count(*) FROM rooms_sessions WHERE user_id = ? AND ended_at IS NULL";
    let current: i64 = one(db, sql, [user_id], |row| row.get(0))?.unwrap_or(0);
    let max = account.plan.sessions();
    if current >= max {
        let sessions = if max == 1 { "session" } else { "sessions" };
        return Err(ApiError::new(
            axum::http::StatusCode::TOO_MANY_REQUESTS,
            format!("Your plan allows {max} {sessions} at a time"),
        )
        .suggest("End a session first")
        .code("CONCURRENCY_LIMIT")
        .details(json!(account.concurrency(current))));
    }
    let started = time::millis(now).unwrap_or(0);
    let id = format!("sess_{}", random::ulid(started));
    let expiration = time::from_millis(started + MAX_SESSION_MINUTES * 60_000).unwrap_or_else(|| now.to_owned());
    let sql = "INSERT INTO rooms_sessions (id, user_id, avatar, platform, aspect_ratio, metadata, started_at, expiration)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let metadata = Value::Object(new.metadata.clone()).to_string();
    change(db, sql, params![id, user_id, avatar, new.platform, new.aspect_ratio, metadata, now, expiration])?;
    let usage = UsageSnapshot { concurrency: account.concurrency(current + 1), minutes: MinutesSnapshot { total_remaining } };
    Ok(Opened { id, started_at: now.to_owned(), expiration, usage })
}

/// Returns the sessions that have not ended, newest first.
pub(super) fn active(db: &Connection, user_id: i64, now: &str) -> rusqlite::Result<Vec<ActiveSession>> {
    let sql = format!("{SELECT} AND ended_at IS NULL ORDER BY seq DESC");
    many(db, &sql, [user_id], |row| {
        let found = session(row, now)?;
        Ok(ActiveSession {
            session_id: found.session_id,
            avatar: AvatarOfSession { avatar_id: found.avatar },
            status: "active",
            started_at: found.started_at,
            ended_at: None,
            expiration: found.expiration,
            aspect_ratio: found.aspect_ratio,
            duration: found.duration,
            metadata: found.metadata,
        })
    })
}

fn find(db: &Connection, user_id: i64, id: &str, now: &str) -> rusqlite::Result<Option<RoomsSession>> {
    one(db, &format!("{SELECT} AND id = ?2"), params![user_id, id], |row| session(row, now))
}

fn session(row: &Row<'_>, now: &str) -> rusqlite::Result<RoomsSession> {
    let started_at: String = row.get(5)?;
    let ended_at: Option<String> = row.get(7)?;
    let (from_plan, from_purchased): (Option<i64>, Option<i64>) = (row.get(8)?, row.get(9)?);
    let duration = time::seconds_between(&started_at, ended_at.as_deref().unwrap_or(now));
    let billing = ended_at
        .is_some()
        .then(|| json!({"minutes": minutes(duration), "from_plan": from_plan, "from_purchased": from_purchased}));
    Ok(RoomsSession {
        session_id: row.get(0)?,
        avatar: row.get(1)?,
        platform: row.get(2)?,
        aspect_ratio: row.get(3)?,
        metadata: json_column(row, 4)?,
        status: if ended_at.is_some() { "ended" } else { "started" },
        started_at,
        expiration: row.get(6)?,
        ended_at,
        duration: Some(duration),
        billing,
    })
}
