//! The attempts of a call, and the retries.

use super::limit::limit_error;
use super::{AttemptOutcome, RequestAuth, Run};
use crate::answer::Reply;
use crate::credentials::{Credential, Grant, Source};
use crate::error::{Error, Kind, Result};
use crate::table::{Method, Outgoing, Repeat};
use crate::transport::gate::{TooLong, Turn};
use crate::transport::retry::{Failure, backoff, limit_backoff};
use crate::transport::upload::Upload;
use std::sync::Arc;
use std::time::Duration;

/// The state of a call between its attempts.
struct State<'a> {
    source: Option<Arc<Source>>,
    credential: Option<Credential>,
    session: Option<&'a str>,
    grant: Option<Grant>,
    /// A file can be read only once, so an upload is never sent again.
    carries_file: bool,
    turn: Turn,
    max_retries: u32,
    retries: u32,
    has_renewed_grant: bool,
    has_replaced_credential: bool,
}

/// The action after a failed attempt.
enum Then {
    Fail(Error),
    /// An earlier attempt deleted the object, and its response was lost.
    Deleted,
    /// The session's grant is renewed first. The relay checks the grant before it does anything, so this is safe.
    RenewGrant,
    /// The call waits for the rate limit. This uses neither a retry nor the retry budget: the service did
    /// nothing, and says when to try again.
    WaitForLimit {
        error: Error,
        wait: Option<Duration>,
    },
    /// The service rejected the credential, and the source returned another.
    ReplaceCredential(Credential),
    Retry {
        pause: Duration,
    },
}

