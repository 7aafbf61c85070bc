//! The way of a call: table entry, credential, rate limit, sending and repeating, decoding. One way, no coming back up.

use crate::answer::{Body, Refusal, Reply, decode};
use crate::client::Inner;
use crate::credentials::{Accept, Grant, Held, Landing, Source, after_rejection};
use crate::error::{Attempt, Error, Kind, Result};
use crate::operations::phone::{RENEW_GRANT, SessionGrant};
use crate::question::HostChannel;
use crate::redact::beginning;
use crate::table::{CredentialKind, Effect, Method, Operation, Outgoing, Params, Prepared, Repeat, Surface};
use crate::transport::gate::{Delay, Gate, Patience, Permit, TooLong, Turn};
use crate::transport::limit::RateLimit;
use crate::transport::retry::{Failure, backoff, limit_backoff, may_have_happened};
use crate::transport::upload::{Form, Upload};
use crate::transport::{Begun, BodyFault, Deadline, Reach, RequestBody, Suspended, classify, decoded, read_capped};
use crate::wait::{OnWait, RateLimitWait};
use crate::{Secret, Token};
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument;

/// The header that carries an API key. A phone's client has neither.
#[cfg(feature = "server")]
pub(crate) const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The header that carries a session's grant.
const GRANT_HEADER: &str = "x-agenthuman-grant";

/// How much is kept of the id that a service gives a request, in bytes.
const LONGEST_REQUEST_ID: usize = 200;

/// What a single call may change of the client's settings.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    timeout: Option<Duration>,
    max_rate_limit_wait: Option<Duration>,
    max_retries: Option<u32>,
    headers: HeaderMap,
}

impl CallOptions {
    /// # Errors
    /// `configuration` for a header that HTTP cannot carry, or that the client sets itself.
    pub fn new(timeout: Option<Duration>, max_retries: Option<u32>, headers: &[(String, String)]) -> Result<CallOptions> {
        Ok(CallOptions { timeout, max_rate_limit_wait: None, max_retries, headers: header_map(headers)? })
    }

    #[cfg(feature = "server")]
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The same options with another bound on waiting for the rate limit.
    #[must_use]
    pub fn with_max_rate_limit_wait(self, wait: Option<Duration>) -> CallOptions {
        CallOptions { max_rate_limit_wait: wait, ..self }
    }
}

/// Headers of the caller's own.
pub(crate) fn header_map(pairs: &[(String, String)]) -> Result<HeaderMap> {
    const OURS: [&str; 8] =
        ["authorization", GRANT_HEADER, "cookie", "host", "content-length", "transfer-encoding", "connection", "content-type"];
    /// In bytes, names and values together. Most servers reject more.
    const MOST: usize = 16 * 1024;
    let length: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    if length > MOST {
        let why = format!("the headers must have at most {MOST} bytes together, and have {length}");
        return Err(Error::new(Kind::Configuration, why).parameter("headers"));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        // The value may be a secret of the caller's, so only the name is told.
        let refused = |why: &str| {
            let shown: String = name.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
            Error::new(Kind::Configuration, format!("the header {shown:?} {why}")).parameter("headers")
        };
        let parsed = HeaderName::try_from(name.as_str()).map_err(|_| refused("has a name that HTTP does not allow"))?;
        if OURS.contains(&parsed.as_str()) || is_api_key_header(&parsed) {
            return Err(refused("is set by the client itself"));
        }
        let value = HeaderValue::try_from(value.as_str()).map_err(|_| refused("has a value that HTTP does not allow"))?;
        headers.insert(parsed, value);
    }
    Ok(headers)
}

#[cfg(feature = "server")]
fn is_api_key_header(name: &HeaderName) -> bool {
    name == API_KEY_HEADER
}

#[cfg(not(feature = "server"))]
fn is_api_key_header(name: &HeaderName) -> bool {
    name.as_str().contains("api-key")
}

