//! The engine of a call: credential, rate limit, attempts and retries.

mod attempt;
mod effect;
mod exchange;
mod grant;
mod limit;
#[cfg_attr(not(feature = "server"), path = "no_observe.rs")]
mod observe;
mod options;
mod progress;
mod raw;
mod request;
mod retry;
#[cfg_attr(not(feature = "server"), path = "no_tape.rs")]
mod tape;

#[cfg(feature = "server")]
pub(crate) use options::API_KEY_HEADER;
#[cfg(feature = "server")]
pub(crate) use options::not_zero;
pub(crate) use options::{CallOptions, PAGE_HEADER, Wait, header_map};
pub(crate) use raw::{RawRequest, repeat_of};
#[cfg(feature = "server")]
pub(crate) use request::{check_environment, insecure, secret_value};

use crate::Secret;
use crate::answer::Reply;
use crate::credentials::{Credential, Grant};
use crate::error::{Error, Result};
#[cfg(feature = "server")]
use crate::mock;
use crate::question::HostChannel;
use crate::sends::Sent;
use crate::state::Inner;
use crate::table::{Operation, Params, Prepared, Repeat};
use crate::transport::Deadline;
use crate::transport::retry::Failure;
use progress::CallProgress;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::Instrument;

/// A call in flight.
struct Run<'a> {
    client: &'a Inner,
    operation: &'a Operation,
    options: CallOptions,
    host: Option<HostChannel>,
    deadline: Deadline,
    /// The path and the query, for the events of hooks.
    #[cfg(feature = "server")]
    path: &'a str,
    progress: Mutex<CallProgress>,
    secrets: Vec<Secret>,
    /// The message that it sends, if it has an id.
    sent: Option<&'a Sent>,
}

/// Runs an operation of the table.
pub(crate) async fn run(
    client: &Inner,
    operation: &Operation,
    params: Params,
    options: CallOptions,
    host: Option<HostChannel>,
) -> Result<Reply> {
    let span = tracing::debug_span!("agenthuman", operation = operation.name);
    let template = client.route(operation);
    #[cfg(feature = "server")]
    if mock::is_mock(client) {
        let values = mock::call_params(operation, &params);
        operation.prepare(params, template)?;
        return mock::respond(client, operation, values, &options.to_json(), host.as_ref()).await;
    }
    if operation.repeat == Repeat::ByClientId {
        // In a box: the future of every other call would be as large as two calls.
        return Box::pin(send_message(client, operation, params, options, host)).instrument(span).await;
    }
    let prepared = operation.prepare(params, template)?;
    run_prepared(client, operation, prepared, options, host, None).instrument(span).await
}

/// Runs an operation whose repeats the relay recognizes by the client's id.
async fn send_message(
    client: &Inner,
    operation: &Operation,
    mut params: Params,
    options: CallOptions,
    host: Option<HostChannel>,
) -> Result<Reply> {
    let sent = client.sends.begin(&mut params).map_err(|error| error.operation(operation.name))?;
    let outcome = match operation.prepare(params, client.route(operation)) {
        Err(error) => Err(error),
        Ok(prepared) => run_prepared(client, operation, prepared, options, host, Some(&sent)).await,
    };
    if outcome.as_ref().map_or_else(|error| !error.info().outcome_unknown, |_| true) {
        client.sends.ended(&sent);
    }
    outcome
}

/// Runs a prepared request.
pub(crate) async fn run_prepared(
    client: &Inner,
    operation: &Operation,
    prepared: Prepared,
    options: CallOptions,
    host: Option<HostChannel>,
    sent: Option<&Sent>,
) -> Result<Reply> {
    let deadline = match (options.timeout, &prepared.file) {
        #[cfg(feature = "server")]
        (timeout, _) if client.replays() => Deadline::never(timeout.unwrap_or(client.settings.timeout)),
        (Some(timeout), None) => Deadline::total(timeout),
        (None, None) => Deadline::total(client.settings.timeout),
        (timeout, Some(_)) => Deadline::idle(timeout.unwrap_or(client.settings.timeout)),
    };
    let run = Run {
        client,
        operation,
        options,
        host,
        deadline: deadline.clone(),
        #[cfg(feature = "server")]
        path: &prepared.request.path,
        progress: Mutex::default(),
        secrets: prepared.secrets,
        sent,
    };
    let outcome = tokio::select! {
        biased;
        outcome = run.work(&prepared.request, prepared.file, prepared.session.as_deref()) => outcome,
        () = deadline.passed() => Err(run.timed_out()),
    };
    outcome.map_err(|error| run.finished(error))
}

/// The credential and the grant of a request.
#[derive(Clone, Copy)]
struct RequestAuth<'a> {
    credential: Option<&'a Credential>,
    grant: Option<&'a Grant>,
}

#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
enum AttemptOutcome {
    Done(Reply),
    Failed { error: Error, failure: Failure, wait: Option<Duration> },
}

impl Run<'_> {
    fn enter(&self, phase: &'static str) {
        self.progress().phase = phase;
    }

    fn progress(&self) -> MutexGuard<'_, CallProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
