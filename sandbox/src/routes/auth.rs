//! Signing in with a one-time code, and the resulting token.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::{DONE, Done};
use crate::app::App;
use crate::auth::ByToken;
use crate::error::{ApiError, ErrorBody};
use crate::request::JsonBody;
use crate::store::users::User;
use crate::token::NewToken;
use crate::{cookies, otp};

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct OtpRequest {
    #[schema(format = Email)]
    email: String,
}

#[derive(Serialize, ToSchema)]
pub struct OtpRequested {
    success: bool,
    message: &'static str,
    /// Seconds.
    expires_in: i64,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct OtpVerification {
    #[schema(format = Email)]
    email: String,
    #[schema(pattern = "^[0-9]{6}$")]
    code: String,
}

#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    success: bool,
    token: String,
    #[schema(format = DateTime)]
    expires_at: String,
    user: User,
}

#[derive(Serialize, ToSchema)]
pub struct Refreshed {
    success: bool,
    token: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct Me {
    success: bool,
    user: User,
}

/// Send a one-time code
#[utoipa::path(
    post, path = "/v1/auth/otp/request", tag = "auth", operation_id = "auth.request_otp", request_body = OtpRequest,
    responses((status = 200, description = "A code was sent, if the address exists", body = OtpRequested)),
    extensions(("x-evidence" = json!("named")))
)]
pub async fn request_otp(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<OtpRequested>, ApiError> {
    let email = otp::normal_email(&body.required_text("email")?)?;
    otp::request(&app, &email)?;
    Ok(Json(OtpRequested { success: true, message: "A code was sent by mail", expires_in: otp::LIFETIME_SECONDS }))
}

/// Sign in with a one-time code
#[utoipa::path(
    post, path = "/v1/auth/otp/verify", tag = "auth", operation_id = "auth.verify_otp",
    request_body = OtpVerification,
    responses(
        (status = 200, description = "The token. The response also sets the cookies", body = SignedIn),
        (status = 401, description = "The code is wrong, already used or expired", body = ErrorBody),
    ),
    extensions(("x-evidence" = json!("named")))
)]
pub async fn verify_otp(State(app): State<Arc<App>>, body: JsonBody) -> Result<Response, ApiError> {
    let email = otp::normal_email(&body.required_text("email")?)?;
    let code = body.required_text("code")?;
    otp::check_code(&code)?;
    let user = otp::verify(&app, &email, &code)?;
    let NewToken { token, expires_at } = app.tokens.issue(user.id, app.clock.now_unix())?;
    let mut headers = HeaderMap::new();
    cookies::sign_in(&mut headers, &token, app.secure_cookies);
    Ok((headers, Json(SignedIn { success: true, token, expires_at, user })).into_response())
}

/// Get the user of the token
#[utoipa::path(
    get, path = "/v1/auth/me", tag = "auth", operation_id = "auth.me",
    responses((status = 200, description = "The user", body = Me)),
    security(("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn me(State(app): State<Arc<App>>, ByToken(caller): ByToken) -> Result<Json<Me>, ApiError> {
    let user = app.store.user(caller.claims.user_id)?.ok_or_else(|| ApiError::unauthorized("Invalid token"))?;
    Ok(Json(Me { success: true, user }))
}

/// Exchange the token for a new one
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "auth", operation_id = "auth.refresh",
    responses((status = 200, description = "A new token. The old one is invalid", body = Refreshed)),
    security(("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn refresh(State(app): State<Arc<App>>, ByToken(caller): ByToken) -> Result<Response, ApiError> {
    if !app.store.revoke_token(&caller.claims)? {
        return Err(ApiError::unauthorized("Invalid token"));
    }
    let NewToken { token, expires_at } = app.tokens.issue(caller.claims.user_id, app.clock.now_unix())?;
    let mut headers = HeaderMap::new();
    if caller.by_cookie {
        cookies::sign_in(&mut headers, &token, app.secure_cookies);
    }
    Ok((headers, Json(Refreshed { success: true, token, expires_at })).into_response())
}

/// Invalidate the token
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "auth", operation_id = "auth.logout",
    responses((status = 200, description = "The token is invalid", body = Done)),
    security(("jwt" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn logout(State(app): State<Arc<App>>, ByToken(caller): ByToken) -> Result<Response, ApiError> {
    app.store.revoke_token(&caller.claims)?;
    let mut headers = HeaderMap::new();
    if caller.by_cookie {
        cookies::sign_out(&mut headers, app.secure_cookies);
    }
    Ok((headers, DONE).into_response())
}
