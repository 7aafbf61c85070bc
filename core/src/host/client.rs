//! Clients from JSON, and calls that a host steps.

use super::HostPager;
use super::config::{self, call_options};
use super::conversation::Role;
use super::follow::{EVERY, Pause};
use crate::answer::Reply;
use crate::call::CallOptions;
use crate::client::Client;
use crate::error::{Advice, Error, ErrorInfo, Kind, Result};
#[cfg(feature = "server")]
use crate::mock;
#[cfg(feature = "server")]
use crate::open::{self, Unclaimed};
use crate::question::{HostChannel, Next, Note, Question, Stepped, Within};
#[cfg(feature = "server")]
use crate::table::Steps;
use crate::table::{CredentialKind, Operation, Params, Surface};
#[cfg(feature = "server")]
use crate::transport::upload::Upload;
#[cfg(feature = "server")]
use crate::{Cassette, rotate};
use crate::{Object, operations};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A client for a host language.
#[derive(Clone)]
pub struct HostClient {
    pub(super) client: Client,
}

#[cfg(feature = "server")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSpec {
    path: Option<std::path::PathBuf>,
    name: Option<String>,
    content_type: Option<String>,
    /// The length in bytes, if the host knows it.
    length: Option<u64>,
    #[serde(default)]
    progress: bool,
}

impl From<Client> for HostClient {
    fn from(client: Client) -> HostClient {
        HostClient { client }
    }
}

impl HostClient {
    /// Creates a client on a server from its configuration in JSON. Credentials and base URL may come from the environment.
    ///
    /// # Errors
    /// If a setting is invalid (`configuration`) or the API key is malformed (`malformed_api_key`).
    #[cfg(feature = "server")]
    pub fn new(config: &str) -> Result<HostClient, Box<ErrorInfo>> {
        config::server(config, None).map(HostClient::from).map_err(Error::into_info)
    }

    /// Creates the same client with a cassette.
    ///
    /// # Errors
    /// If a setting is invalid (`configuration`) or the API key is malformed (`malformed_api_key`).
    #[cfg(feature = "server")]
    pub fn with_cassette(config: &str, cassette: &Cassette) -> Result<HostClient, Box<ErrorInfo>> {
        config::server(config, Some(cassette)).map(HostClient::from).map_err(Error::into_info)
    }

    /// A client of a contract for tests. Each call asks the host for its response with [`Question::Response`], and nothing is ever
    /// sent.
    ///
    /// # Errors
    /// If there is no such contract (`configuration`).
    #[cfg(feature = "server")]
    pub fn mock(surface: &str) -> Result<HostClient, Box<ErrorInfo>> {
        config::mock(surface).map(HostClient::from).map_err(Error::into_info)
    }

    /// Creates a phone's client from its configuration in JSON: its backend and the source of the user's token. Nothing
    /// comes from the environment.
    ///
    /// # Errors
    /// If a setting is invalid or contains an API key (`configuration`).
    pub fn phone(config: &str) -> Result<HostClient, Box<ErrorInfo>> {
        config::phone(config).map(HostClient::from).map_err(|error| error.into_info_on(Surface::Phone))
    }

    /// Starts a call of an operation. Nothing is sent before the first step.
    pub fn call(&self, operation: &str, params: &str, options: &str) -> Call {
        #[cfg(debug_assertions)]
        if operation == PANIC {
            return Call::run(self.contract(), |_| async { panicking() }.boxed());
        }
        match self.prepare(operation, params, options) {
            Ok((operation, params, options)) => self.start(operation, params, options, None),
            Err(error) => self.failed(error.operation(operation)),
        }
    }

    /// Starts a call of an operation without a file. `max_rate_limit_wait` is the client's by default.
    #[cfg(feature = "server")]
    pub fn call_object(&self, operation: &str, params: Object, max_rate_limit_wait: Option<Duration>) -> Call {
        match self.find(operation) {
            Ok(operation) => {
                let options = CallOptions::default().with_max_rate_limit_wait(max_rate_limit_wait);
                self.start(operation, Params { values: params, file: None }, options, None)
            }
            Err(error) => self.failed(error.operation(operation)),
        }
    }

