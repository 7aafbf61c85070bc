//! Voices, which are read-only.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Store, many};
use crate::error::ApiError;

#[derive(Serialize, ToSchema)]
pub struct Voice {
    pub voice_id: String,
    pub name: String,
    #[schema(value_type = Option<String>, required)]
    pub language: String,
    #[schema(value_type = Option<String>, required)]
    pub gender: String,
    #[schema(value_type = Option<String>, required)]
    pub provider: String,
    #[schema(required)]
    pub preview_url: Option<String>,
    pub is_public: bool,
}

impl Store {
    pub fn public_voices(&self) -> Result<Vec<Voice>, ApiError> {
        Ok(self.read(|db| many(db, "SELECT * FROM voices WHERE is_public = 1 ORDER BY name", [], voice))?)
    }

    pub fn voices(&self, user_id: i64) -> Result<Vec<Voice>, ApiError> {
        Ok(self.read(|db| many(db, "SELECT * FROM voices WHERE user_id = ? ORDER BY name", [user_id], voice))?)
    }
}

fn voice(row: &rusqlite::Row<'_>) -> rusqlite::Result<Voice> {
    Ok(Voice {
        voice_id: row.get("id")?,
        name: row.get("name")?,
        language: row.get("language")?,
        gender: row.get("gender")?,
        provider: row.get("provider")?,
        preview_url: row.get("preview_url")?,
        is_public: row.get("is_public")?,
    })
}
