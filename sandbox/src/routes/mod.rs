//! The endpoints, one file for each resource.

pub mod agents;
pub mod api_keys;
pub mod auth;
pub mod avatars;
pub mod control;
pub mod mailbox;
pub mod media;
pub mod messages;
pub mod roles;
pub mod sessions;
pub mod voices;

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The response of an operation without a result.
#[derive(Serialize, ToSchema)]
pub struct Done {
    success: bool,
}

pub const DONE: axum::Json<Done> = axum::Json(Done { success: true });

/// Returns the operations under /v1, with their descriptions for /openapi.json.
pub fn v1() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(auth::request_otp))
        .routes(routes!(auth::verify_otp))
        .routes(routes!(auth::me))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(api_keys::create, api_keys::list))
        .routes(routes!(api_keys::delete))
        .routes(routes!(agents::create, agents::list))
        .routes(routes!(agents::get, agents::update, agents::delete))
        .routes(routes!(agents::sessions))
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::get))
        .routes(routes!(sessions::end))
        .routes(routes!(messages::create, messages::list))
        .routes(routes!(avatars::list))
        .routes(routes!(avatars::list_mine, avatars::create))
        .routes(routes!(avatars::upload))
        .routes(routes!(avatars::update, avatars::delete))
        .routes(routes!(voices::list))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::get, roles::update, roles::delete))
}
