//! The report of a call that waits for the rate limit.

use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A wait for the rate limit, passed to the client option `on_wait`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RateLimitWait {
    /// The call's operation, such as `sessions.create`.
    pub operation: &'static str,
    /// `rate_limit`, as in the `phase` of an error.
    pub phase: &'static str,
    /// Seconds until the limit allows calls again. Calls far back in the queue may wait longer.
    pub seconds: f64,
    /// The number of calls of this client that wait for the same limit, including this one.
    pub queued: usize,
}

impl fmt::Display for RateLimitWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = if self.queued == 1 { "call" } else { "calls" };
        write!(f, "waiting {} s for the rate limit, {} {calls} queued", self.seconds.ceil(), self.queued)
    }
}

/// The receiver of the reports.
#[derive(Clone, Default)]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "a phone's client has no such option"))]
pub(crate) enum OnWait {
    #[default]
    None,
    Function(Arc<dyn Fn(&RateLimitWait) + Send + Sync>),
    /// The host, for a function of the user's.
    Host,
}
