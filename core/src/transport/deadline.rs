//! Deadlines of calls: a fixed instant, or for an upload, a time without progress.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

#[derive(Clone)]
pub(crate) struct Deadline {
    shared: Arc<Shared>,
    timeout: Duration,
    kind: DeadlineKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DeadlineKind {
    /// The timeout is for the whole call.
    Total,
    /// The timeout starts again with each progress.
    Idle,
}

struct Shared {
    moment: Mutex<Moment>,
    resumed: Notify,
}

struct Moment {
    at: Instant,
    /// Since when the time does not count.
    suspended_since: Option<Instant>,
}

impl Deadline {
    pub fn total(timeout: Duration) -> Deadline {
        let moment = Mutex::new(Moment { at: far(timeout), suspended_since: None });
        Deadline { shared: Arc::new(Shared { moment, resumed: Notify::new() }), timeout, kind: DeadlineKind::Total }
    }

    pub fn idle(timeout: Duration) -> Deadline {
        Deadline { kind: DeadlineKind::Idle, ..Deadline::total(timeout) }
    }

    /// A deadline that never passes, since the call takes no time.
    #[cfg(feature = "server")]
    pub fn never(timeout: Duration) -> Deadline {
        Deadline { timeout, ..Deadline::total(Duration::MAX) }
    }

    pub fn at(&self) -> Instant {
        self.moment().at
    }

    /// Progress was made: an idle deadline moves.
    pub fn progressed(&self) {
        if self.kind == DeadlineKind::Idle {
            self.moment().at = far(self.timeout);
        }
    }

    /// The timeout that the deadline was made with.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub fn outlasted_by(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_none_or(|end| end >= self.at())
    }

    /// Suspends the deadline until the guard is dropped.
    #[must_use]
    pub fn suspend(&self) -> Suspended<'_> {
        self.moment().suspended_since.get_or_insert_with(Instant::now);
        Suspended(self)
    }

    /// Waits until the deadline has passed.
    pub async fn passed(&self) {
        loop {
            // Created before the moment is read, so that no change is missed.
            let resumed = self.shared.resumed.notified();
            let (at, is_suspended) = {
                let moment = self.moment();
                (moment.at, moment.suspended_since.is_some())
            };
            if is_suspended {
                resumed.await;
            } else if at <= Instant::now() {
                return;
            } else {
                sleep_until(at).await;
            }
        }
    }

    fn moment(&self) -> MutexGuard<'_, Moment> {
        self.shared.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A deadline whose time does not count.
pub(crate) struct Suspended<'a>(&'a Deadline);

impl Drop for Suspended<'_> {
    fn drop(&mut self) {
        let mut moment = self.0.moment();
        if let Some(since) = moment.suspended_since.take() {
            moment.at += since.elapsed();
        }
        drop(moment);
        self.0.shared.resumed.notify_waiters();
    }
}

/// An instant that far away, however far.
fn far(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + timeout.min(YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn suspended_time_does_not_count() {
        let deadline = Deadline::total(Duration::from_secs(60));
        let began = Instant::now();
        let passed = tokio::spawn({
            let deadline = deadline.clone();
            async move { deadline.passed().await }
        });
        tokio::time::sleep(Duration::from_secs(30)).await;
        {
            let _suspended = deadline.suspend();
            tokio::time::sleep(Duration::from_secs(100)).await;
            assert!(!passed.is_finished());
        }
        passed.await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(160));
    }
}
