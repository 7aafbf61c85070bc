//! Choices: the texts of which a field or a parameter has one.

use std::fmt;

/// The known texts of a field or a parameter. A response may have another one, since a later service may know more.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices {
    /// The name of the type, such as `SessionStatus`.
    pub name: &'static str,
    /// The Rust module that declares it.
    pub module: &'static str,
    /// The documentation.
    pub doc: &'static str,
    /// The texts that parameters and responses have.
    pub values: &'static [&'static str],
    /// The documentation of each of `values`.
    pub value_docs: &'static [&'static str],
    /// The texts that only responses have.
    pub received: &'static [&'static str],
}

impl Choices {
    /// Returns every known text.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().chain(self.received).copied()
    }
}

/// A text that this version does not list. It can be read, not created, so that no known text is ever one of these.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unlisted(Box<str>);

impl Unlisted {
    pub(crate) fn new(text: impl Into<Box<str>>) -> Unlisted {
        Unlisted(text.into())
    }

    /// Returns the text, as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
