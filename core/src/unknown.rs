//! Errors for unknown names and wrong types, with the name that was probably meant.

use crate::error::{Error, Kind};

/// Creates the error of an unknown option.
pub fn unknown_option(name: &str, known: &[&str]) -> Error {
    unknown(Kind::Configuration, "option", name, known)
}

/// Creates the error of an unknown parameter.
pub fn unknown_parameter(name: &str, known: &[&str]) -> Error {
    unknown(Kind::InvalidArgument, "parameter", name, known)
}

fn unknown(kind: Kind, what: &str, name: &str, known: &[&str]) -> Error {
    Error::new(kind, format!("unknown {what} {name:?}")).suggestion(meant(what, name, known)).parameter(name)
}

/// Creates the error of an unknown option, if serde reports one.
pub fn unknown_field(name: &str, error: &serde_json::Error) -> Option<Error> {
    let error = error.to_string();
    // unknown field `a`, expected one of `b`, `c`
    let known: Vec<&str> = error.strip_prefix("unknown field `")?.split('`').skip(2).step_by(2).collect();
    Some(unknown_option(name, &known))
}

/// Returns the message for a value that serde rejects: the type that the option must have. The value, which may be a secret,
/// is not in it.
pub fn wrong_type(name: &str, error: &serde_json::Error) -> String {
    let error = error.to_string();
    // invalid type: string "abc", expected f64 at line 1 column 2
    let expected = error.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let is = |word: &str| expected.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let kind = match () {
        () if is("f64") => "a number",
        () if is("u32") => "a whole number from 0 to 4294967295",
        () if is("u64") || is("usize") => "a whole number, 0 or more",
        () if is("a boolean") => "true or false",
        () if is("a string") || is("path string") => "text",
        () if is("a sequence") => "a list",
        () if is("a map") || is("struct") => "an object",
        () => return format!("{name} has an invalid type or is out of range"),
    };
    format!("{name} must be {kind}")
}

/// Returns the suggestion: the name that was probably meant, or all known names.
fn meant(what: &str, name: &str, known: &[&str]) -> String {
    let bare = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect() };
    let written = bare(name);
    let nearest = known.iter().map(|known| (strsim::osa_distance(&written, &bare(known)), known)).min();
    match nearest {
        Some((distance, known)) if distance <= written.len() / 3 => format!("Did you mean {known}?"),
        Some(_) => format!("Supported {what}s: {}.", known.join(", ")),
        None => format!("No {what}s are supported."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let known = ["agent_id", "session_type", "timeout"];
        for (written, meant) in [
            ("agentId", "agent_id"),
            ("agent-id", "agent_id"),
            ("AGENTID", "agent_id"),
            ("agnet_id", "agent_id"),
            ("sessiontype", "session_type"),
            ("timeOut", "timeout"),
            ("timeot", "timeout"),
        ] {
            assert_eq!(super::meant("option", written, &known), format!("Did you mean {meant}?"), "{written}");
        }
        for written in ["x", "", "_", "id", "colour"] {
            assert_eq!(
                super::meant("option", written, &known),
                "Supported options: agent_id, session_type, timeout.",
                "{written}"
            );
        }
        assert_eq!(super::meant("parameter", "x", &[]), "No parameters are supported.");
    }

    #[test]
    fn the_names_that_serde_knows_are_read() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its names are read")]
        struct Two {
            max_response_bytes: Option<u8>,
            timeout: Option<u8>,
        }
        let error = serde_json::from_str::<Two>(r#"{"maxResponseBytes":1}"#).unwrap_err();
        let info = unknown_field("maxResponseBytes", &error).unwrap().into_info();
        assert_eq!(info.message, r#"unknown option "maxResponseBytes""#);
        assert_eq!(info.suggestion.as_deref(), Some("Did you mean max_response_bytes?"));
        let other = serde_json::from_str::<Two>(r#"{"max_response_bytes":"unknown field"}"#).unwrap_err();
        assert!(unknown_field("max_response_bytes", &other).is_none());
    }
}
