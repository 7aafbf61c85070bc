//! API keys: parsed strictly, printed masked, wiped when dropped.

use super::text;
use crate::Secret;
use crate::error::{Error, Kind};
use crate::redact::{KEY_LENGTH, KEY_RANDOM, KEY_START};
use crate::vocabulary::KeyEnvironment;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::Path;

/// An API key: `ah_live_` or `ah_test_` and 32 letters or digits.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// The length of a key, in bytes.
    pub const LENGTH: usize = KEY_LENGTH;

    /// Parses a key.
    ///
    /// # Errors
    /// If the key is malformed (`malformed_api_key`). The message does not contain the key.
    pub fn parse(text: &str) -> Result<ApiKey, Error> {
        match ApiKey::fault(text) {
            None => Ok(ApiKey(SecretString::from(text.to_owned()))),
            Some(why) => Err(Error::new(Kind::MalformedApiKey, format!("the API key {why}"))),
        }
    }

    /// Returns the reason why a text is not a key, to follow the words "the API key".
    pub(super) fn fault(text: &str) -> Option<String> {
        fault(text)
    }

    /// Reads the text of a key file once. The file may be a pipe. A byte order mark and a final line break are removed.
    ///
    /// # Errors
    /// If the file cannot be read (`missing_credential`), is too large or is not UTF-8 (`malformed_api_key`).
    pub fn text_of_file(path: &Path) -> Result<Secret, Error> {
        super::file::text_of_file(path)
    }

    /// Returns the key itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the environment, which the prefix of the key names.
    pub fn environment(&self) -> KeyEnvironment {
        let rest = &self.expose()[KEY_START.len()..];
        if rest.starts_with(KeyEnvironment::Live.as_str()) { KeyEnvironment::Live } else { KeyEnvironment::Test }
    }

    /// Returns the last four characters, which lists of keys contain.
    pub fn last4(&self) -> &str {
        let key = self.expose();
        &key[key.len() - 4..]
    }

    /// Returns the masked key, such as `ah_live_…wxyz`.
    pub fn masked(&self) -> String {
        format!("{KEY_START}{}_…{}", self.environment(), self.last4())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Returns the reason why a text is not a key; the most specific reason if there are several.
fn fault(text: &str) -> Option<String> {
    if let Some(why) = text::fault(text) {
        return Some(why);
    }
    if super::token::looks_like_a_jwt(text) {
        return Some("is a JWT; pass it as the token".into());
    }
    let Some(rest) = text.strip_prefix(KEY_START) else {
        return Some("has the wrong prefix: it must start with ah_live_ or ah_test_".into());
    };
    let Some((environment, random)) = rest.split_once('_') else {
        return Some("has no environment: it must start with ah_live_ or ah_test_".into());
    };
    if KeyEnvironment::of(environment).is_none() {
        return Some("has an unknown environment: it must start with ah_live_ or ah_test_".into());
    }
    if random.contains(['…', '*']) || random.contains("...") {
        return Some("is a masked key from a list of keys; the full key is shown only when it is created".into());
    }
    let mut characters = random.chars();
    if let Some(first) = characters.next()
        && random.len() > 1
        && characters.all(|c| c == first)
    {
        return Some("is a placeholder from the documentation; use a real key".into());
    }
    if random.chars().any(|c| !c.is_ascii_alphanumeric()) {
        return Some("must have only letters and digits after its prefix".into());
    }
    if random.len() != KEY_RANDOM {
        return Some(format!(
            "has the wrong length: it must have {KEY_RANDOM} characters after its prefix; got {}",
            random.len()
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6";

    #[test]
    fn a_right_key_is_read_and_printed_masked() {
        let key = ApiKey::parse(&format!("ah_test_{RANDOM}")).unwrap();
        assert_eq!(key.masked(), "ah_test_…o5P6");
        assert_eq!(format!("{key:?} {key}"), "ah_test_…o5P6 ah_test_…o5P6");
        assert_eq!(key.environment(), KeyEnvironment::Test);
    }

    #[test]
    fn each_fault_is_named_without_the_key() {
        for (text, reason) in [
            (String::new(), "empty"),
            (format!("ah_test_{RANDOM}\n"), "line break"),
            (format!(" ah_test_{RANDOM}"), "white space"),
            (format!("\"ah_test_{RANDOM}\""), "quotes"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln".into(), "JWT"),
            (format!("sk_test_{RANDOM}"), "prefix"),
            (format!("ah_prod_{RANDOM}"), "environment"),
            (format!("ah_{RANDOM}"), "environment"),
            (format!("ah_test_{}", &RANDOM[1..]), "length"),
            (format!("ah_test_{}é", &RANDOM[2..]), "letters and digits"),
            (format!("\u{200b}ah_test_{RANDOM}"), "U+200B"),
            (format!("Bearer ah_test_{RANDOM}"), "Bearer"),
            ("ah_test_…o5P6".into(), "masked"),
            (format!("ah_live_{}", "x".repeat(28)), "placeholder"),
            (format!("ah_live_{}", "x".repeat(32)), "placeholder"),
        ] {
            let error = ApiKey::parse(&text).unwrap_err();
            assert_eq!(error.kind(), Kind::MalformedApiKey);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(reason), "{reason}: {shown}");
            assert!(!shown.contains(&RANDOM[2..]), "{shown}");
        }
    }
}
