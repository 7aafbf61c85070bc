//! API keys, which are created, listed and revoked with the JWT.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::app::App;
use crate::auth::ByToken;
use crate::error::ApiError;
use crate::request::{JsonBody, PathId};
use crate::store::api_keys::ApiKey;
use crate::values::Environment;

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct NewApiKey {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(value_type = Environment)]
    environment: String,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedApiKey {
    success: bool,
    api_key: ApiKey,
    /// The key. No other response contains it.
    key: String,
}

#[derive(Serialize, ToSchema)]
pub struct ApiKeyList {
    success: bool,
    api_keys: Vec<ApiKey>,
}

/// Create an API key
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "api_keys", operation_id = "api_keys.create", request_body = NewApiKey,
    responses((status = 201, description = "The key, which is returned only once", body = CreatedApiKey)),
    security(("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByToken(caller): ByToken,
    body: JsonBody,
) -> Result<(StatusCode, Json<CreatedApiKey>), ApiError> {
    let name = body.required_text_up_to("name", 100)?;
    let environment = body.required_choice("environment", Environment::VALUES)?;
    let new = app.store.create_api_key(caller.claims.user_id, &name, environment)?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { success: true, api_key: new.info, key: new.key })))
}

/// List the API keys, including revoked ones
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "api_keys", operation_id = "api_keys.list",
    responses((status = 200, description = "The keys, newest first, without their values", body = ApiKeyList)),
    security(("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn list(State(app): State<Arc<App>>, ByToken(caller): ByToken) -> Result<Json<ApiKeyList>, ApiError> {
    let api_keys = app.store.api_keys(caller.claims.user_id)?;
    Ok(Json(ApiKeyList { success: true, api_keys }))
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "api_keys", operation_id = "api_keys.delete",
    params(("id" = i64, Path)),
    responses(
        (status = 200, description = "The key is revoked at once", body = Done),
        (status = 404, description = "There is no such key, or it is already revoked", body = crate::error::ErrorBody),
    ),
    security(("jwt" = [])), extensions(("x-evidence" = json!("assumed")))
)]
pub async fn delete(State(app): State<Arc<App>>, ByToken(caller): ByToken, PathId(id): PathId) -> Result<Json<Done>, ApiError> {
    match app.store.revoke_api_key(caller.claims.user_id, id)? {
        true => Ok(DONE),
        false => Err(ApiError::not_found("API key not found")),
    }
}
