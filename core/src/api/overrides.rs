//! The settings of a single call.

use crate::call::CallOptions;
use crate::error::Result;
use std::time::Duration;

/// The settings of a single call in place of its client's, as the caller wrote them.
#[derive(Clone, Default)]
pub(super) struct Overrides {
    pub(super) timeout: Option<Duration>,
    pub(super) max_rate_limit_wait: Option<Duration>,
    pub(super) max_retries: Option<u32>,
    pub(super) headers: Vec<(String, String)>,
}

impl Overrides {
    /// The options, or the error of a header.
    pub fn check(&self) -> Result<CallOptions> {
        let options = CallOptions::new(self.timeout, self.max_retries, &self.headers)?;
        Ok(options.with_max_rate_limit_wait(self.max_rate_limit_wait))
    }
}

/// The methods of a builder that set its `overrides`.
macro_rules! override_methods {
    () => {
        /// Sets the timeout of this call, with its retries and without waits for the rate limit; for an upload, the longest time
        /// without progress; for a list, the timeout of each page. Default: the client's.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.overrides.timeout = Some(timeout);
            self
        }

        /// Sets how often a failed attempt is retried if a retry can do no harm. Zero: nothing is sent twice. Default: the
        /// client's.
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.overrides.max_retries = Some(retries);
            self
        }

        /// Sets the longest time that this call waits for the rate limit. Zero: it never waits. Default: the client's.
        pub fn max_rate_limit_wait(mut self, wait: std::time::Duration) -> Self {
            self.overrides.max_rate_limit_wait = Some(wait);
            self
        }

        /// Adds a header. If it is invalid, or is one that the client sets itself, the call returns an error and sends nothing.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.overrides.headers.push((name.into(), value.into()));
            self
        }
    };
}
pub(super) use override_methods;
