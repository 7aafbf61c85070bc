//! The client and its settings.

use crate::answer::{Body, Reply};
use crate::call::{self, CallOptions, RawRequest, header_map, repeat_of};
use crate::credentials::{KeySource, Source, Sources, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::host::HostChannel;
use crate::operations;
use crate::table::{Answer, Auth, CredentialKind, Method, OPERATION, Operation, Outgoing, Params, Prepared};
use crate::transport::limit::Limiter;
use crate::transport::retry::Budget;
use crate::transport::{Http, HttpOptions};
use crate::{Object, Secret};
use http::HeaderMap;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use url::{Host, Url};

const BASE_URL: &str = "https://api.agenthuman.com";

/// The dialects of the API that this version speaks.
const DIALECTS: [&str; 1] = ["agents"];

/// A client of the AgentHuman API. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub base: Url,
    pub sources: Sources,
    pub settings: Settings,
    pub http: Http,
    pub limiter: Limiter,
    pub budget: Budget,
    routes: HashMap<&'static str, String>,
    closed: AtomicBool,
}

pub(crate) struct Settings {
    pub timeout: Duration,
    pub max_retries: u32,
    pub max_body: usize,
    pub headers: HeaderMap,
}

impl Inner {
    /// The path template of an operation, moved where the client was told so.
    pub fn route<'a>(&'a self, operation: &'a Operation) -> &'a str {
        self.routes.get(operation.name).map_or(operation.path, String::as_str)
    }

    /// The base URL's own path stays in front.
    pub fn url(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    pub fn refuse_if_closed(&self) -> Result<()> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Closed, "the client was closed"));
        }
        Ok(())
    }
}

impl Client {
    /// A client whose credentials and base URL come from the environment.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`].
    pub fn from_env() -> Result<Client> {
        ClientBuilder::new().build()
    }

    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Refuses every later call with `closed`; calls under way end as they will.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }

    /// Sends a request that this version has no operation for, with the same credentials, repeats, limits and
    /// redaction, and gives the JSON as it came. `credential` is `api_key`, `token` or `none`; by default the one held.
    ///
    /// # Errors
    /// `invalid_argument` for a method or path that cannot be sent, and those of any operation.
    pub async fn request(&self, method: &str, path: &str, body: Option<Value>, credential: Option<&str>) -> Result<Value> {
        let request = self.raw_request(method, path, body, credential)?;
        match request.send(self, CallOptions::default(), None).await?.body {
            Body::Raw(value) => Ok(value),
            Body::Nothing | Body::Record(_) => Ok(Value::Null),
        }
    }

    pub(crate) fn raw_request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        credential: Option<&str>,
    ) -> Result<RawRequest> {
        let refused = |name: &str, why: &str| {
            Error::new(Kind::InvalidArgument, format!("{name} {why}")).parameter(name).operation("request")
        };
        let method = [Method::Get, Method::Post, Method::Put, Method::Delete]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(method))
            .ok_or_else(|| refused("method", "must be GET, POST, PUT or DELETE"))?;
        let bare = path.split(['?', '#']).next().unwrap_or_default();
        if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
            return Err(refused("path", "must begin with one slash: it stands under the base URL"));
        }
        let decoded = percent_encoding::percent_decode_str(bare).decode_utf8_lossy();
        if decoded.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(refused("path", "must not hold dot segments"));
        }
        if path.chars().any(|c| c.is_control() || c.is_whitespace()) || path.contains('#') {
            return Err(refused("path", "must not hold spaces, control characters or a fragment"));
        }
        let auth = match credential {
            None if self.0.sources.held(CredentialKind::ApiKey).is_none()
                && self.0.sources.held(CredentialKind::Token).is_none() =>
            {
                Auth(&[])
            }
            None => Auth(&[CredentialKind::ApiKey, CredentialKind::Token]),
            Some("api_key") => Auth(&[CredentialKind::ApiKey]),
            Some("token") => Auth(&[CredentialKind::Token]),
            Some("none") => Auth(&[]),
            Some(_) => return Err(refused("credential", "must be api_key, token or none")),
        };
        let operation = Operation {
            name: "request",
            method,
            path: "(raw)",
            auth,
            repeat: repeat_of(method),
            answer: Answer::Raw,
            ..OPERATION
        };
        let prepared =
            Prepared { request: Outgoing { path: path.to_owned(), body, ..Outgoing::default() }, ..Prepared::default() };
        Ok(RawRequest { operation, prepared })
    }

    pub(crate) async fn call(
        &self,
        operation: &Operation,
        params: impl Into<Params>,
        options: CallOptions,
        host: Option<HostChannel>,
    ) -> Result<Reply> {
        call::run(&self.0, operation, params.into(), options, host).await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// A client for another credential, with this one's settings and connections' settings.
    pub(crate) fn with_sources(&self, sources: Sources) -> Client {
        let Inner { base, settings, routes, .. } = &*self.0;
        Client(Arc::new(Inner {
            base: base.clone(),
            sources,
            settings: Settings {
                timeout: settings.timeout,
                max_retries: settings.max_retries,
                max_body: settings.max_body,
                headers: settings.headers.clone(),
            },
            http: self.0.http.sibling(),
            limiter: Limiter::default(),
            budget: Budget::new(),
            routes: routes.clone(),
            closed: AtomicBool::new(false),
        }))
    }

    pub(crate) fn summary(&self) -> Value {
        let mut summary = Object::new();
        summary.insert("base_url".into(), self.0.base.as_str().trim_end_matches('/').into());
        summary.append(&mut self.0.sources.summary());
        Value::Object(summary)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.0.base.as_str()).field("credentials", &self.0.sources).finish()
    }
}

