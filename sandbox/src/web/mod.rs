//! The pages: dashboard, playground and mailbox, and their files.

mod assets;
mod dashboard;
mod link;
mod mailbox;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                   frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The routes of the pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(assets::dashboard))
        .route("/playground", get(assets::playground))
        .route("/mailbox", get(mailbox::page))
        .route("/s/{id}", get(link::page))
        .route("/web/{name}", get(assets::asset))
        .route("/dashboard/account", get(dashboard::account))
        .route("/dashboard/keys", get(dashboard::keys))
        .route("/dashboard/log", get(dashboard::log))
        .route("/dashboard/sessions", get(dashboard::sessions))
        .route("/dashboard/sessions/{id}", get(dashboard::session))
        .route("/dashboard/rooms", get(dashboard::rooms))
        .layer(map_response(protected))
}

async fn protected(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
