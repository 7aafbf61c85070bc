//! Checks and parses requests: headers, query and body.

use crate::answers::{REQUEST_ID, Refusal};
use crate::routes::{LONGEST_ID, is_id};
use agenthuman::host::{has_key_prefix, has_secret_prefix};
use agenthuman::table::{Operation, Param, Place, Rule};
use agenthuman::{Kind, Object};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// The header of an API key. A phone must not have one, so a request with one is rejected.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const GRANT: HeaderName = HeaderName::from_static("x-agenthuman-grant");
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The header of a message that may have been sent before.
pub(crate) const REPEAT_AFTER: HeaderName = HeaderName::from_static("x-agenthuman-repeat-after");

/// A request with more headers is rejected. Browsers and proxies together send some dozens.
pub(crate) const MOST_HEADERS: usize = 256;

pub(crate) fn too_many_headers() -> Refusal {
    bad_request(format!("a request must have at most {MOST_HEADERS} headers"))
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(Kind::BadRequest, message)
}

/// Rejects headers that could mean one thing here and another elsewhere, too many headers, and API keys.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.len() > MOST_HEADERS {
        return Err(too_many_headers());
    }
    if headers.contains_key(API_KEY) {
        return Err(bad_request("the header x-api-key is not allowed: only the backend may have an API key"));
    }
    for name in [AUTHORIZATION, GRANT] {
        // A comma is how a server in front writes that a header came twice.
        // The value of a header has no control characters.
        let is_one = |value: &HeaderValue| !value.as_bytes().contains(&b',') && value.as_bytes().is_ascii();
        let mut values = headers.get_all(&name).iter();
        if !values.next().is_none_or(is_one) || values.next().is_some() {
            return Err(bad_request(format!(
                "the header {name} must be sent once, in visible ASCII characters and without commas"
            )));
        }
    }
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if has_key_prefix(authorization) {
        return Err(bad_request(
            "Authorization must be the app's own token, not an API key: only the backend may have an API key",
        ));
    }
    Ok(())
}

/// Returns how long the phone prefers to wait for another response than the one that it knows (RFC 7240).
pub(crate) fn wait(headers: &HeaderMap) -> Duration {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let seconds = preferences.filter_map(|preference| preference.trim().strip_prefix("wait=")?.parse().ok()).next();
    Duration::from_secs(seconds.unwrap_or_default())
}

/// Returns the id of the last message that the phone knew before it first sent this one, if this is a repeat.
pub(crate) fn repeat_after(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(REPEAT_AFTER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match value.to_str().ok().filter(|id| id.len() <= LONGEST_ID && values.next().is_none()) {
        Some(id) => Ok(Some(id.to_owned())),
        None => Err(bad_request(format!(
            "the header {REPEAT_AFTER} must be sent once, with at most {LONGEST_ID} visible ASCII characters"
        ))),
    }
}

/// Returns the grant of a request whose headers were checked.
pub(crate) fn grant(headers: &HeaderMap) -> Result<&str, Refusal> {
    headers
        .get(GRANT)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .ok_or_else(|| Refusal::new(Kind::GrantInvalid, format!("the header {GRANT} with the grant of the session is missing")))
}

/// Returns the request's own id if it is safe to log, otherwise a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_sane = |value: &&HeaderValue| value.to_str().is_ok_and(|id| is_id(id) && !has_secret_prefix(id));
    headers
        .get(REQUEST_ID)
        .filter(is_sane)
        .cloned()
        .or_else(|| HeaderValue::from_str(&format!("{:032x}", rand::random::<u128>())).ok())
        .unwrap_or(HeaderValue::from_static("none"))
}

/// Parses the parameters in the query.
pub(crate) fn query(operation: &Operation, query: &str) -> Result<Object, Refusal> {
    let mut values = Object::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let param = param(operation, Place::Query, &name).ok_or_else(|| bad_request(unknown("query parameter", &name)))?;
        let value = match param.rule {
            Rule::Integer { .. } => text.parse::<i64>().map(Value::from).map_err(|_| malformed(param))?,
            _ => Value::from(text.into_owned()),
        };
        if values.insert(param.name.to_owned(), value).is_some() {
            return Err(bad_request(format!("query parameter {} must be sent once", param.name)));
        }
    }
    Ok(values)
}

/// Rejects a body whose `Content-Type` is not JSON.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let received = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = received.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(bad_request("Content-Type must be application/json").with_status(status));
    }
    Ok(())
}

/// Parses the parameters in the body. The API's client checks the other rules.
pub(crate) fn body(operation: &Operation, body: &[u8]) -> Result<Object, Refusal> {
    let received: Object = serde_json::from_slice(body).map_err(|_| bad_request("the body must be a JSON object"))?;
    let mut values = Object::new();
    for (name, value) in received {
        let param = param(operation, Place::Body, &name).ok_or_else(|| bad_request(unknown("field", &name)))?;
        if value.is_null() {
            continue;
        }
        let fits = match param.rule {
            Rule::Id(_) => value.as_str().is_some_and(is_id),
            Rule::Choice(choices) => value.as_str().is_some_and(|text| choices.values.contains(&text)),
            Rule::Object => value.is_object(),
            _ => true,
        };
        if !fits {
            return Err(malformed(param));
        }
        values.insert(name, value);
    }
    Ok(values)
}

fn param(operation: &Operation, place: Place, name: &str) -> Option<&'static Param> {
    operation.params.iter().find(|param| param.place == place && param.name == name)
}

/// The message for an unknown name, shortened because it may be long.
fn unknown(what: &str, name: &str) -> String {
    let short: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    format!("unknown {what} {short:?}")
}

fn malformed(param: &Param) -> Refusal {
    let rule = match param.rule {
        Rule::Id(_) => format!("must be 1 to {LONGEST_ID} letters, digits, \"_\" or \"-\""),
        Rule::Choice(choices) => format!("must be one of {}", choices.values.join(", ")),
        Rule::Integer { min, max } => format!("must be a whole number from {min} to {max}"),
        Rule::Object => "must be an object".to_owned(),
        // The API's client has these rules.
        Rule::Text { .. }
        | Rule::Url(_)
        | Rule::Secret { .. }
        | Rule::Instant
        | Rule::Group(_)
        | Rule::Picture
        | Rule::Avatar
        | Rule::Email
        | Rule::Code { .. }
        | Rule::Filter(_)
        | Rule::Seconds { .. }
        | Rule::Flag
        | Rule::File(_)
        | Rule::Store => "is invalid".to_owned(),
    };
    bad_request(format!("{} {rule}", param.name))
}