impl Attempt {
    fn since(began: Instant, status: Option<u16>, code: Option<Kind>) -> Attempt {
        Attempt { status, code, ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }
}

/// How many attempts a call remembers; a long queue may take any number.
const MOST_ATTEMPTS: usize = 100;

/// What has become of the call so far, for the error of a deadline that passes in the midst of it.
#[derive(Default)]
struct Course {
    attempts: Vec<Attempt>,
    phase: &'static str,
    /// Whether an earlier attempt may have reached the application.
    maybe_sent: bool,
    /// Whether the attempt in flight may have.
    begun: Begun,
    /// What the last response said itself of whether a write may have happened.
    outcome_unknown: Option<bool>,
    /// When the try under way began.
    trying_since: Option<Instant>,
}

struct Run<'a> {
    client: &'a Inner,
    operation: &'a Operation,
    options: CallOptions,
    host: Option<HostChannel>,
    deadline: Deadline,
    course: Mutex<Course>,
    secrets: Vec<Secret>,
}

/// Carries out an operation of the table.
pub(crate) async fn run(
    client: &Inner,
    operation: &Operation,
    params: Params,
    options: CallOptions,
    host: Option<HostChannel>,
) -> Result<Reply> {
    let span = tracing::debug_span!("agenthuman", operation = operation.name);
    let template = client.route(operation);
    let prepared = operation.prepare(params, template)?;
    run_prepared(client, operation, prepared, options, host).instrument(span).await
}

/// The same, for a request that is already made.
pub(crate) async fn run_prepared(
    client: &Inner,
    operation: &Operation,
    prepared: Prepared,
    options: CallOptions,
    host: Option<HostChannel>,
) -> Result<Reply> {
    let deadline = match (options.timeout, &prepared.file) {
        (Some(timeout), None) => Deadline::total(timeout),
        (None, None) => Deadline::total(client.settings.timeout),
        (timeout, Some(_)) => Deadline::idle(timeout.unwrap_or(client.settings.timeout)),
    };
    let run =
        Run { client, operation, options, host, deadline: deadline.clone(), course: Mutex::default(), secrets: prepared.secrets };
    let outcome = tokio::select! {
        biased;
        outcome = run.work(&prepared.request, prepared.file, prepared.session.as_deref()) => outcome,
        () = deadline.passed() => Err(run.timed_out()),
    };
    outcome.map_err(|error| run.finished(error))
}

/// What goes with a request to prove who sends it.
#[derive(Clone, Copy)]
struct Proofs<'a> {
    held: Option<&'a Held>,
    grant: Option<&'a Grant>,
}

#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
enum Answered {
    Done(Reply),
    Failed { error: Error, failure: Failure, wait: Option<Duration> },
}

