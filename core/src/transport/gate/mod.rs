//! Admits calls as fast as the service's rate limit allows, first come first served.
//!
//! A gate lets calls through freely until a response describes the limit. From then on it lets through as many as remain
//! in the window, less those in flight, which the service may not have counted yet; the others queue until the window
//! ends. What the service says remains is always believed, since other processes may use the same credential.

mod permit;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use permit::Permit;

use crate::vocabulary::CredentialKind;
use state::{State, Window};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Shorter waits are not reported.
const UNREPORTED: Duration = Duration::from_millis(100);
/// The duration of a warning after a 429 without a time.
const UNKNOWN_WINDOW: Duration = Duration::from_secs(60);

/// One gate for each kind of credential, and one for calls without any.
#[derive(Default)]
pub(crate) struct Limiter([Gate; 3]);

impl Limiter {
    pub fn gate(&self, credential: Option<CredentialKind>) -> &Gate {
        &self.0[credential.map_or(0, |kind| kind as usize + 1)]
    }
}

#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

/// The maximum wait of a call.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// This long without the service accepting any request.
    WithoutProgress(Duration),
    /// Until its deadline.
    Until(Instant),
}

/// A call's place in the queue, which it keeps after a 429.
#[derive(Default)]
pub(crate) struct Turn {
    ticket: Option<u64>,
    since: Option<Instant>,
    waited: bool,
    /// The number of 429s of this call.
    pub refusals: u32,
}

/// A wait to report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Delay {
    pub wait: Duration,
    pub queued: usize,
    /// Whether it is the first that is reported of this window.
    pub is_first: bool,
}

/// Waiting would take longer than the call's patience.
#[derive(Debug)]
pub(crate) struct TooLong {
    pub opens_in: Duration,
}

impl Gate {
    /// Returns a permit without waiting, if no call waits.
    pub fn try_enter(&self, turn: &Turn) -> Option<Permit<'_>> {
        let mut state = self.state();
        state.roll(Instant::now());
        let is_next = state.waiting.first_key_value().is_none_or(|(first, _)| turn.ticket.is_some_and(|mine| mine < *first));
        (is_next && state.has_room()).then(|| self.permit(state.take()))
    }

    /// Waits for a permit. `report` receives the wait once for each window that the call waits through.
    ///
    /// # Errors
    /// If the wait would be too long.
    pub async fn enter(&self, turn: &mut Turn, patience: Patience, mut report: impl FnMut(Delay)) -> Result<Permit<'_>, TooLong> {
        let began = Instant::now();
        turn.since.get_or_insert(began);
        let changed = Arc::new(Notify::new());
        let queued = self.queue(turn, changed.clone());
        turn.waited = true;
        let mut reported = None;
        loop {
            let now = Instant::now();
            let (wake_at, delay) = {
                let mut state = self.state();
                state.roll(now);
                state.admit();
                if let Some(generation) = state.admitted.remove(&queued.ticket) {
                    return Ok(self.permit(generation));
                }
                let Some(window) = state.window else {
                    // Without a window everybody is admitted, so this is not reached.
                    return Ok(self.permit(state.take()));
                };
                if state.is_too_long(window.ends, turn, patience) {
                    // An assumption is no reason to fail.
                    if window.is_assumed || state.is_check_due(now) {
                        return Ok(self.permit(state.take()));
                    }
                    return Err(TooLong { opens_in: window.ends.saturating_duration_since(now) });
                }
                let report_at = began + UNREPORTED;
                if window.is_assumed || reported == Some(state.generation) {
                    (window.ends, None)
                } else if now < report_at {
                    (window.ends.min(report_at), None)
                } else {
                    reported = Some(state.generation);
                    (window.ends, Some(state.delay(window.ends.saturating_duration_since(now), window.ends)))
                }
            };
            if let Some(delay) = delay {
                report(delay);
            }
            tokio::select! {
                () = changed.notified() => {}
                () = sleep_until(wake_at) => {}
            }
        }
    }

    /// Returns the time before a call may queue again after a 429; zero if the gate is closed for
    /// the backoff at least.
    ///
    /// # Errors
    /// If the wait would be too long.
    pub fn pause(
        &self,
        turn: &mut Turn,
        patience: Patience,
        hint: Option<Duration>,
        backoff: Duration,
    ) -> Result<Option<Delay>, TooLong> {
        let now = Instant::now();
        turn.since.get_or_insert(now);
        let pause = hint.unwrap_or_default().max(backoff);
        let mut state = self.state();
        state.roll(now);
        if state.is_too_long(now + pause, turn, patience) {
            return Err(TooLong { opens_in: pause });
        }
        let is_closed =
            state.window.is_some_and(|window| !window.is_assumed && window.ends >= now + backoff && !state.has_room());
        Ok((!is_closed).then(|| state.delay(pause, now + UNKNOWN_WINDOW)))
    }

    /// Closes the gate for calls not yet sent: a request was refused, and no count of what remains came with it.
    pub fn close(&self, wait: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        state.roll(now);
        let ends = now + wait;
        if state.window.is_none_or(|window| window.is_assumed || window.remaining > 0 || window.ends < ends) {
            state.open_window(Window { remaining: 0, ends, is_assumed: false, checked_at: now });
        }
    }

    /// Resets the state of the limit, because another credential is used from now on.
    pub fn reset(&self) {
        let mut state = self.state();
        state.window = None;
        state.limit = 0;
        state.accepted_at = None;
        state.next_generation();
        state.admit();
    }

    /// Ends the window, for a call that replays and does not wait. Returns the wait that it skips.
    ///
    /// # Errors
    /// If the wait would be too long.
    #[cfg(feature = "server")]
    pub fn end_window(&self, turn: &mut Turn, patience: Patience) -> Result<Delay, TooLong> {
        let now = Instant::now();
        turn.since.get_or_insert(now);
        let mut state = self.state();
        state.roll(now);
        let ends = state.window.map_or(now, |window| window.ends);
        let is_assumed = state.window.is_none_or(|window| window.is_assumed);
        if !is_assumed && state.is_too_long(ends, turn, patience) {
            return Err(TooLong { opens_in: ends.saturating_duration_since(now) });
        }
        let delay = state.delay(ends.saturating_duration_since(now), ends);
        state.window = None;
        state.next_generation();
        state.admit();
        Ok(delay)
    }

    fn queue(&self, turn: &mut Turn, changed: Arc<Notify>) -> Queued<'_> {
        let mut state = self.state();
        let ticket = *turn.ticket.get_or_insert_with(|| {
            state.last_ticket += 1;
            state.last_ticket
        });
        state.waiting.insert(ticket, changed);
        Queued { gate: self, ticket }
    }

    fn permit(&self, generation: u64) -> Permit<'_> {
        Permit { gate: self, generation, is_open: true }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether the call has waited since the last call of this function.
    pub fn take_waited(&mut self) -> bool {
        std::mem::take(&mut self.waited)
    }
}

/// A call in the queue, which it leaves when this is dropped.
struct Queued<'a> {
    gate: &'a Gate,
    ticket: u64,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.waiting.remove(&self.ticket);
        if let Some(generation) = state.admitted.remove(&self.ticket) {
            state.release(generation);
            state.admit();
        }
    }
}
