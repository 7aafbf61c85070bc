//! The small value types of the API's models.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// An id. It is opaque text, even if it is a number on the wire.
#[derive(Clone)]
pub struct Id(Text);

/// Most ids are short, and each item of a list has several, so they are kept without memory of their own.
#[derive(Clone)]
enum Text {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

/// An id is as large as a `String`.
const SHORT: usize = 22;

/// Returns a random text of 32 hexadecimal digits.
pub(crate) fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

impl Id {
    /// Returns the text of the id.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // It is always a text.
            Text::Short { length, bytes } => str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default(),
            Text::Long(text) => text,
        }
    }

    fn short(id: &str) -> Option<Id> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..id.len())?.copy_from_slice(id.as_bytes());
        Some(Id(Text::Short { length: u8::try_from(id.len()).ok()?, bytes }))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Id").field(&self.as_str()).finish()
    }
}

impl Default for Id {
    fn default() -> Id {
        Id::from("")
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Id) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Id) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Id) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        String::deserialize(deserializer).map(Id::from)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Id {
        Id::short(id).unwrap_or_else(|| Id(Text::Long(id.into())))
    }
}

impl From<String> for Id {
    fn from(id: String) -> Id {
        Id::short(&id).unwrap_or_else(|| Id(Text::Long(id.into())))
    }
}

impl From<i64> for Id {
    fn from(id: i64) -> Id {
        Id::from(id.to_string())
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Id {
        id.clone()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        match id.0 {
            Text::Short { .. } => id.as_str().to_owned(),
            Text::Long(text) => text.into(),
        }
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
    use std::hash::{BuildHasher, RandomState};

    #[test]
    fn an_id_is_its_text() {
        let hasher = RandomState::new();
        let texts = ["", "7", "-1", "é", "1234567890123456789012", "12345678901234567890123", "9".repeat(300).as_str()]
            .map(str::to_owned);
        for text in &texts {
            let id = Id::from(text.as_str());
            assert_eq!((id.as_str(), id.to_string().as_str()), (text.as_str(), text.as_str()));
            assert_eq!((String::from(id.clone()), Id::from(text.clone())), (text.clone(), id.clone()));
            assert_eq!(format!("{id:?}"), format!("Id({text:?})"));
            assert_eq!(hasher.hash_one(&id), hasher.hash_one(text));
            assert_eq!(serde_json::from_value::<Id>(text.as_str().into()).unwrap(), id);
            for other in &texts {
                let other_id = Id::from(other.as_str());
                assert_eq!((id.cmp(&other_id), id == other_id), (text.cmp(other), text == other));
            }
        }
        assert_eq!(Id::default().as_str(), "");
        assert_eq!(Id::from(i64::MIN).as_str(), "-9223372036854775808");
        assert_eq!(size_of::<Id>(), size_of::<String>());
    }
}
