//! Avatars. The documentation of this resource has errors without `success`, and a bare array for a list.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::app::App;
use crate::auth::{Own, PublicList};
use crate::body::Kind;
use crate::error::{ApiError, ErrorBody};
use crate::request::{Fields, JsonBody, PathId};
use crate::store::avatars::{Avatar, AvatarChanges, NewAvatar, Upload, UploadedAvatar};

const MAX_FILE: usize = 10 * 1024 * 1024;

/// A picture or a video for an avatar.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a multipart body")]
pub struct AvatarUpload {
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    #[schema(min_length = 1)]
    name: String,
    #[schema(min_length = 1, value_type = String, required = false)]
    voice_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AvatarCreated {
    id: i64,
    message: &'static str,
}

impl NewAvatar {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let name = body.optional_text("name")?.filter(|name| !name.is_empty());
        let url = body.optional_text("url")?.filter(|url| !url.is_empty());
        let (Some(name), Some(url)) = (name, url) else {
            return Err(ApiError::bad_request("name and url required"));
        };
        check_url(&url)?;
        Ok(Self { name, url, voice_id: body.filled_text("voice_id")? })
    }
}

impl AvatarChanges {
    fn read(body: &JsonBody) -> Result<Self, ApiError> {
        let changes = Self {
            name: body.filled_text("name")?,
            url: body.filled_text("url")?,
            voice_id: body.changed("voice_id", Fields::required_text)?,
            is_favorite: body.changed_bool("is_favorite")?,
        };
        if let Some(url) = &changes.url {
            check_url(url)?;
        }
        let nothing =
            changes.name.is_none() && changes.url.is_none() && changes.voice_id.is_none() && changes.is_favorite.is_none();
        if nothing { Err(ApiError::bad_request("No fields to update")) } else { Ok(changes) }
    }
}

/// Checks that a URL is absolute: a scheme, a colon and text without whitespace.
fn check_url(url: &str) -> Result<(), ApiError> {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let is_scheme = |scheme: &str| scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(in_scheme);
    match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(()),
        _ => Err(ApiError::bad_request("url must be a URL")),
    }
}

/// List the public avatars, newest first
#[utoipa::path(
    get, path = "/v1/avatars/public", tag = "avatars", operation_id = "avatars.list",
    responses((status = 200, description = "A bare array", body = Vec<Avatar>)),
    security(("api_key" = []), ("jwt" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list(State(app): State<Arc<App>>, _: PublicList) -> Result<Json<Vec<Avatar>>, ApiError> {
    app.store.public_avatars().map(Json)
}

/// List your own avatars, newest first
#[utoipa::path(
    get, path = "/v1/avatars", tag = "avatars", operation_id = "avatars.list_mine",
    responses((status = 200, description = "A bare array", body = Vec<Avatar>)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn list_mine(State(app): State<Arc<App>>, Own(user): Own) -> Result<Json<Vec<Avatar>>, ApiError> {
    app.store.avatars(user).map(Json)
}

/// Create an avatar from the URL of a picture or video
#[utoipa::path(
    post, path = "/v1/avatars", tag = "avatars", operation_id = "avatars.create", request_body = NewAvatar,
    responses((status = 201, description = "The id of the avatar", body = AvatarCreated)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Own(user): Own,
    body: JsonBody,
) -> Result<(StatusCode, Json<AvatarCreated>), ApiError> {
    let new = NewAvatar::read(&body).map_err(ApiError::bare)?;
    let id = app.store.create_avatar(user, &new)?;
    Ok((StatusCode::CREATED, Json(AvatarCreated { id, message: "Avatar created" })))
}

/// Create an avatar from an uploaded picture or video
#[utoipa::path(
    post, path = "/v1/avatars/upload", tag = "avatars", operation_id = "avatars.upload",
    request_body(
        content = AvatarUpload, content_type = "multipart/form-data",
        encoding(("file" = (content_type = "image/*, video/*")))
    ),
    responses((status = 201, description = "The avatar", body = UploadedAvatar)),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn upload(
    State(app): State<Arc<App>>,
    Own(user): Own,
    request: Request,
) -> Result<(StatusCode, Json<UploadedAvatar>), ApiError> {
    let (parts, body) = request.into_parts();
    let (whole, _share) = app.large_bodies.read(Kind::File, body).await.map_err(ApiError::bare)?;
    let upload = read_upload(Request::from_parts(parts, Body::from(whole))).await.map_err(ApiError::bare)?;
    let avatar = app.store.upload_avatar(user, upload)?;
    Ok((StatusCode::CREATED, Json(avatar)))
}

async fn read_upload(request: Request) -> Result<Upload, ApiError> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be multipart/form-data"))?;
    let unreadable = |_| ApiError::bad_request("The form is malformed");
    let (mut file, mut name, mut voice_id) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("file") => {
                let content_type = field.content_type().unwrap_or_default().to_ascii_lowercase();
                // An empty file input of a web page sends neither a name nor data.
                let named = field.file_name().is_some_and(|name| !name.is_empty());
                let data = field.bytes().await.map_err(unreadable)?;
                file = (named || !data.is_empty()).then_some((content_type, data));
            }
            Some("name") => name = Some(field.text().await.map_err(unreadable)?),
            Some("voice_id") => voice_id = Some(field.text().await.map_err(unreadable)?),
            _ => {}
        }
    }
    let (content_type, data) = file.ok_or_else(|| ApiError::bad_request("No file uploaded"))?;
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| ApiError::bad_request("name required"))?;
    if voice_id.as_ref().is_some_and(String::is_empty) {
        return Err(ApiError::bad_request("voice_id must not be empty"));
    }
    if data.len() > MAX_FILE {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "file must be at most 10 MiB"));
    }
    if !content_type.starts_with("image/") && !content_type.starts_with("video/") {
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "file must be an image or a video"));
    }
    Ok(Upload { name, voice_id, content_type, data })
}

/// Update an avatar
#[utoipa::path(
    put, path = "/v1/avatars/{id}", tag = "avatars", operation_id = "avatars.update", params(("id" = i64, Path)),
    request_body = AvatarChanges,
    responses(
        (status = 200, description = "Changed", body = Done),
        (status = 404, description = "You have no such avatar", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn update(
    State(app): State<Arc<App>>,
    Own(user): Own,
    PathId(id): PathId,
    body: JsonBody,
) -> Result<Json<Done>, ApiError> {
    let changes = AvatarChanges::read(&body).map_err(ApiError::bare)?;
    match app.store.update_avatar(user, id, changes)? {
        true => Ok(DONE),
        false => Err(ApiError::not_found("Avatar not found").bare()),
    }
}

/// Delete an avatar; agents that use it lose it
#[utoipa::path(
    delete, path = "/v1/avatars/{id}", tag = "avatars", operation_id = "avatars.delete", params(("id" = i64, Path)),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "You have no such avatar", body = ErrorBody),
    ),
    security(("jwt" = []), ("api_key" = [])), extensions(("x-evidence" = json!("documented")))
)]
pub async fn delete(State(app): State<Arc<App>>, Own(user): Own, PathId(id): PathId) -> Result<Json<Done>, ApiError> {
    match app.store.delete_avatar(user, id)? {
        true => Ok(DONE),
        false => Err(ApiError::not_found("Avatar not found").bare()),
    }
}
