//! The options of a sandbox.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use axum::http::uri::Authority;

use crate::faults::FaultRule;

/// Which credentials the `/v1` operations accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AuthMode {
    /// Agents, one's own resources and public lists take an API key or a JWT.
    Lenient,
    /// Agents and one's own resources take the JWT only, public lists the API key only.
    Strict,
}

/// An API key for the start: `ah_test_` and 32 letters or digits.
#[derive(Clone, PartialEq, Eq)]
pub struct TestApiKey(String);

/// Why a key cannot be the start-up key. It does not contain the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestApiKeyError {
    /// It is a key of the real service.
    Live,
    /// It has another form.
    Malformed,
}

impl TestApiKey {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for TestApiKey {
    type Err = TestApiKeyError;

    fn from_str(text: &str) -> Result<Self, TestApiKeyError> {
        if text.starts_with("ah_live_") {
            return Err(TestApiKeyError::Live);
        }
        let random = text.strip_prefix("ah_test_").ok_or(TestApiKeyError::Malformed)?;
        if random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(TestApiKeyError::Malformed)
    }
}

impl fmt::Debug for TestApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestApiKey(ah_test_…)")
    }
}

impl fmt::Display for TestApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "a live key must not be used with the sandbox; choose one that starts with ah_test_",
            Self::Malformed => "the key must be ah_test_ and 32 letters or digits",
        })
    }
}

impl std::error::Error for TestApiKeyError {}

/// A name that requests may have in their header `Host`, such as that of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Whether `host`, a name without a port, is this name.
    pub(crate) fn is(&self, host: &str) -> bool {
        self.0.eq_ignore_ascii_case(host)
    }
}

impl std::str::FromStr for HostName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_host = text.parse::<Authority>().is_ok_and(|authority| authority.host() == text);
        if is_host { Ok(Self(text.to_owned())) } else { Err("must be a host name without scheme and port") }
    }
}

/// What [`Sandbox::start`](crate::Sandbox::start) needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 picks a free one.
    pub port: u16,
    /// The file that keeps the data; in memory without one.
    pub data: Option<PathBuf>,
    /// Requests a minute and credential; `None` is no limit and no headers.
    pub rate_limit: Option<u32>,
    /// Which credentials the operations accept.
    pub auth: AuthMode,
    /// Whether OTP mails are also printed to stdout.
    pub print_mail: bool,
    /// The key that the sandbox starts with, instead of one of its own.
    pub api_key: Option<TestApiKey>,
    /// Names for the header `Host` beside loopback ones. Without any, a sandbox that others may reach takes every name.
    pub allow_hosts: Vec<HostName>,
    /// Faults from the start. They need a loopback address to listen on.
    pub faults: Vec<FaultRule>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8787,
            data: None,
            rate_limit: Some(60),
            auth: AuthMode::Lenient,
            print_mail: false,
            api_key: None,
            allow_hosts: Vec::new(),
            faults: Vec::new(),
        }
    }
}
