//! Parses clients and call options from JSON. Errors name the option and never repeat its value, which may be a secret.

use super::client::not_json;
#[cfg(feature = "server")]
use crate::app_info::AppInfo;
use crate::base_url::{PlainHttp, base_url};
use crate::call::{CallOptions, header_map};
use crate::client::{Client, ConnectionSettings};
use crate::credentials::{Environment, Source, Sources};
use crate::error::{Error, Kind, Result};
#[cfg(feature = "server")]
use crate::hooks::HookName;
#[cfg(feature = "server")]
use crate::operations::CONTRACTS;
#[cfg(feature = "server")]
use crate::places::MaxOpen;
use crate::redact::holds_a_key;
#[cfg(feature = "server")]
use crate::state::Responses;
use crate::state::Settings;
use crate::table::Surface;
#[cfg(feature = "server")]
use crate::transport::Pem;
use crate::unknown::{unknown_field, wrong_type};
use crate::user_agent::{Package, user_agent};
#[cfg(feature = "server")]
use crate::vocabulary::KeyEnvironment;
#[cfg(feature = "server")]
use crate::{Cassette, ClientBuilder, KeyCommand, KeySource};
use crate::{Secret, TokenSource};
use http::header::USER_AGENT;
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;

#[cfg(feature = "server")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The contract of the service. Default: the one with agents.
    surface: Option<Surface>,
    base_url: Option<String>,
    api_key: Option<CredentialConfig>,
    token: Option<CredentialConfig>,
    timeout: Option<f64>,
    max_rate_limit_wait: Option<f64>,
    max_open: Option<MaxOpen>,
    /// The hooks whose events are reported to the host.
    #[serde(default)]
    hooks: Vec<HookName>,
    connect_timeout: Option<f64>,
    ca_file: Option<std::path::PathBuf>,
    /// The environment variable from which HTTP clients of the host language read more certificates.
    ca_variable: Option<String>,
    client_cert: Option<String>,
    client_key: Option<String>,
    proxy: Option<String>,
    app_info: Option<AppInfo>,
    /// The package of the host language.
    package: Option<Package>,
    environment: Option<String>,
    allow_insecure_http: Option<bool>,
    max_retries: Option<u32>,
    max_response_bytes: Option<u64>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    routes: Vec<(String, String)>,
}

/// A credential: a value, the path of a file, a command, or a function of the host.
#[cfg(feature = "server")]
#[derive(Deserialize)]
#[serde(untagged)]
enum CredentialConfig {
    Value(Secret),
    File {
        file: std::path::PathBuf,
    },
    Command {
        command: CommandConfig,
    },
    Function {
        #[serde(rename = "function")]
        _mark: bool,
    },
}

/// A command: a line that is split as a shell does, or its parts.
#[cfg(feature = "server")]
#[derive(Deserialize)]
#[serde(untagged)]
enum CommandConfig {
    Line(String),
    Parts(Vec<String>),
}

