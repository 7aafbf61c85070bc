//! Names that a host's user wrote and that do not exist, with the name that was probably meant.

use crate::error::{Error, Kind};

/// The error of an option that does not exist, if those of `known` do.
pub fn unknown_option(name: &str, known: &[&str]) -> Error {
    unknown(Kind::Configuration, "option", name, known)
}

/// The same of a parameter.
pub fn unknown_parameter(name: &str, known: &[&str]) -> Error {
    unknown(Kind::InvalidArgument, "parameter", name, known)
}

fn unknown(kind: Kind, what: &str, name: &str, known: &[&str]) -> Error {
    Error::new(kind, format!("unknown {what} {name:?}")).suggestion(meant(what, name, known)).parameter(name)
}

/// [`unknown_option`], if that is what serde reports.
pub fn unknown_field(name: &str, error: &serde_json::Error) -> Option<Error> {
    let error = error.to_string();
    // unknown field `a`, expected one of `b`, `c`
    let known: Vec<&str> = error.strip_prefix("unknown field `")?.split('`').skip(2).step_by(2).collect();
    Some(unknown_option(name, &known))
}

/// The known name that was probably meant, or else all of them.
fn meant(what: &str, name: &str, known: &[&str]) -> String {
    let bare = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect() };
    let written = bare(name);
    let nearest = known.iter().map(|known| (strsim::osa_distance(&written, &bare(known)), known)).min();
    match nearest {
        Some((distance, known)) if distance <= written.len() / 3 => format!("Did you mean {known}?"),
        Some(_) => format!("The {what}s are {}.", known.join(", ")),
        None => format!("There are no {what}s."),
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
            assert_eq!(super::meant("option", written, &known), "The options are agent_id, session_type, timeout.", "{written}");
        }
        assert_eq!(super::meant("parameter", "x", &[]), "There are no parameters.");
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
