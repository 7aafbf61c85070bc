//! What a sandbox is started with.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::faults::FaultRule;

/// Which credentials the `/v1` operations accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AuthMode {
    /// Agents, one's own resources and public lists take an API key or a JWT.
    Lenient,
    /// Agents and one's own resources take the JWT only, public lists the API key only.
    Strict,
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
            faults: Vec::new(),
        }
    }
}
