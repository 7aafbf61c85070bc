//! Roles: public ones, and those of a user.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Columns, Store, change, many, one};
use crate::error::ApiError;

#[derive(ToSchema)]
pub struct NewRole {
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(value_type = String, required = false)]
    pub description: Option<String>,
    #[schema(min_length = 1)]
    pub prompt: String,
}

/// The changes of an update: at least one field.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
pub struct RoleChanges {
    #[schema(min_length = 1, value_type = String, required = false)]
    pub name: Option<String>,
    #[schema(value_type = String, required = false)]
    pub description: Option<String>,
    #[schema(min_length = 1, value_type = String, required = false)]
    pub prompt: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Role {
    pub role_id: i64,
    pub name: String,
    #[schema(required)]
    pub description: Option<String>,
    pub prompt: String,
    pub is_public: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

const VISIBLE: &str = "SELECT * FROM roles WHERE id = ? AND (is_public = 1 OR user_id = ?)";

impl Store {
    pub fn public_roles(&self) -> Result<Vec<Role>, ApiError> {
        Ok(self.read(|db| many(db, "SELECT * FROM roles WHERE is_public = 1 ORDER BY id DESC", [], role))?)
    }

    pub fn roles(&self, user_id: i64) -> Result<Vec<Role>, ApiError> {
        Ok(self.read(|db| many(db, "SELECT * FROM roles WHERE user_id = ? ORDER BY id DESC", [user_id], role))?)
    }

    pub fn create_role(&self, user_id: i64, new: NewRole) -> Result<Role, ApiError> {
        self.write(|db| {
            let sql = "INSERT INTO roles (user_id, name, description, prompt, created_at, updated_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING *";
            let values = params![user_id, new.name, new.description, new.prompt, self.clock.now_text()];
            Ok(db.prepare_cached(sql)?.query_row(values, role)?)
        })
    }

    /// Returns a role that is public or belongs to the user.
    pub fn role(&self, user_id: i64, id: i64) -> Result<Option<Role>, ApiError> {
        Ok(self.read(|db| one(db, VISIBLE, [id, user_id], role))?)
    }

    pub fn update_role(&self, user_id: i64, id: i64, changes: RoleChanges) -> Result<Role, ApiError> {
        let mut columns = Columns::default();
        columns.set("name", changes.name);
        columns.set("description", changes.description);
        columns.set("prompt", changes.prompt);
        self.write(|db| {
            check_owner(db, user_id, id)?;
            columns.update(db, "roles", id, user_id, self.clock.now_text())?;
            Ok(db.prepare_cached(VISIBLE)?.query_row([id, user_id], role)?)
        })
    }

    pub fn delete_role(&self, user_id: i64, id: i64) -> Result<(), ApiError> {
        self.write(|db| {
            check_owner(db, user_id, id)?;
            change(db, "DELETE FROM roles WHERE id = ?", [id])?;
            change(db, "UPDATE agents SET role_id = NULL WHERE role_id = ?", [id])?;
            Ok(())
        })
    }
}

fn check_owner(db: &Connection, user_id: i64, id: i64) -> Result<(), ApiError> {
    match one(db, VISIBLE, [id, user_id], |row| row.get::<_, i64>("user_id"))? {
        None => Err(ApiError::not_found("Role not found")),
        Some(owner) if owner != user_id => Err(ApiError::forbidden("Access denied to this role")),
        Some(_) => Ok(()),
    }
}

fn role(row: &Row<'_>) -> rusqlite::Result<Role> {
    Ok(Role {
        role_id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        prompt: row.get("prompt")?,
        is_public: row.get("is_public")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
