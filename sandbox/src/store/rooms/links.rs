//! Links, with which anybody can start a session of an agent.

use axum::http::StatusCode;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::{Map, json};
use utoipa::ToSchema;

use super::agents::{self, NewRoomsAgent, NewVoiceAgent, RoomsAgent, Visibility};
use super::avatars;
use super::sessions::{self, Face, NewRoomsSession, Opened};
use crate::error::ApiError;
use crate::store::{Store, change, many, one};
use crate::values::{LinkState, LinkStatus};
use crate::{random, time};

/// How long the link of a preview is good.
const PREVIEW_MILLIS: i64 = 5 * 60_000;

#[derive(ToSchema)]
pub struct NewLink {
    #[schema(min_length = 1)]
    pub agent_id: String,
    /// Default: made of the date.
    #[schema(min_length = 1, max_length = 100, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(format = DateTime, value_type = String, required = false)]
    pub expires_at: Option<String>,
    #[schema(minimum = 1, value_type = i64, required = false)]
    pub use_limit: Option<i64>,
}

/// The changes of an update: at least one field. Null clears a field.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
pub struct LinkChanges {
    #[schema(min_length = 1, max_length = 100, value_type = Option<String>, required = false)]
    pub name: Option<Option<String>>,
    #[schema(value_type = LinkStatus, required = false)]
    pub status: Option<&'static str>,
    #[schema(format = DateTime, value_type = Option<String>, required = false)]
    pub expires_at: Option<Option<String>>,
    /// Must be greater than the number of uses.
    #[schema(minimum = 1, value_type = Option<i64>, required = false)]
    pub use_limit: Option<Option<i64>>,
}

#[derive(Serialize, ToSchema)]
pub struct Link {
    pub link_id: String,
    #[schema(required)]
    pub name: Option<String>,
    pub url: String,
    #[schema(value_type = Option<RoomsAgent>, required)]
    pub agent: Option<RoomsAgent>,
    #[schema(value_type = LinkState)]
    pub status: &'static str,
    pub uses: i64,
    #[schema(required)]
    pub use_limit: Option<i64>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime, required)]
    pub expires_at: Option<String>,
}

/// The state of a link in the data.
struct Stored {
    user_id: i64,
    agent: String,
    paused: bool,
    uses: i64,
    use_limit: Option<i64>,
    expires_at: Option<String>,
}

const SELECT: &str = "SELECT id, agent, name, paused, uses, use_limit, created_at, expires_at FROM rooms_links
    WHERE hidden = 0 AND user_id = ?1";

impl Store {
    /// Returns `None` if the user has no such agent.
    pub fn create_link(&self, user_id: i64, new: &NewLink) -> Result<Option<Link>, ApiError> {
        let now = self.clock.now_text();
        self.write(|db| {
            if !agents::exists(db, user_id, &new.agent_id)? {
                return Ok(None);
            }
            let id = insert(db, user_id, new, &now, Visibility::Listed)?;
            Ok(self.find_link(db, user_id, &id, &now)?)
        })
    }

    /// Returns the links with this status, or all, newest first.
    pub fn links(&self, user_id: i64, status: Option<&str>) -> Result<Vec<Link>, ApiError> {
        let now = self.clock.now_text();
        let sql = format!("{SELECT} ORDER BY seq DESC");
        let links = self.read(|db| {
            let mut links = many(db, &sql, [user_id], |row| self.link(row, &now))?;
            for (link, agent) in &mut links {
                link.agent = agents::of_link(db, agent)?;
            }
            Ok::<_, ApiError>(links)
        })?;
        let is_wanted = |link: &Link| status.is_none_or(|status| link.status == status);
        Ok(links.into_iter().map(|(link, _)| link).filter(is_wanted).collect())
    }

    pub fn get_link(&self, user_id: i64, id: &str) -> Result<Option<Link>, ApiError> {
        let now = self.clock.now_text();
        Ok(self.read(|db| self.find_link(db, user_id, id, &now))?)
    }

