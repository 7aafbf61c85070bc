//! Avatars for rooms: public ones, and those of an account.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::picture::Picture;
use crate::seed::PUBLIC_OWNER;
use crate::store::{Store, change, json, many, one};
use crate::{random, time};

/// The maximum number of avatars of an account. The service has no such limit; it bounds the sandbox's data.
const MAX_AVATARS: i64 = 200;

#[derive(Serialize, ToSchema)]
#[schema(as = Avatar)]
pub struct RoomsAvatar {
    pub avatar_id: String,
    #[schema(value_type = Vec<String>)]
    pub tags: Option<Box<RawValue>>,
    pub preview_url: String,
    pub image_url: String,
}

impl Store {
    /// Returns the public avatars and those of the user, newest first.
    pub fn rooms_avatars(&self, user_id: i64) -> Result<(Vec<RoomsAvatar>, Vec<RoomsAvatar>), ApiError> {
        let sql = "SELECT id, tags, url FROM rooms_avatars WHERE user_id = ? ORDER BY";
        self.read(|db| {
            let public = many(db, &format!("{sql} seq"), [PUBLIC_OWNER], |row| self.rooms_avatar(row))?;
            let own = many(db, &format!("{sql} seq DESC"), [user_id], |row| self.rooms_avatar(row))?;
            Ok((public, own))
        })
    }

    /// Adds an avatar with this picture, or with a stand-in if it has only a URL.
    pub fn add_rooms_avatar(&self, user_id: i64, picture: Option<&Picture>) -> Result<RoomsAvatar, ApiError> {
        let id = format!("avat_{}", random::ulid(time::millis(&self.clock.now_text()).unwrap_or(0)));
        self.write(|db| {
            let sql = "SELECT count(*) FROM rooms_avatars WHERE user_id = ?";
            if one(db, sql, [user_id], |row| row.get::<_, i64>(0))?.unwrap_or(0) >= MAX_AVATARS {
                return Err(ApiError::forbidden(format!("The sandbox keeps at most {MAX_AVATARS} avatars of an account")));
            }
            let media = picture.map(|_| random::hex_id());
            if let (Some(picture), Some(media)) = (picture, &media) {
                let sql = "INSERT INTO media VALUES (?, ?, ?)";
                change(db, sql, params![media, picture.media_type, picture.data])?;
            }
            let url = format!("/media/{}", media.as_deref().unwrap_or("ada.svg"));
            let sql = "INSERT INTO rooms_avatars (id, user_id, tags, url, media) VALUES (?, ?, ?, ?, ?)
                       RETURNING id, tags, url";
            let tags = format!("[\"user_exclusive\",\"user_{user_id}\"]");
            let added = one(db, sql, params![id, user_id, tags, url, media], |row| self.rooms_avatar(row))?;
            added.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
        })
    }

    /// Deletes an avatar of the user. Public ones and those of others are not allowed.
    pub fn delete_rooms_avatar(&self, user_id: i64, id: &str) -> Result<(), ApiError> {
        self.write(|db| {
            if owner(db, id)?.ok_or_else(not_found)? != user_id {
                return Err(ApiError::forbidden("Access denied to this avatar"));
            }
            let sql = "DELETE FROM rooms_avatars WHERE id = ? RETURNING media";
            let media = one(db, sql, [id], |row| row.get::<_, Option<String>>(0))?;
            change(db, "DELETE FROM media WHERE id = ?", [media.flatten()])?;
            Ok(())
        })
    }

    fn rooms_avatar(&self, row: &Row<'_>) -> rusqlite::Result<RoomsAvatar> {
        let url = self.absolute(row.get(2)?);
        Ok(RoomsAvatar { avatar_id: row.get(0)?, tags: json(row, 1)?, preview_url: url.clone(), image_url: url })
    }
}

pub fn not_found() -> ApiError {
    ApiError::not_found("Avatar not found")
}

fn owner(db: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    one(db, "SELECT user_id FROM rooms_avatars WHERE id = ?", [id], |row| row.get(0))
}

/// Returns the id of an avatar that the user may use. The prefix of a public one may be missing.
pub fn usable(db: &Connection, user_id: i64, id: &str) -> Result<String, ApiError> {
    for id in [id.to_owned(), format!("PUBLIC/{id}")] {
        match owner(db, &id)? {
            None => {}
            Some(owner) if owner == user_id || owner == PUBLIC_OWNER => return Ok(id),
            Some(_) => {
                return Err(ApiError::forbidden("Access denied to this avatar")
                    .suggest("You do not have permission to create sessions with this avatar"));
            }
        }
    }
    Err(not_found())
}

/// Returns the stored URL of an avatar's picture.
pub(super) fn picture(db: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    one(db, "SELECT url FROM rooms_avatars WHERE id = ?", [id], |row| row.get(0))
}
