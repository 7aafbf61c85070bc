//! Whether a failed try is repeated, and after how long: pure rules, without a clock.

use crate::error::Kind;
use crate::table::Repeat;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// What is known of a failed try.
pub(crate) struct Failure {
    pub kind: Kind,
    pub status: Option<u16>,
    /// Whether the request certainly did not reach the application.
    pub unsent: bool,
    /// Whether the body named a machine-readable code.
    pub has_code: bool,
}

impl Failure {
    /// Whether repeating it can do no harm, and may help.
    pub fn may_repeat(&self, repeat: Repeat) -> bool {
        let refused_by_limit = self.status == Some(429) && !self.has_code && self.kind == Kind::RateLimited;
        let unsent = self.unsent && self.kind.is(Kind::Connection);
        match repeat {
            Repeat::Never => false,
            Repeat::IfUnsent => unsent || refused_by_limit,
            Repeat::Safe => match self.status {
                None => self.kind.is(Kind::Connection) || self.unsent,
                Some(429) => refused_by_limit,
                Some(status) => matches!(status, 408 | 500 | 502 | 503 | 504) && self.kind.entry().retryable,
            },
        }
    }
}

/// The pause before try number `next` (1 is the first repeat), with full jitter: anything from nothing to the bound.
pub(crate) fn backoff(next: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << next.saturating_sub(1).min(10)).min(LONGEST_BACKOFF);
    bound.mul_f64(fastrand::f64())
}

/// Keeps a service that fails from being hammered: a repeat takes a token, a success gives a tenth back.
pub(crate) struct Budget(AtomicI32);

impl Budget {
    const FULL: i32 = 100;
    const REPEAT: i32 = 10;
    const SUCCESS: i32 = 1;

    pub fn new() -> Budget {
        Budget(AtomicI32::new(Budget::FULL))
    }

    pub fn take(&self) -> bool {
        self.0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= Budget::REPEAT).then(|| left - Budget::REPEAT))
            .is_ok()
    }

    pub fn give_back(&self) {
        if self.0.load(Ordering::Relaxed) < Budget::FULL {
            self.0.fetch_add(Budget::SUCCESS, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, kind: Kind) -> Failure {
        Failure { kind, status: Some(status), unsent: false, has_code: false }
    }

    #[test]
    fn reads_are_repeated_on_what_passes() {
        for (code, kind) in [(408, Kind::Timeout), (500, Kind::Server), (503, Kind::ServiceUnavailable), (429, Kind::RateLimited)]
        {
            assert!(status(code, kind).may_repeat(Repeat::Safe), "{code}");
        }
        for (code, kind) in [(400, Kind::BadRequest), (401, Kind::Authentication), (404, Kind::NotFound), (501, Kind::Server)] {
            assert!(!status(code, kind).may_repeat(Repeat::Safe), "{code}");
        }
    }

    #[test]
    fn creates_are_repeated_only_when_nothing_happened() {
        let unsent = Failure { kind: Kind::Connection, status: None, unsent: true, has_code: false };
        let lost = Failure { kind: Kind::Connection, status: None, unsent: false, has_code: false };
        assert!(unsent.may_repeat(Repeat::IfUnsent));
        assert!(!lost.may_repeat(Repeat::IfUnsent));
        assert!(!status(503, Kind::ServiceUnavailable).may_repeat(Repeat::IfUnsent));
        assert!(status(429, Kind::RateLimited).may_repeat(Repeat::IfUnsent));
        let coded = Failure { has_code: true, ..status(429, Kind::ConcurrencyLimit) };
        assert!(!coded.may_repeat(Repeat::IfUnsent) && !coded.may_repeat(Repeat::Safe));
        assert!(!unsent.may_repeat(Repeat::Never));
    }

    #[test]
    fn the_backoff_is_bounded() {
        for next in 1..40 {
            assert!(backoff(next) <= LONGEST_BACKOFF);
        }
    }

    #[test]
    fn the_budget_runs_out_and_comes_back() {
        let budget = Budget::new();
        assert_eq!((0..20).filter(|_| budget.take()).count(), 10);
        (0..10).for_each(|_| budget.give_back());
        assert!(budget.take());
        assert!(!budget.take());
    }
}
