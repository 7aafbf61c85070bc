//! Taking secrets out of text, when the text is made.

use regex_lite::{Captures, Regex};
use serde_json::Value;
use std::sync::LazyLock;

static KEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"ah_(live|test)_[0-9A-Za-z]{6,}"));
static JWT: LazyLock<Regex> = LazyLock::new(|| pattern(r"eyJ[0-9A-Za-z_-]{6,}(\.[0-9A-Za-z_-]*)*"));
static USER_INFO: LazyLock<Regex> = LazyLock::new(|| pattern(r"://\S+@"));

#[expect(clippy::unwrap_used, reason = "the patterns are literals, and the tests compile each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// The length of a whole key; the last four characters of anything shorter would give away too much of it.
const WHOLE_KEY: usize = "ah_live_".len() + 32;

/// The text without keys, tokens, user-info in URLs, and the given secrets.
pub(crate) fn redacted<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let text = KEY.replace_all(text, |found: &Captures<'_>| {
        let key = &found[0];
        let tail = if key.len() == WHOLE_KEY { &key[key.len() - 4..] } else { "" };
        format!("ah_{}_…{tail}", &found[1])
    });
    let text = JWT.replace_all(&text, "[token]");
    let mut text = USER_INFO.replace_all(&text, "://[redacted]@").into_owned();
    for secret in secrets {
        if !secret.is_empty() {
            text = text.replace(secret, "[redacted]");
        }
    }
    text
}

/// The same for every text within a JSON value, keys of objects included.
pub(crate) fn redacted_json(value: &Value, secrets: &[&str]) -> Value {
    let clean = |text: &str| redacted(text, secrets.iter().copied());
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.iter().map(|item| redacted_json(item, secrets)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (clean(name), redacted_json(value, secrets))).collect(),
        // A one-time code is digits, and may come back as a number.
        Value::Number(number) if secrets.contains(&number.to_string().as_str()) => "[redacted]".into(),
        other => other.clone(),
    }
}

/// Whether an API key stands anywhere in the text.
pub(crate) fn holds_a_key(text: &str) -> bool {
    KEY.is_match(text)
}

/// What is shown of a secret: a key by its prefix and last four, anything else not at all.
pub(crate) fn masked(secret: &str) -> String {
    match KEY.find(secret) {
        Some(key) if key.len() == secret.len() && key.len() == WHOLE_KEY => redacted(secret, []),
        _ => "[redacted]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_leave_and_the_rest_stays() {
        let key = "ah_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6";
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        let text = format!("key {key}, jwt {jwt}; https://me:pw@host/x code 123456 ah_test_ short");
        assert_eq!(
            redacted(&text, ["123456"]),
            "key ah_test_…o5P6, jwt [token]; https://[redacted]@host/x code [redacted] ah_test_ short"
        );
        assert_eq!(redacted("ah_live_abcdefgh", []), "ah_live_…");
    }

    #[test]
    fn json_is_redacted_to_its_depth() {
        let value = serde_json::json!({"a": [{"b": "code 123456"}], "n": 123456, "m": 7});
        let clean = redacted_json(&value, &["123456"]);
        assert_eq!(clean, serde_json::json!({"a": [{"b": "code [redacted]"}], "n": "[redacted]", "m": 7}));
    }
}
