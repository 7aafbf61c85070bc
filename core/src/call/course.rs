//! What has become of a call so far, and what its errors say of that.

use super::Run;
use crate::error::{Attempt, Error, Kind};
use crate::table::Repeat;
use crate::transport::Begun;
use crate::transport::retry::may_have_happened;
use tokio::time::Instant;

impl Attempt {
    pub(super) fn since(began: Instant, status: Option<u16>, code: Option<Kind>) -> Attempt {
        Attempt { status, code, duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }
}

/// How many attempts a call remembers; a long queue may take any number.
pub(super) const MOST_ATTEMPTS: usize = 100;

/// What has become of the call so far, for the error of a deadline that passes in the midst of it.
#[derive(Default)]
pub(super) struct Course {
    pub attempts: Vec<Attempt>,
    pub phase: &'static str,
    /// Whether an earlier attempt may have reached the application.
    pub maybe_sent: bool,
    /// Whether the attempt in flight may have.
    pub begun: Begun,
    /// What the last response said itself of whether a write may have happened.
    pub outcome_unknown: Option<bool>,
    /// When the try under way began.
    pub trying_since: Option<Instant>,
}

impl Run<'_> {
    pub(super) fn timed_out(&self) -> Error {
        let mut course = self.course();
        if let Some(began) = course.trying_since.take() {
            course.attempts.push(Attempt::since(began, None, Some(Kind::Timeout)));
        }
        let (phase, during) = match course.phase {
            phase @ "read" => (phase, " while reading the response"),
            phase @ "rate_limit" => (phase, " while waiting for the rate limit"),
            phase @ "credential" => (phase, " while waiting for the credential function"),
            phase @ "grant" => (phase, " while renewing the grant"),
            _ => ("total", ""),
        };
        let seconds = self.deadline.timeout().as_secs_f64();
        Error::new(Kind::Timeout, format!("timed out after {seconds} s{during}")).phase(phase)
    }

    /// What every error of this call holds, whatever its cause.
    pub(super) fn finished(&self, mut error: Error) -> Error {
        let course = self.course();
        let maybe_sent = course.maybe_sent || course.begun.get();
        let info = error.info_mut();
        info.operation = Some(self.operation.name.to_owned());
        info.attempts.clone_from(&course.attempts);
        let unanswered = matches!(info.kind, Kind::Timeout | Kind::InvalidResponse) || info.kind.is(Kind::Connection);
        info.outcome_unknown = self.doubles()
            && match info.status {
                Some(status) => course.outcome_unknown.unwrap_or_else(|| may_have_happened(info.kind, status)),
                None => unanswered && maybe_sent,
            };
        if info.outcome_unknown {
            // The obvious loop would do it twice.
            info.retryable = false;
            info.suggest(self.operation.advice_if_unknown());
        }
        error
    }

    /// Whether making the call again could do twice what it is for. Otherwise repeating it settles the matter.
    pub(super) fn doubles(&self) -> bool {
        self.operation.repeat != Repeat::Safe
    }
}
