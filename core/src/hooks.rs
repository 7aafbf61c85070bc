//! The events of calls, and the functions that a client reports them to.

use crate::error::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The headers of an event, by lower-case name. Credentials, cookies and other secrets are masked.
pub type EventHeaders = BTreeMap<String, String>;

/// A request that is about to be sent, passed to [`on_request`](crate::ClientBuilder::on_request).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RequestEvent {
    /// The call's operation, such as `sessions.create`.
    pub operation: &'static str,
    /// The number of the attempt. The first is 1.
    pub attempt: u32,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL, without the query. Secrets in it are masked.
    pub path: String,
    /// The request's headers.
    pub headers: EventHeaders,
}

/// The end of an attempt, passed to [`on_response`](crate::ClientBuilder::on_response): a response, or a failure without one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResponseEvent {
    /// The call's operation, such as `sessions.create`.
    pub operation: &'static str,
    /// The number of the attempt. The first is 1.
    pub attempt: u32,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL, without the query. Secrets in it are masked.
    pub path: String,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The kind of the error, if the attempt failed.
    pub code: Option<Kind>,
    /// The duration of the attempt in milliseconds.
    pub duration_ms: u64,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// The response's headers, without cookies.
    pub headers: EventHeaders,
}

/// A request that is going to be sent again, passed to [`on_retry`](crate::ClientBuilder::on_retry).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RetryEvent {
    /// The call's operation, such as `sessions.create`.
    pub operation: &'static str,
    /// The number of the attempt that failed. The first is 1.
    pub attempt: u32,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL, without the query. Secrets in it are masked.
    pub path: String,
    /// The HTTP status of the attempt that failed, if there was a response.
    pub status: Option<u16>,
    /// Why the attempt failed, such as `rate_limited`, `server` or `connection`.
    pub reason: Kind,
    /// The time before the next attempt in milliseconds. After a 429 it may be longer: see `on_wait`.
    pub delay_ms: u64,
}

/// A wait for the rate limit, passed to [`on_wait`](crate::ClientBuilder::on_wait).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RateLimitWait {
    /// The call's operation, such as `sessions.create`.
    pub operation: &'static str,
    /// The number of the attempt that waits. The first is 1.
    pub attempt: u32,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL, without the query. Secrets in it are masked.
    pub path: String,
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

/// The receiver of one kind of event.
#[derive(Default)]
pub(crate) enum Hook<E> {
    #[default]
    None,
    /// A function of a program in Rust.
    Function(Arc<dyn Fn(&E) + Send + Sync>),
    /// The host, for a function of the user's.
    Host,
}

impl<E> Clone for Hook<E> {
    fn clone(&self) -> Hook<E> {
        match self {
            Hook::None => Hook::None,
            Hook::Function(function) => Hook::Function(function.clone()),
            Hook::Host => Hook::Host,
        }
    }
}

impl<E> Hook<E> {
    pub fn is_set(&self) -> bool {
        !matches!(self, Hook::None)
    }
}

/// The hooks of a client.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub on_request: Hook<RequestEvent>,
    pub on_response: Hook<ResponseEvent>,
    pub on_retry: Hook<RetryEvent>,
    pub on_wait: Hook<RateLimitWait>,
}

/// The name of a hook.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "they are named as the options are")]
pub(crate) enum HookName {
    OnRequest,
    OnResponse,
    OnRetry,
    OnWait,
}