    /// A call that has failed.
    pub(super) fn failed(&self, error: Error) -> Call {
        Call::run(self.contract(), |_| async move { Err(error) }.boxed())
    }

    /// Starts to walk a list.
    pub fn pages(&self, operation: &str, params: &str, options: &str) -> HostPager {
        HostPager::new(self.clone(), operation.to_owned(), params.to_owned(), options.to_owned())
    }

    /// Starts to follow a list: after its last item, the walk looks for new items every `every` seconds, by
    /// default 2.
    ///
    /// # Errors
    /// If `every` is not a positive number of seconds (`configuration`).
    pub fn follow(&self, operation: &str, params: &str, options: &str, every: Option<f64>) -> Result<HostPager, Box<ErrorInfo>> {
        let every = match every {
            None => EVERY,
            Some(every) => config::seconds(every, "every").map_err(|error| error.into_info_on(self.contract()))?,
        };
        Ok(self.pages(operation, params, options).following(every))
    }

    /// Starts a request without an operation. `credential` is `api_key`, `token` or `none`. Default: the client's
    /// credential.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>, credential: Option<&str>, options: &str) -> Call {
        let client = self.client.clone();
        let started = (|| -> Result<_> {
            let body = body.map(|body| parse::<Value>(body, "body")).transpose()?;
            Ok((client.raw_request(method, path, body, credential)?, call_options(options)?))
        })();
        match started {
            Err(error) => self.failed(error.operation("request")),
            Ok((request, options)) => {
                Call::run(self.contract(), |host| async move { request.send(client.inner(), options, Some(host)).await }.boxed())
            }
        }
    }

    pub(super) fn prepare(&self, name: &str, params: &str, options: &str) -> Result<(&'static Operation, Params, CallOptions)> {
        let operation = self.find(name)?;
        #[cfg_attr(not(feature = "server"), expect(unused_mut))]
        let mut values: Object = parse(params, "parameters")?;
        #[cfg(feature = "server")]
        let file = values.remove("file").filter(|file| !file.is_null()).map(upload).transpose()?;
        #[cfg(not(feature = "server"))]
        let file = None;
        Ok((operation, Params { values, file }, call_options(options)?))
    }

    fn find(&self, name: &str) -> Result<&'static Operation> {
        let surface = self.client.inner().surface;
        operations::find(surface, name).ok_or_else(|| unknown(surface, name))
    }

    /// Starts a call, for a follower after its pause if it has one.
    pub(super) fn start(
        &self,
        operation: &'static Operation,
        params: Params,
        options: CallOptions,
        pause: Option<(Pause, Option<Duration>)>,
    ) -> Call {
        let client = self.client.clone();
        #[cfg(feature = "server")]
        if let Some(steps) = operation.steps {
            // A mock opens nothing.
            let opens = (steps == Steps::Open && !mock::is_mock(client.inner())).then(|| client.clone());
            let call = Call::run(self.contract(), move |host| {
                async move {
                    match steps {
                        Steps::Rotate => rotate::for_host(&client, params, options, host).await,
                        Steps::Open => open::open(&client, params, options, Some(host)).await,
                        Steps::WaitUntilEnded => open::wait_until_ended(&client, params, options, Some(host)).await,
                    }
                }
                .boxed()
            });
            return Call { opens, ..call };
        }
        Call::run(self.contract(), move |host| {
            async move {
                if let Some((pause, duration)) = pause {
                    pause.wait(client.inner(), duration).await;
                }
                client.call(operation, params, options, Some(host)).await
            }
            .boxed()
        })
    }

    /// Reports that the network changed: its connections may be dead without a word. Later attempts use new ones, and
    /// requests without a response yet that are safe to retry are sent again.
    pub fn connections_changed(&self) {
        self.client.inner().http.connections_changed();
    }

    /// Closes the client. Later calls fail; calls in flight are not affected.
    pub fn close(&self) {
        self.client.close();
    }

    /// Returns the default timeout of a call.
    pub fn timeout(&self) -> Duration {
        self.client.inner().settings.timeout
    }

    /// Returns the contract that the client speaks.
    pub fn contract(&self) -> Surface {
        self.client.inner().surface
    }

    /// Whether the client is closed.
    pub fn is_closed(&self) -> bool {
        self.client.inner().refuse_if_closed().is_err()
    }

    /// Returns why a client has no operation or resource of that name, if one of another class has it.
    #[cfg(feature = "server")]
    pub fn elsewhere(&self, name: &str) -> Option<String> {
        elsewhere(self.client.inner().surface.as_str(), name)
    }

    /// Returns the base URL and the masked credentials, for printing.
    pub fn summary(&self) -> String {
        self.client.summary().to_string()
    }
}

