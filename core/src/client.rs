//! The client: what its calls share.

use crate::Object;
use crate::answer::{Body, Reply};
use crate::call::{self, CallOptions, RawRequest, repeat_of};
use crate::credentials::{Grants, Sources};
use crate::error::{Error, Kind, Result};
use crate::question::HostChannel;
use crate::table::{Answer, Auth, CredentialKind, Method, OPERATION, Operation, Outgoing, Params, Prepared, Surface};
use crate::transport::gate::Limiter;
use crate::transport::retry::Budget;
use crate::transport::{Http, HttpOptions, Reach, Trust, is_loopback_name};
use crate::wait::OnWait;
use http::HeaderMap;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use url::{Host, Url};

/// Most servers reject a longer request line.
const LONGEST_PATH: usize = 8_192;

/// A client of the AgentHuman API. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub base: Url,
    pub reach: Reach,
    pub surface: Surface,
    pub sources: Sources,
    pub grants: Grants,
    pub settings: Settings,
    pub http: Http,
    pub limiter: Limiter,
    pub budget: Budget,
    routes: HashMap<&'static str, String>,
    closed: AtomicBool,
}

/// How a client goes about its calls.
pub(crate) struct Settings {
    pub timeout: Duration,
    pub max_rate_limit_wait: Duration,
    pub on_wait: OnWait,
    pub max_retries: u32,
    pub max_body: usize,
    pub headers: HeaderMap,
}

impl Settings {
    /// What is not given has its default.
    pub fn new(timeout: Option<Duration>, max_retries: Option<u32>, max_body: Option<usize>, headers: HeaderMap) -> Settings {
        Settings {
            timeout: timeout.unwrap_or(Duration::from_secs(60)),
            max_rate_limit_wait: Duration::from_secs(120),
            on_wait: OnWait::Nobody,
            max_retries: max_retries.unwrap_or(2),
            max_body: max_body.unwrap_or(16 * 1024 * 1024),
            headers,
        }
    }
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
    pub(crate) fn assemble(
        surface: Surface,
        base: Base,
        sources: Sources,
        connection: ConnectionSettings,
        settings: Settings,
        routes: HashMap<&'static str, String>,
    ) -> Client {
        let Base { url: base, reach } = base;
        let connect_timeout = connection.timeout.unwrap_or(Duration::from_secs(5));
        let http = Http::new(HttpOptions { base: base.clone(), reach, connect_timeout, trust: connection.trust });
        Client(Arc::new(Inner {
            base,
            reach,
            surface,
            sources,
            grants: Grants::default(),
            settings,
            http,
            limiter: Limiter::default(),
            budget: Budget::new(),
            routes,
            closed: AtomicBool::new(false),
        }))
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
        if path.len() > LONGEST_PATH {
            return Err(refused("path", &format!("must have at most {LONGEST_PATH} bytes, and has {}", path.len())));
        }
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
    #[cfg(feature = "server")]
    pub(crate) fn with_sources(&self, sources: Sources) -> Client {
        let Inner { base, reach, surface, settings, routes, .. } = &*self.0;
        Client(Arc::new(Inner {
            base: base.clone(),
            reach: *reach,
            surface: *surface,
            sources,
            grants: Grants::default(),
            settings: Settings {
                timeout: settings.timeout,
                max_rate_limit_wait: settings.max_rate_limit_wait,
                on_wait: settings.on_wait.clone(),
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

/// How a client connects.
#[derive(Default)]
pub(crate) struct ConnectionSettings {
    pub timeout: Option<Duration>,
    pub trust: Trust,
}

/// Where the service is, and which addresses that allows to connect to.
pub(crate) struct Base {
    pub url: Url,
    pub reach: Reach,
}

/// Where plain HTTP may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    #[default]
    Loopback,
    PrivateNetwork,
}

/// A base URL never prints back whole in an error: it may contain user-info.
pub(crate) fn base_url(text: &str, plain: PlainHttp) -> Result<Base> {
    let error = |why: &str| Error::new(Kind::Configuration, format!("the base URL {why}")).parameter("base_url");
    let refused = |why: &str| Err(error(why));
    if text.len() > 2_048 {
        return refused("must have at most 2048 bytes");
    }
    if !text.contains("://") {
        return Err(match with_scheme(text) {
            Some(whole) => error("has no scheme").suggestion(format!("Write {whole}.")),
            None => error("is not a URL, such as https://api.agenthuman.com"),
        });
    }
    let Ok(url) = Url::parse(text) else { return refused("is not a URL, such as https://api.agenthuman.com") };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("must not contain a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("must not contain a query or a fragment");
    }
    if url.host().is_none() {
        return refused("has no host");
    }
    if let Some(prefix) = without_version(url.path()) {
        let mut whole = url.clone();
        whole.set_path(prefix);
        let whole = whole.as_str().trim_end_matches('/');
        return Err(error("must not end in /v1, which every path begins with already").suggestion(format!("Write {whole}.")));
    }
    match (url.scheme(), plain) {
        ("https", _) => Ok(Base { url, reach: Reach::Anywhere }),
        ("http", _) if host_allows(&url, Reach::Loopback) => Ok(Base { url, reach: Reach::Loopback }),
        ("http", PlainHttp::PrivateNetwork) if host_allows(&url, Reach::PrivateNetwork) => {
            Ok(Base { url, reach: Reach::PrivateNetwork })
        }
        ("http", PlainHttp::PrivateNetwork) => {
            refused("must use https: allow_insecure_http is for addresses of a private network only")
        }
        ("http", PlainHttp::Loopback) => Err(error(
            "must use https: over plain http the credential could be read on the way (http is allowed for localhost only)",
        )
        .suggestion("For a test server in a private network, set allow_insecure_http.")),
        _ => refused("must use https"),
    }
}

/// Whether plain HTTP may be sent to the host, as far as can be said before its name is looked up.
fn host_allows(url: &Url, reach: Reach) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => reach.allows(address.into()),
        Some(Host::Ipv6(address)) => reach.allows(address.into()),
        Some(Host::Domain(name)) => reach == Reach::PrivateNetwork || is_loopback_name(name),
        None => false,
    }
}

/// The path in front of a `/v1` at its end.
fn without_version(path: &str) -> Option<&str> {
    let (prefix, last) = path.trim_end_matches('/').rsplit_once('/')?;
    last.eq_ignore_ascii_case("v1").then_some(prefix)
}

/// The URL that was probably meant by `localhost:8787` or `api.agenthuman.com`.
fn with_scheme(text: &str) -> Option<String> {
    if text.contains(['@', '?', '#', '\\']) || text.starts_with('/') || !text.contains(['.', ':']) {
        return None;
    }
    let plain = Url::parse(&format!("http://{text}")).ok()?;
    let scheme = if host_allows(&plain, Reach::Loopback) { "http" } else { "https" };
    Some(format!("{scheme}://{text}"))
}
