//! The relay for hosts in other languages: a few functions that never grow with its operations.
//!
//! A host makes a [`HostRelay`] from JSON, hands it each request as an [`Exchange`], and steps through it: each
//! [`Step`] is the answer, or something that only the host's own code can do. It must be stepped within tokio, as on
//! [`agenthuman::host::runtime`].

mod body;
mod exchange;

pub use crate::opened::Opened;
pub use crate::questions::Question;
pub use exchange::{Exchange, HostRelay, HostResponse, Step};
