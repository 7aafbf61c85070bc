//! Creates a client on a server from settings and the environment.

use crate::app_info::AppInfo;
use crate::base_url::{PlainHttp, base_url, encoded_path};
use crate::call::{check_environment, header_map, insecure, not_zero};
use crate::cassette::{Cassette, made_up_credential};
use crate::client::{Client, ConnectionSettings};
use crate::credentials::{Environment, KEY_COMMAND_VARIABLE, KeyCommand, KeySource, Source, Sources, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::hooks::{Hook, HookName, Hooks, RateLimitWait, RequestEvent, ResponseEvent, RetryEvent};
use crate::places::{MaxOpen, Places};
use crate::state::{Responses, Settings};
use crate::table::{CredentialKind, Surface};
use crate::transport::{Identity, Pem, ProxySetting, Reach, Trust};
use crate::user_agent::{Package, user_agent};
use crate::vocabulary::KeyEnvironment;
use crate::{Secret, environment, operations};
use http::header::USER_AGENT;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The base URL if none is set.
pub const DEFAULT_BASE_URL: &str = "https://api.agenthuman.com";

/// The base URL of a client that replays. Such a name never exists.
const REPLAY_BASE_URL: &str = "https://replay.invalid";

impl Client {
    /// Creates a client with credentials and base URL from the environment.
    ///
    /// # Errors
    /// If [`ClientBuilder::build`] fails.
    pub fn from_env() -> Result<Client> {
        ClientBuilder::new().build()
    }

    /// Returns a builder for a client with other settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

/// A client of one contract of the service.
pub trait Contract {
    /// The contract.
    #[doc(hidden)]
    const SURFACE: Surface;

    /// Creates the client on top of what all clients share.
    #[doc(hidden)]
    fn over(client: Client) -> Self;

    /// Returns what all clients share.
    #[doc(hidden)]
    fn shared(&self) -> &Client;
}

impl Contract for Client {
    const SURFACE: Surface = Surface::Server;

    fn over(client: Client) -> Client {
        client
    }

    fn shared(&self) -> &Client {
        self
    }
}

/// The settings of a client. A setting takes precedence over the environment; if a credential is set, none is read from the
/// environment.
pub struct ClientBuilder<C = Client> {
    contract: PhantomData<fn() -> C>,
    surface: Surface,
    base_url: Option<String>,
    api_key: Option<KeySource>,
    token: Option<TokenSource>,
    environment: Option<KeyEnvironment>,
    without_credentials: bool,
    timeout: Option<Duration>,
    max_rate_limit_wait: Option<Duration>,
    max_open: Option<MaxOpen>,
    hooks: Hooks,
    connect_timeout: Option<Duration>,
    ca_file: Option<PathBuf>,
    ca_variable: Option<String>,
    client_cert: Option<Pem>,
    client_key: Option<Pem>,
    proxy: Option<String>,
    app_info: Option<AppInfo>,
    package: Option<Package>,
    plain_http: PlainHttp,
    max_retries: Option<u32>,
    max_response_bytes: Option<usize>,
    headers: Vec<(String, String)>,
    routes: Vec<(String, String)>,
    cassette: Option<Cassette>,
}

impl ClientBuilder {
    /// Creates a builder without settings.
    pub fn new() -> ClientBuilder {
        ClientBuilder::for_contract(Surface::Server)
    }

    /// The token of a user. Default: AGENTHUMAN_TOKEN.
    pub fn token(self, token: impl Into<Secret>) -> Self {
        self.token_source(TokenSource::Value(token.into()))
    }

    /// The source of the user's token.
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.token = Some(source);
        self
    }

    /// Sets the contract, for calls through [`host`](crate::host) whose operation decides it.
    #[doc(hidden)]
    pub fn surface(self, surface: Surface) -> Self {
        ClientBuilder { surface, ..self }
    }
}

impl<C: Contract> Default for ClientBuilder<C> {
    fn default() -> Self {
        ClientBuilder::for_contract(C::SURFACE)
    }
}

impl<C: Contract> ClientBuilder<C> {
    fn for_contract(surface: Surface) -> Self {
        ClientBuilder {
            contract: PhantomData,
            surface,
            base_url: None,
            api_key: None,
            token: None,
            environment: None,
            without_credentials: false,
            timeout: None,
            max_rate_limit_wait: None,
            max_open: None,
            hooks: Hooks::default(),
            connect_timeout: None,
            ca_file: None,
            ca_variable: None,
            client_cert: None,
            client_key: None,
            proxy: None,
            app_info: None,
            package: None,
            plain_http: PlainHttp::default(),
            max_retries: None,
            max_response_bytes: None,
            headers: Vec::new(),
            routes: Vec::new(),
            cassette: None,
        }
    }

    /// The URL of the service. A path is kept as a prefix. Default: AGENTHUMAN_BASE_URL, or `https://api.agenthuman.com`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The API key. Default: AGENTHUMAN_API_KEY, the key in the file AGENTHUMAN_API_KEY_FILE, or the key that the command
    /// AGENTHUMAN_API_KEY_COMMAND prints.
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.api_key_source(KeySource::Value(key.into()))
    }

    /// The source of the API key.
    pub fn api_key_source(mut self, source: KeySource) -> Self {
        self.api_key = Some(source);
        self
    }

    /// Accepts API keys of this environment only, so that a program that is meant for test keys never uses a live one. Default:
    /// any.
    pub fn environment(mut self, environment: KeyEnvironment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Creates a client without credentials, even if the environment has some, for example to sign in.
    pub fn without_credentials(mut self) -> Self {
        self.without_credentials = true;
        self
    }

    /// The timeout of a call including its retries, without waits for the rate limit; for an upload, the time without
    /// progress. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The maximum time that a call waits for the rate limit while the service accepts no request with the same
    /// kind of credential. Each accepted request restarts this time, so a long queue that moves with every
    /// window may take as long as it needs. The wait does not count against [`timeout`](Self::timeout). A call that
    /// would have to wait longer fails immediately, with a timeout whose `phase` is `rate_limit` or with the 429 that it
    /// received. Zero: never wait. Default: 120 s.
    pub fn max_rate_limit_wait(mut self, wait: Duration) -> Self {
        self.max_rate_limit_wait = Some(wait);
        self
    }

    /// The maximum number of sessions that `sessions.open` keeps open at the same time. Further calls wait for their turn, in the
    /// order in which they were made.
    pub(crate) fn places(mut self, max: MaxOpen) -> Self {
        self.max_open = Some(max);
        self
    }

    /// A function that is called before each attempt of a call is sent. Like every hook, it runs on the call's own task, so it
    /// must not block. A panic in it does not affect the call.
    pub fn on_request(mut self, hook: impl Fn(&RequestEvent) + Send + Sync + 'static) -> Self {
        self.hooks.on_request = Hook::Function(Arc::new(hook));
        self
    }

    /// A function that is called at the end of each attempt: with the response, or with the kind of the failure if there is none.
    pub fn on_response(mut self, hook: impl Fn(&ResponseEvent) + Send + Sync + 'static) -> Self {
        self.hooks.on_response = Hook::Function(Arc::new(hook));
        self
    }

    /// A function that is called when a request is going to be sent again, with the reason and the delay.
    pub fn on_retry(mut self, hook: impl Fn(&RetryEvent) + Send + Sync + 'static) -> Self {
        self.hooks.on_retry = Hook::Function(Arc::new(hook));
        self
    }

    /// A function that is called when a call starts to wait for the rate limit, and again for each further window that
    /// the call waits for.
    pub fn on_wait(mut self, hook: impl Fn(&RateLimitWait) + Send + Sync + 'static) -> Self {
        self.hooks.on_wait = Hook::Function(Arc::new(hook));
        self
    }

    /// Reports the events of a hook to the host.
    pub(crate) fn report_to_host(mut self, hook: HookName) -> Self {
        match hook {
            HookName::OnRequest => self.hooks.on_request = Hook::Host,
            HookName::OnResponse => self.hooks.on_response = Hook::Host,
            HookName::OnRetry => self.hooks.on_retry = Hook::Host,
            HookName::OnWait => self.hooks.on_wait = Hook::Host,
        }
        self
    }

    /// The timeout for opening a connection. Default: 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// A file of PEM certificates to trust in addition to the platform's, such as a private certificate authority.
    ///
    /// SSL_CERT_FILE and SSL_CERT_DIR replace the platform's certificates.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// An environment variable of the host language with the path of a file of certificates to trust in addition to the
    /// platform's.
    pub(crate) fn ca_variable(mut self, name: impl Into<String>) -> Self {
        self.ca_variable = Some(name.into());
        self
    }

    /// The certificate, or chain of certificates, with which the client identifies itself to a server that demands one (mutual
    /// TLS). A proxy does not receive it.
    pub fn client_cert(mut self, certificate: Pem) -> Self {
        self.client_cert = Some(certificate);
        self
    }

    /// The private key of [`client_cert`](Self::client_cert), not encrypted. Default: the key in the same file or text.
    pub fn client_key(mut self, key: Pem) -> Self {
        self.client_key = Some(key);
        self
    }

    /// The URL of the proxy, which may have a user name and a password (`http://user:password@host:3128`), or `direct` for no
    /// proxy. Default: HTTPS_PROXY, ALL_PROXY and NO_PROXY, or else the operating system's settings. An `http` base URL, which
    /// is on this machine or in a private network, is never reached through a proxy.
    pub fn proxy(mut self, proxy: impl Into<String>) -> Self {
        self.proxy = Some(proxy.into());
        self
    }

    /// The name of the program, which is added to the header `User-Agent`.
    pub fn app_info(mut self, app: AppInfo) -> Self {
        self.app_info = Some(app);
        self
    }

    /// The package of the host language, for the header `User-Agent`.
    pub(crate) fn package(mut self, package: Package) -> Self {
        self.package = Some(package);
        self
    }

    /// Allows an `http` base URL with a private network address, such as a sandbox in a container. For development only:
    /// plain HTTP can be read on the network, so the client sends only test keys (`ah_test_`), never a live key or a token.
    pub fn allow_insecure_http(mut self) -> Self {
        self.plain_http = PlainHttp::PrivateNetwork;
        self
    }

    /// Maximum number of retries, for calls that are safe to retry. Waits for the rate limit do not count. With 0, no
    /// request is sent twice, even if the rate limit rejected it. Default: 2.
    pub fn max_retries(mut self, repeats: u32) -> Self {
        self.max_retries = Some(repeats);
        self
    }

    /// The maximum size of a response body in bytes, after decompression. Default: 16 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// A header for every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Another path for an operation, if the service has it elsewhere (`voices.list`, `/v1/voice-list`).
    pub fn route(mut self, operation: impl Into<String>, path: impl Into<String>) -> Self {
        self.routes.push((operation.into(), path.into()));
        self
    }

    /// Records the client's exchanges on a cassette, or replays them. A client that replays sends nothing and reads no
    /// environment variables, files or credentials: base URL, certificates and proxy are not used, a credential that is set is
    /// replaced by a made-up one, and without one the client has those kinds that were recorded. Functions for credentials are
    /// called as usual.
    pub fn cassette(mut self, cassette: &Cassette) -> Self {
        self.cassette = Some(cassette.clone());
        self
    }

    /// The settings of a client that replays.
    fn offline(self, cassette: &Cassette) -> ClientBuilder<C> {
        let environment = self.environment.unwrap_or(KeyEnvironment::Test).as_str();
        let made_up = |kind| Secret::new(made_up_credential(kind, environment));
        let has_none = self.api_key.is_none() && self.token.is_none() && !self.without_credentials;
        let kinds = if has_none { cassette.credentials() } else { Vec::new() };
        let api_key = match self.api_key {
            Some(KeySource::Value(_) | KeySource::File(_) | KeySource::Command(_)) => {
                Some(KeySource::Value(made_up(CredentialKind::ApiKey)))
            }
            None if kinds.contains(&CredentialKind::ApiKey) => Some(KeySource::Value(made_up(CredentialKind::ApiKey))),
            other => other,
        };
        let token = match self.token {
            Some(TokenSource::Value(_)) => Some(TokenSource::Value(made_up(CredentialKind::Token))),
            None if kinds.contains(&CredentialKind::Token) => Some(TokenSource::Value(made_up(CredentialKind::Token))),
            other => other,
        };
        let base_url = Some(REPLAY_BASE_URL.to_owned());
        ClientBuilder {
            api_key,
            token,
            without_credentials: true,
            base_url,
            ca_file: None,
            client_cert: None,
            client_key: None,
            proxy: None,
            ..self
        }
    }

    /// # Errors
    /// If a setting is invalid (`configuration`) or the API key is malformed (`malformed_api_key`).
    pub fn build(mut self) -> Result<C> {
        let cassette = self.cassette.take();
        let replays = cassette.as_ref().is_some_and(Cassette::replays);
        if let Some(cassette) = cassette.as_ref().filter(|_| replays) {
            self = self.offline(cassette);
        }
        let takes_token = operations::all(self.surface).any(|operation| operation.auth.0.contains(&CredentialKind::Token));
        if self.token.is_some() && !takes_token {
            let why = format!("token is not supported: {} sends an API key with every call", self.surface.client());
            return Err(Error::new(Kind::Configuration, why).parameter("token"));
        }
        let (key, token, environment) = match (self.api_key, self.token) {
            (None, None) if !self.without_credentials => (
                key_of_environment()?.map(|(_, source)| source),
                if takes_token { environment_variable(CredentialKind::Token.variable())? } else { None }
                    .map(|token| TokenSource::Value(Secret::new(token))),
                Environment::Read,
            ),
            (key, token) => (key, token, Environment::Ignored),
        };
        let base = match self.base_url {
            Some(url) => url,
            None => environment_variable(environment::BASE_URL.name)?.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned()),
        };
        let sources = Sources::new(key.map(Source::key).transpose()?, token.map(Source::token).transpose()?, environment);
        let app = self.app_info.as_ref().map(AppInfo::suffix).transpose()?;
        let mut headers = header_map(&self.headers)?;
        headers.entry(USER_AGENT).or_insert(user_agent(self.package.as_ref(), app.as_deref())?);
        let mut settings = Settings::new(not_zero(self.timeout, "timeout")?, self.max_retries, self.max_response_bytes, headers);
        settings.max_rate_limit_wait = self.max_rate_limit_wait.unwrap_or(settings.max_rate_limit_wait);
        settings.hooks = self.hooks;
        settings.environment = self.environment;
        settings.responses = cassette.map_or(Responses::Service, Responses::Cassette);
        let key = sources.source(CredentialKind::ApiKey);
        let fixed_key = key.as_ref().and_then(|key| key.fixed_key());
        if let Some((key, environment)) = fixed_key.as_ref().zip(self.environment) {
            check_environment(key, environment)?;
        }
        let base = base_url(&base, self.plain_http)?;
        if base.reach == Reach::PrivateNetwork {
            if sources.source(CredentialKind::Token).is_some() {
                return Err(insecure("a token").parameter("token"));
            }
            if fixed_key.is_some_and(|key| key.environment() != KeyEnvironment::Test) {
                return Err(insecure("a live API key").parameter("api_key"));
            }
        }
        let mut trust = Trust::of_file(self.ca_file.as_deref())?;
        if base.url.scheme() == "https" && !replays {
            trust.read_environment(self.ca_variable.as_deref())?;
        }
        let identity = match (&self.client_cert, &self.client_key) {
            (Some(certificate), key) => Some(Identity::of(certificate, key.as_ref())?),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(Error::new(Kind::Configuration, "client_key requires client_cert").parameter("client_key"));
            }
        };
        let proxy = self.proxy.as_deref().map(ProxySetting::of).transpose()?.unwrap_or_default();
        let connection =
            ConnectionSettings { timeout: not_zero(self.connect_timeout, "connect_timeout")?, trust, proxy, identity };
        settings.places = self.max_open.map(Places::new).transpose()?.map(Arc::new);
        let routes = routes(self.surface, self.routes)?;
        Ok(C::over(Client::assemble(self.surface, base, sources, connection, settings, routes)))
    }
}

