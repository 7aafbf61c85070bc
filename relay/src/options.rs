//! The options of a relay.

use agenthuman::error::{Error, Kind, Result};
use agenthuman::host::{environment_variable, unknown_field, wrong_type};
use agenthuman::{ErrorInfo, Secret};
use http::HeaderValue;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The environment variable of the secrets.
const SECRETS: &str = agenthuman::environment::RELAY_SECRETS.name;
/// HS256 is no stronger than its secret.
const SHORTEST_SECRET: usize = 32;
/// The maximum lifetime of a grant or session: a year, in seconds.
const LONGEST: u64 = 365 * 24 * 3600;
/// The maximum of `wait_seconds`.
const LONGEST_WAIT: u64 = 300;
/// The maximum of `function_timeout`.
const LONGEST_FUNCTION: Duration = Duration::from_secs(600);

/// The options of a relay. Every field has a default, but a secret is required.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The secrets for grants: the first one signs, all verify, so that secrets can be rotated. Each has at least 32
    /// bytes. Default: AGENTHUMAN_RELAY_SECRETS, separated by commas.
    pub secrets: Vec<Secret>,
    /// The audience of the grants. Relays that share secrets but must not accept each other's grants need different ones.
    pub audience: String,
    /// The origins of web front ends that may call from a browser, such as `https://app.example.com`. Default: none.
    pub origins: Vec<String>,
    /// The lifetime of a grant, in seconds. Default: 900.
    pub grant_seconds: u64,
    /// The time after a session was opened or resumed during which its grants can be renewed, in seconds. Default: 28,800 (8 hours).
    pub session_seconds: u64,
    /// The maximum size of a request body, in bytes. Default: 65,536.
    pub max_request_bytes: usize,
    /// The maximum number of requests a minute of each user at each copy of the relay. Default: 30, half of what the API
    /// allows to a key. 0 is no limit.
    pub requests_per_minute: u32,
    /// The maximum number of sessions that a user has open at once, counted by each copy of the relay for itself. Default:
    /// 3. 0 is no limit. Of a session whose grant has expired unrenewed, the place is free: the relay ends it to open
    /// another.
    pub open_sessions_per_user: u32,
    /// The time limit of each run of `authorize`, `policy`, `on_open` and a function that returns the backend's credential. In JSON a
    /// number of seconds. Default: 10 seconds. After it the phone gets 503 with `Retry-After`.
    #[serde(deserialize_with = "seconds")]
    pub function_timeout: Duration,
    /// How long a request for new messages may wait for one, in seconds. Default: 20, and at most 300. 0: it is answered at once,
    /// for hosts that have one thread for each request, or are paid by time.
    pub wait_seconds: u64,
    /// The timeout for reading a request body. Default: 10 seconds.
    #[serde(skip)]
    pub body_timeout: Duration,
    /// The clock.
    #[serde(skip)]
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            secrets: Vec::new(),
            audience: "agenthuman-relay".to_owned(),
            origins: Vec::new(),
            grant_seconds: 15 * 60,
            session_seconds: 8 * 3600,
            max_request_bytes: 64 * 1024,
            requests_per_minute: 30,
            open_sessions_per_user: 3,
            function_timeout: Duration::from_secs(10),
            wait_seconds: 20,
            body_timeout: Duration::from_secs(10),
            clock: Clock::default(),
        }
    }
}

impl Options {
    /// Parses options from JSON. Errors name the option and never repeat its value, which may be a secret.
    pub(crate) fn from_json(text: &str) -> Result<Options, Box<ErrorInfo>> {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
            if !error.inner().is_data() {
                return refused("options", "options must be valid JSON").into_info();
            }
            let name = error.path().iter().next().map_or_else(|| "options".to_owned(), ToString::to_string);
            unknown_field(&name, error.inner()).unwrap_or_else(|| refused(&name, &wrong_type(&name, error.inner()))).into_info()
        })
    }

    /// Checks the options, and reads the secrets from the environment if none are set.
    pub(crate) fn checked(mut self) -> Result<Options> {
        if self.secrets.is_empty() {
            self.secrets = from_environment()?;
        }
        if self.secrets.is_empty() {
            return Err(refused(
                "secrets",
                &format!("secrets is empty: the relay needs a secret to sign grants. Pass secrets, or set {SECRETS}"),
            ));
        }
        if self.secrets.iter().any(|secret| secret.expose().len() < SHORTEST_SECRET) {
            return Err(refused("secrets", &format!("each of secrets must have at least {SHORTEST_SECRET} bytes")));
        }
        if self.audience.is_empty() {
            return Err(refused("audience", "audience must not be empty"));
        }
        if !self.origins.iter().all(|origin| is_origin(origin)) {
            let why =
                "each of origins must be an origin in lower case without a path or wildcard, such as https://app.example.com";
            return Err(refused("origins", why));
        }
        for (name, seconds) in [("grant_seconds", self.grant_seconds), ("session_seconds", self.session_seconds)] {
            if !is_lifetime(seconds) {
                return Err(refused(name, &format!("{name} must be 1 to {LONGEST}; got {seconds}")));
            }
        }
        if self.function_timeout.is_zero() || self.function_timeout > LONGEST_FUNCTION {
            let why = format!("function_timeout must be greater than 0 and at most {} seconds", LONGEST_FUNCTION.as_secs());
            return Err(refused("function_timeout", &why));
        }
        if self.wait_seconds > LONGEST_WAIT {
            return Err(refused("wait_seconds", &format!("wait_seconds must be 0 to {LONGEST_WAIT}; got {}", self.wait_seconds)));
        }
        if self.max_request_bytes == 0 {
            return Err(refused("max_request_bytes", "max_request_bytes must be at least 1"));
        }
        Ok(self)
    }
}

/// Whether a grant or a session can last that many seconds.
pub(crate) fn is_lifetime(seconds: u64) -> bool {
    (1..=LONGEST).contains(&seconds)
}

/// A duration as a number of seconds.
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn refused(parameter: &str, why: &str) -> Error {
    Error::new(Kind::Configuration, why).parameter(parameter)
}

fn from_environment() -> Result<Vec<Secret>> {
    let secrets = environment_variable(SECRETS).map_err(|error| error.parameter("secrets"))?.unwrap_or_default();
    Ok(secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty()).map(Secret::new).collect())
}

/// Browsers send `scheme://host[:port]` in lower case; apps in a web view have schemes of their own.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    !scheme.is_empty()
        && scheme.chars().all(is_scheme)
        && !host.is_empty()
        && !host.contains(['/', '?', '#', '*', '@', ','])
        && !host.chars().any(|c| c.is_whitespace() || c.is_ascii_uppercase())
        && HeaderValue::from_str(text).is_ok()
}

/// The clock of a relay: the system's, or a function for tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that calls the function for the time, in seconds since 1970 began.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> u64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
