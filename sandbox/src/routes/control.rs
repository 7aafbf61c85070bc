//! Controls the sandbox itself: back to the start, the time, the faults, the agent's replies.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::faults::{FaultRule, Told};
use crate::request::JsonBody;

/// About 31 years.
const MAX_ADVANCE: i64 = 1_000_000_000;

/// The start-up key and token work again after a reset; a new token is given, since the first may have expired.
#[derive(Serialize)]
pub struct Reset {
    success: bool,
    token: String,
    expires_at: String,
}

#[derive(Serialize)]
pub struct ClockTold {
    now: String,
    ahead_seconds: i64,
}

#[derive(Serialize)]
pub struct FaultsTold {
    faults: Vec<Told>,
    by_header: u64,
}

#[derive(Serialize)]
pub struct WaitingReplies {
    replies: Vec<String>,
}

pub async fn reset(State(app): State<Arc<App>>) -> Result<Json<Reset>, ApiError> {
    app.reset()?;
    let token = app.start_up_token()?;
    Ok(Json(Reset { success: true, token: token.token, expires_at: token.expires_at }))
}

pub async fn clock(State(app): State<Arc<App>>) -> Json<ClockTold> {
    Json(ClockTold { now: app.clock.now_text(), ahead_seconds: app.clock.ahead_seconds() })
}

pub async fn advance_clock(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<ClockTold>, ApiError> {
    let seconds = body.required_int("advance_seconds")?;
    let seconds = u32::try_from(seconds).ok().filter(|seconds| i64::from(*seconds) <= MAX_ADVANCE);
    let seconds = seconds.ok_or_else(|| ApiError::bad_request(format!("advance_seconds must be 0 to {MAX_ADVANCE}")))?;
    app.clock.advance(seconds);
    Ok(clock(State(app)).await)
}

pub async fn faults(State(app): State<Arc<App>>) -> Json<FaultsTold> {
    Json(FaultsTold { faults: app.faults.told(), by_header: app.faults.by_header() })
}

pub async fn set_faults(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<FaultsTold>, ApiError> {
    let texts = body.required_texts("faults")?;
    let rules = texts
        .iter()
        .map(|text| text.parse().map_err(|error| ApiError::bad_request(format!("faults: {error}"))))
        .collect::<Result<Vec<FaultRule>, _>>()?;
    app.faults.set(&rules).map_err(|why| ApiError::bad_request(format!("faults: {why}")))?;
    Ok(faults(State(app)).await)
}

pub async fn remove_faults(State(app): State<Arc<App>>) -> Json<FaultsTold> {
    app.faults.clear();
    faults(State(app)).await
}

pub async fn replies(State(app): State<Arc<App>>) -> Json<WaitingReplies> {
    Json(WaitingReplies { replies: app.replies.waiting() })
}

pub async fn set_replies(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<WaitingReplies>, ApiError> {
    app.replies.set(body.required_texts("replies")?)?;
    Ok(replies(State(app)).await)
}

pub async fn clear_replies(State(app): State<Arc<App>>) -> Json<WaitingReplies> {
    app.replies.clear();
    replies(State(app)).await
}
