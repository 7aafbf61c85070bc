//! Wrong `Content-Length` headers.

use crate::hostile::case::{Case, Step, bytes, closing, get, session};
use crate::response::JSON;

/// A response with that `Content-Length` and the usual body.
fn with_length(length: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{JSON}content-length: {length}\r\n\r\n{}", session(1)).into_bytes()
}

pub fn cases() -> Vec<Case> {
    let length = session(1).len();
    vec![
        closing("no length, body ends with the connection", &["ok"], format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{}", session(1))),
        closing("length longer than the body", &["invalid_response"], with_length("500")),
        bytes("length longer than the body, connection stays open", &["timeout"], with_length("500")),
        bytes("length shorter than the body", &["invalid_response"], with_length("20")),
        bytes("length is negative", &["invalid_response"], with_length("-5")),
        bytes("length has a plus sign", &["invalid_response"], with_length(&format!("+{length}"))),
        bytes("length is hexadecimal", &["invalid_response"], with_length("0x47")),
        bytes("length is a fraction", &["invalid_response"], with_length(&format!("{length}.0"))),
        bytes("length is a word", &["invalid_response"], with_length("many")),
        bytes("length is empty", &["invalid_response"], with_length("")),
        bytes("length over 64 bits", &["invalid_response"], with_length("18446744073709551617")),
        bytes("length is the largest of 64 bits", &["invalid_response"], with_length("18446744073709551615")),
        bytes("length over the size cap", &["invalid_response"], with_length("1000000000")),
        bytes("two different lengths", &["invalid_response"], with_length(&format!("{length}\r\ncontent-length: 20"))),
        bytes("two equal lengths", &["ok"], with_length(&format!("{length}\r\ncontent-length: {length}"))),
        bytes("list of different lengths", &["invalid_response"], with_length(&format!("{length}, 20"))),
        bytes("length zero", &["invalid_response"], with_length("0")),
        bytes("length with leading zeros", &["ok"], with_length(&format!("000{length}"))),
        bytes("length with spaces around it", &["ok"], with_length(&format!("   {length}  "))),
        bytes(
            "length and chunked",
            &["ok", "invalid_response"],
            format!(
                "HTTP/1.1 200 OK\r\n{JSON}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{}\r\n0\r\n\r\n",
                session(1)
            ),
        ),
        bytes(
            "204 with a body",
            &["invalid_response"],
            format!("HTTP/1.1 204 No Content\r\n{JSON}content-length: {length}\r\n\r\n{}", session(1)),
        ),
        get(
            "endless body without a length",
            &["invalid_response"],
            vec![Step::Send(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n").into_bytes()), Step::Flood(vec![b' '; 1024])],
        ),
    ]
}
