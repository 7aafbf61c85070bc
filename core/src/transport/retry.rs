//! Whether a failed try is repeated, and after how long: pure rules, without a clock.

use crate::error::Kind;
use crate::vocabulary::Repeat;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// Whether a response of this status may be another one a little later: a gateway's trouble, a node that is going down,
/// too many requests. A 501 or a 505 stays what it is.
fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 421 | 425 | 429 | 500 | 502..=504 | 520..=530)
}

/// Whether the call that this response failed may succeed later.
pub(crate) fn passes(kind: Kind, status: u16) -> bool {
    // The kind of the usual 4xx says only that the request was rejected; any other kind knows better than the status.
    (kind.entry().retryable || kind == Kind::BadRequest) && is_transient(status)
}

/// Whether a write may have been carried out although this response says that it failed.
pub(crate) fn may_have_happened(kind: Kind, status: u16) -> bool {
    match status {
        // The request took effect, but its response could not be decoded. A rejection is certain.
        200..300 => kind == Kind::InvalidResponse,
        // The same request is to be sent elsewhere, so nothing was done with it.
        307 | 308 => false,
        // 303 is the response to a request that was carried out, and many services send 301 or 302 instead.
        300..400 => true,
        400..500 => false,
        _ => true,
    }
}

/// The facts about a failed attempt.
pub(crate) struct Failure {
    pub kind: Kind,
    pub status: Option<u16>,
    /// Whether the request certainly did not reach the application.
    pub unsent: bool,
    /// Whether the body named a machine-readable code.
    pub has_code: bool,
    /// Whether the rate limit refused it.
    pub by_limit: bool,
}

impl Failure {
    /// Whether repeating it can do no harm, and may help.
    pub fn may_repeat(&self, repeat: Repeat) -> bool {
        let refused_by_limit = self.status == Some(429) && !self.has_code && self.kind == Kind::RateLimited;
        let unsent = self.unsent && self.kind.is(Kind::Connection);
        match repeat {
            Repeat::Never => false,
            Repeat::IfUnsent => unsent || refused_by_limit,
            Repeat::Safe | Repeat::ByClientId => match self.status {
                None => self.kind.is(Kind::Connection) || self.unsent,
                Some(429) => refused_by_limit,
                Some(status) => passes(self.kind, status),
            },
        }
    }
}

/// The pause before try number `next` (1 is the first repeat), with full jitter: anything from nothing to the bound.
pub(crate) fn backoff(next: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << next.saturating_sub(1).min(10)).min(LONGEST_BACKOFF);
    bound.mul_f64(fastrand::f64())
}

/// The pause after refusal number `refusals` by the rate limit: at least half of what [`backoff`] may be, so that a
/// service that gives no usable hint is not hammered.
pub(crate) fn limit_backoff(refusals: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << refusals.saturating_sub(1).min(10)).min(LONGEST_BACKOFF);
    bound / 2 + (bound / 2).mul_f64(fastrand::f64())
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
        Failure { kind, status: Some(status), unsent: false, has_code: false, by_limit: false }
    }

    #[test]
    fn reads_are_repeated_on_what_passes() {
        for (code, kind) in [(408, Kind::Timeout), (500, Kind::Server), (503, Kind::ServiceUnavailable), (429, Kind::RateLimited)]
        {
            assert!(status(code, kind).may_repeat(Repeat::Safe), "{code}");
        }
        for (code, kind) in [(421, Kind::BadRequest), (425, Kind::BadRequest), (520, Kind::Server), (529, Kind::Server)] {
            assert!(status(code, kind).may_repeat(Repeat::Safe), "{code}");
            assert!(!status(code, kind).may_repeat(Repeat::IfUnsent), "{code}");
        }
        let lasting = [(400, Kind::BadRequest), (401, Kind::Authentication), (404, Kind::NotFound), (501, Kind::Server)];
        for (code, kind) in lasting.into_iter().chain([(425, Kind::PaymentRequired), (502, Kind::InvalidResponse)]) {
            assert!(!status(code, kind).may_repeat(Repeat::Safe), "{code}");
        }
    }

    #[test]
    fn what_a_status_says_of_a_create() {
        let unknown = [(200, Kind::InvalidResponse), (301, Kind::Redirect), (302, Kind::Redirect), (303, Kind::Redirect)];
        for (code, kind) in
            unknown.into_iter().chain([(101, Kind::Api), (500, Kind::Server), (522, Kind::Server), (999, Kind::Api)])
        {
            assert!(may_have_happened(kind, code), "{code}");
        }
        for (code, kind) in [(200, Kind::Rejected), (307, Kind::Redirect), (308, Kind::Redirect), (408, Kind::Timeout)] {
            assert!(!may_have_happened(kind, code), "{code}");
        }
    }

    #[test]
    fn creates_are_repeated_only_when_nothing_happened() {
        let unsent = Failure { kind: Kind::Connection, status: None, unsent: true, has_code: false, by_limit: false };
        let lost = Failure { kind: Kind::Connection, status: None, unsent: false, has_code: false, by_limit: false };
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
            assert!((FIRST_BACKOFF / 2..=LONGEST_BACKOFF).contains(&limit_backoff(next)));
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
