//! The rate limit: a fixed window for each credential, or for each address without a credential.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

/// A rate limit: the number of requests in each window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    seconds: u32,
}

/// A text is not a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRateLimit;

impl RateLimit {
    /// A limit in windows of one minute, as the service has.
    pub const fn per_minute(requests: u32) -> Self {
        Self { requests, seconds: 60 }
    }
}

impl std::str::FromStr for RateLimit {
    type Err = InvalidRateLimit;

    /// Parses `60`, requests per minute, or `60/5`, requests in five seconds: short windows make tests quick.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or(InvalidRateLimit);
        match text.split_once('/') {
            None => Ok(Self::per_minute(number(text)?)),
            Some((requests, seconds)) => Ok(Self { requests: number(requests)?, seconds: number(seconds)? }),
        }
    }
}

impl fmt::Display for InvalidRateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a number of requests, or REQUESTS/SECONDS")
    }
}

impl std::error::Error for InvalidRateLimit {}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RateLimitKey {
    ApiKey(i64),
    Token(String),
    Address(IpAddr),
}

pub struct RateLimiter {
    limit: u32,
    window_millis: i64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    windows: HashMap<RateLimitKey, Window>,
    swept_at: i64,
}

struct Window {
    started: i64,
    used: u32,
}

pub struct Verdict {
    pub allowed: bool,
    limit: u32,
    remaining: u32,
    reset_unix: i64,
}

impl RateLimiter {
    pub fn new(limit: RateLimit) -> Self {
        Self { limit: limit.requests, window_millis: i64::from(limit.seconds) * 1000, state: Mutex::default() }
    }

    pub fn count(&self, who: RateLimitKey, now: Timestamp) -> Verdict {
        let now = now.as_millisecond();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has_ended(state.swept_at, now) {
            state.swept_at = now;
            state.windows.retain(|_, window| !self.has_ended(window.started, now));
        }
        let window = state.windows.entry(who).or_insert(Window { started: now, used: 0 });
        if self.has_ended(window.started, now) {
            *window = Window { started: now, used: 0 };
        }
        let allowed = window.used < self.limit;
        if allowed {
            window.used += 1;
        }
        // Rounded up, so that a request in this second is accepted.
        let reset_unix = (window.started + self.window_millis + 999) / 1000;
        Verdict { allowed, limit: self.limit, remaining: self.limit - window.used, reset_unix }
    }

    pub fn reset(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// A window also ends if the clock was set back before its start.
    fn has_ended(&self, started: i64, now: i64) -> bool {
        !(0..self.window_millis).contains(&(now - started))
    }
}

impl Verdict {
    /// A rejection: nothing remains until `reset_unix`.
    pub fn exhausted(reset_unix: i64) -> Self {
        Self { allowed: false, limit: 60, remaining: 0, reset_unix }
    }

    pub fn write_to(&self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(self.reset_unix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_window_ends_after_a_minute_and_does_not_affect_others() {
        let limiter = RateLimiter::new(RateLimit::per_minute(2));
        let allowed = |id, after| limiter.count(RateLimitKey::ApiKey(id), at(after)).allowed;
        assert!(allowed(1, 0));
        assert!(allowed(1, 1_000));
        assert!(!allowed(1, 59_999));
        assert!(allowed(2, 59_999));
        assert!(allowed(1, 60_000));
    }

    #[test]
    fn windows_may_be_short() {
        let limiter = RateLimiter::new("1/2".parse().unwrap());
        assert!(limiter.count(RateLimitKey::ApiKey(1), at(0)).allowed);
        assert!(!limiter.count(RateLimitKey::ApiKey(1), at(1_999)).allowed);
        let verdict = limiter.count(RateLimitKey::ApiKey(1), at(2_000));
        assert_eq!((verdict.allowed, verdict.reset_unix), (true, 1_700_000_004));
        for invalid in ["", "0", "60/", "/5", "60/0", "-1", "1.5", "60/5/1"] {
            assert!(invalid.parse::<RateLimit>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_request_at_the_reset_time_is_accepted() {
        let limiter = RateLimiter::new(RateLimit::per_minute(1));
        let first = limiter.count(RateLimitKey::ApiKey(1), at(1));
        let reset = Timestamp::from_second(first.reset_unix).unwrap();
        assert!(limiter.count(RateLimitKey::ApiKey(1), reset).allowed);
    }

    #[test]
    fn a_window_ends_when_the_clock_is_set_back() {
        let limiter = RateLimiter::new(RateLimit::per_minute(1));
        assert!(limiter.count(RateLimitKey::ApiKey(1), at(0)).allowed);
        assert!(limiter.count(RateLimitKey::ApiKey(1), at(-1)).allowed);
    }

    #[test]
    fn ended_windows_are_removed() {
        let limiter = RateLimiter::new(RateLimit::per_minute(2));
        for id in 0..100 {
            limiter.count(RateLimitKey::ApiKey(id), at(0));
        }
        limiter.count(RateLimitKey::ApiKey(1000), at(60_000));
        assert_eq!(limiter.state.lock().unwrap().windows.len(), 1);
    }
}
