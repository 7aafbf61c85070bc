//! Replaces secrets and addresses with made-up values of the same kind. Masking twice changes nothing, so a request of a replay
//! is masked as the recorded one was, and then compared.

use crate::credentials::ApiKey;
use crate::redact::{KEY_LENGTH, KEY_PREFIX, credentials_replaced};
use crate::{Object, Secret};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex_lite::{Captures, Regex};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The token of replays, which no service accepts.
pub(super) const MADE_UP_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJleGFtcGxlIn0.example";

/// The random part of a made-up key, but for its last four characters. The command `scan` ignores keys with this word.
const MADE_UP_KEY: &str = "exampleexampleexampleexample";

const MADE_UP_ADDRESS: &str = "someone";
const MADE_UP_DOMAIN: &str = "example.com";
pub(super) const MADE_UP_TEXT: &str = "masked";

/// Names of JSON fields and of query parameters whose values are secrets, without case, `_` and `-`. The mark of a session that is
/// opened is none, but it is random, too.
const SECRET_NAMES: [&str; 23] = [
    "accesstoken",
    "agenthumanopen",
    "apikey",
    "authorization",
    "clientsecret",
    "cookie",
    "grant",
    "idtoken",
    "passwd",
    "password",
    "privatekey",
    "refreshtoken",
    "secret",
    "sessiontoken",
    "setcookie",
    "sig",
    "signature",
    "token",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xapikey",
    "xgoogsignature",
];

/// Names of fields whose values are secrets if they are one-time codes.
const CODE_NAMES: [&str; 3] = ["code", "otp", "onetimecode"];

/// Shorter texts are not searched for in other texts, where they would be found by chance.
const SHORTEST_KNOWN: usize = 6;

