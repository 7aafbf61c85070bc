//! The rate limit of each user. Each copy of a relay counts separately.

use crate::answers::Refusal;
use agenthuman::Kind;
use governor::clock::{Clock, MonotonicClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of users at which idle users are first removed.
const FIRST_SWEEP: usize = 1024;

/// The limit of each user, and who has used how much of it.
pub(crate) struct Limits {
    limiter: Option<DefaultKeyedRateLimiter<String>>,
    /// The number of users for the next sweep.
    sweep_at: AtomicUsize,
}

impl Limits {
    /// 0 is no limit.
    pub fn new(requests_per_minute: u32) -> Limits {
        let quota = NonZeroU32::new(requests_per_minute).map(Quota::per_minute);
        Limits { limiter: quota.map(RateLimiter::keyed), sweep_at: AtomicUsize::new(FIRST_SWEEP) }
    }

    pub fn count(&self, user: &str) -> Result<(), Refusal> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let verdict = limiter.check_key(&user.to_owned());
        self.forget_the_absent(limiter);
        verdict.map_err(|until| {
            let wait = until.wait_time_from(MonotonicClock.now()).as_secs_f64().max(1.0);
            Refusal::new(Kind::RateLimited, "too many requests from this user; wait for the time in Retry-After")
                .retry_after(wait)
        })
    }

    /// Removes idle users, so that memory grows with the users of the last minute only.
    fn forget_the_absent(&self, limiter: &DefaultKeyedRateLimiter<String>) {
        if limiter.len() >= self.sweep_at.load(Ordering::Relaxed) {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            self.sweep_at.store(FIRST_SWEEP.max(2 * limiter.len()), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_who_have_been_away_are_forgotten() {
        // At this rate a user counts as away after some microseconds.
        let limits = Limits::new(60_000_000);
        for user in 0..20_000 {
            assert!(limits.count(&user.to_string()).is_ok());
        }
        assert!(limits.limiter.is_some_and(|limiter| limiter.len() < 4 * FIRST_SWEEP));
    }
}
