//! The options of a sandbox.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use axum::http::uri::Authority;

use crate::contract::Contract;
use crate::faults::FaultRule;
use crate::livekit::LiveKit;
use crate::plan::Plan;
use crate::rate_limit::RateLimit;

/// The credentials that the `/v1` operations accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AuthMode {
    /// Agents, own resources and public lists accept an API key or a JWT
    Lenient,
    /// Agents and own resources accept only a JWT, public lists only an API key
    Strict,
}

/// The API key of a sandbox: `ah_test_` and 32 letters or digits.
#[derive(Clone, PartialEq, Eq)]
pub struct TestApiKey(String);

/// The reason why a key is rejected. It does not contain the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestApiKeyError {
    /// The key is a live key of the real service.
    Live,
    /// The key is malformed.
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

/// A host name that is allowed in the `Host` header, such as the name of a container.
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

/// The options of [`Sandbox::start`](crate::Sandbox::start).
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 picks a free one.
    pub port: u16,
    /// The file that keeps the data. Default: in memory.
    pub data: Option<PathBuf>,
    /// The rate limit of each credential; `None`: no limit and no rate limit headers.
    pub rate_limit: Option<RateLimit>,
    /// The credentials that the operations accept.
    pub auth: AuthMode,
    /// Whether OTP mails are also printed to stdout.
    pub print_mail: bool,
    /// The API key of the sandbox. Default: generated, and stable for the same data.
    pub api_key: Option<TestApiKey>,
    /// Host names to allow in addition to loopback names. If empty, a sandbox that does not listen on a loopback address allows
    /// all names.
    pub allow_hosts: Vec<HostName>,
    /// Faults to set at the start. They are allowed only if the sandbox listens on a loopback address.
    pub faults: Vec<FaultRule>,
    /// The contract of requests that do not name one and that both have.
    pub contract: Contract,
    /// The plan of accounts.
    pub plan: Plan,
    /// The minutes of each month. Default: those of the plan.
    pub minutes: Minutes,
    /// The LiveKit server whose tokens the sandbox signs.
    pub livekit: LiveKit,
}

/// The minutes that an account has each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minutes {
    /// Those of its plan.
    OfPlan,
    /// This number.
    Fixed(u32),
    /// No limit.
    Unlimited,
}

impl std::str::FromStr for Minutes {
    type Err = &'static str;

    /// Parses a number of minutes, or `off` for no limit.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Unlimited),
            _ => text.parse().map(Self::Fixed).map_err(|_| "must be a number of minutes, such as 120, or \"off\""),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8787,
            data: None,
            rate_limit: Some(RateLimit::per_minute(60)),
            auth: AuthMode::Lenient,
            print_mail: false,
            api_key: None,
            allow_hosts: Vec::new(),
            faults: Vec::new(),
            contract: Contract::Agents,
            plan: Plan::Pro,
            minutes: Minutes::OfPlan,
            livekit: LiveKit::default(),
        }
    }
}