/// The error of an operation that the client's surface does not have.
fn unknown(surface: Surface, name: &str) -> Error {
    #[cfg(feature = "server")]
    if let Some(other) = operations::elsewhere(surface, name) {
        return Error::new(Kind::InvalidArgument, not_here(surface, name, other))
            .suggestion(format!("Create a client of the class {}.", other.client()));
    }
    let _ = surface;
    Error::new(Kind::InvalidArgument, format!("unknown operation {name:?}"))
}

/// Returns why a client of a contract has no operation or resource of that name, if one of another contract has it.
#[cfg(feature = "server")]
pub fn elsewhere(surface: &str, name: &str) -> Option<String> {
    let surface = operations::CONTRACTS.into_iter().find(|known| known.as_str() == surface)?;
    operations::elsewhere(surface, name).map(|other| not_here(surface, name, other))
}

#[cfg(feature = "server")]
fn not_here(surface: Surface, name: &str, other: Surface) -> String {
    format!("{name} belongs to {}, and this client is {}", other.client(), surface.client())
}

/// An operation that panics, in debug builds only, so that each language can test what happens then.
#[cfg(debug_assertions)]
const PANIC: &str = "debug.panic";

#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "it is what this is for")]
fn panicking() -> Outcome {
    panic!("a panic on purpose")
}

/// Creates the error of a value that JSON cannot represent (NaN, a cycle, an object of a class).
pub fn unconvertible(operation: &str, parameter: Option<&str>, why: &str) -> Box<ErrorInfo> {
    let mut error = Error::new(Kind::InvalidArgument, why).operation(operation);
    if let Some(parameter) = parameter {
        error = error.parameter(parameter);
    }
    error.into_info()
}

/// Serializes an error for a host: its fields, whether the service wrote the suggestion, and the error as one line in `line`.
/// A host whose users can change the fields, or that writes names in its own way, calls
/// [`crate::error::line`] itself.
pub fn error_json(error: &ErrorInfo) -> String {
    #[derive(Serialize)]
    struct Crossing<'a> {
        #[serde(flatten)]
        info: &'a ErrorInfo,
        suggested_by_service: bool,
        line: String,
    }
    // Text, numbers and JSON values can always be serialized.
    serde_json::to_string(&Crossing { info: error, suggested_by_service: error.advice == Advice::OfService, line: error.line() })
        .unwrap_or_default()
}

type Outcome = Result<Reply>;

/// The outcome of a call, or a question.
#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
pub enum Step {
    /// The call is done.
    Done(Result<Reply, Box<ErrorInfo>>),
    /// The call needs an answer from the host.
    Question(Question),
}

/// A call in flight. Dropping it cancels its request.
pub struct Call {
    work: Stepped<Question, Outcome>,
    /// The outcome, kept until the progress before it is reported.
    outcome: Option<Outcome>,
    within: Within,
    note: Note,
    /// Decides on the suggestion of an error.
    surface: Surface,
    /// The client, if the call opens a session.
    #[cfg(feature = "server")]
    opens: Option<Client>,
    /// The session that the call has opened, until the host has it.
    #[cfg(feature = "server")]
    unclaimed: Option<Unclaimed>,
    /// Receives the outcome, if the call is for a page of a list.
    pub(super) pager: Option<super::pager::Shared>,
    /// Receives the outcome, if the call is one of a conversation.
    pub(super) role: Option<Role>,
}

