//! Finding keys in bytes, a piece at a time, so that a file of any size needs little memory.

use agenthuman::ApiKey;
use memchr::{memchr, memchr_iter, memmem, memrchr};
use std::io::{self, Read};

/// A key, at its line.
pub struct Found {
    /// Counted from 1.
    pub line: u64,
    pub key: ApiKey,
}

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// A line that is longer is not kept together for its comment.
const LONGEST_LINE: usize = 1 << 16;

/// The length of a key: a prefix of 8 and 32 letters or digits.
const KEY: usize = ApiKey::LENGTH;

/// On the line of a key: the key is meant to be there.
const ALLOWED: &[u8] = b"agenthuman-scan: allow";

/// Searches everything from the reader.
pub fn keys(mut reader: impl Read) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let mut lines = 1;
    loop {
        let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut buffer)?;
        let is_end = read < PIECE;
        // What comes after is searched together with the next piece: an unfinished line, or the beginning of a key.
        let searched = match memrchr(b'\n', &buffer) {
            _ if is_end => buffer.len(),
            Some(at) if buffer.len() - at <= LONGEST_LINE => at + 1,
            _ => buffer.len() - KEY,
        };
        search(&buffer, searched, lines, &mut found);
        if is_end {
            return Ok(found);
        }
        lines += memchr_iter(b'\n', &buffer[..searched]).count() as u64;
        buffer.drain(..searched);
    }
}

/// Adds the keys that begin before `end`.
fn search(bytes: &[u8], end: usize, first_line: u64, found: &mut Vec<Found>) {
    let (mut line, mut counted) = (first_line, 0);
    for at in memmem::find_iter(bytes, "ah_").take_while(|at| *at < end) {
        let Some(key) = key_at(bytes, at) else { continue };
        line += memchr_iter(b'\n', &bytes[counted..at]).count() as u64;
        counted = at;
        if !is_example(&key) && memmem::find(line_around(bytes, at), ALLOWED).is_none() {
            found.push(Found { line, key });
        }
    }
}

/// Returns the key that starts at this place, if there is exactly one.
fn key_at(bytes: &[u8], at: usize) -> Option<ApiKey> {
    let after = bytes.get(at + KEY);
    if after.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let text = std::str::from_utf8(bytes.get(at..at + KEY)?).ok()?;
    ApiKey::parse(text).ok()
}

/// Whether the key is marked as an example for documentation or tests.
fn is_example(key: &ApiKey) -> bool {
    key.expose().to_ascii_lowercase().contains("example")
}

fn line_around(bytes: &[u8], at: usize) -> &[u8] {
    let start = memrchr(b'\n', &bytes[..at]).map_or(0, |line_break| line_break + 1);
    let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    &bytes[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(environment: &str, letters: &str) -> String {
        format!("ah_{environment}_{letters}")
    }

    const LETTERS: &str = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6";

    fn found(text: &[u8]) -> Vec<(u64, String)> {
        keys(text).unwrap().into_iter().map(|Found { line, key }| (line, key.masked())).collect()
    }

    #[test]
    fn keys_are_found_at_their_lines() {
        let (live, test) = (key("live", LETTERS), key("test", LETTERS));
        let text = format!("a\n\nkey = \"{live}\" # {test}\r\n{live}");
        let (live, test) = ("ah_live_…o5P6".to_owned(), "ah_test_…o5P6".to_owned());
        assert_eq!(found(text.as_bytes()), [(3, live.clone()), (3, test), (4, live)]);
    }

    #[test]
    fn what_is_no_key_is_not_found() {
        for text in [
            String::new(),
            key("live", &LETTERS[1..]),
            key("live", &format!("{LETTERS}7")),
            key("prod", LETTERS),
            key("live", &"x".repeat(32)),
            key("test", "exampleExampleEXAMPLEexample0000"),
            format!("{} // agenthuman-scan: allow", key("live", LETTERS)),
        ] {
            assert_eq!(found(text.as_bytes()), [], "{text}");
        }
    }

    #[test]
    fn the_allowance_is_for_its_line() {
        let text = format!("# agenthuman-scan: allow\n{0}\n{0} agenthuman-scan: allow", key("live", LETTERS));
        assert_eq!(found(text.as_bytes()).len(), 1);
    }

    /// Wherever a piece ends: in the key, at its edges, in a long line or a short one.
    #[test]
    fn a_key_at_the_edge_of_a_piece_is_found_once() {
        let key = key("live", LETTERS);
        for line_break in ["", "\n"] {
            for offset in 0..=KEY + 2 {
                let mut text = "-".repeat(PIECE - offset - 1) + line_break;
                text += &key;
                text += " agenthuman";
                let line = 1 + line_break.len() as u64;
                assert_eq!(found(text.as_bytes()), [(line, "ah_live_…o5P6".to_owned())], "{offset}");
                if line_break == "\n" {
                    text += "-scan: allow";
                    assert_eq!(found(text.as_bytes()), [], "{offset}");
                }
            }
        }
    }

    #[test]
    fn binary_files_are_searched() {
        let mut bytes = vec![0, 255, b'\n', 200];
        bytes.extend(key("test", LETTERS).as_bytes());
        bytes.push(0xc3);
        assert_eq!(found(&bytes), [(2, "ah_test_…o5P6".to_owned())]);
    }
}
