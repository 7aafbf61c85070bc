//! Credentials: API keys, tokens and grants, and their sources.

mod advice;
#[cfg(feature = "server")]
mod api_key;
#[cfg(feature = "server")]
mod command;
#[cfg(feature = "server")]
mod file;
mod flight;
mod grant;
mod source;
mod text;
mod token;

pub(crate) use advice::{Environment, after_rejection};
#[cfg(feature = "server")]
pub use api_key::ApiKey;
#[cfg(feature = "server")]
pub use command::{KEY_COMMAND_VARIABLE, KeyCommand};
pub(crate) use flight::{Accept, Landing};
pub(crate) use grant::{Grant, Grants};
#[cfg(feature = "server")]
pub use source::KeySource;
pub(crate) use source::{Credential, Source, Sources};
pub use source::{SourceError, TokenSource};
pub use token::Token;
