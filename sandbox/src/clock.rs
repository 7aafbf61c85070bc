//! The clock of a sandbox: the machine's time plus the offset that was set with `/sandbox/clock`.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::time;

#[derive(Default)]
pub struct Clock {
    ahead_seconds: AtomicI64,
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead_seconds());
        Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    pub fn now_text(&self) -> String {
        time::text(self.now())
    }

    pub fn now_unix(&self) -> i64 {
        self.now().as_second()
    }

    /// The value of a `Date` header.
    pub fn http_date(&self) -> String {
        self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub fn ahead_seconds(&self) -> i64 {
        self.ahead_seconds.load(Ordering::Relaxed)
    }

    pub fn advance(&self, seconds: u32) {
        self.ahead_seconds.fetch_add(i64::from(seconds), Ordering::Relaxed);
    }

    /// Removes the offset.
    pub fn reset(&self) {
        self.ahead_seconds.store(0, Ordering::Relaxed);
    }
}
