//! Controls of the sandbox: reset, clock, faults, and the agent's replies.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Serialize;

use crate::activity::{Log, LogQuery};
use crate::app::App;
use crate::auth::ByApiKeyOrToken;
use crate::error::ApiError;
use crate::faults::{FaultRule, RuleStats};
use crate::options::Minutes;
use crate::plan::Plan;
use crate::request::{JsonBody, TextId};
use crate::store::rooms::accounts::{AccountChanges, Usage};
use crate::store::rooms::sessions::RoomsSession;

/// About 31 years.
const MAX_ADVANCE: i64 = 1_000_000_000;

/// After a reset the start-up key and token are valid again. The response has a new token, since the first may have expired.
#[derive(Serialize)]
pub struct Reset {
    success: bool,
    token: String,
    expires_at: String,
}

#[derive(Serialize)]
pub struct ClockState {
    now: String,
    ahead_seconds: i64,
}

#[derive(Serialize)]
pub struct FaultList {
    faults: Vec<RuleStats>,
    by_header: u64,
}

#[derive(Serialize)]
pub struct RemainingReplies {
    replies: Vec<String>,
}

/// The usage of an account.
#[derive(Serialize)]
pub struct AccountState {
    usage: Usage,
}

/// A session after everybody left its room.
#[derive(Serialize)]
pub struct Left {
    session: RoomsSession,
}

pub async fn reset(State(app): State<Arc<App>>) -> Result<Json<Reset>, ApiError> {
    app.reset()?;
    let token = app.start_up_token()?;
    Ok(Json(Reset { success: true, token: token.token, expires_at: token.expires_at }))
}

/// The last requests of every account, for `agenthuman logs`.
pub async fn log(State(app): State<Arc<App>>, Query(query): Query<LogQuery>) -> Json<Log> {
    Json(app.activity.log(None, &query))
}

pub async fn clock(State(app): State<Arc<App>>) -> Json<ClockState> {
    Json(ClockState { now: app.clock.now_text(), ahead_seconds: app.clock.ahead_seconds() })
}

pub async fn advance_clock(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<ClockState>, ApiError> {
    let seconds = body.required_int("advance_seconds")?;
    let seconds = u32::try_from(seconds).ok().filter(|seconds| i64::from(*seconds) <= MAX_ADVANCE);
    let seconds = seconds.ok_or_else(|| ApiError::bad_request(format!("advance_seconds must be 0 to {MAX_ADVANCE}")))?;
    app.clock.advance(seconds);
    Ok(clock(State(app)).await)
}

pub async fn faults(State(app): State<Arc<App>>) -> Json<FaultList> {
    Json(FaultList { faults: app.faults.stats(), by_header: app.faults.by_header() })
}

pub async fn set_faults(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<FaultList>, ApiError> {
    let texts = body.required_texts("faults")?;
    let rules = texts
        .iter()
        .map(|text| text.parse().map_err(|error| ApiError::bad_request(format!("faults: {error}"))))
        .collect::<Result<Vec<FaultRule>, _>>()?;
    app.faults.set(&rules).map_err(|why| ApiError::bad_request(format!("faults: {why}")))?;
    Ok(faults(State(app)).await)
}

pub async fn remove_faults(State(app): State<Arc<App>>) -> Json<FaultList> {
    app.faults.clear();
    faults(State(app)).await
}

pub async fn replies(State(app): State<Arc<App>>) -> Json<RemainingReplies> {
    Json(RemainingReplies { replies: app.replies.remaining() })
}

pub async fn set_replies(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<RemainingReplies>, ApiError> {
    app.replies.set(body.required_texts("replies")?)?;
    Ok(replies(State(app)).await)
}

pub async fn clear_replies(State(app): State<Arc<App>>) -> Json<RemainingReplies> {
    app.replies.clear();
    replies(State(app)).await
}

pub async fn account(
    State(app): State<Arc<App>>,
    ByApiKeyOrToken(user): ByApiKeyOrToken,
) -> Result<Json<AccountState>, ApiError> {
    Ok(Json(AccountState { usage: app.store.usage(user)? }))
}

/// Changes the plan and the minutes of the caller's account.
pub async fn change_account(
    State(app): State<Arc<App>>,
    ByApiKeyOrToken(user): ByApiKeyOrToken,
    body: JsonBody,
) -> Result<Json<AccountState>, ApiError> {
    let number = |field: &str| {
        let number = body.optional_int(field)?.map(u32::try_from).transpose();
        number.map_err(|_| ApiError::bad_request(format!("{field} must be 0 to {}", u32::MAX)))
    };
    let included_minutes = match body.is_null("included_minutes") {
        true => Some(Minutes::Unlimited),
        false => number("included_minutes")?.map(Minutes::Fixed),
    };
    let changes = AccountChanges {
        plan: body.optional_choice("plan", Plan::KEYS)?.and_then(Plan::of_key),
        included_minutes,
        purchased_minutes: number("purchased_minutes")?.map(i64::from),
    };
    app.store.change_account(user, &changes)?;
    account(State(app), ByApiKeyOrToken(user)).await
}

/// Makes everybody leave the room of a session: the service notices at once, or, with `{"gone": "silently"}`, only when it
/// looks for empty rooms.
pub async fn leave(
    State(app): State<Arc<App>>,
    ByApiKeyOrToken(user): ByApiKeyOrToken,
    TextId(id): TextId,
    body: JsonBody,
) -> Result<Json<Left>, ApiError> {
    let not_found = || ApiError::not_found("Session not found");
    match body.optional_choice("gone", &["noticed", "silently"])? {
        Some("silently") => app.store.leave_silently(user, &id)?.then_some(()).ok_or_else(not_found)?,
        _ => app.store.end_rooms_session(user, &id)?.map(|_| ()).ok_or_else(not_found)?,
    }
    let session = app.store.rooms_session(user, &id)?.ok_or_else(not_found)?;
    Ok(Json(Left { session }))
}
