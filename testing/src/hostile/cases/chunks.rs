//! Wrong and unusual chunked bodies.

use crate::hostile::case::{Case, Step, bytes, closing, get, session};
use crate::response::JSON;

fn head(coding: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: {coding}\r\n\r\n")
}

fn chunked(body: &str) -> Vec<u8> {
    format!("{}{body}", head("chunked")).into_bytes()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

pub fn cases() -> Vec<Case> {
    let whole = chunk(&session(1));
    let text = session(1);
    let (left, right) = text.split_at(20);
    let singles: String = session(1).chars().map(|c| chunk(&c.to_string())).collect();
    vec![
        bytes("one chunk", &["ok"], chunked(&format!("{whole}0\r\n\r\n"))),
        bytes("a chunk for each byte", &["ok"], chunked(&format!("{singles}0\r\n\r\n"))),
        bytes("extension of a chunk", &["ok"], chunked(&format!("{};a=b\r\n{left}\r\n{}0\r\n\r\n", "14", chunk(right)))),
        bytes("trailers", &["ok"], chunked(&format!("{whole}0\r\nx-trailer: 1\r\n\r\n"))),
        bytes("chunk size with leading zeros", &["ok"], chunked(&format!("0000{whole}000\r\n\r\n"))),
        bytes("coding in upper case", &["ok"], format!("{}{whole}0\r\n\r\n", head("Chunked"))),
        bytes("chunk size is not a number", &["invalid_response"], chunked("zz\r\n{}\r\n0\r\n\r\n")),
        bytes("chunk size is negative", &["invalid_response"], chunked("-4\r\n{}\r\n0\r\n\r\n")),
        bytes("chunk size over 64 bits", &["invalid_response"], chunked("fffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        bytes("chunk size is the largest of 64 bits", &["timeout", "invalid_response"], chunked("ffffffffffffffff\r\n{}")),
        bytes("chunk size is missing", &["invalid_response"], chunked("\r\n{}\r\n0\r\n\r\n")),
        bytes("no line break after a chunk", &["invalid_response"], chunked("2\r\n{}0\r\n\r\n")),
        bytes("chunk longer than its size", &["invalid_response"], chunked("2\r\n{}{}{}\r\n0\r\n\r\n")),
        closing("connection closed within a chunk", &["invalid_response"], chunked("fff\r\n{\"success\":")),
        closing("connection closed before the last chunk", &["invalid_response"], chunked(&whole)),
        bytes("last chunk never comes", &["timeout"], chunked(&whole)),
        get(
            "connection reset within a chunk",
            &["invalid_response", "connection"],
            vec![Step::Send(chunked("fff\r\n{")), Step::Reset],
        ),
        get("endless chunks", &["invalid_response"], vec![Step::Send(chunked("")), Step::Flood(chunk(&" ".repeat(4096)).into())]),
        get("endless extension", &["invalid_response"], vec![Step::Send(chunked("2;")), Step::Flood(vec![b'x'; 1024])]),
        get(
            "endless trailers",
            &["invalid_response", "timeout"],
            vec![Step::Send(chunked(&format!("{whole}0\r\n"))), Step::Flood(b"x-trailer: 1\r\n".to_vec())],
        ),
        bytes("chunked twice", &["ok", "invalid_response"], format!("{}{whole}0\r\n\r\n", head("chunked, chunked"))),
        closing("unknown coding", &["ok", "invalid_response"], format!("{}{}", head("rot13"), session(1))),
    ]
}
