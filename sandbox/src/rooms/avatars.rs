//! Avatars, and the pictures of one's own.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKey;
use crate::body::Kind;
use crate::contract::RoomsErrorBody;
use crate::error::ApiError;
use crate::picture::{self, Picture};
use crate::request::{JsonBody, TextId, is_json};
use crate::routes::{DONE, Done};
use crate::store::rooms::avatars::RoomsAvatar;

#[derive(Serialize, ToSchema)]
pub struct AvatarList {
    success: bool,
    public_avatars: Vec<RoomsAvatar>,
    my_avatars: Vec<RoomsAvatar>,
}

/// A picture of one face.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a multipart body")]
pub struct FaceUpload {
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A picture of one face: its URL, or the picture in base64. Exactly one is required.
#[derive(ToSchema)]
#[schema(min_properties = 1)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct FaceInJson {
    #[schema(format = "uri", value_type = String, required = false)]
    image_url: Option<String>,
    /// A data URI, or only its data.
    #[schema(min_length = 1, value_type = String, required = false)]
    image_base64: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct FaceUploaded {
    success: bool,
    avatar_id: String,
    preview_url: String,
    image_url: String,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct NewPreview {
    /// The prefix `PUBLIC/` may be missing.
    #[schema(min_length = 1)]
    avatar_id: String,
}

#[derive(Serialize, ToSchema)]
pub struct PreviewMade {
    success: bool,
    /// Good for one session within 5 minutes.
    #[schema(format = "uri")]
    url: String,
}

/// List the public avatars and your own
#[utoipa::path(
    get, path = "/v1/avatars", tag = "avatars", operation_id = "avatars.list",
    responses((status = 200, description = "The avatars", body = AvatarList)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(State(app): State<Arc<App>>, ByApiKey(user): ByApiKey) -> Result<Json<AvatarList>, ApiError> {
    let (public_avatars, my_avatars) = app.store.rooms_avatars(user)?;
    Ok(Json(AvatarList { success: true, public_avatars, my_avatars }))
}

/// Make an avatar of a picture
///
/// The sandbox sees no faces: a picture has one, unless the file's name, the URL or the picture's bytes contain `no-face` or
/// `two-faces`. It fetches no URL.
#[utoipa::path(
    post, path = "/v1/avatars/upload-face", tag = "avatars", operation_id = "avatars.upload_face",
    request_body(content(
        (FaceUpload = "multipart/form-data"),
        (FaceInJson = "application/json"),
    )),
    responses((status = 201, description = "The avatar", body = FaceUploaded)),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn upload_face(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    request: Request,
) -> Result<(StatusCode, Json<FaceUploaded>), ApiError> {
    let avatar = if is_json(request.headers()) {
        let body = JsonBody::from_request(request, &app).await?;
        match (body.optional_text("image_url")?, body.filled_text("image_base64")?) {
            (Some(url), None) => {
                picture::check_url("image_url", &url)?;
                app.store.add_rooms_avatar(user, None)?
            }
            (None, Some(text)) => app.store.add_rooms_avatar(user, Some(&Picture::decode(&text)?))?,
            _ => return Err(ApiError::bad_request("Either image_url or image_base64 is required")),
        }
    } else {
        let (parts, body) = request.into_parts();
        let (whole, _share) = app.large_bodies.read(Kind::File, body).await?;
        let picture = read_file(Request::from_parts(parts, Body::from(whole))).await?;
        app.store.add_rooms_avatar(user, Some(&picture))?
    };
    let RoomsAvatar { avatar_id, preview_url, image_url, .. } = avatar;
    Ok((StatusCode::CREATED, Json(FaceUploaded { success: true, avatar_id, preview_url, image_url })))
}

async fn read_file(request: Request) -> Result<Picture, ApiError> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| {
        let message = "Content-Type must be multipart/form-data or application/json";
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    })?;
    let malformed = |_| ApiError::bad_request("The form is malformed");
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            return Picture::new(&name, field.bytes().await.map_err(malformed)?.into());
        }
    }
    Err(ApiError::bad_request("file is required"))
}

/// Make a link for one session with an avatar
#[utoipa::path(
    post, path = "/v1/avatars/preview", tag = "avatars", operation_id = "avatars.preview", request_body = NewPreview,
    responses(
        (status = 200, description = "The link", body = PreviewMade),
        (status = 404, description = "No such avatar", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn preview(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    body: JsonBody,
) -> Result<Json<PreviewMade>, ApiError> {
    let avatar = body
        .optional_text("avatar_id")?
        .filter(|id| !id.is_empty())
        .ok_or_else(|| ApiError::bad_request("Avatar ID is required").suggest("Include avatar_id in the request body"))?;
    Ok(Json(PreviewMade { success: true, url: app.store.preview(user, &avatar)? }))
}

/// Delete an avatar of your own
#[utoipa::path(
    delete, path = "/v1/avatars/{id}", tag = "avatars", operation_id = "avatars.delete", params(("id" = String, Path, min_length = 1)),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No such avatar", body = RoomsErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn delete(State(app): State<Arc<App>>, ByApiKey(user): ByApiKey, TextId(id): TextId) -> Result<Json<Done>, ApiError> {
    app.store.delete_rooms_avatar(user, &id)?;
    Ok(DONE)
}
