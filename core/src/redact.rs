//! Redacts secrets in texts, when the texts are made.

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

/// The start of every API key.
pub(crate) const KEY_START: &str = "ah_";

/// The prefixes of API keys, one for each environment.
const KEY_PREFIXES: [&str; 2] = ["ah_live_", "ah_test_"];

/// The length of such a prefix.
pub(crate) const KEY_PREFIX: usize = "ah_live_".len();

/// The start of every JWT: `{"` in base64.
pub(crate) const JWT_START: &str = "eyJ";

/// The length of the random part of an API key.
pub(crate) const KEY_RANDOM: usize = 32;

/// The length of an API key. The last four characters of anything shorter would reveal too much of it.
pub(crate) const KEY_LENGTH: usize = KEY_PREFIX + KEY_RANDOM;

/// Redacts keys, tokens, passwords in URLs, and these secrets.
pub(crate) fn redacted<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = credentials_replaced(text, "[token]", |key| {
        let tail = if key.len() == KEY_LENGTH { &key[key.len() - 4..] } else { "" };
        format!("{}…{tail}", &key[..KEY_PREFIX])
    });
    if text.contains("://") {
        text = USER_INFO.replace_all(&text, "://[redacted]@").into_owned();
    }
    for secret in secrets {
        if !secret.is_empty() && text.contains(secret) {
            text = text.replace(secret, "[redacted]");
        }
    }
    text
}

/// Replaces every API key by the result of `key`, and every JWT by `token`.
pub(crate) fn credentials_replaced(text: &str, token: &str, key: impl Fn(&str) -> String) -> String {
    let mut text = text.to_owned();
    if text.contains(KEY_START) {
        text = KEY.replace_all(&text, |found: &Captures<'_>| key(&found[0])).into_owned();
    }
    if text.contains(JWT_START) {
        text = JWT.replace_all(&text, token).into_owned();
    }
    text
}

/// The maximum length of a text of an error, in bytes.
pub(crate) const LONGEST_TEXT: usize = 4 * 1024;

/// The part of a longer text that is searched for secrets, so that redaction has bounded cost.
const WINDOW: usize = 2 * LONGEST_TEXT;

/// Redacts a text and shortens it to [`LONGEST_TEXT`]. A shortened text ends with `…`.
pub(crate) fn shortened(text: &str, secrets: &[&str]) -> String {
    const MARK: &str = "…";
    let clean = beginning(text, usize::MAX, secrets);
    if text.len() <= WINDOW && clean.len() <= LONGEST_TEXT {
        return clean;
    }
    let end = clean.floor_char_boundary(LONGEST_TEXT - MARK.len());
    format!("{}{MARK}", &clean[..end])
}

/// Returns at most `limit` bytes of the start of the text, redacted. No part of a secret remains, wherever the text is cut.
pub(crate) fn beginning(text: &str, limit: usize, secrets: &[&str]) -> String {
    let mut window = &text[..text.floor_char_boundary(WINDOW)];
    if window.len() < text.len() {
        window = &window[..partial_secret(window, secrets)];
    }
    let mut clean = redacted(window, secrets.iter().copied());
    clean.truncate(clean.floor_char_boundary(limit));
    clean
}

/// Returns the start of a secret that the end of the text may cut; the length of the text if there is none.
fn partial_secret(text: &str, secrets: &[&str]) -> usize {
    let word = text.trim_end_matches(|c| !matches!(c, '\t'..='\r' | ' ')).len();
    let user_info = text[word..].find("://").map(|at| word + at + "://".len());
    let run = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).len();
    let marked = KEY_PREFIXES.into_iter().chain([JWT_START]).filter_map(|mark| text[run..].find(mark).map(|at| run + at));
    let known = secrets.iter().filter_map(|secret| {
        let cut = (1..secret.len()).rev().find(|cut| text.as_bytes().ends_with(&secret.as_bytes()[..*cut]))?;
        Some(text.len() - cut)
    });
    marked.chain(known).chain(user_info).min().unwrap_or(text.len())
}

