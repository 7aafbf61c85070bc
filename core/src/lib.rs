//! The AgentHuman `/v1` API from Rust, and the core under the packages for Python and Node.
//!
//! ```no_run
//! # async fn example() -> agenthuman::Result<()> {
//! use agenthuman::Client;
//! use agenthuman::api::messages::CreateMessage;
//! use agenthuman::api::sessions::{CreateSession, EndSession};
//! use std::time::Duration;
//!
//! let client = Client::from_env()?;
//! let session = client.sessions().create(CreateSession::new("7")).timeout(Duration::from_secs(10)).await?;
//! let exchange = client.messages().create(&session.id, CreateMessage::new("Hello!")).await?;
//! println!("{:?}", exchange.reply.map(|reply| reply.content));
//! client.sessions().end(&session.id, EndSession::new()).await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs, rustdoc::broken_intra_doc_links)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
#[cfg(feature = "api")]
pub mod api;
#[cfg(feature = "server")]
mod app_info;
mod base_url;
#[cfg(feature = "server")]
mod builder;
mod call;
#[cfg(feature = "server")]
mod cassette;
mod client;
mod credentials;
#[doc(hidden)]
pub mod environment;
pub mod error;
#[cfg(feature = "server")]
mod hooks;
#[doc(hidden)]
pub mod host;
mod instant;
mod items;
mod json;
#[cfg(feature = "server")]
mod mock;
#[cfg(feature = "server")]
mod open;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "a phone's client uses a part of it"))]
#[doc(hidden)]
pub mod operations;
mod page;
#[cfg(feature = "server")]
mod picture;
#[cfg(feature = "server")]
mod places;
#[cfg(feature = "server")]
mod probe;
mod question;
mod redact;
#[cfg(feature = "server")]
mod rotate;
mod runtime;
mod sends;
mod state;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "a phone's client uses a part of it"))]
#[doc(hidden)]
pub mod table;
mod tolerant;
mod transport;
mod unknown;
mod user_agent;
mod values;
mod vocabulary;

#[cfg(feature = "api")]
pub use api::{Page, Pages, Request, rooms};
#[cfg(feature = "server")]
pub use app_info::AppInfo;
#[cfg(feature = "server")]
pub use builder::{ClientBuilder, Contract};
#[cfg(feature = "server")]
pub use cassette::{Cassette, CassetteMode};
pub use client::Client;
#[cfg(feature = "server")]
pub use credentials::{ApiKey, KeyCommand, KeySource};
pub use credentials::{SourceError, Token, TokenSource};
pub use error::{Error, ErrorInfo, Kind, Result};
#[cfg(feature = "server")]
pub use hooks::{EventHeaders, RateLimitWait, RequestEvent, ResponseEvent, RetryEvent};
#[cfg(feature = "server")]
pub use picture::AvatarSource;
#[cfg(feature = "server")]
pub use table::{OrNull, Unlisted};
#[cfg(feature = "server")]
pub use transport::Pem;
#[cfg(feature = "server")]
#[doc(hidden)]
pub use transport::ProxyInForce;
#[cfg(feature = "server")]
pub use transport::upload::Upload;
pub use values::{Id, Object, Secret};
#[cfg(feature = "server")]
pub use vocabulary::KeyEnvironment;

/// The version of every package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
