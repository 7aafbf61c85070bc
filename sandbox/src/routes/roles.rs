//! Roles: public ones, and those of a user.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::app::App;
use crate::auth::{Identity, Own};
use crate::error::{ApiError, ErrorBody};
use crate::request::{JsonBody, ListQuery, PathId};
use crate::store::roles::{NewRole, Role, RoleChanges};
use crate::values::Scope;

#[derive(Serialize, ToSchema)]
pub struct RoleList {
    success: bool,
    roles: Vec<Role>,
}

#[derive(Serialize, ToSchema)]
pub struct RoleAnswer {
    success: bool,
    role: Role,
}

impl NewRole {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        Ok(Self {
            name: body.required_text("name")?,
            description: body.optional_text("description")?,
            prompt: body.required_text("prompt")?,
        })
    }
}

impl RoleChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let changes = Self {
            name: body.filled_text("name")?,
            description: body.optional_text("description")?,
            prompt: body.filled_text("prompt")?,
        };
        if changes.name.is_none() && changes.description.is_none() && changes.prompt.is_none() {
            return Err(ApiError::bad_request("No fields to update"));
        }
        Ok(changes)
    }
}

/// List the public roles, or your own
#[utoipa::path(
    get, path = "/v1/roles", tag = "roles", operation_id = "roles.list",
    params(("scope" = inline(Option<Scope>), Query, description = "`public` (default) or `mine`")),
    responses((status = 200, description = "The roles", body = RoleList)),
    security(("api_key" = []), ("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn list(State(app): State<Arc<App>>, identity: Identity, query: ListQuery) -> Result<Json<RoleList>, ApiError> {
    let roles = match query.choice("scope", Scope::VALUES) {
        Ok(Some("mine")) => app.store.roles(identity.own()?)?,
        scope => {
            identity.public_list()?;
            scope?;
            app.store.public_roles()?
        }
    };
    Ok(Json(RoleList { success: true, roles }))
}

/// Create a role
#[utoipa::path(
    post, path = "/v1/roles", tag = "roles", operation_id = "roles.create", request_body = NewRole,
    responses((status = 201, description = "The role", body = RoleAnswer)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Own(user): Own,
    body: JsonBody,
) -> Result<(StatusCode, Json<RoleAnswer>), ApiError> {
    let role = app.store.create_role(user, NewRole::read(&body)?)?;
    Ok((StatusCode::CREATED, Json(RoleAnswer { success: true, role })))
}

/// Get a role, either public or your own
#[utoipa::path(
    get, path = "/v1/roles/{id}", tag = "roles", operation_id = "roles.get", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "The role", body = RoleAnswer),
        (status = 404, description = "No such role", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn get(State(app): State<Arc<App>>, Own(user): Own, PathId(id): PathId) -> Result<Json<RoleAnswer>, ApiError> {
    let role = app.store.role(user, id)?.ok_or_else(|| ApiError::not_found("Role not found"))?;
    Ok(Json(RoleAnswer { success: true, role }))
}

/// Update your own role
#[utoipa::path(
    put, path = "/v1/roles/{id}", tag = "roles", operation_id = "roles.update", params(("id" = i64, Path)),
    request_body = RoleChanges,
    responses(
        (status = 200, description = "The changed role", body = RoleAnswer),
        (status = 403, description = "The role is public", body = ErrorBody),
        (status = 404, description = "No such role", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn update(
    State(app): State<Arc<App>>,
    Own(user): Own,
    PathId(id): PathId,
    body: JsonBody,
) -> Result<Json<RoleAnswer>, ApiError> {
    let role = app.store.update_role(user, id, RoleChanges::read(&body)?)?;
    Ok(Json(RoleAnswer { success: true, role }))
}

/// Delete your own role; agents that use it lose it
#[utoipa::path(
    delete, path = "/v1/roles/{id}", tag = "roles", operation_id = "roles.delete", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 403, description = "The role is public", body = ErrorBody),
        (status = 404, description = "No such role", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn delete(State(app): State<Arc<App>>, Own(user): Own, PathId(id): PathId) -> Result<Json<Done>, ApiError> {
    app.store.delete_role(user, id)?;
    Ok(DONE)
}
