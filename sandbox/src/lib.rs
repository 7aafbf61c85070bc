//! A local AgentHuman `/v1` service. Start it in-process with [`Sandbox::start`], or as a command.
//!
//! ```no_run
//! # async fn example() -> Result<(), agenthuman_sandbox::StartError> {
//! use agenthuman_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options { port: 0, ..Options::default() }).await?;
//! println!("{}", sandbox.url());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod activity;
mod app;
mod auth;
mod body;
mod check;
mod clock;
pub mod command;
mod connection;
mod contract;
mod cookies;
mod dispatch;
mod error;
mod faults;
mod guard;
mod livekit;
mod openapi;
mod options;
mod otp;
mod page;
mod picture;
mod plan;
mod random;
mod rate_limit;
mod replies;
mod request;
mod rooms;
mod routes;
mod seed;
mod serve;
mod server;
mod store;
mod time;
mod token;
mod values;
mod web;

pub use contract::Contract;
pub use faults::{FaultRule, FaultRuleError};
#[doc(hidden)]
pub use guard::{is_for_this_machine, is_loopback_name};
pub use livekit::LiveKit;
pub use options::{AuthMode, HostName, Minutes, Options, TestApiKey, TestApiKeyError};
pub use plan::Plan;
pub use rate_limit::{InvalidRateLimit, RateLimit};
pub use serve::serve;
pub use server::{Running, Sandbox, StartError};