/// The environment variable of the path of a file that contains only the API key.
const KEY_FILE_VARIABLE: &str = environment::API_KEY_FILE.name;

/// Returns the source of the API key that the environment names, with the name of its variable.
///
/// # Errors
/// If several of the variables are set, since all keys but one would silently not be used (`configuration`).
pub fn key_of_environment() -> Result<Option<(&'static str, KeySource)>> {
    let mut set = Vec::new();
    for name in [CredentialKind::ApiKey.variable(), KEY_FILE_VARIABLE, KEY_COMMAND_VARIABLE] {
        if let Some(text) = environment_variable(name)? {
            set.push((name, text));
        }
    }
    if let [(one, _), (other, _), ..] = set.as_slice() {
        let why = format!("{one} and {other} are both set; set only one of them");
        return Err(Error::new(Kind::Configuration, why).parameter("api_key"));
    }
    let Some((name, text)) = set.pop() else { return Ok(None) };
    let source = match name {
        KEY_FILE_VARIABLE => KeySource::File(text.into()),
        KEY_COMMAND_VARIABLE => KeySource::Command(KeyCommand::parse_setting(&text, name)?),
        _ => KeySource::Value(Secret::new(text)),
    };
    Ok(Some((name, source)))
}

/// Reads an environment variable. An empty one counts as not set: shells and containers set variables to nothing.
///
/// # Errors
/// If the value is not valid Unicode.
pub fn environment_variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(Kind::Configuration, format!("the environment variable {name} is not valid Unicode")))
        }
    }
}