/// The configuration of a phone's client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneConfig {
    backend: String,
    package: Option<Package>,
    token: PhoneToken,
    timeout: Option<f64>,
    connect_timeout: Option<f64>,
    allow_insecure_http: Option<bool>,
    max_retries: Option<u32>,
    max_response_bytes: Option<u64>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PhoneToken {
    Value(Secret),
    Function {
        #[serde(rename = "function")]
        _mark: bool,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    timeout: Option<f64>,
    max_rate_limit_wait: Option<f64>,
    max_retries: Option<u32>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[cfg(feature = "server")]
pub(super) fn server(text: &str, cassette: Option<&Cassette>) -> Result<Client> {
    let config: Config = settings(text)?;
    let mut builder = ClientBuilder::new();
    if let Some(url) = config.base_url {
        builder = builder.base_url(url);
    }
    if let Some(surface) = config.surface {
        builder = builder.surface(surface);
    }
    if let Some(max) = config.max_open {
        builder = builder.places(max);
    }
    if let Some(credential) = config.api_key {
        builder = builder.api_key_source(match credential {
            CredentialConfig::Value(key) => KeySource::Value(key),
            CredentialConfig::File { file } => KeySource::File(file),
            CredentialConfig::Command { command: CommandConfig::Line(line) } => KeySource::Command(KeyCommand::parse(&line)?),
            CredentialConfig::Command { command: CommandConfig::Parts(parts) } => KeySource::Command(KeyCommand::new(parts)?),
            CredentialConfig::Function { .. } => KeySource::Host,
        });
    }
    if let Some(credential) = config.token {
        builder = builder.token_source(match credential {
            CredentialConfig::Value(token) => TokenSource::Value(token),
            CredentialConfig::File { .. } | CredentialConfig::Command { .. } => {
                return Err(Error::new(
                    Kind::Configuration,
                    "token must be text or a function; a file or command is not supported",
                )
                .parameter("token"));
            }
            CredentialConfig::Function { .. } => TokenSource::Host,
        });
    }
    if let Some(environment) = config.environment {
        builder = builder.environment(KeyEnvironment::of(&environment).ok_or_else(|| {
            Error::new(Kind::Configuration, "environment must be \"live\" or \"test\"").parameter("environment")
        })?);
    }
    if let Some(timeout) = config.timeout {
        builder = builder.timeout(seconds(timeout, "timeout")?);
    }
    if let Some(wait) = config.max_rate_limit_wait {
        builder = builder.max_rate_limit_wait(seconds_or_zero(wait, "max_rate_limit_wait")?);
    }
    for hook in config.hooks {
        builder = builder.report_to_host(hook);
    }
    if let Some(timeout) = config.connect_timeout {
        builder = builder.connect_timeout(seconds(timeout, "connect_timeout")?);
    }
    if let Some(path) = config.ca_file {
        builder = builder.ca_file(path);
    }
    if let Some(name) = config.ca_variable {
        builder = builder.ca_variable(name);
    }
    if let Some(certificate) = config.client_cert {
        builder = builder.client_cert(Pem::of(certificate));
    }
    if let Some(key) = config.client_key {
        builder = builder.client_key(Pem::of(key));
    }
    if let Some(proxy) = config.proxy {
        builder = builder.proxy(proxy);
    }
    if let Some(app) = config.app_info {
        builder = builder.app_info(app);
    }
    if let Some(package) = config.package {
        builder = builder.package(package);
    }
    if config.allow_insecure_http == Some(true) {
        builder = builder.allow_insecure_http();
    }
    if let Some(retries) = config.max_retries {
        builder = builder.max_retries(retries);
    }
    if let Some(cap) = config.max_response_bytes {
        builder = builder.max_response_bytes(usize::try_from(cap).unwrap_or(usize::MAX));
    }
    for (name, value) in config.headers {
        builder = builder.header(name, value);
    }
    for (operation, route) in config.routes {
        builder = builder.route(operation, route);
    }
    if let Some(cassette) = cassette {
        builder = builder.cassette(cassette);
    }
    builder.build()
}

/// A client whose host provides the responses. It has no credential, and nothing comes from the environment.
#[cfg(feature = "server")]
pub(super) fn mock(surface: &str) -> Result<Client> {
    let known = CONTRACTS.into_iter().find(|known| known.as_str() == surface);
    let surface = known.ok_or_else(|| Error::new(Kind::Configuration, format!("unknown contract {surface:?}")))?;
    let base = base_url("https://mock.invalid", PlainHttp::Loopback)?;
    let settings = Settings { responses: Responses::Host, ..Settings::new(None, None, None, header_map(&[])?) };
    let sources = Sources::new(None, None, Environment::Ignored);
    Ok(Client::assemble(surface, base, sources, ConnectionSettings::default(), settings, HashMap::new()))
}

pub(super) fn phone(text: &str) -> Result<Client> {
    let config: PhoneConfig = settings(text)?;
    let refused = |name: &str, why: &str| Err(Error::new(Kind::Configuration, format!("{name} {why}")).parameter(name));
    if holds_a_key(&config.backend) {
        return refused("backend", "must not contain an API key: only the backend may have one");
    }
    if config.headers.iter().any(|(name, value)| holds_a_key(name) || holds_a_key(value)) {
        return refused("headers", "must not contain an API key: only the backend may have one");
    }
    let plain = match config.allow_insecure_http {
        Some(true) => PlainHttp::PrivateNetwork,
        Some(false) | None => PlainHttp::Loopback,
    };
    let base = base_url(&config.backend, plain).map_err(|error| error.parameter("backend"))?;
    let token = match config.token {
        PhoneToken::Value(token) => Source::token(TokenSource::Value(token))?,
        PhoneToken::Function { .. } => Source::of_app(),
    };
    let mut headers = header_map(&config.headers)?;
    headers.entry(USER_AGENT).or_insert(user_agent(config.package.as_ref(), None)?);
    let positive = |value: Option<f64>, name| value.map(|value| seconds(value, name)).transpose();
    let settings = Settings::new(
        positive(config.timeout, "timeout")?,
        config.max_retries,
        config.max_response_bytes.map(|cap| usize::try_from(cap).unwrap_or(usize::MAX)),
        headers,
    );
    let connection =
        ConnectionSettings { timeout: positive(config.connect_timeout, "connect_timeout")?, ..ConnectionSettings::default() };
    let sources = Sources::new(None, Some(token), Environment::Ignored);
    Ok(Client::assemble(Surface::Phone, base, sources, connection, settings, HashMap::new()))
}

pub(super) fn call_options(text: &str) -> Result<CallOptions> {
    if text.is_empty() {
        return Ok(CallOptions::default());
    }
    let options: Options = settings(text)?;
    let timeout = options.timeout.map(|timeout| seconds(timeout, "timeout")).transpose()?;
    let wait = options.max_rate_limit_wait.map(|wait| seconds_or_zero(wait, "max_rate_limit_wait")).transpose()?;
    Ok(CallOptions::new(timeout, options.max_retries, &options.headers)?.with_max_rate_limit_wait(wait))
}

pub(super) fn seconds(value: f64, name: &str) -> Result<Duration> {
    match Duration::try_from_secs_f64(value) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(Error::new(Kind::Configuration, format!("{name} must be a number of seconds greater than 0; got {value}"))
            .parameter(name)),
    }
}

fn seconds_or_zero(value: f64, name: &str) -> Result<Duration> {
    Duration::try_from_secs_f64(value).map_err(|_| {
        Error::new(Kind::Configuration, format!("{name} must be a number of seconds, 0 or more; got {value}")).parameter(name)
    })
}

/// Parses settings. Errors name the option and never repeat its value, which may be a secret.
fn settings<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T> {
    let refused = |name: &str, why: String| Error::new(Kind::Configuration, why).parameter(name);
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        let name = error.path().iter().next().map_or_else(|| "options".to_owned(), ToString::to_string);
        if !error.inner().is_data() {
            refused("options", format!("options {}", not_json(text, error.inner())))
        } else if let Some(unknown) = unknown_field(&name, error.inner()) {
            unknown
        } else {
            refused(&name, wrong_type(&name, error.inner()))
        }
    })
}
