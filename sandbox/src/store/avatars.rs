//! Avatars and their uploaded files.

use axum::body::Bytes;
use rusqlite::{Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Columns, Store, change, many, one};
use crate::error::ApiError;
use crate::random;
use crate::values::Flag;

#[derive(ToSchema)]
pub struct NewAvatar {
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(format = "uri")]
    pub url: String,
    #[schema(min_length = 1, value_type = String, required = false)]
    pub voice_id: Option<String>,
}

pub struct Upload {
    pub name: String,
    pub voice_id: Option<String>,
    pub content_type: String,
    pub data: Bytes,
}

/// The changes of an update: at least one field.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
pub struct AvatarChanges {
    #[schema(min_length = 1, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(format = "uri", value_type = String, required = false)]
    pub url: Option<String>,
    /// Null clears it.
    #[schema(min_length = 1, value_type = Option<String>, required = false)]
    pub voice_id: Option<Option<String>>,
    #[schema(value_type = bool, required = false)]
    pub is_favorite: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct Avatar {
    pub id: i64,
    pub user_id: i64,
    pub name: String,
    pub url: String,
    #[schema(required)]
    pub voice_id: Option<String>,
    #[schema(value_type = Flag)]
    pub is_favorite: i64,
    #[schema(value_type = Flag)]
    pub is_public: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct UploadedAvatar {
    pub id: i64,
    pub name: String,
    pub url: String,
    #[schema(required)]
    pub voice_id: Option<String>,
    pub cloudinary_id: String,
}

pub struct Media {
    pub content_type: String,
    pub data: Vec<u8>,
}

const INSERT: &str = "
INSERT INTO avatars (user_id, name, url, voice_id, cloudinary_id, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";

impl Store {
    pub fn public_avatars(&self) -> Result<Vec<Avatar>, ApiError> {
        let sql = "SELECT * FROM avatars WHERE is_public = 1 ORDER BY id DESC";
        Ok(self.read(|db| many(db, sql, [], |row| self.avatar(row)))?)
    }

    pub fn avatars(&self, user_id: i64) -> Result<Vec<Avatar>, ApiError> {
        let sql = "SELECT * FROM avatars WHERE user_id = ? ORDER BY id DESC";
        Ok(self.read(|db| many(db, sql, [user_id], |row| self.avatar(row)))?)
    }

    pub fn create_avatar(&self, user_id: i64, new: &NewAvatar) -> Result<i64, ApiError> {
        self.write(|db| {
            let values = params![user_id, new.name, new.url, new.voice_id, Option::<&str>::None, self.clock.now_text()];
            change(db, INSERT, values)?;
            Ok(db.last_insert_rowid())
        })
    }

    pub fn upload_avatar(&self, user_id: i64, upload: Upload) -> Result<UploadedAvatar, ApiError> {
        let cloudinary_id = random::hex_id();
        let path = format!("/media/{cloudinary_id}");
        self.write(|db| {
            let sql = "INSERT INTO media VALUES (?, ?, ?)";
            change(db, sql, params![cloudinary_id, upload.content_type, &upload.data[..]])?;
            change(db, INSERT, params![user_id, upload.name, path, upload.voice_id, cloudinary_id, self.clock.now_text()])?;
            Ok(UploadedAvatar {
                id: db.last_insert_rowid(),
                name: upload.name,
                url: self.absolute(path),
                voice_id: upload.voice_id,
                cloudinary_id,
            })
        })
    }

    /// Returns whether the user has this avatar.
    pub fn update_avatar(&self, user_id: i64, id: i64, changes: AvatarChanges) -> Result<bool, ApiError> {
        let mut columns = Columns::default();
        columns.set("name", changes.name);
        columns.set("url", changes.url);
        columns.set("voice_id", changes.voice_id);
        columns.set("is_favorite", changes.is_favorite.map(i64::from));
        self.write(|db| Ok(columns.update(db, "avatars", id, user_id, self.clock.now_text())? == 1))
    }

    /// Returns whether the user had this avatar. Agents that use it lose the reference.
    pub fn delete_avatar(&self, user_id: i64, id: i64) -> Result<bool, ApiError> {
        self.write(|db| {
            let sql = "DELETE FROM avatars WHERE id = ? AND user_id = ? RETURNING cloudinary_id";
            let Some(media) = one(db, sql, [id, user_id], |row| row.get::<_, Option<String>>(0))? else {
                return Ok(false);
            };
            change(db, "DELETE FROM media WHERE id = ?", [media])?;
            change(db, "UPDATE agents SET avatar_id = NULL WHERE avatar_id = ?", [id])?;
            Ok(true)
        })
    }

    pub fn media_size(&self, id: &str) -> Result<Option<u32>, ApiError> {
        let sql = "SELECT length(data) FROM media WHERE id = ?";
        Ok(self.read(|db| one(db, sql, [id], |row| row.get(0)))?)
    }

    pub fn media(&self, id: &str) -> Result<Option<Media>, ApiError> {
        let sql = "SELECT content_type, data FROM media WHERE id = ?";
        Ok(self.read(|db| one(db, sql, [id], |row| Ok(Media { content_type: row.get(0)?, data: row.get(1)? })))?)
    }

    fn avatar(&self, row: &Row<'_>) -> rusqlite::Result<Avatar> {
        Ok(Avatar {
            id: row.get("id")?,
            user_id: row.get("user_id")?,
            name: row.get("name")?,
            url: self.absolute(row.get("url")?),
            voice_id: row.get("voice_id")?,
            is_favorite: row.get("is_favorite")?,
            is_public: row.get("is_public")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}