/// The maximum number of secrets that are searched for.
const MOST_KNOWN: usize = 1_000;

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9A-Za-z._%+-]*[0-9A-Za-z_+-](@|%40)([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+)"));
static USER_INFO: LazyLock<Regex> = LazyLock::new(|| pattern(r#"://[^\s/?#"\\]*@"#));
/// A name and its value, in a query or in JSON that could not be parsed.
static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"([0-9A-Za-z_-]+)(=|"\s*:\s*")((?:[^&\s"'<>\\]|\\.)+)"#));

#[expect(clippy::unwrap_used, reason = "the patterns are literals, and the tests compile each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// The secrets that are masked wherever they appear, beside those that are known by their form or the name of their field.
#[derive(Default)]
pub(super) struct Mask {
    /// The longest first, since one may contain another.
    known: Vec<Secret>,
}

impl Mask {
    /// Adds a secret.
    pub fn learn(&mut self, secret: &str) {
        if secret.len() < SHORTEST_KNOWN || self.known.len() >= MOST_KNOWN || made_up(secret) == secret {
            return;
        }
        for form in [secret.to_owned(), utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()] {
            if !self.known.iter().any(|known| known.expose() == form) {
                self.known.push(Secret::new(form));
            }
        }
        self.known.sort_by_key(|known| std::cmp::Reverse(known.expose().len()));
    }

    /// Adds the values of secret fields, and of the fields with these names.
    pub fn learn_fields(&mut self, value: &Value, names: &[&str]) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn_fields(item, names)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if is_secret(name, text) || names.contains(&name.as_str()) => self.learn(text),
                        Value::Number(number) if is_secret(name, &number.to_string()) => self.learn(&number.to_string()),
                        other => self.learn_fields(other, names),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Masks a text.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for known in self.known.iter().map(Secret::expose).filter(|known| !is_code(known)) {
            if text.contains(known) {
                text = text.replace(known, &made_up(known));
            }
        }
        for code in self.known.iter().map(Secret::expose).filter(|known| is_code(known)) {
            text = without_code(&text, code);
        }
        text = credentials_replaced(&text, MADE_UP_TOKEN, made_up_key);
        if text.contains("://") {
            text = USER_INFO.replace_all(&text, "://").into_owned();
        }
        if text.contains('@') || text.contains("%40") {
            text = ADDRESS.replace_all(&text, |found: &Captures<'_>| address(&found[0], &found[1], &found[2])).into_owned();
        }
        if text.contains('=') || text.contains("\":") {
            text = NAMED.replace_all(&text, |found: &Captures<'_>| named(&found[1], &found[2], &found[3])).into_owned();
        }
        text
    }

    /// Masks every text of a value, including names of fields, and sorts the fields. The fields with these names are secrets.
    pub fn json(&self, value: &Value, names: &[&str]) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.json(item, names)).collect(),
            Value::Object(fields) => {
                let masked: BTreeMap<String, Value> =
                    fields.iter().map(|(name, value)| (self.text(name), self.field(name, value, names))).collect();
                Value::Object(masked.into_iter().collect::<Object>())
            }
            Value::Number(number) if self.known.iter().any(|known| known.expose() == number.to_string()) => 0.into(),
            other => other.clone(),
        }
    }

    fn field(&self, name: &str, value: &Value, names: &[&str]) -> Value {
        match value {
            Value::String(text) if is_secret(name, text) || names.contains(&name) => Value::String(made_up(text)),
            Value::Number(number) if is_secret(name, &number.to_string()) => 0.into(),
            other => self.json(other, names),
        }
    }
}

/// Whether the value of a field is a secret, by the name of the field.
fn is_secret(name: &str, value: &str) -> bool {
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    let bare = bare.as_str();
    (SECRET_NAMES.contains(&bare) && !value.is_empty()) || (CODE_NAMES.contains(&bare) && is_code(value))
}

/// Whether a text has the form of a one-time code.
fn is_code(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the made-up value of a secret's kind.
fn made_up(secret: &str) -> String {
    let masked = credentials_replaced(secret, MADE_UP_TOKEN, made_up_key);
    match () {
        () if ApiKey::parse(secret).is_ok() => masked,
        () if masked == MADE_UP_TOKEN => masked,
        () if is_code(secret) => "0".repeat(secret.len()),
        () => MADE_UP_TEXT.to_owned(),
    }
}

/// A whole key keeps its environment and its last four characters, as in lists of keys.
fn made_up_key(key: &str) -> String {
    if key.len() == KEY_LENGTH {
        format!("{}{MADE_UP_KEY}{}", &key[..KEY_PREFIX], &key[KEY_LENGTH - 4..])
    } else {
        format!("{}{MADE_UP_TEXT}", &key[..KEY_PREFIX])
    }
}

/// Masks an e-mail address, unless its domain is reserved for examples and tests.
fn address(whole: &str, at: &str, domain: &str) -> String {
    let domain = domain.to_ascii_lowercase();
    let is_below = |parent: &str| domain == parent || domain.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    if ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"].into_iter().any(is_below) {
        return whole.to_owned();
    }
    format!("{MADE_UP_ADDRESS}{at}{MADE_UP_DOMAIN}")
}

fn named(name: &str, separator: &str, value: &str) -> String {
    let value = if is_secret(name, value) { made_up(value) } else { value.to_owned() };
    format!("{name}{separator}{value}")
}

/// Replaces a code, unless it is a part of a longer number.
fn without_code(text: &str, code: &str) -> String {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in text.match_indices(code) {
        let (before, after) = (at.checked_sub(1).and_then(|at| text.as_bytes().get(at)), text.as_bytes().get(at + found.len()));
        masked.push_str(&text[from..at]);
        masked.push_str(if is_digit(before) || is_digit(after) { found } else { &"00000000"[..found.len()] });
        from = at + found.len();
    }
    masked.push_str(&text[from..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "ah_live_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"; // agenthuman-scan: allow
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";

    fn mask(secrets: &[&str]) -> Mask {
        let mut mask = Mask::default();
        secrets.iter().for_each(|secret| mask.learn(secret));
        mask
    }

    #[test]
    fn a_masked_secret_is_a_value_of_its_kind() {
        let key = mask(&[]).text(KEY);
        assert_eq!(key, "ah_live_exampleexampleexampleexampleo5P6");
        assert_eq!(ApiKey::parse(&key).unwrap().masked(), ApiKey::parse(KEY).unwrap().masked());
        assert_eq!(mask(&[]).text(&format!("{KEY}Q")), "ah_live_masked");
        assert_eq!(mask(&[]).text(JWT), MADE_UP_TOKEN);
        assert!(crate::Token::parse(MADE_UP_TOKEN).is_ok());
        let masked = mask(&[]).json(&json!({ "code": "123456", "otp": 1234, "token": "opaque", "key": "k" }), &["key"]);
        assert_eq!(masked, json!({ "code": "000000", "otp": 0, "token": "masked", "key": "masked" }));
    }

    #[test]
    fn texts_are_masked() {
        let mask = mask(&["123456", "opaque/secret=="]);
        for (text, masked) in [
            ("code 123456, at 1234567 and 99123456", "code 000000, at 1234567 and 99123456"),
            ("opaque/secret== and opaque%2Fsecret%3D%3D", "masked and masked"),
            ("https://me:p@w@host/a@b?c", "https://host/a@b?c"),
            (
                "https://host/x?Signature=abc%3D&size=2&X-Amz-Signature=00ff",
                "https://host/x?Signature=masked&size=2&X-Amz-Signature=masked",
            ),
            ("cut {\"token\": \"abc\\\"def", "cut {\"token\": \"masked"),
            ("write to Ada.Lovelace@mail.co.uk or ada%40corp.io", "write to someone@example.com or someone%40example.com"),
            ("dev@example.com me@sandbox.test a@b.example", "dev@example.com me@sandbox.test a@b.example"),
            ("me@counterexample.com", "someone@example.com"),
            ("https://www.example.social/@ada.b/1", "https://www.example.social/@ada.b/1"),
            ("{\"code\":\"CONCURRENCY_LIMIT\"}", "{\"code\":\"CONCURRENCY_LIMIT\"}"),
        ] {
            assert_eq!(mask.text(text), masked, "{text}");
            assert_eq!(mask.text(masked), masked, "masked twice: {text}");
        }
    }

    #[test]
    fn fields_are_masked_and_sorted() {
        let mask = mask(&["123456"]);
        let value =
            json!({ "z": [{ "x-api-key": KEY, "n": 123_456 }], "a": { "Access_Token": "t" }, "code": "LIMIT", "key": "kept" });
        let masked = mask.json(&value, &[]);
        assert_eq!(
            masked.to_string(),
            format!(
                r#"{{"a":{{"Access_Token":"masked"}},"code":"LIMIT","key":"kept","z":[{{"n":0,"x-api-key":"{}"}}]}}"#,
                mask.text(KEY)
            )
        );
        assert_eq!(mask.json(&masked, &[]), masked);
    }

    #[test]
    fn secrets_of_fields_are_masked_elsewhere() {
        let mut mask = Mask::default();
        mask.learn_fields(&json!({ "user": { "token": "opaque-token", "key": "abcdef-key", "code": 246_810 } }), &["key"]);
        assert_eq!(mask.text("got opaque-token, abcdef-key and 246810"), "got masked, masked and 000000");
    }
}
