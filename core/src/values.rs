//! The small value types of the API's models.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr};
use std::fmt;

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// An id. It is opaque text, even if it is a number on the wire.
// Each item of a list has several, most of them short: `SmolStr` keeps those without memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Id(SmolStr);

/// Returns a random text of 32 hexadecimal digits.
pub(crate) fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

impl Id {
    /// Returns the text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Id {
        Id(id.into())
    }
}

impl From<String> for Id {
    fn from(id: String) -> Id {
        Id(id.into())
    }
}

impl From<i64> for Id {
    fn from(id: i64) -> Id {
        Id(id.to_smolstr())
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Id {
        id.clone()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.0.into()
    }
}

/// A text that is never printed, and is wiped from memory when it is dropped.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

impl Secret {
    /// Creates a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(SecretString::from(text.into()))
    }

    /// Returns the text itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::redact::masked(self.expose()))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_text() {
        for text in ["", "7", "a longer id than one that is kept inline"] {
            let id = Id::from(text);
            assert_eq!((id.as_str(), id.to_string().as_str(), String::from(id.clone()).as_str()), (text, text, text));
            assert_eq!((format!("{id:?}"), Id::from(text.to_owned())), (format!("Id({text:?})"), id.clone()));
            assert_eq!(serde_json::from_value::<Id>(text.into()).unwrap(), id);
        }
        assert_eq!(Id::from(i64::MIN).as_str(), "-9223372036854775808");
    }
}
