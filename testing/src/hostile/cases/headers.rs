//! Wrong, unusual and very large headers.

use crate::hostile::case::{Case, Step, bytes, get, session};
use crate::response::{JSON, response};

fn with(headers: &str) -> Vec<u8> {
    response("200 OK", &format!("{JSON}{headers}"), session(1))
}

fn with_bytes(header: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: {}\r\n", session(1).len()).into_bytes();
    response.extend_from_slice(header);
    response.extend_from_slice(format!("\r\n\r\n{}", session(1)).as_bytes());
    response
}

pub fn cases() -> Vec<Case> {
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    vec![
        bytes("header line without a colon", &["invalid_response"], with("nonsense\r\n")),
        bytes("space before the colon", &["ok", "invalid_response"], with("x-name : 1\r\n")),
        bytes("space within the name", &["invalid_response"], with("x name: 1\r\n")),
        bytes("empty name", &["invalid_response"], with(": 1\r\n")),
        bytes("folded header", &["ok", "invalid_response"], with("x-folded: a\r\n  b\r\n")),
        bytes("zero byte in a value", &["invalid_response"], with_bytes(b"x-zero: a\0b")),
        bytes("control character in a value", &["invalid_response"], with_bytes(b"x-control: a\x01b")),
        bytes("carriage return alone in a value", &["invalid_response"], with_bytes(b"x-return: a\rb")),
        bytes("Latin-1 in a value", &["ok"], with_bytes(b"x-name: caf\xe9")),
        bytes("UTF-8 in a value", &["ok"], with_bytes("x-name: café".as_bytes())),
        bytes("control character in a name", &["invalid_response"], with_bytes(b"x-\x02: 1")),
        bytes("line breaks without carriage returns", &["ok", "invalid_response"], {
            String::from_utf8_lossy(&with("")).replace("\r\n", "\n")
        }),
        bytes("90 headers", &["ok"], with(&many(90))),
        bytes("101 headers", &["invalid_response", "ok"], with(&many(101))),
        bytes("5,000 headers", &["invalid_response"], with(&many(5_000))),
        bytes("header of 60 kB", &["ok"], with(&format!("x-long: {}\r\n", "a".repeat(60_000)))),
        bytes("header of 8 MB", &["invalid_response"], with(&format!("x-long: {}\r\n", "a".repeat(8_000_000)))),
        get(
            "endless headers",
            &["invalid_response"],
            vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Flood(b"x-more: 1\r\n".to_vec())],
        ),
        get(
            "endless header",
            &["invalid_response"],
            vec![Step::Send(b"HTTP/1.1 200 OK\r\nx-long: ".to_vec()), Step::Flood(vec![b'a'; 1024])],
        ),
        bytes("two content types", &["ok"], with("content-type: text/html\r\n")),
        bytes("cookies", &["ok"], with("set-cookie: a=b\r\nset-cookie: c=d\r\n")),
        bytes("connection: close on an open connection", &["ok"], with("connection: close\r\n")),
        bytes("request id of 20 kB", &["ok"], with(&format!("x-request-id: {}\r\n", "r".repeat(20_000)))),
    ]
}
