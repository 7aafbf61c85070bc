//! Tokens of users: JWTs. Their expiry is read; their signature is not verified.

use crate::error::{Error, Kind};
#[cfg(feature = "server")]
use crate::redact::JWT_START;
use crate::redact::{KEY_START, holds_a_key};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The tolerated difference between the clocks of the service and of this machine.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// A token. A text that is not a JWT is accepted as a token without an expiry.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    claims: Claims,
    /// The time of parsing, on a monotonic clock.
    received: Instant,
    /// Its lifetime when it was received, if this machine's clock agrees with the token's times.
    left_by_clock: Option<Duration>,
}

/// The times of a JWT, in seconds since 1970.
#[derive(Clone, Copy, Default)]
struct Claims {
    expires: Option<SystemTime>,
    issued: Option<SystemTime>,
}

impl Token {
    /// Parses a token.
    ///
    /// # Errors
    /// If the token is invalid (`configuration`). The message does not contain the token.
    pub fn parse(text: &str) -> Result<Token, Error> {
        let error = |why: &str| Error::new(Kind::Configuration, format!("the token {why}")).parameter("token");
        let refused = |why: &str| Err(error(why));
        if looks_like_a_key(text) {
            return Err(error("is an API key").suggestion_by_surface(
                "Pass it as the API key.",
                "Return the app's own token of its user. Only the backend may have an API key; if this one was in an app, delete it.",
            ));
        }
        if let Some(why) = super::text::fault(text) {
            return refused(&why);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("contains characters that are not allowed in an HTTP header");
        }
        let claims = Claims::of(text);
        let text = SecretString::from(text.to_owned());
        Ok(Token { text, claims, received: Instant::now(), left_by_clock: claims.left_at(SystemTime::now()) })
    }

    /// Returns the token itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Returns the time of expiry, if the token has one.
    pub fn expires(&self) -> Option<SystemTime> {
        self.claims.expires
    }

    /// Whether the token has expired by this machine's clock, with a tolerance of 30 s.
    pub fn has_expired(&self) -> bool {
        self.claims.expires.is_some_and(|expires| expires + CLOCK_SKEW < SystemTime::now())
    }

    /// Whether the token's lifetime, counted from when it was received, is over. This machine's clock may be wrong,
    /// so a token that was just received never counts as expired.
    pub(crate) fn is_outlived(&self) -> bool {
        let good_for = self.claims.lifetime().or(self.left_by_clock);
        good_for.is_some_and(|good_for| self.received.elapsed() > good_for + CLOCK_SKEW)
    }

    /// Returns the remaining lifetime, if it is known: by the clock, else by the lifetime.
    pub(crate) fn left(&self) -> Option<Duration> {
        let good_for = self.left_by_clock.or(self.claims.lifetime())?;
        Some(good_for.saturating_sub(self.received.elapsed()))
    }
}

impl Claims {
    fn of(text: &str) -> Claims {
        #[derive(Deserialize)]
        struct Times {
            exp: Option<Value>,
            iat: Option<Value>,
        }
        let times = (|| {
            let claims = text.split('.').nth(1)?;
            let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
            serde_json::from_slice::<Times>(&claims).ok()
        })();
        let time = |seconds: Option<Value>| {
            let since = Duration::try_from_secs_f64(seconds?.as_f64()?).ok()?;
            UNIX_EPOCH.checked_add(since)
        };
        times.map_or_else(Claims::default, |times| Claims { expires: time(times.exp), issued: time(times.iat) })
    }

    fn lifetime(&self) -> Option<Duration> {
        self.expires?.duration_since(self.issued?).ok().filter(|lifetime| !lifetime.is_zero())
    }

    /// Returns the time until expiry, if by the clock the token has been issued and has not expired.
    fn left_at(&self, now: SystemTime) -> Option<Duration> {
        let is_issued = self.issued.is_none_or(|issued| issued <= now + CLOCK_SKEW);
        self.expires?.duration_since(now).ok().filter(|left| is_issued && !left.is_zero())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

/// Whether a text starts like an API key or contains one.
fn looks_like_a_key(text: &str) -> bool {
    text.trim().trim_matches(['"', '\'']).starts_with(KEY_START) || holds_a_key(text)
}

#[cfg(feature = "server")]
pub(super) fn looks_like_a_jwt(text: &str) -> bool {
    text.starts_with(JWT_START) && text.matches('.').count() == 2
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

    fn from_now(seconds: f64) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() + seconds
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_was_just_received_is_good_for_its_lifetime_whatever_the_clock_says() {
        let hour = Duration::from_secs(3_600);
        // Its times, relative to this machine's clock: ahead of the service's by two hours, behind it, and right.
        for (iat, exp) in [(-7_200.0, -3_600.0), (7_200.0, 10_800.0), (0.0, 3_600.0)] {
            let token = Token::parse(&jwt(&format!(r#"{{"iat":{},"exp":{}}}"#, from_now(iat), from_now(exp)))).unwrap();
            let left = token.left().unwrap();
            let tolerance = Duration::from_secs(60);
            assert!(left < hour + tolerance && left + tolerance > hour, "{iat}: {left:?}");
            assert!(!token.is_outlived(), "{iat}");
            tokio::time::advance(hour).await;
            assert!(!token.is_outlived(), "{iat}");
            tokio::time::advance(CLOCK_SKEW + Duration::from_secs(1)).await;
            assert!(token.is_outlived(), "{iat}");
            assert_eq!(token.left(), Some(Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_time_of_issue_the_clock_counts_unless_it_says_expired() {
        let expired = Token::parse(&jwt(&format!(r#"{{"exp":{}}}"#, from_now(-3_600.0)))).unwrap();
        assert_eq!((expired.left(), expired.is_outlived(), expired.has_expired()), (None, false, true));
        let good = Token::parse(&jwt(&format!(r#"{{"exp":{}}}"#, from_now(600.0)))).unwrap();
        assert!(!good.is_outlived());
        tokio::time::advance(Duration::from_secs(631)).await;
        assert!(good.is_outlived() && !expired.is_outlived());
    }

    #[test]
    fn a_wrong_token_is_refused_without_being_shown() {
        let key = "ah_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"; // agenthuman-scan: allow
        for (text, reason) in [
            ("", "empty"),
            (key, "API key"),
            ("ab c", "header"),
            ("a\n", "line break"),
            ("Bearer abc", "Bearer"),
            ("\"abc\"", "quotes"),
            ("\u{feff}abc", "byte order mark"),
            ("AGENTHUMAN_TOKEN=abc", "assignment"),
        ] {
            let error = Token::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration);
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!error.to_string().contains(key));
        }
    }
}
