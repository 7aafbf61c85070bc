//! Runs the backend's functions with a timeout, and reports their failures. The log gets all of a
//! failure, and the phone nothing of it.

use crate::answers::Refusal;
use crate::backend::{BoxError, PhoneRequest};
use agenthuman::Kind;
use agenthuman::error::Error;
use std::fmt::Write;
use std::time::Duration;

/// The `Retry-After` after a function timed out, in seconds.
const RETRY_AFTER: f64 = 5.0;
/// Causes of an error that are logged, each below the other.
const MOST_CAUSES: usize = 16;

/// One of the backend's functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Authorize,
    Policy,
    OnOpen,
    /// The one that returns the backend's credential.
    Credential,
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Function::Authorize => "authorize",
            Function::Policy => "policy",
            Function::OnOpen => "on_open",
            Function::Credential => "the credential function",
        }
    }
}

/// Runs a function within its time limit.
pub(crate) async fn run<T>(
    function: Function,
    limit: Duration,
    phone: &PhoneRequest,
    running: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, Refusal> {
    match tokio::time::timeout(limit, running).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(function, &*error, phone.secrets())),
        Err(_) => Err(timed_out(function, limit)),
    }
}

/// Creates the response after a function timed out.
pub(crate) fn timed_out(function: Function, limit: Duration) -> Refusal {
    Refusal::unavailable(format!("{} did not return within {} s", function.name(), limit.as_secs_f64()), RETRY_AFTER)
}

/// Creates the response after a function returned an error, with the error and its causes for the log, redacted.
fn failed(function: Function, error: &(dyn std::error::Error + 'static), secrets: [&str; 2]) -> Refusal {
    let mut text = error.to_string();
    let mut cause = error.source();
    for _ in 0..MOST_CAUSES {
        let Some(known) = cause else { break };
        let _ = write!(text, ": {known}");
        cause = known.source();
    }
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[token]");
    }
    // The text of an error passes the core's redaction of keys, tokens and passwords.
    let text = Error::new(Kind::Server, text).into_info().message;
    Refusal::fault(format!("{} failed: {text}", function.name()))
}
