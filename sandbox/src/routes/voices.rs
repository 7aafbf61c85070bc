//! Voices: public ones, and those of a user.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Identity;
use crate::error::ApiError;
use crate::request::ListQuery;
use crate::store::voices::Voice;
use crate::values::Scope;

#[derive(Serialize, ToSchema)]
pub struct VoiceList {
    success: bool,
    voices: Vec<Voice>,
}

/// List the public voices, or your own
#[utoipa::path(
    get, path = "/v1/voices", tag = "voices", operation_id = "voices.list",
    params(("scope" = inline(Option<Scope>), Query, description = "`public` (default) or `mine`")),
    responses((status = 200, description = "The voices", body = VoiceList)),
    security(("api_key" = []), ("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn list(State(app): State<Arc<App>>, identity: Identity, query: ListQuery) -> Result<Json<VoiceList>, ApiError> {
    let voices = match query.choice("scope", Scope::VALUES) {
        Ok(Some("mine")) => app.store.voices(identity.own()?)?,
        scope => {
            identity.public_list()?;
            scope?;
            app.store.public_voices()?
        }
    };
    Ok(Json(VoiceList { success: true, voices }))
}
