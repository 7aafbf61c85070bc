//! Random values, and digests.

use rand::RngExt;
use sha2::{Digest, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub fn alphanumeric(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| ALPHANUMERIC[rng.random_range(0..ALPHANUMERIC.len())] as char).collect()
}

/// Derives 32 letters and digits from `secret` and `purpose`. They reveal neither.
pub fn derived_alphanumeric(secret: &[u8], purpose: &str) -> String {
    let digest = sha256(&[b"agenthuman-sandbox ", purpose.as_bytes(), b": ", secret].concat());
    digest.iter().map(|byte| ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()] as char).collect()
}

pub fn hex_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Returns 26 digits and letters that sort by time: 48 bits of milliseconds and 80 random bits, in Crockford's base 32.
pub fn ulid(unix_millis: i64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let value = (u128::from(unix_millis.unsigned_abs()) << 80) | (rand::random::<u128>() >> 48);
    (0..26).rev().map(|place| DIGITS[(value >> (5 * place)) as usize & 31] as char).collect()
}

pub fn otp_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

pub fn secret() -> [u8; 32] {
    rand::random()
}

pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}
