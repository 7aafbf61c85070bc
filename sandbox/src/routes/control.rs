//! Controls of the sandbox: reset, clock, faults, and the agent's replies.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Serialize;

use crate::activity::{Log, LogQuery};
use crate::app::App;
use crate::error::ApiError;
use crate::faults::{FaultRule, RuleStats};
use crate::request::JsonBody;

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
