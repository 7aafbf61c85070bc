//! Converts raw JSON values to the canonical form of their field's kind.

use super::Value;
use crate::instant;
use crate::table::FieldKind;
use std::borrow::Cow;

/// Returns the value, or `None` if it has the wrong type. The text must be valid JSON.
// Where the kind is a constant, little is left of it.
#[inline(always)]
pub(crate) fn value(kind: FieldKind, raw: &str) -> Option<Value<'_>> {
    if raw == "null" {
        return Some(Value::Null);
    }
    match kind {
        FieldKind::Id if raw.starts_with('"') => unquoted(raw).map(Value::Text),
        FieldKind::Id => (raw.parse::<i64>().is_ok() || raw.parse::<u64>().is_ok()).then_some(Value::Text(Cow::Borrowed(raw))),
        FieldKind::Text | FieldKind::Choice(_) | FieldKind::Secret => unquoted(raw).map(Value::Text),
        FieldKind::Instant => unquoted(raw).and_then(instant::canonical).map(Value::Text),
        FieldKind::Integer => integer(raw).map(Value::Integer),
        FieldKind::Number => {
            let number: f64 = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| raw.parse().ok())??;
            // Languages differ in how they parse `1e400`, so it counts as a value of the wrong type.
            number.is_finite().then_some(Value::Number(number))
        }
        FieldKind::Flag => match raw {
            "true" | "1" => Some(Value::Flag(true)),
            "false" | "0" => Some(Value::Flag(false)),
            _ => None,
        },
        FieldKind::Object => raw.starts_with('{').then_some(Value::Object(raw)),
        FieldKind::Texts => serde_json::from_str::<Vec<Cow<'_, str>>>(raw).is_ok().then_some(Value::Texts(raw)),
        FieldKind::Model(model) => raw.starts_with('{').then_some(Value::Model(model, raw)),
        FieldKind::Models(model) => raw.starts_with('[').then_some(Value::Models(model, raw)),
    }
}

/// Whether a raw value, which must be valid JSON, has the right type and is not null: [`value`] without the value.
pub(super) fn is_value(kind: FieldKind, raw: &str) -> bool {
    let is_plain_text = || raw.starts_with('"') && !raw.contains('\\');
    let is_known = match kind {
        FieldKind::Id | FieldKind::Text | FieldKind::Choice(_) | FieldKind::Secret => is_plain_text(),
        FieldKind::Instant => {
            raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).is_some_and(|text| instant::is_canonical(text.as_bytes()))
        }
        FieldKind::Integer
        | FieldKind::Number
        | FieldKind::Flag
        | FieldKind::Object
        | FieldKind::Texts
        | FieldKind::Model(_)
        | FieldKind::Models(_) => false,
    };
    is_known || !matches!(value(kind, raw), None | Some(Value::Null))
}

/// Parses a whole number, such as `12` or `12.0`.
fn integer(raw: &str) -> Option<i64> {
    raw.parse().ok().or_else(|| {
        if raw.starts_with('"') {
            return None;
        }
        // Beyond 2^53 a float no longer says which whole number it is.
        let float = raw.parse::<f64>().ok().filter(|float| float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        Some(float as i64)
    })
}

/// Decodes a JSON string.
pub(super) fn unquoted(raw: &str) -> Option<Cow<'_, str>> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inside.as_bytes()).is_some() {
        return serde_json::from_str(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

pub(super) fn comma(json: &mut String) {
    if !json.is_empty() && !json.ends_with(['{', '[', ',']) {
        json.push(',');
    }
}

pub(super) fn push_name(json: &mut String, name: &str) {
    push_quoted(json, name);
    json.push(':');
}

/// Appends a text that needs no escapes.
pub(super) fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    json.push_str(text);
    json.push('"');
}
