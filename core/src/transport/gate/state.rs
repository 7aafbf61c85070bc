//! The state of a gate: the service's window, and the waiting calls.

use super::{Delay, Patience, Turn};
use crate::transport::limit::RateLimit;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The time for which calls are admitted after a window has ended, until a response describes the next one.
const ASSUMED: Duration = Duration::from_secs(5);
/// By how much the end of a window may vary between responses: `Date` has whole seconds, and responses take time.
const SAME_WINDOW: Duration = Duration::from_millis(1500);
/// A wait may exceed a call's patience by one such part. Services name the end of a window in whole seconds, and if another
/// client took all of one window of a minute, a call with a patience of two minutes is to see the next.
const ROUNDING: u32 = 50;
/// The interval of test requests while a window is so long that no call waits for its end.
pub(super) const RECHECK: Duration = Duration::from_secs(60);

/// The window, and the calls in flight and in the queue.
#[derive(Default)]
pub(super) struct State {
    pub window: Option<Window>,
    /// Requests in one window, as far as known.
    pub limit: u64,
    /// Changes when a window ends. What was admitted before that does not count against the next window.
    pub generation: u64,
    /// Admitted in this generation, and not answered yet.
    pub in_flight: u64,
    /// When the service last accepted a request.
    pub accepted_at: Option<Instant>,
    /// Until when no further warning is due.
    pub warned_until: Option<Instant>,
    pub last_ticket: u64,
    pub waiting: BTreeMap<u64, Arc<Notify>>,
    /// Admitted out of the queue, with the generation, and not noticed by the call yet.
    pub admitted: HashMap<u64, u64>,
}

#[derive(Clone, Copy)]
pub(super) struct Window {
    pub remaining: u64,
    pub ends: Instant,
    /// Assumed after the end of the one before, until a response describes it.
    pub is_assumed: bool,
    /// The time of the last test request.
    pub checked_at: Instant,
}

impl State {
    /// Begins another window if this one has ended.
    pub fn roll(&mut self, now: Instant) {
        if let Some(window) = self.window
            && window.ends <= now
        {
            self.next_generation();
            let ends = now + ASSUMED;
            self.window = Some(Window { remaining: self.limit.max(1), ends, is_assumed: true, checked_at: now });
        }
    }

    pub fn next_generation(&mut self) {
        self.generation += 1;
        self.in_flight = 0;
    }

    pub fn has_room(&self) -> bool {
        self.window.is_none_or(|window| window.remaining > self.in_flight)
    }

    pub fn take(&mut self) -> u64 {
        self.in_flight += 1;
        self.generation
    }

    pub fn release(&mut self, generation: u64) {
        if generation == self.generation {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// Admits those who wait, as far as there is room.
    pub fn admit(&mut self) {
        while self.has_room()
            && let Some((ticket, changed)) = self.waiting.pop_first()
        {
            let generation = self.take();
            self.admitted.insert(ticket, generation);
            changed.notify_one();
        }
    }

    pub fn learn(&mut self, limit: &RateLimit, is_accepted: bool, now: Instant) {
        let resets_in = limit.closed_for().or(limit.resets_in).filter(|wait| !wait.is_zero());
        let (Some(remaining), Some(resets_in)) = (limit.remaining, resets_in) else {
            // The service accepts requests and does not describe a limit any more.
            if is_accepted && self.window.is_some_and(|window| window.is_assumed) {
                self.window = None;
            }
            return;
        };
        self.limit = limit.limit.unwrap_or_else(|| self.limit.max(remaining.saturating_add(1)));
        let ends = now + resets_in;
        match &mut self.window {
            Some(window) if !window.is_assumed && ends <= window.ends + SAME_WINDOW && window.ends <= ends + SAME_WINDOW => {
                // Responses may arrive in another order than they were sent in.
                window.remaining = window.remaining.min(remaining);
            }
            _ => self.open_window(Window { remaining, ends, is_assumed: false, checked_at: now }),
        }
    }

    pub fn open_window(&mut self, window: Window) {
        self.window = Some(window);
        // Everyone who waits has to see how long it takes now.
        self.waiting.values().for_each(|changed| changed.notify_one());
    }

    /// Whether the call has no patience for a gate that is closed until then.
    pub fn is_too_long(&self, until: Instant, turn: &Turn, patience: Patience) -> bool {
        match patience {
            Patience::WithoutProgress(longest) => {
                let closed_since = turn.since.max(self.accepted_at);
                closed_since.is_some_and(|since| until.saturating_duration_since(since) > longest + longest / ROUNDING)
            }
            Patience::Until(deadline) => until >= deadline,
        }
    }

    /// Whether it is time to ask the service again although the window has not ended.
    pub fn is_check_due(&mut self, now: Instant) -> bool {
        let Some(window) = &mut self.window else { return false };
        let is_due = now.saturating_duration_since(window.checked_at) >= RECHECK;
        if is_due {
            window.checked_at = now;
        }
        is_due
    }

    /// The report of a wait; if it is the first, no other one is before `warned_until`.
    pub fn delay(&mut self, wait: Duration, warned_until: Instant) -> Delay {
        let is_first = self.warned_until.is_none_or(|until| until <= Instant::now());
        if is_first {
            self.warned_until = Some(warned_until);
        }
        Delay { wait, queued: self.waiting.len().max(1), is_first }
    }
}
