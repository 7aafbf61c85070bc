//! Rooms for OpenClaw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKey;
use crate::contract::RoomsErrorBody;
use crate::error::ApiError;
use crate::request::JsonBody;
use crate::seed;
use crate::store::rooms::sessions::{Face, NewRoomsSession};
use crate::values::AspectRatio;

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct NewOpenClawRoom {
    /// An avatar's id.
    #[schema(min_length = 1, value_type = String, required = false)]
    avatar: Option<String>,
    /// Default: `1:1`.
    #[schema(value_type = AspectRatio, required = false)]
    aspect_ratio: String,
    /// A voice of ElevenLabs.
    #[schema(min_length = 1, value_type = String, required = false)]
    voice_id: Option<String>,
    /// Default: true.
    #[schema(required = false)]
    enable_transcription: bool,
}

#[derive(Serialize, ToSchema)]
pub struct OpenClawInitiated {
    success: bool,
    room: Room,
}

#[derive(Serialize, ToSchema)]
struct Room {
    name: String,
    url: String,
    token: String,
}

/// Open a room with an avatar for OpenClaw; in the sandbox it is a session like any other
#[utoipa::path(
    post, path = "/v1/openclaw/initiate", tag = "openclaw", operation_id = "openclaw.initiate",
    request_body = Option<NewOpenClawRoom>,
    responses(
        (status = 200, description = "The room", body = OpenClawInitiated),
        (status = 402, description = "No minutes remain", body = RoomsErrorBody),
        (status = 404, description = "No such avatar", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn initiate(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<Json<OpenClawInitiated>, ApiError> {
    let avatar = body.filled_text("avatar")?.unwrap_or_else(|| seed::DEFAULT_ROOMS_AVATAR.to_owned());
    if !avatar.starts_with("avat_") {
        return Err(ApiError::bad_request("avatar must be an id that starts with avat_"));
    }
    let aspect_ratio = body.optional_choice("aspect_ratio", AspectRatio::VALUES)?.unwrap_or("1:1");
    body.filled_text("voice_id")?;
    body.changed_bool("enable_transcription")?;
    let new = NewRoomsSession { face: Face::Id(avatar), platform: "openclaw", aspect_ratio, metadata: Map::new() };
    let opened = app.store.open_rooms_session(user, &new)?;
    let joined = app.livekit.join(&opened.id, &format!("caller-{user}"), app.clock.now_unix());
    let room = Room { name: joined.room, url: app.livekit.url.clone(), token: joined.token };
    Ok(Json(OpenClawInitiated { success: true, room }))
}