    /// Returns `None` if the user has no such link.
    pub fn update_link(&self, user_id: i64, id: &str, changes: &LinkChanges) -> Result<Option<Link>, ApiError> {
        let now = self.clock.now_text();
        self.write(|db| {
            let Some(link) = self.find_link(db, user_id, id, &now)? else { return Ok(None) };
            if changes.use_limit.flatten().is_some_and(|limit| limit <= link.uses) {
                let message = "use_limit must be greater than the current uses";
                return Err(ApiError::bad_request(message).details(json!({"uses": link.uses})));
            }
            let sql = "UPDATE rooms_links SET name = CASE WHEN ? THEN ? ELSE name END, paused = coalesce(?, paused),
                       expires_at = CASE WHEN ? THEN ? ELSE expires_at END, use_limit = CASE WHEN ? THEN ? ELSE use_limit END WHERE id = ?";
            let LinkChanges { name, status, expires_at, use_limit } = changes;
            let values = params![
                name.is_some(),
                name.as_ref().and_then(Option::as_ref),
                status.map(|status| status == "paused"),
                expires_at.is_some(),
                expires_at.as_ref().and_then(Option::as_ref),
                use_limit.is_some(),
                use_limit.flatten(),
                id
            ];
            change(db, sql, values)?;
            Ok(self.find_link(db, user_id, id, &now)?)
        })
    }

    /// Returns whether the user had this link.
    pub fn delete_link(&self, user_id: i64, id: &str) -> Result<bool, ApiError> {
        let sql = "DELETE FROM rooms_links WHERE hidden = 0 AND user_id = ? AND id = ?";
        self.write(|db| Ok(change(db, sql, params![user_id, id])? == 1))
    }

    /// Makes a link for one session with an avatar, which lists do not contain. Returns its URL.
    pub fn preview(&self, user_id: i64, avatar: &str) -> Result<String, ApiError> {
        let now = self.clock.now_text();
        self.write(|db| {
            let avatar = avatars::usable(db, user_id, avatar)?;
            let voice_agent = NewVoiceAgent {
                provider: "ElevenLabs".to_owned(),
                agent_id: "preview".to_owned(),
                auth_method: "public".to_owned(),
            };
            let avatar_image_url = avatars::picture(db, &avatar)?;
            let agent = NewRoomsAgent { name: "Preview".to_owned(), voice_agent, avatar_image_url };
            let link = NewLink {
                agent_id: agents::insert(db, user_id, &agent, &now, Visibility::Hidden)?,
                name: None,
                expires_at: time::millis(&now).and_then(|now| time::from_millis(now + PREVIEW_MILLIS)),
                use_limit: Some(1),
            };
            Ok(self.link_url(&insert(db, user_id, &link, &now, Visibility::Hidden)?))
        })
    }

    /// Starts a session of the owner of a link, and counts the use.
    pub fn start_session(&self, link: &str, aspect_ratio: &'static str) -> Result<Opened, ApiError> {
        let now = self.clock.now_text();
        self.write_settled(|db| {
            let stored = stored(db, link)?.ok_or_else(not_found)?;
            let agent = agents::of_link(db, &stored.agent)?.ok_or_else(agents::not_found)?;
            stored.check(&now)?;
            let Some(avatar) = agent.avatar_image_url else {
                return Err(ApiError::bad_request("The agent of this link has no picture").code("LINK_HAS_NO_AVATAR"));
            };
            let new =
                NewRoomsSession { face: Face::Picture(avatar.clone()), platform: "link", aspect_ratio, metadata: Map::new() };
            let opened = sessions::open(db, stored.user_id, &avatar, &new, self.account_defaults, &now)?;
            change(db, "UPDATE rooms_links SET uses = uses + 1 WHERE id = ?", [link])?;
            Ok(opened)
        })
    }

