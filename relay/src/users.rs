//! The ids of users, as `authorize` returns them.

/// An id has at most this many bytes: it is a claim of each grant, and grants are headers.
const LONGEST: usize = 256;

/// Checks an id. Two users must never share one, so an id that was damaged on its way here is rejected.
///
/// # Errors
/// If the id is too long, has a control character, or has U+FFFD, which stands where text could not be decoded (such as an
/// unpaired surrogate of JavaScript's).
pub(crate) fn check(id: &str) -> Result<(), &'static str> {
    if id.len() > LONGEST {
        Err("authorize returned an invalid user id: it must have at most 256 bytes")
    } else if id.chars().any(char::is_control) {
        Err("authorize returned an invalid user id: it must not contain control characters")
    } else if id.contains(char::REPLACEMENT_CHARACTER) {
        Err("authorize returned an invalid user id: it is not valid Unicode (it contains an unpaired surrogate or U+FFFD)")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_accepted_and_rejected() {
        for id in ["alice", "user|42@example.com", "Zoë", "日本語", "👩‍🚀", " ", &"x".repeat(256)] {
            assert_eq!(check(id), Ok(()), "{id}");
        }
        for (id, why) in [
            ("\u{fffd}", "Unicode"),
            ("ab\u{fffd}", "Unicode"),
            ("a\0", "control"),
            ("a\nb", "control"),
            ("a\u{85}", "control"),
            ("\u{7f}", "control"),
            (&"x".repeat(257), "256"),
            (&"é".repeat(129), "256"),
        ] {
            assert!(check(id).is_err_and(|error| error.contains(why)), "{id:?}");
        }
    }
}
