//! Detects credentials that were copied, quoted or exported incorrectly. No message contains any of the text.

use crate::redact::{JWT_START, KEY_START};

/// Returns the reason why a text is not a bare credential; the most specific reason if there are several.
pub(super) fn fault(text: &str) -> Option<String> {
    let says = |why: &str| Some(why.to_owned());
    if text.is_empty() {
        return says("is empty");
    }
    if text.contains('\0') {
        return says("is UTF-16 text or contains NUL characters; save it as UTF-8");
    }
    if text.starts_with('\u{feff}') {
        return says("starts with a byte order mark (U+FEFF), which some editors add; save it as UTF-8 without one");
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        return Some(format!(
            "contains an invisible character (U+{:04X}), as text copied from a web page or chat may; remove it",
            u32::from(c)
        ));
    }
    if text.ends_with(['\n', '\r']) {
        return says("ends with a line break; remove it");
    }
    if let Some(c) = text.chars().find(|c| matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')) {
        return Some(format!(
            "contains a non-breaking space (U+{:04X}), as text copied from a web page may; remove it",
            u32::from(c)
        ));
    }
    if text.trim() != text {
        return says("has leading or trailing white space; remove it");
    }
    if text.chars().count() > 1 && (text.starts_with(is_curly_quote) || text.ends_with(is_curly_quote)) {
        return says("has curly quotes around it; remove them");
    }
    if text.len() > 1 && (text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`'])) && !is_assignment(text) {
        return says("has quotes around it; remove them");
    }
    if text.len() > 1 && (text.starts_with('<') || text.ends_with('>')) {
        return says("has angle brackets around it; remove them");
    }
    if text.starts_with('{') {
        return says("is JSON; pass only the value");
    }
    if is_assignment(text) {
        return says("is an assignment (NAME=value); pass only the value");
    }
    if is_header(text) {
        return says("is a header (name: value); pass only the value");
    }
    if begins_with_bearer(text) {
        return says("starts with \"Bearer\"; pass only the text after it");
    }
    if text.contains(['\n', '\r']) {
        return says("has more than one line");
    }
    if is_percent_encoded(text) {
        return says("is URL-encoded; pass the decoded text");
    }
    None
}

/// Returns the text of a file with one credential: UTF-8, with or without a byte order mark and a final line break.
#[cfg(feature = "server")]
pub(super) fn of_file(bytes: &[u8]) -> Result<&str, &'static str> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err("is UTF-16 text or contains NUL characters; save the file as UTF-8");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text; check that it is the right file")?;
    // A file ends with a line break by habit; in a variable or an argument one is a mistake.
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(line.strip_suffix('\r').unwrap_or(line))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_curly_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{300c}' | '\u{300d}')
}

/// `AGENTHUMAN_API_KEY=…`, `export NAME=…`, `set NAME=…`, `$env:NAME = …`: an opaque token may contain "=" itself.
fn is_assignment(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    let name = name.trim();
    let bare = name.strip_prefix("export ").or_else(|| name.strip_prefix("set ")).or_else(|| name.strip_prefix("$env:"));
    let bare = bare.unwrap_or(name).trim();
    let is_name = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'));
    is_name && (bare != name || bare.starts_with("AGENTHUMAN") || begins_like_a_credential(value))
}

fn is_header(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, value)| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) && begins_like_a_credential(value)
    })
}

fn begins_like_a_credential(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches(['"', '\'', '`']).trim_start_matches(is_curly_quote);
    [KEY_START, JWT_START].iter().any(|start| text.starts_with(start)) || begins_with_bearer(text)
}

fn begins_with_bearer(text: &str) -> bool {
    text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "))
}

/// Only for texts that otherwise look like a credential, because an opaque token may contain "%".
fn is_percent_encoded(text: &str) -> bool {
    let codes =
        text.split('%').skip(1).filter(|rest| rest.get(..2).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())));
    codes.count() > 0 && [KEY_START, "ah%5F", "ah%5f", JWT_START].iter().any(|start| text.contains(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_credential_is_named() {
        let key = "ah_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"; // agenthuman-scan: allow
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        for credential in [key, jwt] {
            for (text, reason) in [
                (format!("\u{feff}{credential}"), "byte order mark"),
                (format!("\u{200b}{credential}"), "U+200B"),
                (format!("{credential}\u{2060}"), "U+2060"),
                (format!("{credential}\r\n"), "line break"),
                (format!("{credential}\u{a0}"), "non-breaking space"),
                (format!("\u{202f}{credential}"), "non-breaking space"),
                (format!("{credential}\u{2003}"), "white space"),
                (format!(" {credential}"), "white space"),
                (format!("\u{201c}{credential}\u{201d}"), "curly quotes"),
                (format!("\u{2018}{credential}\u{2019}"), "curly quotes"),
                (format!("'{credential}'"), "has quotes"),
                (format!("{credential}\""), "has quotes"),
                (format!("<{credential}>"), "angle brackets"),
                (format!("{{\"key\":\"{credential}\"}}"), "JSON"),
                (format!("AGENTHUMAN_API_KEY={credential}"), "assignment"),
                (format!("AGENTHUMAN_TOKEN=\"{credential}\""), "assignment"),
                (format!("export AGENTHUMAN_API_KEY={credential}"), "assignment"),
                (format!("$env:AGENTHUMAN_API_KEY = '{credential}'"), "assignment"),
                (format!("set KEY={credential}"), "assignment"),
                (format!("KEY={credential}"), "assignment"),
                (format!("x-api-key: {credential}"), "header"),
                (format!("Authorization: Bearer {credential}"), "header"),
                (format!("Bearer {credential}"), "Bearer"),
                (format!("bearer {credential}"), "Bearer"),
                (format!("{credential}\nmore"), "more than one line"),
                (format!("{credential}%0A"), "URL-encoded"),
                (credential.chars().flat_map(|c| [c, '\0']).collect(), "UTF-16"),
                (String::new(), "empty"),
            ] {
                let why = fault(&text).unwrap_or_else(|| panic!("{reason}"));
                assert!(why.contains(reason), "{reason}: {why}");
                assert!(!why.contains(&credential[8..]), "{why}");
            }
            assert_eq!(fault(credential), None);
        }
        for opaque in ["a=b", "dXNlcjpwdw==", "abc%20def", "a:b", "k=v;x=y", "\""] {
            assert_eq!(fault(opaque), None, "{opaque}");
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn a_file_may_have_a_byte_order_mark_and_a_line_break() {
        assert_eq!(of_file(b"\xef\xbb\xbfkey\r\n"), Ok("key"));
        assert_eq!(of_file(b"key\n\n"), Ok("key\n"));
        for utf16 in [&b"\xff\xfek\0e\0"[..], b"\xfe\xff\0k\0e", b"k\0e\0y\0"] {
            assert!(of_file(utf16).unwrap_err().contains("UTF-16"));
        }
        assert!(of_file(b"\xe9t\xe9").unwrap_err().contains("not UTF-8"));
    }
}
