//! The endpoints of the contract "rooms", one file for each resource. In the router they are below `/rooms`.

mod sessions;
mod usage;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Returns the operations under /v1, with their descriptions for /openapi.rooms.json.
pub fn v1() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::get))
        .routes(routes!(sessions::end))
        .routes(routes!(usage::get))
}
