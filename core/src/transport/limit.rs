//! The service's rate limit, as its headers tell it: when it is used up, calls wait here instead of being refused there.

use crate::table::CredentialKind;
use http::HeaderMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// A window is a minute; a header that says more than this is wrong, or of another kind.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// What an answer's headers say of the limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RateLimit {
    pub remaining: Option<u64>,
    /// From now until the window ends.
    pub resets_in: Option<Duration>,
    pub retry_after: Option<Duration>,
}

impl RateLimit {
    pub fn read(status: u16, headers: &HeaderMap) -> RateLimit {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
        let remaining = number("x-ratelimit-remaining");
        // Nobody has to wait after any other answer, and reading dates is not free.
        if remaining != Some(0) && !matches!(status, 429 | 503) {
            return RateLimit { remaining, ..RateLimit::default() };
        }
        // The service's own clock, where it tells it: this machine's may be wrong.
        let now = text("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
        let until = |then: SystemTime| then.duration_since(now).unwrap_or_default();
        RateLimit {
            remaining,
            resets_in: number("x-ratelimit-reset")
                .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
                .map(until),
            retry_after: text("retry-after").and_then(|text| match text.parse::<u64>() {
                Ok(seconds) => Some(Duration::from_secs(seconds)),
                Err(_) => httpdate::parse_http_date(text).ok().map(until),
            }),
        }
    }

    /// How long to wait after a refusal, where the service says.
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.resets_in)
    }
}

/// When the next call may go, for each kind of credential.
#[derive(Default)]
pub(crate) struct Limiter {
    closed_until: Mutex<[Option<Instant>; 3]>,
}

impl Limiter {
    pub fn opens_at(&self, credential: Option<CredentialKind>) -> Option<Instant> {
        let mut closed = self.closed_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let slot = &mut closed[index(credential)];
        if slot.is_some_and(|until| until <= Instant::now()) {
            *slot = None;
        }
        *slot
    }

    pub fn learn(&self, credential: Option<CredentialKind>, limit: &RateLimit) {
        if limit.remaining == Some(0)
            && let Some(wait) = limit.wait()
            && !wait.is_zero()
            && wait <= LONGEST_WAIT
        {
            let mut closed = self.closed_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            closed[index(credential)] = Some(Instant::now() + wait);
        }
    }
}

fn index(credential: Option<CredentialKind>) -> usize {
    credential.map_or(0, |kind| kind as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_window_closes_the_gate_until_it_ends() {
        let limiter = Limiter::default();
        let said = RateLimit::read(
            429,
            &headers(&[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1640995200"),
                ("date", "Fri, 31 Dec 2021 23:59:30 GMT"),
            ]),
        );
        assert_eq!(said.resets_in, Some(Duration::from_secs(30)));
        limiter.learn(Some(CredentialKind::ApiKey), &said);
        assert!(limiter.opens_at(Some(CredentialKind::Token)).is_none());
        assert!(limiter.opens_at(Some(CredentialKind::ApiKey)).is_some());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(limiter.opens_at(Some(CredentialKind::ApiKey)).is_none());
    }

    #[test]
    fn retry_after_wins_and_nonsense_is_ignored() {
        let both = RateLimit::read(429, &headers(&[("retry-after", "7"), ("x-ratelimit-reset", "1")]));
        assert_eq!(both.wait(), Some(Duration::from_secs(7)));
        let nonsense = RateLimit::read(429, &headers(&[("retry-after", "soon"), ("x-ratelimit-reset", "-3")]));
        assert_eq!(nonsense.wait(), None);
        let huge = RateLimit::read(429, &headers(&[("x-ratelimit-reset", "18446744073709551615")]));
        assert_eq!(huge.wait(), None);
    }
}
