//! The progress of a call, for its errors.

use super::Run;
use crate::error::{Attempt, Error, Kind};
use crate::table::Repeat;
use crate::transport::Begun;
use crate::transport::retry::{Failure, may_have_happened};
use tokio::time::Instant;

impl Attempt {
    pub(super) fn since(began: Instant, status: Option<u16>, code: Option<Kind>) -> Attempt {
        Attempt { status, code, duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }
}

/// Maximum number of attempts in an error. A long queue may take any number.
pub(super) const MOST_ATTEMPTS: usize = 100;

/// The progress of a call, for the error if the deadline passes.
#[derive(Default)]
pub(super) struct CallProgress {
    pub attempts: Vec<Attempt>,
    /// The number of the last attempt.
    #[cfg(feature = "server")]
    pub number: u32,
    /// The headers of a response whose body is being read, if a hook needs them.
    #[cfg(feature = "server")]
    pub response_headers: crate::hooks::EventHeaders,
    pub phase: &'static str,
    /// Whether an earlier attempt may have reached the application.
    pub maybe_sent: bool,
    /// Whether the attempt in flight may have reached it.
    pub begun: Begun,
    /// Whether a write may have taken effect, if the last response said so.
    pub outcome_unknown: Option<bool>,
    /// Whether an earlier attempt may have taken effect, so that a repeat must say that it is one.
    pub unknown_before: bool,
    /// The start of the attempt in flight.
    pub trying_since: Option<Instant>,
    /// The last attempt's place in the cassette, while it records.
    #[cfg(feature = "server")]
    pub place: Option<usize>,
    /// Whether the recorded call ended with the last attempt.
    #[cfg(feature = "server")]
    pub gave_up: bool,
}

impl CallProgress {
    /// Whether a write whose response has this kind and status may have taken effect. The response may say so itself.
    fn may_have_happened(&self, kind: Kind, status: u16) -> bool {
        self.outcome_unknown.unwrap_or_else(|| may_have_happened(kind, status))
    }
}

impl Run<'_> {
    pub(super) fn timed_out(&self) -> Error {
        let mut progress = self.progress();
        let cut = progress.trying_since.take().map(|began| Attempt::since(began, None, Some(Kind::Timeout)));
        progress.attempts.extend(cut.clone());
        let phase = progress.phase;
        drop(progress);
        if let Some(attempt) = cut {
            self.report_response(&attempt, None);
        }
        self.timeout_error(phase)
    }

    /// Creates the error of a call whose deadline passed in a phase.
    pub(super) fn timeout_error(&self, phase: &'static str) -> Error {
        let (phase, during) = match phase {
            phase @ "read" => (phase, " while reading the response"),
            phase @ "rate_limit" => (phase, " while waiting for the rate limit"),
            phase @ "credential" => (phase, " while waiting for the credential function"),
            phase @ "grant" => (phase, " while renewing the grant"),
            _ => ("total", ""),
        };
        let seconds = self.deadline.timeout().as_secs_f64();
        Error::new(Kind::Timeout, format!("timed out after {seconds} s{during}")).phase(phase)
    }

    /// Adds the operation and the attempts to an error of this call.
    pub(super) fn finished(&self, mut error: Error) -> Error {
        let progress = self.progress();
        let maybe_sent = progress.maybe_sent || progress.begun.get();
        let info = error.info_mut();
        info.operation = Some(self.operation.name.to_owned());
        info.attempts.clone_from(&progress.attempts);
        let without_response = matches!(info.kind, Kind::Timeout | Kind::InvalidResponse) || info.kind.is(Kind::Connection);
        info.outcome_unknown = self.doubles()
            && (progress.unknown_before
                || self.sent.is_some_and(|sent| sent.is_repeat)
                || match info.status {
                    Some(status) => progress.may_have_happened(info.kind, status),
                    None => without_response && maybe_sent,
                });
        if info.outcome_unknown {
            // The obvious loop would do it twice.
            info.retryable = false;
            info.suggest(self.operation.advice_if_unknown());
        }
        error
    }

    /// Records that the last attempt failed, and that another follows.
    pub(super) fn repeats_after(&self, failure: &Failure) {
        let mut progress = self.progress();
        progress.unknown_before |= match failure.status {
            Some(status) => progress.may_have_happened(failure.kind, status),
            None => !failure.unsent,
        };
    }

    /// Whether another call could have the effect a second time.
    pub(super) fn doubles(&self) -> bool {
        self.operation.repeat != Repeat::Safe
    }

    /// Whether a request without a response may be sent again.
    pub(super) fn may_send_again(&self) -> bool {
        matches!(self.operation.repeat, Repeat::Safe | Repeat::ByClientId) && self.max_retries() > 0
    }
}
