//! When a call gives up: at a fixed instant, or, for an upload, after so long without progress.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

#[derive(Clone)]
pub(crate) struct Deadline {
    at: Arc<Mutex<Instant>>,
    idle: Option<Duration>,
}

impl Deadline {
    pub fn total(timeout: Duration) -> Deadline {
        Deadline { at: Arc::new(Mutex::new(far(timeout))), idle: None }
    }

    pub fn idle(timeout: Duration) -> Deadline {
        Deadline { idle: Some(timeout), ..Deadline::total(timeout) }
    }

    pub fn at(&self) -> Instant {
        *self.at.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Progress was made: an idle deadline moves.
    pub fn progressed(&self) {
        if let Some(idle) = self.idle {
            *self.at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = far(idle);
        }
    }

    pub fn outlasted_by(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_none_or(|end| end >= self.at())
    }

    /// Resolves when it has passed.
    pub async fn passed(&self) {
        loop {
            let at = self.at();
            if at <= Instant::now() {
                return;
            }
            sleep_until(at).await;
        }
    }
}

/// An instant that far away, however far.
fn far(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + timeout.min(YEAR)
}
