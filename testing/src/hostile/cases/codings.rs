//! Content codings: right, wrong and unrequested.

use crate::hostile::case::{Case, bytes, session};
use crate::response::{JSON, response};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write;

fn coded(coding: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK", &format!("{JSON}content-encoding: {coding}\r\n"), body)
}

/// Writing to memory does not fail.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

pub fn cases() -> Vec<Case> {
    let text = session(1);
    let whole = gzip(text.as_bytes());
    let (left, right) = text.split_at(30);
    let members = [gzip(left.as_bytes()), gzip(right.as_bytes())].concat();
    let mut damaged = whole.clone();
    damaged[14] ^= 0x55;
    let bomb = gzip(&vec![b' '; 200_000_000]);
    vec![
        bytes("gzip", &["ok"], coded("gzip", &whole)),
        bytes("GZIP in upper case", &["ok"], coded("GZIP", &whole)),
        bytes("x-gzip", &["ok"], coded("x-gzip", &whole)),
        bytes("gzip of two members", &["ok"], coded("gzip", &members)),
        bytes("identity", &["ok"], coded("identity", &text)),
        bytes("gzip, damaged", &["invalid_response"], coded("gzip", &damaged)),
        bytes("gzip, cut short", &["invalid_response"], coded("gzip", &whole[..whole.len() / 2])),
        bytes("gzip, wrong checksum", &["invalid_response"], {
            let mut wrong = whole.clone();
            let at = wrong.len() - 6;
            wrong[at] ^= 1;
            coded("gzip", wrong)
        }),
        bytes("gzip, empty", &["invalid_response"], coded("gzip", [])),
        bytes("gzip of nothing", &["invalid_response"], coded("gzip", gzip(b""))),
        bytes("gzip announced, plain body", &["ok", "invalid_response"], coded("gzip", &text)),
        bytes("gzip not announced", &["invalid_response"], coded("identity", &whole)),
        bytes("200 MB in a small gzip", &["invalid_response"], coded("gzip", bomb)),
        bytes("gzip twice", &["ok", "invalid_response"], coded("gzip, gzip", gzip(&whole))),
        bytes("unrequested Brotli", &["ok", "invalid_response"], coded("br", [0x8b, 0x00, 0x80, 0x7b, 0x7d, 0x03])),
        bytes(
            "unrequested zstd",
            &["ok", "invalid_response"],
            coded("zstd", [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0x19, 0, 0, 0x7b, 0x7d]),
        ),
        bytes("unrequested deflate with zlib's header", &["ok", "invalid_response"], coded("deflate", zlib(text.as_bytes()))),
        bytes(
            "unrequested deflate without zlib's header",
            &["ok", "invalid_response"],
            coded("deflate", deflate(text.as_bytes())),
        ),
        bytes("unknown coding", &["invalid_response"], coded("rot13", [0xff, 0xfe, 0x00])),
    ]
}
