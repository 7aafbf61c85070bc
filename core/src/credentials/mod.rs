//! What a caller proves who it is with: API keys, tokens, and where they come from.

mod api_key;
mod source;
mod token;

pub use api_key::ApiKey;
pub(crate) use source::{Held, Source, Sources};
pub use source::{KeySource, SourceError, TokenSource};
pub use token::Token;
