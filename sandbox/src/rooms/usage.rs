//! The usage of an account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKeyOrToken;
use crate::error::ApiError;
use crate::store::rooms::accounts::Usage;

#[derive(Serialize, ToSchema)]
pub struct UsageRead {
    success: bool,
    usage: Usage,
}

/// Get the minutes, the open sessions and the limits of the account
#[utoipa::path(
    get, path = "/v1/usage", tag = "usage", operation_id = "usage.get",
    responses((status = 200, description = "The usage", body = UsageRead)),
    security(("api_key" = []), ("jwt" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn get(State(app): State<Arc<App>>, ByApiKeyOrToken(user): ByApiKeyOrToken) -> Result<Json<UsageRead>, ApiError> {
    Ok(Json(UsageRead { success: true, usage: app.store.usage(user)? }))
}
