//! The AgentHuman `/v1` API from Rust, and the core under the packages for Python and Node.
//!
//! ```no_run
//! # async fn example() -> agenthuman::Result<()> {
//! use agenthuman::{Client, operations::messages::CreateMessage, operations::sessions::CreateSession};
//!
//! let client = Client::from_env()?;
//! let session = client.sessions().create(CreateSession { agent_id: "7".into(), ..Default::default() }).await?;
//! let exchange = client.messages().create(&session.id, CreateMessage { content: "Hello!".into(), ..Default::default() }).await?;
//! println!("{:?}", exchange.reply.and_then(|reply| reply.content));
//! client.sessions().end(&session.id, Default::default()).await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
#[cfg(feature = "server")]
pub mod api;
mod base_url;
#[cfg(feature = "server")]
mod builder;
mod call;
mod client;
mod credentials;
pub mod error;
pub mod host;
mod instant;
mod items;
mod json;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "a phone's client uses a part of it"))]
pub mod operations;
mod page;
#[cfg(feature = "server")]
mod probe;
mod question;
mod redact;
#[cfg(feature = "server")]
mod rotate;
mod runtime;
mod state;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "a phone's client uses a part of it"))]
pub mod table;
mod tolerant;
mod transport;
mod unknown;
mod values;
mod vocabulary;
mod wait;

#[cfg(feature = "server")]
pub use builder::ClientBuilder;
pub use call::CallOptions;
pub use client::Client;
#[cfg(feature = "server")]
pub use credentials::{ApiKey, KeySource};
pub use credentials::{SourceError, Token, TokenSource};
pub use error::{Error, ErrorInfo, Kind, Result};
pub use page::{Page, Pages};
#[cfg(feature = "server")]
#[doc(hidden)]
pub use transport::ProxyInForce;
#[cfg(feature = "server")]
pub use transport::upload::Upload;
pub use values::{Id, Object, Secret};
pub use wait::RateLimitWait;

/// The version of every package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
