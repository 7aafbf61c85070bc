//! Repairs JSON from services: byte order marks, bytes that are not UTF-8, unpaired surrogates.

use bytes::Bytes;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the body without its byte order mark.
pub(crate) fn without_mark(body: Bytes) -> Bytes {
    if body.starts_with(BYTE_ORDER_MARK) { body.slice(BYTE_ORDER_MARK.len()..) } else { body }
}

/// Replaces unpaired surrogates and bytes that are not UTF-8 with U+FFFD, as browsers do.
pub(crate) fn mended(body: Bytes) -> Bytes {
    let body = match std::str::from_utf8(&body) {
        Ok(_) => body,
        Err(_) => Bytes::from(String::from_utf8_lossy(&body).into_owned()),
    };
    let unpaired = unpaired_surrogates(&body);
    if unpaired.is_empty() {
        return body;
    }
    let mut mended = body.to_vec();
    for at in unpaired {
        mended[at..at + ESCAPE].copy_from_slice(br"\ufffd");
    }
    Bytes::from(mended)
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// Returns the places of escapes of unpaired surrogates. In JSON, backslashes occur only in strings.
fn unpaired_surrogates(json: &[u8]) -> Vec<usize> {
    let mut unpaired = Vec::new();
    let mut at = 0;
    while let Some(next) = json[at..].iter().position(|byte| *byte == b'\\') {
        at += next;
        match unit(json, at) {
            Some(0xd800..0xdc00) if matches!(unit(json, at + ESCAPE), Some(0xdc00..0xe000)) => at += 2 * ESCAPE,
            Some(0xd800..0xe000) => {
                unpaired.push(at);
                at += ESCAPE;
            }
            Some(_) => at += ESCAPE,
            // Another escape, of two characters.
            None => at = (at + 2).min(json.len()),
        }
    }
    unpaired
}

/// Parses the `\uXXXX` that starts here.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + ESCAPE)?.strip_prefix(br"\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// Returns the raw members with these names. The last one of a name wins. The others are not parsed, so a
/// large object is cheap.
pub(crate) fn members<'a, const N: usize>(object: &'a RawValue, names: [&'static str; N]) -> [Option<&'a RawValue>; N] {
    let mut json = serde_json::Deserializer::from_str(object.get());
    json.deserialize_map(Members(names)).unwrap_or([None; N])
}

struct Members<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = [None; N];
        while let Some(Key(name)) = map.next_key()? {
            match self.0.iter().position(|wanted| *wanted == name) {
                Some(place) => members[place] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(json: &str) -> String {
        String::from_utf8(mended(Bytes::copy_from_slice(json.as_bytes())).to_vec()).unwrap()
    }

    #[test]
    fn only_unpaired_surrogates_are_replaced() {
        for kept in [r#""\ud83d\ude00""#, r#""\\ud800""#, r#""\"\u0041\uD83D\uDE00\\""#, "\"\\", "\"\\u", "\"\\ud8", "[1]", ""] {
            assert_eq!(mend(kept), kept);
        }
        assert_eq!(mend(r#""\ud83d\ud83d\ude00\udc00""#), r#""\ufffd\ud83d\ude00\ufffd""#);
        assert_eq!(mend(r#""\\\ud800""#), r#""\\\ufffd""#);
        assert_eq!(mend(r#"{"\uDFFF":"\ud800\u0041"}"#), r#"{"\ufffd":"\ufffd\u0041"}"#);
    }

    #[test]
    fn members_are_found_by_their_names() {
        let raw: &RawValue = serde_json::from_str(r#"{"a": [1, 2], "\u0062": "x", "a": 3, "c": null}"#).unwrap();
        let [a, b, d] = members(raw, ["a", "b", "d"]).map(|member| member.map(RawValue::get));
        assert_eq!((a, b, d), (Some("3"), Some("\"x\""), None));
        let list: &RawValue = serde_json::from_str("[1]").unwrap();
        assert!(members(list, ["a"])[0].is_none());
    }
}