/// Redacts every text in a JSON value, including keys of objects.
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

/// Whether the prefix of an API key is in the text, even if no whole key follows it.
pub fn has_key_prefix(text: &str) -> bool {
    KEY_PREFIXES.iter().any(|prefix| text.contains(prefix))
}

/// Whether the start of an API key or of a JWT is in the text, even if the rest is missing.
pub fn has_secret_prefix(text: &str) -> bool {
    has_key_prefix(text) || text.contains(JWT_START)
}

/// Whether an API key is in the text.
pub(crate) fn holds_a_key(text: &str) -> bool {
    KEY.is_match(text)
}

/// Masks a secret: a key keeps its prefix and last four characters, anything else is removed.
pub(crate) fn masked(secret: &str) -> String {
    match KEY.find(secret) {
        Some(key) if key.len() == secret.len() && key.len() == KEY_LENGTH => redacted(secret, []),
        _ => "[redacted]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_leave_and_the_rest_stays() {
        let key = "ah_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"; // agenthuman-scan: allow
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        let text = format!("key {key}, jwt {jwt}; https://me:pw@host/x code 123456 ah_test_ short");
        assert_eq!(
            redacted(&text, ["123456"]),
            "key ah_test_…o5P6, jwt [token]; https://[redacted]@host/x code [redacted] ah_test_ short"
        );
        assert_eq!(redacted("ah_live_abcdefgh", []), "ah_live_…");
    }

    /// However a text is cut, not four characters of a secret in it are left.
    #[test]
    fn no_cut_shows_a_part_of_a_secret() {
        let key = "ah_live_Qw3rTy7uIoP1aSdF5gHj9KlZxC2vBnM4"; // agenthuman-scan: allow
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJQcml2YXRlIn0.U2lnbmF0dXJlT2ZJdA";
        let url = "https://ada:correct-horse@files.example.com/";
        let code = "731946";
        for (secret, parts) in [(key, &key["ah_live_".len()..]), (jwt, &jwt[3..]), (url, "ada:correct-horse"), (code, code)] {
            for at in (WINDOW - secret.len() - 2)..=WINDOW + 2 {
                for filler in ["x ", "xy"] {
                    let mut text = filler.repeat(at / 2 + 1);
                    text.truncate(at.saturating_sub(1));
                    let text = format!("{text} {secret}{}", " and on".repeat(1_000));
                    let clean = beginning(&text, usize::MAX, &[code]);
                    let tail = &clean[clean.floor_char_boundary(clean.len().saturating_sub(100))..];
                    for part in (0..parts.len() - 3).map(|start| &parts[start..start + 4]) {
                        // The last four of a whole key are shown on purpose.
                        assert!(!tail.contains(part) || (secret == key && key.ends_with(part)), "{at}: {tail}");
                    }
                    assert!(shortened(&text, &[code]).len() <= LONGEST_TEXT);
                }
            }
        }
    }

    #[test]
    fn what_fits_is_kept_whole_and_what_does_not_is_marked() {
        for length in [0, 1, LONGEST_TEXT - 1, LONGEST_TEXT] {
            let text = "x".repeat(length);
            assert_eq!(shortened(&text, &[]), text);
        }
        for length in [LONGEST_TEXT + 1, WINDOW - 1, WINDOW, WINDOW + 1, 10 * WINDOW] {
            let short = shortened(&"é".repeat(length), &[]);
            assert!(short.len() <= LONGEST_TEXT && short.len() > LONGEST_TEXT - 8 && short.ends_with("é…"), "{length}");
            assert_eq!(shortened(&short, &[]), short);
        }
    }

    #[test]
    fn json_is_redacted_to_its_depth() {
        let value = serde_json::json!({"a": [{"b": "code 123456"}], "n": 123456, "m": 7});
        let clean = redacted_json(&value, &["123456"]);
        assert_eq!(clean, serde_json::json!({"a": [{"b": "code [redacted]"}], "n": "[redacted]", "m": 7}));
    }
}