impl Run<'_> {
    async fn work(&self, request: &Outgoing, file: Option<Upload>, session: Option<&str>) -> Result<Reply> {
        self.client.refuse_if_closed()?;
        let source = self.client.sources.choose(self.operation.auth.0)?;
        let mut held = match &source {
            None => None,
            Some(source) => Some(self.credential(source).await?),
        };
        let mut grant = match session {
            None => None,
            Some(session) => Some(self.grant(session, None).await?),
        };
        // A file is pulled once, so a call that carries one is never repeated.
        let mut upload = match file {
            Some(file) => Some(file.open(self.host.as_ref(), &self.deadline).await?.into_form(&request.form)?),
            None => None,
        };
        let carries_file = upload.is_some();
        let max_retries = self.options.max_retries.unwrap_or(self.client.settings.max_retries);
        let gate = self.client.limiter.gate(held.as_ref().map(Held::kind));
        let mut turn = Turn::default();
        let mut refused_by_limit = None;
        let mut repeats = 0;
        let mut asked_again = false;
        let mut renewed = false;
        loop {
            let permit = match self.wait_for_limit(gate, &mut turn).await {
                Ok(permit) => permit,
                Err(too_long) => return Err(limit_error(refused_by_limit, &too_long)),
            };
            // The credential may have changed or expired in the meantime.
            if turn.take_waited()
                && let Some(source) = &source
            {
                held = Some(self.credential(source).await?);
            }
            let proofs = Proofs { held: held.as_ref(), grant: grant.as_ref() };
            match self.attempt(request, proofs, upload.take(), permit).await {
                Answered::Done(reply) => {
                    self.client.budget.give_back();
                    if let (Some(source), Some(held)) = (&source, &held) {
                        source.accept(held);
                    }
                    return self.take_effect(reply);
                }
                // The relay looks at the grant before it does anything, so the call can be made again.
                Answered::Failed { error, .. }
                    if error.kind() == Kind::GrantExpired
                        && !renewed
                        && !self.renews()
                        && let (Some(session), Some(refused)) = (session, &grant) =>
                {
                    renewed = true;
                    grant = Some(self.grant(session, Some(refused)).await?);
                }
                Answered::Failed { error, .. }
                    if repeats > 0 && error.kind() == Kind::NotFound && self.operation.method == Method::Delete =>
                {
                    // An earlier try did delete it, and its answer was lost.
                    return Ok(self.nothing(404));
                }
                // Costs neither a retry nor the budget: the service did nothing, and says when it will.
                Answered::Failed { error, failure, wait }
                    if failure.by_limit && !carries_file && max_retries > 0 && failure.may_repeat(self.operation.repeat) =>
                {
                    turn.refusals += 1;
                    let backoff = limit_backoff(turn.refusals);
                    match gate.pause(&mut turn, self.patience(), wait, backoff) {
                        Err(too_long) => return Err(limit_error(Some(error), &too_long)),
                        Ok(None) => {}
                        Ok(Some(delay)) => {
                            self.enter("rate_limit");
                            let _suspended = self.suspend_deadline();
                            self.report(delay);
                            tokio::time::sleep(delay.wait).await;
                        }
                    }
                    refused_by_limit = Some(error);
                }
                Answered::Failed { error, failure, wait } => {
                    if failure.status == Some(401)
                        && rejects_credential(error.kind())
                        && let (Some(source), Some(rejected)) = (&source, &held)
                    {
                        source.reject(rejected);
                        if !asked_again
                            && !carries_file
                            && let Some(other) = self.another_credential(source, rejected).await?
                        {
                            asked_again = true;
                            held = Some(other);
                            continue;
                        }
                    }
                    let permanent = failure.status.is_none() && !error.info().retryable;
                    let may = !carries_file && !permanent && repeats < max_retries && failure.may_repeat(self.operation.repeat);
                    let pause = wait.unwrap_or_default().max(backoff(repeats + 1));
                    if !may || self.deadline.outlasted_by(pause) || !self.client.budget.take() {
                        return Err(error);
                    }
                    repeats += 1;
                    self.enter("backoff");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn credential(&self, source: &Source) -> Result<Held> {
        let held = self.ask_source(source, None).await?;
        held.ok_or_else(|| Error::new(Kind::MissingCredential, "the source of the credential has none"))
    }

    /// A credential in the place of one that the service rejected, if the source has one.
    async fn another_credential(&self, source: &Source, rejected: &Held) -> Result<Option<Held>> {
        self.ask_source(source, Some(rejected)).await
    }

    async fn ask_source(&self, source: &Source, rejected: Option<&Held>) -> Result<Option<Held>> {
        self.enter("credential");
        let held = source.get(rejected, self.host.as_ref()).await?;
        // A host's function may have kept the whole thread for longer than the call has time.
        if self.deadline.outlasted_by(Duration::ZERO) { Err(self.timed_out()) } else { Ok(held) }
    }

    /// The session's grant, renewed where it is about to run out or was `refused`.
    async fn grant(&self, session: &str, refused: Option<&Grant>) -> Result<Grant> {
        let slot = self.client.grants.of(session).ok_or_else(|| {
            Error::new(Kind::MissingCredential, "this client holds no grant to the session")
                .suggestion("Open the session with the client that is to use it.")
        })?;
        let usable = |grant: &Grant| grant.is_fresh() && refused.is_none_or(|refused| !refused.is(grant));
        let held = slot.grant();
        if self.renews() || usable(&held) {
            return Ok(held);
        }
        self.enter("grant");
        let renewed = slot.renewal.join(Accept::Any, || async { Landing::Shared(self.renewal(session).await.map(drop)) }).await;
        let held = slot.grant();
        match renewed {
            Ok(()) => Ok(held),
            // It was ahead of time, and the grant is still good.
            Err(_) if refused.is_none() && held.is_good() => Ok(held),
            Err(error) => Err(error),
        }
    }

    fn renewal<'a>(&'a self, session: &str) -> BoxFuture<'a, Result<Reply>> {
        let params = Params::default().with_path("id", session);
        Box::pin(run(self.client, &RENEW_GRANT, params, self.options.clone(), self.host.clone()))
    }

    /// Whether this is the renewal itself, which goes with the grant that there is.
    fn renews(&self) -> bool {
        std::ptr::eq(self.operation, &RENEW_GRANT)
    }

    /// Waits until the rate limit lets a request through.
    async fn wait_for_limit<'a>(&self, gate: &'a Gate, turn: &mut Turn) -> Result<Permit<'a>, TooLong> {
        if let Some(permit) = gate.try_enter(turn) {
            return Ok(permit);
        }
        self.enter("rate_limit");
        let _suspended = self.suspend_deadline();
        gate.enter(turn, self.patience(), |delay| self.report(delay)).await
    }

    /// A phone's user waits in front of the screen, so there the timeout includes waits for the limit.
    fn patience(&self) -> Patience {
        match self.client.surface {
            Surface::Phone => Patience::Until(self.deadline.at()),
            Surface::Server => {
                let longest = self.options.max_rate_limit_wait.unwrap_or(self.client.settings.max_rate_limit_wait);
                Patience::WithoutProgress(longest)
            }
        }
    }

    fn suspend_deadline(&self) -> Option<Suspended<'_>> {
        (self.client.surface == Surface::Server).then(|| self.deadline.suspend())
    }

    fn report(&self, Delay { wait, queued, is_first }: Delay) {
        let wait = RateLimitWait { operation: self.operation.name, phase: "rate_limit", seconds: wait.as_secs_f64(), queued };
        if is_first {
            tracing::warn!(operation = wait.operation, seconds = wait.seconds, queued, "{wait}");
        }
        let on_wait = &self.client.settings.on_wait;
        if let OnWait::Function(report) = on_wait {
            // The panic hook has told of it, and the call goes on.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| report(&wait)));
        }
        if let Some(host) = &self.host
            && (is_first || matches!(on_wait, OnWait::Host))
        {
            host.waiting(wait, is_first);
        }
    }

    async fn attempt(&self, request: &Outgoing, proofs: Proofs<'_>, upload: Option<Form>, permit: Permit<'_>) -> Answered {
        let began = Instant::now();
        self.course().trying_since = Some(began);
        let answered = self.send(request, proofs, upload, permit).await;
        let (status, code) = match &answered {
            Answered::Done(reply) => (Some(reply.status), None),
            Answered::Failed { error, failure, .. } => (failure.status, Some(error.kind())),
        };
        let attempt = Attempt::since(began, status, code);
        tracing::debug!(
            method = self.operation.method.as_str(),
            path = self.client.route(self.operation),
            status,
            error = code.map(Kind::code),
            ms = attempt.ms,
            "attempt"
        );
        let mut course = self.course();
        if course.attempts.len() == MOST_ATTEMPTS {
            course.attempts.remove(0);
        }
        course.attempts.push(attempt);
        course.trying_since = None;
        drop(course);
        match answered {
            Answered::Done(reply) => Answered::Done(Reply { attempts: self.course().attempts.clone(), ..reply }),
            failed @ Answered::Failed { .. } => failed,
        }
    }

    async fn send(&self, request: &Outgoing, proofs: Proofs<'_>, upload: Option<Form>, mut permit: Permit<'_>) -> Answered {
        let pool = match self.client.http.pool().await {
            Ok(pool) => pool,
            Err(error) => return Self::unanswered(error, true),
        };
        let request = match self.request(request, proofs, upload) {
            Ok(request) => request,
            Err(error) => return Self::unanswered(error, true),
        };
        if self.doubles() {
            let mut course = self.course();
            course.maybe_sent |= std::mem::replace(&mut course.begun, request.body().begun()).get();
        }
        self.enter("send");
        let watch = pool.watch(&self.deadline);
        let response = pool.send(request).await;
        let mut response = match response {
            Ok(response) => response,
            Err(error) => {
                let (error, unsent) = classify(&error, pool.by_proxy);
                if unsent {
                    watch.ended()
                } else {
                    watch.failed()
                }
                let mut course = self.course();
                let begun = std::mem::take(&mut course.begun).get();
                let unsent = unsent || (self.doubles() && !begun);
                course.maybe_sent |= !unsent;
                drop(course);
                return Self::unanswered(error, unsent);
            }
        };
        watch.heard();
        let status = response.status().as_u16();
        let limit = RateLimit::read(status, response.headers());
        permit.answered(status, &limit);
        let secrets = self.shown_secrets(proofs);
        let exposed: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let request_id = request_id.map(|id| beginning(id, LONGEST_REQUEST_ID, &exposed));
        let mut headers = std::mem::take(response.headers_mut());
        // A sign-in's cookie is a credential, and this client keeps none.
        headers.remove(http::header::SET_COOKIE);
        self.enter("read");
        self.deadline.progressed();
        let cap = self.client.settings.max_body;
        let body = read_capped(response.into_body(), cap).await;
        if matches!(body, Err(BodyFault::TooLarge(_) | BodyFault::CutShort(_))) {
            watch.failed()
        } else {
            watch.ended()
        }
        let answer = match body.and_then(|body| decoded(&mut headers, body, cap)) {
            Ok((body, unsupported)) => decode(self.operation, status, body).map_err(|refusal| match (refusal, unsupported) {
                (Refusal::Unreadable { .. }, Some(coding)) => Refusal::Encoded(not_requested(&coding)),
                (refusal, _) => refusal,
            }),
            Err(BodyFault::TooLarge(read)) => Err(Refusal::Unreadable { why: "is over the size cap".into(), text: read }),
            Err(BodyFault::CutShort(read)) => Err(Refusal::Unreadable { why: "was cut short".into(), text: read }),
            Err(BodyFault::Damaged(why)) => Err(Refusal::Encoded(why)),
        };
        let refusal = match answer {
            Ok((body, next)) => return Answered::Done(Reply { body, next, status, headers, request_id, attempts: Vec::new() }),
            Err(refusal) => refusal,
        };
        self.course().outcome_unknown = refusal.outcome_unknown(self.operation.surface);
        let (mut error, has_code) = refusal.error(self.operation.surface, status, &secrets, &limit);
        let sent = proofs.held.map(Held::kind);
        let info = error.info_mut();
        if !refusal.suggests()
            && let Some(advice) = after_rejection(info.kind, sent)
        {
            info.suggestion = Some(advice.to_owned());
        }
        info.status = Some(status);
        info.request_id = request_id;
        let wait = limit.wait();
        let by_limit = limit.is_refusal() && error.kind() == Kind::RateLimited && !has_code;
        if by_limit {
            // It certainly did nothing.
            self.course().begun = Begun::default();
            if limit.remaining.is_none()
                && let Some(wait) = wait.filter(|wait| !wait.is_zero())
            {
                permit.gate().close(wait);
            }
        }
        Answered::Failed {
            failure: Failure { kind: error.kind(), status: Some(status), unsent: false, has_code, by_limit },
            error,
            wait,
        }
    }

    fn request(&self, outgoing: &Outgoing, proofs: Proofs<'_>, upload: Option<Form>) -> Result<http::Request<RequestBody>> {
        self.refuse_insecure(proofs)?;
        let mut url = self.client.url(&outgoing.path);
        if !outgoing.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&outgoing.query);
        }
        let method = http::Method::from_bytes(self.operation.method.as_str().as_bytes()).unwrap_or_default();
        let mut headers = self.client.settings.headers.clone();
        headers.extend(self.options.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.entry(http::header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("agenthuman/", env!("CARGO_PKG_VERSION"))));
        headers.entry("x-request-id").or_insert_with(request_id);
        let unsendable = |_| Error::new(Kind::Configuration, "the credential holds characters that no header can carry");
        if let Some(held) = proofs.held {
            let (name, value) = match held {
                #[cfg(feature = "server")]
                Held::ApiKey(key) => (API_KEY_HEADER.clone(), HeaderValue::from_str(key.expose())),
                Held::Token(token) => {
                    let text = Secret::new(format!("Bearer {}", token.expose()));
                    (http::header::AUTHORIZATION, HeaderValue::from_str(text.expose()))
                }
            };
            let mut value = value.map_err(unsendable)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some(grant) = proofs.grant {
            let mut value = HeaderValue::from_str(grant.text.expose()).map_err(unsendable)?;
            value.set_sensitive(true);
            headers.insert(GRANT_HEADER, value);
        }
        let mut content = RequestBody::default();
        if let Some(form) = upload {
            let (body, content_type) = form.into_parts();
            headers.insert(CONTENT_TYPE, content_type);
            content = body;
        } else if let Some(body) = &outgoing.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            content = body.to_string().into();
        }
        let uri = url.as_str().parse();
        let mut request = http::Request::new(content);
        *request.method_mut() = method;
        *request.uri_mut() = uri.map_err(|_| Error::new(Kind::Configuration, "the request cannot be expressed in HTTP"))?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Over plain HTTP to another machine, everyone on the way can read what is sent: a test key is all that may be.
    fn refuse_insecure(&self, proofs: Proofs<'_>) -> Result<()> {
        if self.client.reach != Reach::PrivateNetwork || self.client.surface == Surface::Phone {
            return Ok(());
        }
        match proofs.held {
            #[cfg(feature = "server")]
            Some(Held::ApiKey(key)) if key.environment() == "test" => {}
            #[cfg(feature = "server")]
            Some(Held::ApiKey(_)) => return Err(insecure("a live API key")),
            Some(Held::Token(_)) => return Err(insecure("a token")),
            None => {}
        }
        if !self.secrets.is_empty() || self.operation.effect == Effect::AdoptToken {
            return Err(insecure("a one-time code or a token"));
        }
        Ok(())
    }

    /// No response came.
    fn unanswered(error: Error, unsent: bool) -> Answered {
        let failure = Failure { kind: error.kind(), status: None, unsent, has_code: false, by_limit: false };
        Answered::Failed { error, failure, wait: None }
    }

    fn take_effect(&self, reply: Reply) -> Result<Reply> {
        let token = match self.operation.effect {
            Effect::None => return Ok(reply),
            Effect::AdoptGrant => return self.adopt_grant(reply),
            Effect::ForgetToken => None,
            Effect::AdoptToken => {
                let token = match &reply.body {
                    Body::Record(record) => record.text(0, "token"),
                    Body::Nothing | Body::Raw(_) => None,
                };
                let token = Token::parse(&token.unwrap_or_default()).map_err(|error| {
                    Error::new(Kind::InvalidResponse, format!("the answer cannot be used: {}", error.info().message))
                })?;
                Some(Source::fixed(Held::Token(token)))
            }
        };
        self.client.sources.swap(CredentialKind::Token, token);
        self.client.limiter.gate(Some(CredentialKind::Token)).reset();
        Ok(reply)
    }

    /// Keeps the grant, and leaves the session for the caller.
    fn adopt_grant(&self, reply: Reply) -> Result<Reply> {
        let unreadable = |_| Error::new(Kind::InvalidResponse, "the answer holds no session with its grant");
        let mut granted: Value = serde_json::from_str(&reply.body.to_json()).map_err(unreadable)?;
        let SessionGrant { session, grant, expires_in, .. } = SessionGrant::deserialize(&granted).map_err(unreadable)?;
        let expires_in = Duration::from_secs(u64::try_from(expires_in).unwrap_or_default());
        self.client.grants.adopt(session.id.into(), Grant::new(grant, expires_in));
        Ok(Reply { body: Body::Raw(granted["session"].take()), ..reply })
    }

    fn nothing(&self, status: u16) -> Reply {
        Reply {
            body: Body::Nothing,
            next: None,
            status,
            headers: HeaderMap::new(),
            request_id: None,
            attempts: self.course().attempts.clone(),
        }
    }

    fn shown_secrets(&self, proofs: Proofs<'_>) -> Vec<Secret> {
        let credential = proofs.held.filter(|held| held.kind() == CredentialKind::Token).map(|held| Secret::new(held.expose()));
        let grant = proofs.grant.map(|grant| grant.text.clone());
        self.secrets.iter().cloned().chain(credential).chain(grant).collect()
    }

    fn timed_out(&self) -> Error {
        let mut course = self.course();
        if let Some(began) = course.trying_since.take() {
            course.attempts.push(Attempt::since(began, None, Some(Kind::Timeout)));
        }
        let phase = match course.phase {
            phase @ ("read" | "rate_limit" | "credential" | "grant") => phase,
            _ => "total",
        };
        Error::new(Kind::Timeout, "the call was not done within its timeout").phase(phase)
    }

    /// What every error of this call holds, whatever its cause.
    fn finished(&self, mut error: Error) -> Error {
        let course = self.course();
        let maybe_sent = course.maybe_sent || course.begun.get();
        let info = error.info_mut();
        info.operation = Some(self.operation.name.to_owned());
        info.attempts.clone_from(&course.attempts);
        let unanswered = matches!(info.kind, Kind::Timeout | Kind::InvalidResponse) || info.kind.is(Kind::Connection);
        info.outcome_unknown = self.doubles()
            && match info.status {
                Some(status) => course.outcome_unknown.unwrap_or_else(|| may_have_happened(info.kind, status)),
                None => unanswered && maybe_sent,
            };
        if info.outcome_unknown {
            // The obvious loop would do it twice.
            info.retryable = false;
            info.suggest(self.operation.advice_if_unknown());
        }
        error
    }

    /// Whether making the call again could do twice what it is for. Otherwise repeating it settles the matter.
    fn doubles(&self) -> bool {
        self.operation.repeat != Repeat::Safe
    }

    fn enter(&self, phase: &'static str) {
        self.course().phase = phase;
    }

    fn course(&self) -> std::sync::MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error of a credential that plain HTTP to another machine must not carry.