impl Run<'_> {
    /// Sends the request until it has an outcome.
    pub(super) async fn work(&self, request: &Outgoing, file: Option<Upload>, session: Option<&str>) -> Result<Reply> {
        self.client.refuse_if_closed()?;
        let mut state = self.begin(session, file.is_some()).await?;
        let mut upload = match file {
            Some(file) => {
                let file = file.open(self.host.as_ref(), &self.deadline).await?;
                #[cfg(feature = "server")]
                let file = if self.client.cassette().is_some() { file.watched() } else { file };
                Some(file.into_form(&request.form)?)
            }
            None => None,
        };
        let gate = self.client.limiter.gate(state.credential.as_ref().map(Credential::kind));
        let mut refused_by_limit = None;
        loop {
            let permit = match self.wait_for_limit(gate, &mut state.turn).await {
                Ok(permit) => permit,
                Err(too_long) => return Err(limit_error(refused_by_limit, &too_long)),
            };
            // The credential may have changed or expired in the meantime.
            if state.turn.take_waited()
                && let Some(source) = &state.source
            {
                state.credential = Some(self.credential(source).await?);
            }
            let auth = RequestAuth { credential: state.credential.as_ref(), grant: state.grant.as_ref() };
            let (status, reason, then) = match self.attempt(request, auth, upload.take(), permit).await {
                AttemptOutcome::Done(reply) => {
                    self.client.budget.give_back();
                    if let (Some(source), Some(credential)) = (&state.source, &state.credential) {
                        source.accept(credential);
                    }
                    return self.take_effect(reply, session);
                }
                AttemptOutcome::Failed { error, failure, wait } => {
                    let (status, reason) = (failure.status, error.kind());
                    (status, reason, self.after(&mut state, error, failure, wait).await?)
                }
            };
            match then {
                Then::Fail(error) => return Err(error),
                Then::Deleted => return Ok(self.nothing(404)),
                Then::RenewGrant => {
                    if let Some(session) = state.session {
                        state.grant = Some(self.grant(session, state.grant.as_ref()).await?);
                    }
                }
                Then::WaitForLimit { error, wait } => {
                    let backoff = limit_backoff(state.turn.refusals);
                    let paused = gate.pause(&mut state.turn, self.patience(), wait, backoff);
                    if self.gives_up(|| paused.is_err()) {
                        let too_long = paused.err().unwrap_or(TooLong { opens_in: wait.unwrap_or(backoff) });
                        return Err(limit_error(Some(error), &too_long));
                    }
                    self.report_retry(status, reason, wait.unwrap_or_default().max(backoff));
                    if let Ok(Some(delay)) = paused {
                        self.wait_out(delay).await;
                    }
                    refused_by_limit = Some(error);
                }
                Then::ReplaceCredential(credential) => {
                    self.report_retry(status, reason, Duration::ZERO);
                    state.credential = Some(credential);
                }
                Then::Retry { pause } => {
                    self.report_retry(status, reason, pause);
                    self.enter("backoff");
                    self.client.pause(pause).await;
                }
            }
        }
    }

    async fn begin<'a>(&self, session: Option<&'a str>, carries_file: bool) -> Result<State<'a>> {
        let source = self.client.sources.choose(self.operation.auth.0)?;
        let credential = match &source {
            None => None,
            Some(source) => Some(self.credential(source).await?),
        };
        let grant = match session {
            None => None,
            Some(session) => Some(self.grant(session, None).await?),
        };
        Ok(State {
            source,
            credential,
            session,
            grant,
            carries_file,
            turn: Turn::default(),
            max_retries: self.max_retries(),
            retries: 0,
            has_renewed_grant: false,
            has_replaced_credential: false,
        })
    }

    /// Decides what follows a failed attempt.
    async fn after(&self, state: &mut State<'_>, error: Error, failure: Failure, wait: Option<Duration>) -> Result<Then> {
        if error.kind() == Kind::GrantExpired && !state.has_renewed_grant && !self.renews() && state.grant.is_some() {
            state.has_renewed_grant = true;
            return Ok(Then::RenewGrant);
        }
        if error.kind() == Kind::NotFound && self.operation.method == Method::Delete && state.retries > 0 {
            return Ok(Then::Deleted);
        }
        let may_repeat = !state.carries_file && failure.may_repeat(self.operation.repeat);
        if failure.by_limit && may_repeat && state.max_retries > 0 {
            state.turn.refusals += 1;
            return Ok(Then::WaitForLimit { error, wait });
        }
        if failure.status == Some(401)
            && rejects_credential(error.kind())
            && let (Some(source), Some(rejected)) = (&state.source, &state.credential)
        {
            source.reject(rejected);
            if !state.has_replaced_credential
                && !state.carries_file
                && let Some(other) = self.ask_source(source, Some(rejected)).await?
            {
                state.has_replaced_credential = true;
                return Ok(Then::ReplaceCredential(other));
            }
        }
        let is_permanent = failure.status.is_none() && !error.info().retryable;
        let pause = wait.unwrap_or_default().max(backoff(state.retries + 1));
        let has_retries = may_repeat && !is_permanent && state.retries < state.max_retries;
        if !has_retries || self.gives_up(|| self.deadline.outlasted_by(pause) || !self.client.budget.take()) {
            return Ok(Then::Fail(error));
        }
        state.retries += 1;
        if self.operation.repeat == Repeat::ByClientId {
            self.repeats_after(&failure);
        }
        Ok(Then::Retry { pause })
    }

    pub(super) fn max_retries(&self) -> u32 {
        self.options.max_retries.unwrap_or(self.client.settings.max_retries)
    }

    async fn credential(&self, source: &Source) -> Result<Credential> {
        let credential = self.ask_source(source, None).await?;
        credential.ok_or_else(|| Error::new(Kind::MissingCredential, "the credential source returned no credential"))
    }

    /// Returns the source's credential, or if the service has `rejected` it, another one, if the source has one.
    async fn ask_source(&self, source: &Source, rejected: Option<&Credential>) -> Result<Option<Credential>> {
        self.enter("credential");
        let credential = source.get(rejected, self.host.as_ref()).await?;
        // A host's function may have kept the whole thread for longer than the call has time.
        if self.deadline.outlasted_by(Duration::ZERO) { Err(self.timed_out()) } else { Ok(credential) }
    }
}

/// Whether a 401 is about the credential, so that another one may be accepted. Services and the proxies before them word it
/// in many ways, so every 401 is, but one that says that there was no credential, or that is about a session's grant.
fn rejects_credential(kind: Kind) -> bool {
    !matches!(kind, Kind::ApiKeyRequired | Kind::GrantExpired | Kind::GrantInvalid)
}
