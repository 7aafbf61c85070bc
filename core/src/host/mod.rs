//! The interface for other languages: a few functions that do not grow with the API.
//!
//! A host creates a [`HostClient`] from JSON, starts a [`Call`] by the name of an operation, and steps it: each
//! [`Step`] is the outcome or a question to the host's own code.

mod client;
mod config;
mod conversation;
mod follow;
mod pager;
mod restore;
#[cfg(feature = "server")]
pub mod surface;

pub use crate::answer::{Body, Reply};
#[cfg(feature = "server")]
pub use crate::builder::{DEFAULT_BASE_URL, environment_variable, key_of_environment};
pub use crate::items::{FromItem, Items, Value, not_canonical};
pub use crate::question::{Answer, Next, Note, Open, Pending, Question, Questions, Stepped, Unanswered};
pub use crate::redact::{has_key_prefix, has_secret_prefix};
pub use crate::runtime::local::{drive, settle};
#[cfg(feature = "server")]
pub use crate::runtime::wait_for_lingering;
pub use crate::runtime::{forked, no_runtime, runtime};
pub use crate::unknown::{unknown_field, unknown_option, unknown_parameter, wrong_type};
#[cfg(feature = "server")]
pub use client::elsewhere;
pub use client::{Call, HostClient, Step, error_json, unconvertible};
pub use conversation::HostConversation;
pub use pager::HostPager;
pub use restore::is_over;
