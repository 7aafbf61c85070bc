//! Wrong status lines, other protocols, and interim responses.

use crate::hostile::case::{Case, Step, bytes, closing, get, ok, session};
use crate::response::JSON;

fn line(line: &str) -> Vec<u8> {
    format!("{line}\r\n{JSON}content-length: {}\r\n\r\n{}", session(1).len(), session(1)).into_bytes()
}

fn then_ok(interim: &str) -> Vec<u8> {
    [interim.as_bytes().to_vec(), ok(1)].concat()
}

pub fn cases() -> Vec<Case> {
    vec![
        bytes("HTTP/1.0", &["ok"], line("HTTP/1.0 200 OK")),
        bytes("no reason phrase", &["ok"], line("HTTP/1.1 200")),
        bytes("empty reason phrase", &["ok"], line("HTTP/1.1 200 ")),
        bytes("HTTP/2.0 in text", &["invalid_response"], line("HTTP/2.0 200 OK")),
        bytes("HTTP/1.9", &["ok", "invalid_response"], line("HTTP/1.9 200 OK")),
        bytes("protocol in lower case", &["invalid_response"], line("http/1.1 200 OK")),
        bytes("status of two digits", &["invalid_response"], line("HTTP/1.1 20 OK")),
        bytes("status of four digits", &["invalid_response"], line("HTTP/1.1 2000 OK")),
        bytes("status is a word", &["invalid_response"], line("HTTP/1.1 abc OK")),
        bytes("status is negative", &["invalid_response"], line("HTTP/1.1 -20 OK")),
        bytes("status 999", &["api", "invalid_response"], line("HTTP/1.1 999 Odd")),
        bytes("status 099", &["invalid_response"], line("HTTP/1.1 099 Odd")),
        bytes("status 600", &["api", "invalid_response"], line("HTTP/1.1 600 Odd")),
        bytes("empty lines before the status line", &["ok", "invalid_response"], then_ok("\r\n\r\n")),
        bytes("reason phrase of 10 kB", &["ok"], line(&format!("HTTP/1.1 200 {}", "o".repeat(10_000)))),
        closing("HTTP/0.9: a body alone", &["invalid_response"], session(1)),
        closing("another web server's banner", &["invalid_response"], "ICY 200 OK\r\n\r\n"),
        closing("SSH banner", &["invalid_response"], "SSH-2.0-OpenSSH_9.2\r\n"),
        bytes("SMTP banner, connection stays open", &["invalid_response"], "220 mail.example ESMTP ready\r\n"),
        closing("TLS alert", &["invalid_response"], [21, 3, 3, 0, 2, 2, 40]),
        closing("random bytes", &["invalid_response"], (0..512u32).map(|n| (n * 197 % 251) as u8).collect::<Vec<_>>()),
        closing("empty lines alone", &["invalid_response", "connection"], "\r\n\r\n\r\n"),
        bytes("unrequested 100 Continue", &["ok"], then_ok("HTTP/1.1 100 Continue\r\n\r\n")),
        bytes("103 Early Hints", &["ok"], then_ok("HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n")),
        bytes("199 interim", &["ok"], then_ok("HTTP/1.1 199 Odd\r\n\r\n")),
        bytes("100 interim responses", &["ok"], then_ok(&"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100))),
        bytes(
            "unrequested 101 Switching Protocols",
            &["invalid_response", "api", "redirect"],
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        ),
        get(
            "endless interim responses",
            &["invalid_response", "timeout"],
            vec![Step::Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec())],
        ),
    ]
}