impl Call {
    pub(super) fn run(surface: Surface, start: impl FnOnce(HostChannel) -> BoxFuture<'static, Outcome>) -> Call {
        let (within, note) = (Within::default(), Note::default());
        let work = Stepped::new(|questions| start(HostChannel::new(questions, within.clone(), note.clone())));
        Call {
            work,
            outcome: None,
            within,
            note,
            surface,
            #[cfg(feature = "server")]
            opens: None,
            #[cfg(feature = "server")]
            unclaimed: None,
            pager: None,
            role: None,
        }
    }

    /// Returns the note for the user if the call is interrupted.
    pub fn note(&self) -> Note {
        self.note.clone()
    }

    /// Records that the call was made inside this client's own function for a credential. A call that needs that
    /// function fails immediately. Must be called before the first step.
    pub fn made_within(&self, kind: CredentialKind) {
        self.within.add(kind);
    }

    /// Takes over the session that the call has opened. If the call is dropped before that, the session is ended: its caller
    /// may have been cancelled between the response and the host's next turn.
    #[cfg(feature = "server")]
    pub fn claim(&mut self) {
        if let Some(unclaimed) = self.unclaimed.take() {
            unclaimed.claim();
        }
    }

    #[cfg(feature = "server")]
    fn hold_opened(&mut self) {
        if let (Some(client), Some(Ok(reply))) = (self.opens.take(), &self.outcome) {
            self.unclaimed = reply.text("id").map(|id| Unclaimed::new(&client, id));
        }
    }

    /// Runs until the outcome or a question. A panic of the core becomes an `internal` error.
    pub async fn step(&mut self) -> Step {
        let internal = |why: &str| Err(Error::internal(why));
        if self.outcome.is_none() {
            self.outcome = Some(match self.work.step().await {
                Next::Question(question) => return Step::Question(question),
                Next::Done(outcome) => outcome,
                // The text of the panic could contain a secret.
                Next::Panicked => internal("see the panic message on stderr"),
                Next::Over => internal("the call was stepped after its end"),
            });
            #[cfg(feature = "server")]
            self.hold_opened();
        }
        // What was reported just before the end comes first. Other questions need no answer any more.
        while let Some(question) = self.work.leftover() {
            if question.is_report() {
                return Step::Question(question);
            }
        }
        let mut outcome = self.outcome.take().unwrap_or_else(|| internal("the call has no outcome"));
        if let (Some(pager), Ok(reply)) = (&self.pager, &mut outcome) {
            pager.learn(reply);
        }
        let outcome = outcome.map_err(|error| error.into_info_on(self.surface));
        if let Some(role) = self.role.take() {
            role.learn(&outcome);
        }
        Step::Done(outcome)
    }
}

#[cfg(feature = "server")]
fn upload(spec: Value) -> Result<Upload> {
    let spec: FileSpec = serde_json::from_value(spec)
        .map_err(|_| Error::new(Kind::InvalidArgument, "file must be a path, bytes or a readable stream").parameter("file"))?;
    let mut upload = match spec.path {
        Some(path) => Upload::from_path(path),
        None => Upload::from_host(spec.length),
    };
    if let Some(name) = spec.name {
        upload = upload.file_name(name);
    }
    if let Some(content_type) = spec.content_type {
        upload = upload.content_type(content_type);
    }
    Ok(if spec.progress { upload.report_to_host() } else { upload })
}

fn parse<T: for<'a> Deserialize<'a>>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        let why = if error.is_data() { "must be a JSON object" } else { not_json(text, &error) };
        Error::new(Kind::InvalidArgument, format!("{what} {why}"))
    })
}

pub(super) fn not_json(text: &str, error: &serde_json::Error) -> &'static str {
    let near = text.get(error.column().saturating_sub(4)..).unwrap_or_default();
    // Python writes NaN and infinity, which JSON does not have.
    if ["NaN", "Infinity", "-Infinity"].iter().any(|word| near.contains(word)) {
        "must not contain a number that is not finite (NaN or Infinity), which JSON cannot represent"
    } else {
        "must be valid JSON"
    }
}
