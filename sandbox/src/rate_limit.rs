//! The fixed one-minute window that each credential, or each address without one, has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Counted {
    ApiKey(i64),
    Token(String),
    Address(IpAddr),
}

pub struct RateLimiter {
    limit: u32,
    state: Mutex<State>,
}

struct State {
    windows: HashMap<Counted, Window>,
    swept_at: Instant,
}

struct Window {
    started: Instant,
    reset_unix: i64,
    used: u32,
}

pub struct Verdict {
    pub allowed: bool,
    limit: u32,
    remaining: u32,
    reset_unix: i64,
}

impl RateLimiter {
    pub fn new(limit: u32) -> Self {
        let state = State { windows: HashMap::new(), swept_at: Instant::now() };
        Self { limit, state: Mutex::new(state) }
    }

    pub fn count(&self, who: Counted) -> Verdict {
        self.count_at(who, Instant::now())
    }

    fn count_at(&self, who: Counted, now: Instant) -> Verdict {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(state.swept_at) >= WINDOW {
            state.swept_at = now;
            state.windows.retain(|_, window| now.duration_since(window.started) < WINDOW);
        }
        let window = state.windows.entry(who).or_insert_with(|| Window::starting(now));
        if now.duration_since(window.started) >= WINDOW {
            *window = Window::starting(now);
        }
        let allowed = window.used < self.limit;
        if allowed {
            window.used += 1;
        }
        Verdict { allowed, limit: self.limit, remaining: self.limit - window.used, reset_unix: window.reset_unix }
    }
}

impl Window {
    fn starting(now: Instant) -> Self {
        // Rounded up: whoever waits until this second must be let in.
        let reset_unix = Timestamp::now().as_second() + WINDOW.as_secs() as i64 + 1;
        Self { started: now, reset_unix, used: 0 }
    }
}

impl Verdict {
    pub fn write_to(&self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(self.reset_unix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_after_a_minute_and_others_are_not_touched() {
        let limiter = RateLimiter::new(2);
        let start = Instant::now();
        let allowed = |id, after| limiter.count_at(Counted::ApiKey(id), start + Duration::from_secs(after)).allowed;
        assert!(allowed(1, 0));
        assert!(allowed(1, 1));
        assert!(!allowed(1, 59));
        assert!(allowed(2, 59));
        assert!(allowed(1, 60));
    }

    #[test]
    fn ended_windows_are_forgotten() {
        let limiter = RateLimiter::new(2);
        let start = Instant::now();
        for id in 0..100 {
            limiter.count_at(Counted::ApiKey(id), start);
        }
        limiter.count_at(Counted::ApiKey(1000), start + WINDOW);
        assert_eq!(limiter.state.lock().unwrap().windows.len(), 1);
    }
}
