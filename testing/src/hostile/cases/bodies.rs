//! Bodies: encodings of text, depth, width and what is not JSON.

use crate::hostile::case::{Call, Case, Moment, REQUIRED, Step, bytes, http1, session};
use crate::response::{JSON, json, response};

/// The usual session with one more field.
fn with_field(name: &str, value: &str) -> Vec<u8> {
    json(format!(r#"{{"success":true,"session":{{"session_id":1,{REQUIRED},"{name}":{value}}}}}"#))
}

fn with_text(bytes: &[u8]) -> Vec<u8> {
    let start = format!(r#"{{"success":true,"session":{{"session_id":1,{REQUIRED},"agent_name":""#);
    json([start.as_bytes(), bytes, br#""}}"#].concat())
}

pub fn cases() -> Vec<Case> {
    let list = |name, expect, body: String| http1(name, Call::List, expect, Moment::RequestRead, vec![Step::Send(json(body))]);
    let row = format!(r#"{{"session_id":1,{REQUIRED}}}"#);
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    vec![
        bytes("byte order mark", &["ok"], json(["\u{feff}", &session(1)].concat())),
        bytes("UTF-16", &["invalid_response"], json(session(1).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())),
        bytes("invalid UTF-8 in a text", &["ok", "invalid_response"], with_text(b"caf\xe9")),
        bytes("overlong UTF-8 in a text", &["ok", "invalid_response"], with_text(b"\xc0\xaf")),
        bytes("lone surrogate in a text", &["ok"], with_text(br"\ud800")),
        bytes("surrogates in the wrong order", &["ok"], with_text(br"\udc00\ud800")),
        bytes("escaped zero byte in a text", &["ok"], with_text(br"a\u0000b")),
        bytes("raw zero byte in a text", &["invalid_response"], with_text(b"a\0b")),
        bytes("raw line break in a text", &["invalid_response"], with_text(b"a\nb")),
        bytes("unknown escape in a text", &["invalid_response"], with_text(br"\x41")),
        bytes("text of 900 kB", &["ok"], with_text(&vec![b'a'; 900_000])),
        bytes("no JSON", &["invalid_response"], json("<html>not here</html>")),
        bytes("JSON as text/html", &["ok"], response("200 OK", "content-type: text/html\r\n", session(1))),
        bytes("no content type", &["ok"], response("200 OK", "", session(1))),
        bytes("a list in the place of an object", &["invalid_response"], json("[]")),
        bytes("null", &["invalid_response"], json("null")),
        bytes("white space alone", &["invalid_response"], json("   \n")),
        bytes("JSON followed by more", &["invalid_response"], json(session(1) + "{}")),
        bytes("extra comma", &["invalid_response"], json(r#"{"success":true,"session":{"session_id":1,}}"#)),
        bytes("keys that appear twice", &["ok"], with_field("status", "\"active\"")),
        bytes("field of another type", &["ok"], with_field("agent_name", "[1]")),
        bytes("missing session", &["invalid_response"], json(r#"{"success":true}"#)),
        bytes("session without an id", &["invalid_response"], json(format!(r#"{{"success":true,"session":{{{REQUIRED}}}}}"#))),
        bytes("metadata nested 100 deep", &["ok"], with_field("metadata", &nested(100))),
        bytes("metadata nested 100,000 deep", &["invalid_response"], with_field("metadata", &nested(100_000))),
        bytes("unknown field nested 100,000 deep", &["invalid_response"], with_field("more", &nested(100_000))),
        bytes("arrays nested 400,000 deep", &["invalid_response"], json("[".repeat(400_000))),
        bytes("metadata of 40,000 keys", &["ok"], {
            let fields: Vec<String> = (0..40_000).map(|n| format!(r#""k{n}":{n}"#)).collect();
            with_field("metadata", &format!("{{{}}}", fields.join(",")))
        }),
        bytes("1,000,000 spaces before the JSON", &["ok", "invalid_response"], json(" ".repeat(1_000_000) + &session(1))),
        list("a list with one lone surrogate", &["ok"], {
            format!(r#"{{"success":true,"sessions":[{row},{{"session_id":2,{REQUIRED},"agent_name":"\ud800"}}]}}"#)
        }),
        list("a list with a number as its item", &["invalid_response"], format!(r#"{{"success":true,"sessions":[{row},7]}}"#)),
        list("a list of 10,000", &["ok"], {
            // With the longer name of the id, it would be over the size cap.
            let row = format!(r#"{{"id":1,{REQUIRED}}}"#);
            format!(r#"{{"success":true,"sessions":[{row}{}]}}"#, format!(",{row}").repeat(9_999))
        }),
        list("an object in the place of a list", &["invalid_response"], r#"{"success":true,"sessions":{}}"#.to_owned()),
        bytes("JSON in two content lengths' worth of spaces", &["ok"], response("200 OK", JSON, session(1) + &" ".repeat(1000))),
    ]
}