    /// Returns the name and the status of a link for its page, whoever has it.
    pub fn link_of_page(&self, id: &str) -> Result<Option<(Option<String>, &'static str)>, ApiError> {
        let now = self.clock.now_text();
        let found = self.read(|db| {
            let name = one(db, "SELECT name FROM rooms_links WHERE id = ?", [id], |row| row.get::<_, Option<String>>(0))?;
            Ok::<_, ApiError>(name.zip(stored(db, id)?))
        })?;
        Ok(found.map(|(name, stored)| (name, stored.status(&now))))
    }

    fn link_url(&self, id: &str) -> String {
        self.absolute(format!("/s/{id}"))
    }

    fn find_link(&self, db: &Connection, user_id: i64, id: &str, now: &str) -> rusqlite::Result<Option<Link>> {
        let sql = format!("{SELECT} AND id = ?2");
        let Some((mut link, agent)) = one(db, &sql, params![user_id, id], |row| self.link(row, now))? else {
            return Ok(None);
        };
        link.agent = agents::of_link(db, &agent)?;
        Ok(Some(link))
    }

    /// Returns a link without its agent, and the agent's id.
    fn link(&self, row: &Row<'_>, now: &str) -> rusqlite::Result<(Link, String)> {
        let stored = Stored {
            user_id: 0,
            agent: row.get(1)?,
            paused: row.get(3)?,
            uses: row.get(4)?,
            use_limit: row.get(5)?,
            expires_at: row.get(7)?,
        };
        let id: String = row.get(0)?;
        let link = Link {
            url: self.link_url(&id),
            link_id: id,
            name: row.get(2)?,
            agent: None,
            status: stored.status(now),
            uses: stored.uses,
            use_limit: stored.use_limit,
            created_at: row.get(6)?,
            expires_at: stored.expires_at,
        };
        Ok((link, stored.agent))
    }
}

impl Stored {
    fn is_past(&self, now: &str) -> bool {
        self.expires_at.as_deref().is_some_and(|expires_at| expires_at <= now)
    }

    fn is_used_up(&self) -> bool {
        self.use_limit.is_some_and(|limit| self.uses >= limit)
    }

    fn status(&self, now: &str) -> &'static str {
        match () {
            () if self.is_past(now) || self.is_used_up() => "expired",
            () if self.paused => "paused",
            () => "active",
        }
    }

    fn check(&self, now: &str) -> Result<(), ApiError> {
        let refused = |code, message| Err(ApiError::new(StatusCode::FORBIDDEN, message).code(code));
        match () {
            () if self.paused => refused("LINK_PAUSED", "This link is paused"),
            () if self.is_past(now) => refused("LINK_EXPIRED", "This link has expired"),
            () if self.is_used_up() => refused("LINK_USED_UP", "This link has no uses left"),
            () => Ok(()),
        }
    }
}

pub fn not_found() -> ApiError {
    ApiError::not_found("Link not found")
}

fn insert(db: &Connection, user_id: i64, new: &NewLink, now: &str, visibility: Visibility) -> rusqlite::Result<String> {
    let id = format!("lnk_{}", random::ulid(time::millis(now).unwrap_or(0)));
    let name = new.name.clone().unwrap_or_else(|| format!("Link {}", now.split('T').next().unwrap_or_default()));
    let sql = "INSERT INTO rooms_links (id, user_id, agent, name, use_limit, expires_at, created_at, hidden)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let hidden = matches!(visibility, Visibility::Hidden);
    change(db, sql, params![id, user_id, new.agent_id, name, new.use_limit, new.expires_at, now, hidden])?;
    Ok(id)
}

fn stored(db: &Connection, id: &str) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT user_id, agent, paused, uses, use_limit, expires_at FROM rooms_links WHERE id = ?";
    one(db, sql, [id], |row| {
        Ok(Stored {
            user_id: row.get(0)?,
            agent: row.get(1)?,
            paused: row.get(2)?,
            uses: row.get(3)?,
            use_limit: row.get(4)?,
            expires_at: row.get(5)?,
        })
    })
}
