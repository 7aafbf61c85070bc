//! A client made from JSON, and the calls that a host steps through.

use super::{HostChannel, HostPager, Step};
use crate::answer::{Body, Reply};
use crate::call::CallOptions;
use crate::client::{Client, ClientBuilder};
use crate::error::{Error, ErrorInfo, Kind, Result};
use crate::record::Record;
use crate::table::{Operation, Params};
use crate::transport::upload::Upload;
use crate::{KeySource, Object, Secret, TokenSource, operations, rotate};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::mpsc;

/// A client as a host holds it.
#[derive(Clone)]
pub struct HostClient {
    client: Client,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    base_url: Option<String>,
    dialect: Option<String>,
    api_key: Option<Credential>,
    token: Option<Credential>,
    timeout: Option<f64>,
    connect_timeout: Option<f64>,
    max_retries: Option<u32>,
    max_body: Option<u64>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    routes: Vec<(String, String)>,
}

/// A credential given by value, by a file's path, or by a function that the host will be asked to run.
#[derive(Deserialize)]
#[serde(untagged)]
enum Credential {
    Value(Secret),
    File {
        file: std::path::PathBuf,
    },
    Function {
        #[serde(rename = "function")]
        _mark: bool,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    timeout: Option<f64>,
    max_retries: Option<u32>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSpec {
    path: Option<std::path::PathBuf>,
    name: Option<String>,
    content_type: Option<String>,
    /// Bytes in all, where the host knows them.
    length: Option<u64>,
    #[serde(default)]
    progress: bool,
}

/// What a host gets of a success.
pub struct HostReply {
    pub body: HostBody,
    pub next: Option<String>,
    pub status: u16,
    /// The answer's headers, by lower-case name, without cookies.
    pub headers: http::HeaderMap,
    pub request_id: Option<String>,
    pub attempts: Vec<crate::error::Attempt>,
}

/// What a success holds.
pub enum HostBody {
    /// Rows of a model, to be read field by field.
    Record(Record),
    /// Any other JSON; `null` for nothing.
    Json(String),
}

impl HostBody {
    /// Canonical JSON: the model, an array of them for a list, `null` for nothing.
    pub fn to_json(&self) -> String {
        match self {
            HostBody::Record(record) => record.to_json(),
            HostBody::Json(json) => json.clone(),
        }
    }
}

impl HostClient {
    /// A client from the JSON of its configuration; what is absent comes from the environment.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`].
    pub fn new(config: &str) -> Result<HostClient, Box<ErrorInfo>> {
        HostClient::build(config).map_err(Error::into_info)
    }

    fn build(config: &str) -> Result<HostClient> {
        let config: Config = settings(config)?;
        let mut builder = ClientBuilder::new();
        if let Some(url) = config.base_url {
            builder = builder.base_url(url);
        }
        if let Some(name) = config.dialect {
            builder = builder.dialect(name);
        }
        if let Some(credential) = config.api_key {
            builder = builder.api_key_source(match credential {
                Credential::Value(key) => KeySource::Value(key),
                Credential::File { file } => KeySource::File(file),
                Credential::Function { .. } => KeySource::Host,
            });
        }
        if let Some(credential) = config.token {
            builder = builder.token_source(match credential {
                Credential::Value(token) => TokenSource::Value(token),
                Credential::File { .. } => {
                    return Err(Error::new(Kind::Configuration, "a token cannot be read from a file").parameter("token"));
                }
                Credential::Function { .. } => TokenSource::Host,
            });
        }
        if let Some(timeout) = config.timeout {
            builder = builder.timeout(seconds(timeout, "timeout")?);
        }
        if let Some(timeout) = config.connect_timeout {
            builder = builder.connect_timeout(seconds(timeout, "connect_timeout")?);
        }
        if let Some(retries) = config.max_retries {
            builder = builder.max_retries(retries);
        }
        if let Some(cap) = config.max_body {
            builder = builder.max_body(usize::try_from(cap).unwrap_or(usize::MAX));
        }
        for (name, value) in config.headers {
            builder = builder.header(name, value);
        }
        for (operation, route) in config.routes {
            builder = builder.route(operation, route);
        }
        Ok(HostClient { client: builder.build()? })
    }

    /// Starts an operation of the table. Nothing is sent until the first step.
    pub fn call(&self, operation: &str, params: &str, options: &str) -> Call {
        #[cfg(debug_assertions)]
        if operation == PANIC {
            return Call::run(|_| async { panicking() }.boxed());
        }
        match self.prepare(operation, params, options) {
            Ok((operation, params, options)) => self.start(operation, params, options),
            Err(error) => Call::failed(error.operation(operation)),
        }
    }

    /// Starts walking a list.
    pub fn pages(&self, operation: &str, params: &str, options: &str) -> HostPager {
        HostPager::new(self.clone(), operation.to_owned(), params.to_owned(), options.to_owned())
    }

    /// Starts a request that the table does not know: `credential` is `api_key`, `token` or `none`, or absent for the
    /// one that is held.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>, credential: Option<&str>, options: &str) -> Call {
        let client = self.client.clone();
        let started = (|| -> Result<_> {
            let body = body.map(|body| parse::<Value>(body, "the body")).transpose()?;
            Ok((client.raw_request(method, path, body, credential)?, call_options(options)?))
        })();
        match started {
            Err(error) => Call::failed(error.operation("request")),
            Ok((request, options)) => Call::run(|host| async move { request.send(&client, options, Some(host)).await }.boxed()),
        }
    }

    pub(super) fn prepare(&self, name: &str, params: &str, options: &str) -> Result<(&'static Operation, Params, CallOptions)> {
        let operation =
            operations::find(name).ok_or_else(|| Error::new(Kind::InvalidArgument, format!("there is no operation {name:?}")))?;
        let mut values: Object = parse(params, "the parameters")?;
        let file = values.remove("file").filter(|file| !file.is_null()).map(upload).transpose()?;
        Ok((operation, Params { values, file }, call_options(options)?))
    }

    pub(super) fn start(&self, operation: &'static Operation, params: Params, options: CallOptions) -> Call {
        let client = self.client.clone();
        Call::run(|host| {
            if operation.is_composite() {
                async move { rotate::for_host(&client, params, options, host).await }.boxed()
            } else {
                async move { client.call(operation, params, options, Some(host)).await }.boxed()
            }
        })
    }

    /// Refuses every later call; calls under way end as they will.
    pub fn close(&self) {
        self.client.close();
    }

    /// What may be shown of it: the base URL, and the credentials masked.
    pub fn summary(&self) -> String {
        self.client.summary().to_string()
    }
}

/// In dev builds, an operation that panics, so that each language's tests can see what becomes of a panic.
#[cfg(debug_assertions)]
const PANIC: &str = "debug.panic";

#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "it is what this is for")]
fn panicking() -> Outcome {
    panic!("a panic on purpose")
}

/// The error of a value that the host's language has and JSON has not (NaN, a cycle, an object of a class).
pub fn unconvertible(operation: &str, parameter: Option<&str>, why: &str) -> Box<ErrorInfo> {
    let mut error = Error::new(Kind::InvalidArgument, why).operation(operation);
    if let Some(parameter) = parameter {
        error = error.parameter(parameter);
    }
    error.into_info()
}

type Outcome = Result<Reply>;

/// An operation under way. Dropping it drops its request.
pub struct Call {
    work: Work,
    asks: mpsc::UnboundedReceiver<Step>,
    /// Told of the outcome, where the call is a page of a list.
    pub(super) pager: Option<super::pager::Shared>,
}

impl Call {
    fn run(start: impl FnOnce(HostChannel) -> BoxFuture<'static, Outcome>) -> Call {
        let (host, asks) = HostChannel::new();
        Call { work: Work::Running(start(host)), asks, pager: None }
    }

