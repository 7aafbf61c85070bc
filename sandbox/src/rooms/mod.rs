//! The endpoints of the contract "rooms", one file for each resource. In the router they are below `/rooms`.

mod agents;
mod avatars;
mod links;
mod openclaw;
mod sessions;
mod usage;

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The response of an operation without a result, with a text for people.
#[derive(Serialize, ToSchema)]
struct Deleted {
    success: bool,
    message: &'static str,
}

/// Returns the operations under /v1, with their descriptions for /openapi.rooms.json.
pub fn v1() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::get))
        .routes(routes!(sessions::end))
        .routes(routes!(avatars::list))
        .routes(routes!(avatars::upload_face))
        .routes(routes!(avatars::preview))
        .routes(routes!(avatars::delete))
        .routes(routes!(agents::create, agents::list))
        .routes(routes!(agents::get, agents::update, agents::delete))
        .routes(routes!(links::create, links::list))
        .routes(routes!(links::start_session))
        .routes(routes!(links::get, links::update, links::delete))
        .routes(routes!(usage::get))
        .routes(routes!(openclaw::initiate))
}
