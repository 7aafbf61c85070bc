//! Numbers that JSON has and languages do not, and numbers that JSON does not have.

use crate::hostile::case::{Case, REQUIRED, bytes};
use crate::response::json;

fn with_field(name: &str, value: &str) -> Vec<u8> {
    json(format!(r#"{{"success":true,"session":{{"session_id":1,{REQUIRED},"{name}":{value}}}}}"#))
}

pub fn cases() -> Vec<Case> {
    vec![
        bytes("1e400 in metadata", &["ok"], with_field("metadata", r#"{"n":1e400}"#)),
        bytes("1e400 as the duration", &["ok"], with_field("duration", "1e400")),
        bytes("a duration over 64 bits", &["ok"], with_field("duration", "18446744073709551616")),
        bytes("a duration with a fraction of zero", &["ok"], with_field("duration", "12.0")),
        bytes("a duration with an exponent", &["ok"], with_field("duration", "12e1")),
        bytes("minus zero", &["ok"], with_field("duration", "-0")),
        bytes("a number of 100,000 digits", &["ok"], with_field("metadata", &format!(r#"{{"n":{}}}"#, "9".repeat(100_000)))),
        bytes("an exponent of 20 digits", &["ok"], with_field("metadata", r#"{"n":1e99999999999999999999}"#)),
        bytes("2^53 + 1 in metadata", &["ok"], with_field("metadata", r#"{"n":9007199254740993}"#)),
        bytes("NaN", &["invalid_response"], with_field("duration", "NaN")),
        bytes("Infinity", &["invalid_response"], with_field("duration", "Infinity")),
        bytes("hexadecimal", &["invalid_response"], with_field("duration", "0x10")),
        bytes("leading zero", &["invalid_response"], with_field("duration", "01")),
        bytes("plus sign", &["invalid_response"], with_field("duration", "+1")),
        bytes("point without digits", &["invalid_response"], with_field("duration", "1.")),
    ]
}