pub(crate) fn insecure(what: &str) -> Error {
    Error::new(
        Kind::Configuration,
        format!("{what} is never sent over plain http to another machine; allow_insecure_http is for test keys only"),
    )
    .suggestion("Use an https base URL, or a test key.")
}

/// Whether a 401 is about the credential, so that another one may be accepted. Services and the proxies before them word it
/// in many ways, so every 401 is, but one that says that there was no credential, or that is about a session's grant.
fn rejects_credential(kind: Kind) -> bool {
    !matches!(kind, Kind::ApiKeyRequired | Kind::GrantExpired | Kind::GrantInvalid)
}

fn not_requested(coding: &str) -> String {
    format!("the response is encoded in {coding}, which was not requested and is not supported")
}

/// The error of a call that the rate limit lets through too late: the service's own refusal, if there was one.
fn limit_error(refused: Option<Error>, TooLong { opens_in }: &TooLong) -> Error {
    let error = refused.unwrap_or_else(|| {
        let seconds = opens_in.as_secs_f64().ceil();
        let why = format!("the rate limit lets no request through for another {seconds} s, longer than this call may wait");
        Error::new(Kind::Timeout, why).suggestion("Try again when `retry_after` has passed, or allow a longer wait.")
    });
    let mut error = error.phase("rate_limit");
    error.info_mut().retry_after = Some(opens_in.as_secs_f64());
    error
}

fn request_id() -> HeaderValue {
    let id = format!("{:032x}", fastrand::u128(..));
    HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("0"))
}

/// A request that the table does not know.
pub(crate) struct RawRequest {
    pub operation: Operation,
    pub prepared: Prepared,
}

impl RawRequest {
    pub async fn send(self, client: &crate::Client, options: CallOptions, host: Option<HostChannel>) -> Result<Reply> {
        run_prepared(client.inner(), &self.operation, self.prepared, options, host).await
    }
}

/// How often a raw request may be repeated, by what its method promises.
pub(crate) fn repeat_of(method: Method) -> Repeat {
    match method {
        Method::Post => Repeat::IfUnsent,
        _ => Repeat::Safe,
    }
}
