//! Identifies callers, and defines which credentials each group of operations accepts.
//!
//! [`identify`] runs once for each request, and uses the first of `x-api-key`, `Authorization` and the cookie. Handlers
//! choose the credentials that they accept with an extractor: [`Own`], [`PublicList`], [`ByApiKey`] or [`ByToken`].

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::activity::{Caller, CredentialKind};
use crate::app::App;
use crate::cookies;
use crate::error::ApiError;
use crate::options::AuthMode;
use crate::rate_limit::RateLimitKey;
use crate::store::api_keys::KeyState;
use crate::token::TokenClaims;

const KEY_REQUIRED: &str = "API key required";
const TOKEN_REQUIRED: &str = "Authentication required";

#[derive(Clone)]
pub struct Identity {
    credential: Credential,
    caller: Caller,
    mode: AuthMode,
    csrf_missing: bool,
}

#[derive(Clone)]
enum Credential {
    None,
    ApiKey(Result<KeyHolder, &'static str>),
    Token { claims: Result<TokenClaims, &'static str>, by_cookie: bool },
}

#[derive(Clone)]
struct KeyHolder {
    key_id: i64,
    user_id: i64,
}

/// The caller of an operation that accepts only a JWT.
#[derive(Clone)]
pub struct TokenCaller {
    pub claims: TokenClaims,
    pub by_cookie: bool,
}

pub fn identify(app: &App, method: &Method, headers: &HeaderMap) -> Result<Identity, ApiError> {
    let mut csrf_missing = false;
    let mut caller = Caller::default();
    let credential = if let Some(key) = headers.get("x-api-key") {
        caller.credential = CredentialKind::ApiKey;
        Credential::ApiKey(key_holder(app, key.as_bytes(), &mut caller)?)
    } else if let Some(value) = headers.get(AUTHORIZATION) {
        let claims = match bearer(value.as_bytes()) {
            Some(token) => live_claims(app, token)?,
            None => Err("Invalid token"),
        };
        caller.credential = CredentialKind::Token;
        Credential::Token { claims, by_cookie: false }
    } else if let Some(token) = cookies::session_token(headers) {
        caller.credential = CredentialKind::Cookie;
        csrf_missing = !method.is_safe() && !cookies::csrf_matches(headers, token);
        Credential::Token { claims: live_claims(app, token)?, by_cookie: true }
    } else {
        Credential::None
    };
    if let Credential::Token { claims: Ok(claims), .. } = &credential {
        caller.user_id = Some(claims.user_id);
    }
    Ok(Identity { credential, caller, mode: app.auth, csrf_missing })
}

fn key_holder(app: &App, key: &[u8], caller: &mut Caller) -> Result<Result<KeyHolder, &'static str>, ApiError> {
    if key.is_empty() {
        return Ok(Err(KEY_REQUIRED));
    }
    let state = app.store.find_api_key(key)?;
    if let KeyState::Live { key_id, user_id } | KeyState::Revoked { key_id, user_id } = state {
        (caller.key_id, caller.user_id) = (Some(key_id), Some(user_id));
    }
    Ok(match state {
        KeyState::Live { key_id, user_id } => Ok(KeyHolder { key_id, user_id }),
        KeyState::Revoked { .. } => Err("API key has been revoked"),
        KeyState::Unknown => Err("Invalid API key"),
    })
}

fn bearer(value: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn live_claims(app: &App, token: &str) -> Result<Result<TokenClaims, &'static str>, ApiError> {
    match app.tokens.read(token, app.clock.now_unix()) {
        Ok(claims) if app.store.token_is_revoked(&claims)? => Ok(Err("Invalid token")),
        read => Ok(read),
    }
}

impl Identity {
    /// Returns the caller for the log, which includes revoked keys.
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// Returns the key of the rate limit: the credential if it is valid, otherwise the address.
    pub fn rate_limit_key(&self, address: IpAddr) -> RateLimitKey {
        match &self.credential {
            Credential::ApiKey(Ok(holder)) => RateLimitKey::ApiKey(holder.key_id),
            Credential::Token { claims: Ok(claims), .. } => RateLimitKey::Token(claims.jti.clone()),
            _ => RateLimitKey::Address(address),
        }
    }

    /// For agents, and the user's own avatars, voices and roles.
    pub fn own(&self) -> Result<i64, ApiError> {
        self.user(self.mode == AuthMode::Lenient, true, TOKEN_REQUIRED)
    }

    /// For public lists of avatars, voices and roles.
    pub fn public_list(&self) -> Result<i64, ApiError> {
        self.user(true, self.mode == AuthMode::Lenient, KEY_REQUIRED)
    }

    /// For sessions and messages.
    pub fn api_key(&self) -> Result<i64, ApiError> {
        self.user(true, false, KEY_REQUIRED)
    }

    /// For the usage of an account, and the controls of one account.
    pub fn api_key_or_token(&self) -> Result<i64, ApiError> {
        self.user(true, true, KEY_REQUIRED)
    }

    /// For API keys, and operations on the token itself.
    pub fn token(&self) -> Result<TokenCaller, ApiError> {
        self.user(false, true, TOKEN_REQUIRED)?;
        match &self.credential {
            Credential::Token { claims: Ok(claims), by_cookie } => {
                Ok(TokenCaller { claims: claims.clone(), by_cookie: *by_cookie })
            }
            _ => Err(ApiError::unauthorized(TOKEN_REQUIRED)),
        }
    }

    fn user(&self, takes_key: bool, takes_token: bool, required: &'static str) -> Result<i64, ApiError> {
        let user_id = match &self.credential {
            Credential::ApiKey(holder) if takes_key => holder.as_ref().map(|holder| holder.user_id),
            Credential::Token { claims, .. } if takes_token => claims.as_ref().map(|claims| claims.user_id),
            _ => Err(&required),
        };
        let user_id = user_id.map_err(|text| ApiError::unauthorized(text))?;
        if self.csrf_missing {
            return Err(ApiError::forbidden("CSRF token missing or wrong"));
        }
        Ok(user_id)
    }
}

/// The user of an operation on agents or on their own avatars, voices and roles.
pub struct Own(pub i64);

/// The user of a public list.
pub struct PublicList;

/// The user of an operation on sessions or messages.
pub struct ByApiKey(pub i64);

/// The user of the usage.
pub struct ByApiKeyOrToken(pub i64);

/// The user of an operation on API keys or on the token itself.
pub struct ByToken(pub TokenCaller);

fn identity(parts: &Parts) -> Result<&Identity, ApiError> {
    parts.extensions.get::<Identity>().ok_or_else(|| ApiError::unauthorized(TOKEN_REQUIRED))
}

impl FromRequestParts<Arc<App>> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        identity(parts).cloned()
    }
}

impl FromRequestParts<Arc<App>> for Own {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        identity(parts)?.own().map(Own)
    }
}

impl FromRequestParts<Arc<App>> for PublicList {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        identity(parts)?.public_list().map(|_| PublicList)
    }
}

impl FromRequestParts<Arc<App>> for ByApiKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        identity(parts)?.api_key().map(ByApiKey)
    }
}

impl FromRequestParts<Arc<App>> for ByApiKeyOrToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        // Controls are not below /v1, so their caller is not identified yet.
        match parts.extensions.get::<Identity>() {
            Some(identity) => identity.api_key_or_token(),
            None => identify(app, &parts.method, &parts.headers)?.api_key_or_token(),
        }
        .map(Self)
    }
}

impl FromRequestParts<Arc<App>> for ByToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        identity(parts)?.token().map(ByToken)
    }
}
