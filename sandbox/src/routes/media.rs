//! The pictures of the public avatars, and uploaded files.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::body::{Guarded, Kind};
use crate::error::ApiError;

const BUILT_IN: [(&str, &str, &str); 3] =
    [("ada.svg", "#7a5af5", "A"), ("mateo.svg", "#0f9d76", "M"), ("camille.svg", "#d9480f", "C")];

pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    if let Some((_, colour, letter)) = BUILT_IN.iter().find(|(name, ..)| *name == id) {
        return Ok(served("image/svg+xml", portrait(colour, letter).into_bytes()));
    }
    let not_found = || ApiError::not_found("Not found");
    let size = app.store.media_size(&id)?.ok_or_else(not_found)?;
    // The file stays in memory while a slow client reads it.
    let share = app.large_bodies.share(Kind::File, size as usize).await?;
    let media = app.store.media(&id)?.ok_or_else(not_found)?;
    Ok(served(&media.content_type, media.data).map(|body| Body::new(Guarded::new(body, share))))
}

/// Uploads are untrusted: browsers may display them, but not run scripts in them.
fn served(content_type: &str, data: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    let fallback = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap_or(fallback));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    (headers, data).into_response()
}

fn portrait(colour: &str, letter: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><rect width=\"100\" height=\"100\" \
         fill=\"{colour}\"/><text x=\"50\" y=\"66\" font-family=\"sans-serif\" font-size=\"48\" fill=\"#fff\" \
         text-anchor=\"middle\">{letter}</text></svg>"
    )
}
