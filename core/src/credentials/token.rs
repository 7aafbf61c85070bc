//! A user's token: a JWT whose expiry is read, and never verified here.

use crate::error::{Error, Kind};
use crate::transport::redact::holds_a_key;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far the clocks of the service and of this machine may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// A token. One that is no JWT is taken too, as one without an expiry.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    expires: Option<SystemTime>,
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// `configuration` with the reason, and never with the token.
    pub fn parse(text: &str) -> Result<Token, Error> {
        let refused = |why: &str| Err(Error::new(Kind::Configuration, format!("the token {why}")).parameter("token"));
        if text.is_empty() {
            return refused("is empty");
        }
        if looks_like_a_key(text) {
            return refused("is an API key; pass it as the API key");
        }
        if text.trim() != text {
            return refused("has white space or a line break around it");
        }
        if text.len() > 1 && text.starts_with(['"', '\'', '`']) {
            return refused("has quotes around it");
        }
        if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return refused("begins with \"Bearer\"; pass what follows it");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("holds characters that no header can carry");
        }
        Ok(Token { expires: expiry(text), text: SecretString::from(text.to_owned()) })
    }

    /// The token itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// When it expires, where it says so.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Whether it has certainly expired, by this machine's clock and a tolerance of 30 s.
    pub fn has_expired(&self) -> bool {
        self.expires.is_some_and(|expires| expires + CLOCK_SKEW < SystemTime::now())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

/// Whether a text was meant to be an API key, right or wrong, or holds one.
fn looks_like_a_key(text: &str) -> bool {
    text.trim().trim_matches(['"', '\'']).starts_with("ah_") || holds_a_key(text)
}

#[cfg(feature = "server")]
pub(super) fn looks_like_a_jwt(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2
}

fn expiry(text: &str) -> Option<SystemTime> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let claims = text.split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let since = Duration::try_from_secs_f64(claims.exp).ok()?;
    UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("eyJhbGciOiJIUzI1NiJ9.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_expiry_is_read() {
        assert!(Token::parse(&jwt(r#"{"exp":1000}"#)).unwrap().has_expired());
        assert!(!Token::parse(&jwt(r#"{"exp":99999999999}"#)).unwrap().has_expired());
        for odd in [r#"{"exp":-1}"#, r#"{"exp":1e300}"#, r#"{"exp":"soon"}"#, "{}", "no json"] {
            assert_eq!(Token::parse(&jwt(odd)).unwrap().expires(), None, "{odd}");
        }
    }

    #[test]
    fn a_wrong_token_is_refused_without_being_shown() {
        let key = "ah_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6";
        for (text, reason) in [
            ("", "empty"),
            (key, "API key"),
            ("ab c", "header"),
            ("a\n", "line break"),
            ("Bearer abc", "Bearer"),
            ("\"abc\"", "quotes"),
        ] {
            let error = Token::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration);
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!error.to_string().contains(key));
        }
    }
}
