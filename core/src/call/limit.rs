//! Waiting for the rate limit.

use super::Run;
use crate::error::{Error, Kind};
use crate::transport::Suspended;
use crate::transport::gate::{Delay, Gate, Patience, Permit, TooLong, Turn};

impl Run<'_> {
    /// Waits until the rate limit allows a request.
    pub(super) async fn wait_for_limit<'a>(&self, gate: &'a Gate, turn: &mut Turn) -> Result<Permit<'a>, TooLong> {
        if let Some(permit) = gate.try_enter(turn) {
            return Ok(permit);
        }
        self.enter("rate_limit");
        let _suspended = self.suspend_deadline();
        #[cfg(feature = "server")]
        if self.client.replays() {
            self.report_wait(gate.end_window(turn, self.patience())?);
        }
        gate.enter(turn, self.patience(), |delay| self.report_wait(delay)).await
    }

    /// Waits for the time in a 429 or 503.
    pub(super) async fn wait_out(&self, delay: Delay) {
        self.enter("rate_limit");
        let _suspended = self.suspend_deadline();
        self.report_wait(delay);
        self.client.pause(delay.wait).await;
    }

    /// On a phone the timeout includes waits for the limit, because a user is waiting.
    pub(super) fn patience(&self) -> Patience {
        if self.client.surface.is_relayed() {
            return Patience::Until(self.deadline.at());
        }
        Patience::WithoutProgress(self.options.max_rate_limit_wait.unwrap_or(self.client.settings.max_rate_limit_wait))
    }

    fn suspend_deadline(&self) -> Option<Suspended<'_>> {
        (!self.client.surface.is_relayed()).then(|| self.deadline.suspend())
    }
}

/// The error of a call that would wait too long for the rate limit: the 429, if there was one.
pub(super) fn limit_error(refused: Option<Error>, TooLong { opens_in }: &TooLong) -> Error {
    let error = refused.unwrap_or_else(|| {
        let seconds = opens_in.as_secs_f64().ceil();
        let why = format!("the rate limit allows the next request in {seconds} s, which is longer than this call may wait");
        Error::new(Kind::Timeout, why).suggestion_by_surface(
            "Try again after `retry_after` seconds, or allow a longer wait.",
            Kind::RateLimited.entry().phone_suggestion,
        )
    });
    let mut error = error.phase("rate_limit");
    error.info_mut().retry_after = Some(opens_in.as_secs_f64());
    error
}