    pub(super) fn failed(error: Error) -> Call {
        Call::run(|_| async move { Err(error) }.boxed())
    }

    /// Runs until the outcome, or until the host is needed. A panic of the core is an `internal` error.
    pub async fn step(&mut self) -> Step {
        if let Work::Running(work) = &mut self.work {
            let outcome = tokio::select! {
                biased;
                Some(step) = self.asks.recv() => return step,
                outcome = AssertUnwindSafe(work).catch_unwind() => outcome,
            };
            // The panic's own text could hold anything.
            let panicked = |_| Err(Error::new(Kind::Internal, "the library panicked; the panic hook has the place"));
            self.work = Work::Done(outcome.unwrap_or_else(panicked));
        }
        // Progress that was made while the work came to its end is told before that end; requests need no answer now.
        while let Ok(step) = self.asks.try_recv() {
            if let Step::Progress { .. } = step {
                return step;
            }
        }
        Step::Done(match std::mem::replace(&mut self.work, Work::Told) {
            Work::Done(outcome) => self.told(outcome).map_err(Error::into_info),
            Work::Running(_) | Work::Told => Err(Error::new(Kind::Internal, "a call was stepped after its end").into_info()),
        })
    }

    fn told(&self, outcome: Outcome) -> Result<HostReply> {
        let reply = outcome?;
        let mut reply = HostReply {
            body: match reply.body {
                Body::Record(record) => HostBody::Record(record),
                other @ (Body::Nothing | Body::Raw(_)) => HostBody::Json(other.to_json()),
            },
            next: reply.next,
            status: reply.status,
            headers: reply.headers,
            request_id: reply.request_id,
            attempts: reply.attempts,
        };
        if let Some(pager) = &self.pager {
            pager.learn(&mut reply);
        }
        Ok(reply)
    }
}

#[expect(clippy::large_enum_variant, reason = "there is one a call, and it is moved at once")]
enum Work {
    Running(BoxFuture<'static, Outcome>),
    Done(Outcome),
    Told,
}

fn upload(spec: Value) -> Result<Upload> {
    let spec: FileSpec = serde_json::from_value(spec).map_err(|_| {
        Error::new(Kind::InvalidArgument, "file must be a path, bytes or something that can be read").parameter("file")
    })?;
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
    Ok(if spec.progress { upload.tell_host() } else { upload })
}

fn call_options(text: &str) -> Result<CallOptions> {
    if text.is_empty() {
        return Ok(CallOptions::default());
    }
    let options: Options = settings(text)?;
    let timeout = options.timeout.map(|timeout| seconds(timeout, "timeout")).transpose()?;
    CallOptions::new(timeout, options.max_retries, &options.headers)
}

fn seconds(value: f64, name: &str) -> Result<Duration> {
    match Duration::try_from_secs_f64(value) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(Error::new(Kind::Configuration, format!("{name} must be a positive number of seconds")).parameter(name)),
    }
}

/// Settings: what is wrong is named, and its value, which may be a secret, is not.
fn settings<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T> {
    let refused = |name: &str, why: String| Error::new(Kind::Configuration, why).parameter(name);
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        let name = error.path().iter().next().map_or_else(|| "options".to_owned(), ToString::to_string);
        if !error.inner().is_data() {
            refused("options", format!("the options hold {}", not_json(text, error.inner())))
        } else if error.inner().to_string().starts_with("unknown field") {
            refused(&name, format!("there is no option {name}"))
        } else {
            refused(&name, format!("{name} has the wrong type, or is out of range"))
        }
    })
}

fn parse<T: for<'a> Deserialize<'a>>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        let why = if error.is_data() { "something that is no object".to_owned() } else { not_json(text, &error) };
        Error::new(Kind::InvalidArgument, format!("{what} hold {why}"))
    })
}

fn not_json(text: &str, error: &serde_json::Error) -> String {
    let near = text.get(error.column().saturating_sub(4)..).unwrap_or_default();
    // JSON has no NaN and no infinity, and Python writes them all the same.
    if ["NaN", "Infinity", "-Infinity"].iter().any(|word| near.contains(word)) {
        "a number that is not finite (NaN or Infinity), which JSON does not have".to_owned()
    } else {
        "something that is not JSON".to_owned()
    }
}
