//! The relay: what a backend mounts so that its phone apps use AgentHuman without an API key.
//!
//! A phone sends the app's own token with each request; the backend's [`Backend`] says whose it is, and what that user
//! may do. The relay opens sessions with the backend's key, and gives the phone a grant: a signed token that allows
//! some operations on one session for some minutes. Two copies of a relay share nothing but their secrets.
//!
//! ```no_run
//! use agenthuman_relay::{PhoneRequest, Backend, BoxError, Decision, OpenSession, Options, Relay, PolicyRequest};
//!
//! struct Shop;
//!
//! impl Backend for Shop {
//!     async fn authorize(&self, request: &PhoneRequest) -> Result<Option<String>, BoxError> {
//!         Ok(request.bearer().and_then(|token| token.strip_prefix("user-")).map(str::to_owned))
//!     }
//!
//!     async fn policy(&self, _user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
//!         Ok(match request {
//!             PolicyRequest::OpenSession { .. } => Decision::Open(OpenSession { agent_id: "7".into(), ..OpenSession::default() }),
//!             PolicyRequest::ListAgents { .. } => Decision::Show(vec!["7".into()]),
//!             _ => Decision::Refuse(None),
//!         })
//!     }
//! }
//!
//! # fn mount() -> agenthuman::Result<()> {
//! let relay = Relay::new(agenthuman::Client::from_env()?, Shop, Options::default())?;
//! // `relay` is a tower service: `axum::Router::new().nest_service("/agenthuman", relay)`.
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answers;
mod backend;
mod body;
mod catalogues;
mod clients;
mod cors;
mod found;
mod functions;
mod grants;
pub mod host;
mod in_flight;
mod jws;
mod limits;
mod listed;
mod marks;
mod open_room;
mod opened;
mod opening;
mod operations;
mod options;
mod projection;
mod questions;
mod relay;
mod requests;
mod routes;
mod sending;
mod sent;
mod service;
mod sessions;
mod state;
mod upstream;
mod users;
mod users_sessions;
mod watches;

pub use backend::{Backend, BoxError, Decision, OpenSession, PhoneRequest, PolicyRequest, ResumeSession, UserSession};
pub use clients::Clients;
pub use open_room::OpenRoom;
pub use options::{Clock, Options};
pub use relay::Relay;
