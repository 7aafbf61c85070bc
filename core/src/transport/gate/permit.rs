//! The permission to send a request, until its response is there.

use super::Gate;
use crate::transport::limit::RateLimit;
use tokio::time::Instant;

/// The permission of a call to send one request.
pub(crate) struct Permit<'a> {
    pub(super) gate: &'a Gate,
    pub(super) generation: u64,
    pub(super) is_open: bool,
}

impl<'a> Permit<'a> {
    pub fn gate(&self) -> &'a Gate {
        self.gate
    }

    /// Records the rate limit in the response.
    pub fn answered(&mut self, status: u16, limit: &RateLimit) {
        self.is_open = false;
        let now = Instant::now();
        let mut state = self.gate.state();
        state.roll(now);
        state.release(self.generation);
        let is_accepted = status != 429;
        if is_accepted {
            state.accepted_at = Some(now);
        }
        state.learn(limit, is_accepted, now);
        state.admit();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_open {
            let mut state = self.gate.state();
            state.release(self.generation);
            state.admit();
        }
    }
}
