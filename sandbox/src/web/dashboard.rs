//! The endpoints of the dashboard besides /v1: the account, usage, the log, and sessions with their messages.
//!
//! They need the session cookie and are read-only: the dashboard creates and revokes keys under /v1, as programs do.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use serde::Serialize;

use crate::activity::{Log, LogQuery, Usage};
use crate::app::App;
use crate::auth;
use crate::error::ApiError;
use crate::page::PageQuery;
use crate::request::PathId;
use crate::store::api_keys::ApiKey;
use crate::store::messages::Message;
use crate::store::rooms::accounts::Usage as RoomsUsage;
use crate::store::rooms::links::Link;
use crate::store::rooms::sessions::RoomsSession;
use crate::store::sessions::{Session, SessionListItem};
use crate::store::users::User;
use crate::time;

const SESSIONS_SHOWN: i64 = 100;
const MESSAGES_SHOWN: i64 = 200;

/// The signed-in user.
pub struct SignedIn {
    user_id: i64,
    expires_unix: i64,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let claims = auth::identify(app, &parts.method, &parts.headers)?.token()?.claims;
        Ok(Self { user_id: claims.user_id, expires_unix: claims.expires_unix })
    }
}

/// The signed-in account. Not being signed in is not an error here.
#[derive(Default, Serialize)]
pub struct Account {
    user: Option<User>,
    expires_at: Option<String>,
}

#[derive(Serialize)]
pub struct KeyWithUsage {
    #[serde(flatten)]
    key: ApiKey,
    usage: Usage,
}

#[derive(Serialize)]
pub struct SessionDetail {
    session: Session,
    messages: Vec<Message>,
    more: bool,
}

/// Sessions in rooms, and what limits them.
#[derive(Serialize)]
pub struct Rooms {
    usage: RoomsUsage,
    sessions: Vec<SessionInRoom>,
    links: Vec<Link>,
}

/// A session with what its response does not have.
#[derive(Serialize)]
pub struct SessionInRoom {
    avatar: String,
    platform: String,
    minutes: i64,
    session: RoomsSession,
}

pub async fn account(State(app): State<Arc<App>>, signed_in: Result<SignedIn, ApiError>) -> Result<Json<Account>, ApiError> {
    let Ok(signed_in) = signed_in else { return Ok(Json(Account::default())) };
    let user = app.store.user(signed_in.user_id)?;
    Ok(Json(Account { user, expires_at: Some(time::from_unix(signed_in.expires_unix)) }))
}

pub async fn keys(State(app): State<Arc<App>>, signed_in: SignedIn) -> Result<Json<Vec<KeyWithUsage>>, ApiError> {
    let keys = app.store.api_keys(signed_in.user_id)?;
    let with_usage = |key: ApiKey| KeyWithUsage { usage: app.activity.usage(key.id), key };
    Ok(Json(keys.into_iter().map(with_usage).collect()))
}

pub async fn log(State(app): State<Arc<App>>, signed_in: SignedIn, Query(query): Query<LogQuery>) -> Json<Log> {
    Json(app.activity.log(Some(signed_in.user_id), &query))
}

pub async fn sessions(State(app): State<Arc<App>>, signed_in: SignedIn) -> Result<Json<Vec<SessionListItem>>, ApiError> {
    let newest = PageQuery { after: None, limit: SESSIONS_SHOWN };
    Ok(Json(app.store.sessions(signed_in.user_id, None, None, Some(&newest))?.items))
}

pub async fn session(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    PathId(id): PathId,
) -> Result<Json<SessionDetail>, ApiError> {
    let not_found = || ApiError::not_found("Session not found");
    let session = app.store.session(signed_in.user_id, id)?.ok_or_else(not_found)?;
    let page = app.store.messages(signed_in.user_id, id, None, MESSAGES_SHOWN)?.ok_or_else(not_found)?;
    Ok(Json(SessionDetail { session, messages: page.items, more: page.next.is_some() }))
}

pub async fn rooms(State(app): State<Arc<App>>, signed_in: SignedIn) -> Result<Json<Rooms>, ApiError> {
    let user = signed_in.user_id;
    let sessions = app.store.rooms_sessions(user, None)?.into_iter().take(SESSIONS_SHOWN as usize);
    let sessions = sessions.map(|session| SessionInRoom {
        avatar: session.avatar.clone(),
        platform: session.platform.clone(),
        minutes: session.minutes(),
        session,
    });
    Ok(Json(Rooms { usage: app.store.usage(user)?, sessions: sessions.collect(), links: app.store.links(user, None)? }))
}
