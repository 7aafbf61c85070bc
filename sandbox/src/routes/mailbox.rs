//! The mails of the sandbox as JSON. The page /mailbox shows the same to people.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::store::otp::Mail;

#[derive(Serialize)]
pub struct Mailbox {
    mails: Vec<Mail>,
}

pub async fn json(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<([(HeaderName, &'static str); 1], Json<Mailbox>), ApiError> {
    let to = query.get("to").map(|to| to.trim().to_lowercase());
    let mails = app.store.mails(to.as_deref())?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Mailbox { mails })))
}
