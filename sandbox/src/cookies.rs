//! The cookies of the dashboard, and the protection against CSRF.
//!
//! Signing in sets two cookies: `ah_session` (the JWT, not readable by scripts) and `ah_csrf`. A write under /v1 whose only
//! credential is the cookie must repeat the value of `ah_csrf` in the header `x-csrf-token`. The value is a digest of the
//! session's token, so a cookie that another page has set never matches.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::{random, token};

const SESSION: &str = "ah_session";
const CSRF: &str = "ah_csrf";
const CSRF_HEADER: &str = "x-csrf-token";

pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == SESSION && !value.is_empty())
        .map(|(_, value)| value)
}

pub fn csrf_matches(headers: &HeaderMap, session_token: &str) -> bool {
    headers.get(CSRF_HEADER).is_some_and(|value| value.as_bytes() == csrf_value(session_token).as_bytes())
}

pub fn sign_in(headers: &mut HeaderMap, session_token: &str, secure: bool) {
    let age = token::LIFETIME_SECONDS;
    append(headers, SESSION, session_token, age, "; HttpOnly", secure);
    append(headers, CSRF, &csrf_value(session_token), age, "", secure);
}

pub fn sign_out(headers: &mut HeaderMap, secure: bool) {
    append(headers, SESSION, "", 0, "; HttpOnly", secure);
    append(headers, CSRF, "", 0, "", secure);
}

fn csrf_value(session_token: &str) -> String {
    let digest = random::sha256(format!("csrf:{session_token}").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn append(headers: &mut HeaderMap, name: &str, value: &str, age: i64, http_only: &str, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={age}; SameSite=Lax{http_only}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}