/// Settings for a client. An argument wins over the environment; if any credential is given here, none is read there.
#[derive(Default)]
pub struct ClientBuilder {
    base_url: Option<String>,
    dialect: Option<String>,
    api_key: Option<KeySource>,
    token: Option<TokenSource>,
    without_credentials: bool,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    max_retries: Option<u32>,
    max_body: Option<usize>,
    headers: Vec<(String, String)>,
    routes: Vec<(String, String)>,
}

impl ClientBuilder {
    pub fn new() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Where the API is; by default AGENTHUMAN_BASE_URL, else `https://api.agenthuman.com`. A path is kept as a prefix.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Which of the API's dialects the service speaks: `agents`, which is the default and the only one so far.
    pub fn dialect(mut self, name: impl Into<String>) -> Self {
        self.dialect = Some(name.into());
        self
    }

    /// The API key; by default AGENTHUMAN_API_KEY.
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.api_key_source(KeySource::Value(key.into()))
    }

    pub fn api_key_source(mut self, source: KeySource) -> Self {
        self.api_key = Some(source);
        self
    }

    /// A user's token; by default AGENTHUMAN_TOKEN.
    pub fn token(self, token: impl Into<Secret>) -> Self {
        self.token_source(TokenSource::Value(token.into()))
    }

    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.token = Some(source);
        self
    }

    /// Holds no credential, whatever the environment has: for what needs none, such as signing in.
    pub fn without_credentials(mut self) -> Self {
        self.without_credentials = true;
        self
    }

    /// For a whole call, waiting and repeats included; for an upload, without progress. 60 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// For one connection; 5 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How often a call that may be repeated is; 2 by default.
    pub fn max_retries(mut self, repeats: u32) -> Self {
        self.max_retries = Some(repeats);
        self
    }

    /// The largest body read of an answer, in bytes after decompression; 16 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// A header for every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Another path for an operation, for what may live elsewhere on the service (`voices.list`, `/v1/voice-list`).
    pub fn route(mut self, operation: impl Into<String>, path: impl Into<String>) -> Self {
        self.routes.push((operation.into(), path.into()));
        self
    }

    /// # Errors
    /// `configuration` for a setting that cannot be, `malformed_api_key` for a key that is none.
    pub fn build(self) -> Result<Client> {
        if self.dialect.is_some_and(|name| !DIALECTS.contains(&name.as_str())) {
            let why = format!("the dialect must be {}, which is all that this version speaks", DIALECTS.join(" or "));
            return Err(Error::new(Kind::Configuration, why).parameter("dialect"));
        }
        let (key, token) = match (self.api_key, self.token) {
            (None, None) if !self.without_credentials => (
                variable("AGENTHUMAN_API_KEY")?.map(|key| KeySource::Value(Secret::new(key))),
                variable("AGENTHUMAN_TOKEN")?.map(|token| TokenSource::Value(Secret::new(token))),
            ),
            given => given,
        };
        let base = match self.base_url {
            Some(url) => url,
            None => variable("AGENTHUMAN_BASE_URL")?.unwrap_or_else(|| BASE_URL.to_owned()),
        };
        let sources = Sources::new(key.map(Source::key).transpose()?, token.map(Source::token).transpose()?);
        let connect_timeout = self.connect_timeout.unwrap_or(Duration::from_secs(5));
        let base = base_url(&base)?;
        let http = Http::new(HttpOptions { connect_timeout, tls: base.scheme() == "https" });
        Ok(Client(Arc::new(Inner {
            base,
            sources,
            settings: Settings {
                timeout: self.timeout.unwrap_or(Duration::from_secs(60)),
                max_retries: self.max_retries.unwrap_or(2),
                max_body: self.max_body.unwrap_or(16 * 1024 * 1024),
                headers: header_map(&self.headers)?,
            },
            http,
            limiter: Limiter::default(),
            budget: Budget::new(),
            routes: routes(self.routes)?,
            closed: AtomicBool::new(false),
        })))
    }
}

/// A variable that is set to nothing counts as not set, as shells and containers make them.
fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Error::new(Kind::Configuration, format!("{name} is not valid text"))),
    }
}

/// A base URL never prints back whole in an error: it may hold user-info.
fn base_url(text: &str) -> Result<Url> {
    let refused = |why: &str| Err(Error::new(Kind::Configuration, format!("the base URL {why}")).parameter("base_url"));
    let Ok(url) = Url::parse(text) else { return refused("is not a URL, such as https://api.agenthuman.com") };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("must not hold a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("must not hold a query or a fragment");
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => return refused("has no host"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => refused("must be https: over plain http the credential could be read on the way (http is for loopback only)"),
        _ => refused("must be https"),
    }
}

fn routes(given: Vec<(String, String)>) -> Result<HashMap<&'static str, String>> {
    let mut routes = HashMap::new();
    for (name, path) in given {
        let refused = |why: &str| Error::new(Kind::Configuration, format!("the route of {name:?} {why}")).parameter("routes");
        let operation =
            operations::find(&name).filter(|operation| !operation.is_composite()).ok_or_else(|| refused("names no operation"))?;
        let wants = operation.path_param.map(|param| format!("{{{}}}", param.name));
        if !path.starts_with('/')
            || path.starts_with("//")
            || path.contains(['?', '#', '\\'])
            || path.chars().any(char::is_whitespace)
        {
            return Err(refused("must be a path that begins with one slash"));
        }
        if path.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(refused("must not hold dot segments"));
        }
        if path.matches('{').count() != usize::from(wants.is_some()) || wants.is_some_and(|wants| !path.contains(&wants)) {
            return Err(refused(&format!("must hold the same parameter as {}", operation.path)));
        }
        routes.insert(operation.name, path);
    }
    Ok(routes)
}
