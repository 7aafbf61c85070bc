//! Finds the operation of a request. Paths are compared without decoding, so that `..`, `%2f`
//! and the like match no path.

use crate::answers::Refusal;
use agenthuman::Kind;
use agenthuman::operations::phone;
use agenthuman::table::Operation;
use http::{Method, StatusCode};

/// No path of the relay is longer: that of the longest operation has 25 bytes beside its id.
const LONGEST_PATH: usize = 128;
/// No id in a path is longer.
pub(crate) const LONGEST_ID: usize = 64;

/// An operation, and the session that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub operation: &'static Operation,
    pub session: Option<String>,
}

/// Returns the operation with this method and path.
pub(crate) fn find(method: &Method, path: &str) -> Result<Target, Refusal> {
    if path.len() > LONGEST_PATH {
        return Err(Refusal::new(Kind::NotFound, "unknown path"));
    }
    let mut allowed = Vec::new();
    for &operation in phone::OPERATIONS {
        let Some(session) = matched(operation.path, path) else { continue };
        if method.as_str() == operation.method.as_str() {
            return Ok(Target { operation, session });
        }
        allowed.push(operation.method.as_str());
    }
    if allowed.is_empty() {
        return Err(Refusal::new(Kind::NotFound, "unknown path"));
    }
    let refusal = Refusal::new(Kind::BadRequest, "method not allowed for this path");
    Err(refusal.with_status(StatusCode::METHOD_NOT_ALLOWED).allow(&allowed.join(", ")))
}

/// The path's parameter, where it has one, if the path is of that template.
fn matched(template: &str, path: &str) -> Option<Option<String>> {
    let Some((before, rest)) = template.split_once('{') else { return (path == template).then_some(None) };
    let (_, after) = rest.split_once('}')?;
    // An id has no slash.
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    is_id(id).then(|| Some(id.to_owned()))
}

/// Whether a text can be an id: it has no characters with a meaning in a path, a query or a header.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_at_its_path_and_nowhere_else() {
        for operation in phone::OPERATIONS {
            let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap_or_default();
            let path = operation.path.replace("{id}", "101").replace("{session_id}", "101");
            let found = find(&method, &path).ok().map(|target| (target.operation.name, target.session));
            assert_eq!(found, Some((operation.name, operation.path_param.map(|_| "101".to_owned()))));
            assert!(operation.path.len() + LONGEST_ID <= LONGEST_PATH, "{}", operation.path);
            for other in [format!("{path}/"), format!("/{path}"), format!("{path}/x"), path.to_uppercase()] {
                // `/v1/sessions/x` is the path of a session, and not of the list.
                let found = find(&method, &other).ok().map(|target| target.operation.name);
                assert_ne!(found, Some(operation.name), "{other}");
            }
        }
    }
}
