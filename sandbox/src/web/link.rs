//! The page of a link. It says what the link is, since the sandbox has no avatar that could speak.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;

use super::mailbox::escaped;
use crate::app::App;
use crate::error::ApiError;
use crate::request::TextId;
use crate::store::rooms::links::not_found;

pub async fn page(State(app): State<Arc<App>>, TextId(id): TextId) -> Result<Html<String>, ApiError> {
    let (name, status) = app.store.link_of_page(&id)?.ok_or_else(not_found)?;
    let name = escaped(name.as_deref().unwrap_or("Link"));
    let page = include_str!("../../web/link.html");
    Ok(Html(page.replace("{name}", &name).replace("{status}", status).replace("{id}", &escaped(&id))))
}