fn routes(surface: Surface, paths: Vec<(String, String)>) -> Result<HashMap<&'static str, String>> {
    let mut routes = HashMap::new();
    for (name, path) in paths {
        let refused = |why: &str| Error::new(Kind::Configuration, format!("the route for {name:?} {why}")).parameter("routes");
        let operation = operations::find(surface, &name)
            .filter(|operation| !operation.is_composite())
            .ok_or_else(|| refused("does not name an operation"))?;
        let wants = operation.path_param.map(|param| format!("{{{}}}", param.name));
        if !path.starts_with('/')
            || path.starts_with("//")
            || path.contains(['?', '#', '\\'])
            || path.chars().any(char::is_whitespace)
        {
            return Err(refused(
                "must be a path that starts with one \"/\" and has no query, fragment, backslash or white space",
            ));
        }
        if path.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(refused("must not contain the segments \".\" or \"..\""));
        }
        let wants = wants.as_deref();
        if path.matches('{').count() != usize::from(wants.is_some()) || wants.is_some_and(|wants| !path.contains(wants)) {
            return Err(refused(&format!("must have the same parameters as {}", operation.path)));
        }
        let route = match wants.and_then(|wants| Some((wants, path.split_once(wants)?))) {
            Some((wants, (before, after))) => [&encoded_path(before), wants, &encoded_path(after)].concat(),
            None => encoded_path(&path),
        };
        routes.insert(operation.name, route);
    }
    Ok(routes)
}
