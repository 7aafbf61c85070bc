//! Handles the inconsistencies of the API: wrapped and bare objects, integers and strings, the forms of `error`.

use crate::Object;
use crate::error::Kind;
use crate::items::{self, Items};
use crate::json::members;
use crate::table::{Answer, Field, FieldKind, Model, Operation, Surface};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// The documented key under which any response may be wrapped.
const DATA: &str = "data";

/// The body of a success.
pub enum Body {
    /// The operation returns nothing.
    Nothing,
    /// One model, or a list of them, read field by field.
    Items(Items),
    /// The JSON as it was received (`client.request`).
    Raw(Value),
}

impl Body {
    /// Returns canonical JSON: the model, an array of them for a list, `null` for nothing.
    pub fn to_json(&self) -> String {
        match self {
            Body::Nothing => "null".to_owned(),
            Body::Items(items) => items.to_json(),
            Body::Raw(value) => value.to_string(),
        }
    }
}

/// The values may be secrets, so they are not printed.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Nothing => f.write_str("Nothing"),
            Body::Items(items) => items.fmt(f),
            Body::Raw(_) => f.write_str("Raw"),
        }
    }
}

/// The body of an error.
#[derive(Default)]
pub(crate) struct ErrorBody {
    pub message: Option<String>,
    pub suggestion: Option<String>,
    pub code: Option<String>,
    pub details: Option<Details>,
    /// Whether a write may have taken effect, which only the relay reports.
    pub outcome_unknown: bool,
}

/// The `details` of an error body.
pub(crate) enum Details {
    Small(Value),
    /// Too large for an error: the length of the JSON in bytes.
    Large(usize),
}

/// The maximum size of `details` in an error, in bytes of JSON.
const LARGEST_DETAILS: usize = 16 * 1024;

impl ErrorBody {
    /// Parses `{"error": "text"}` and `{"error": {"message", …}}`, with or without `success`.
    ///
    /// # Errors
    /// If the body is not JSON.
    pub fn parse(body: &[u8]) -> Result<ErrorBody, serde_json::Error> {
        let body: &RawValue = serde_json::from_slice(body)?;
        let [error, message] = members(body, ["error", "message"]);
        let text = |value: Option<&RawValue>| {
            let text: String = serde_json::from_str(value?.get()).ok()?;
            Some(text).filter(|text| !text.is_empty())
        };
        let Some(error) = error.filter(|error| error.get().starts_with('{')) else {
            return Ok(ErrorBody { message: text(error).or_else(|| text(message)), ..ErrorBody::default() });
        };
        let [message, suggestion, code, details, outcome] =
            members(error, ["message", "suggestion", "code", "details", "outcome_unknown"]);
        Ok(ErrorBody {
            message: text(message),
            suggestion: text(suggestion),
            code: text(code),
            details: details.and_then(Details::parse),
            outcome_unknown: outcome.is_some_and(|outcome| outcome.get() == "true"),
        })
    }
}

impl Details {
    fn parse(details: &RawValue) -> Option<Details> {
        let large = Details::Large(details.get().len());
        if details.get().len() > LARGEST_DETAILS {
            return Some(large);
        }
        match serde_json::from_str(details.get()) {
            Ok(Value::Null) => None,
            Ok(value) => Some(Details::Small(value)),
            // It is nested too deeply.
            Err(_) => Some(large),
        }
    }
}

/// Returns the kind of an error response.
pub(crate) fn kind_of(surface: Surface, status: u16, body: &ErrorBody) -> Kind {
    if surface.is_relayed()
        && let Some(kind) = body.code.as_deref().and_then(relayed)
    {
        return kind;
    }
    match body.code.as_deref() {
        Some("INSUFFICIENT_MINUTES") => return Kind::PaymentRequired,
        Some("CONCURRENCY_LIMIT") => return Kind::ConcurrencyLimit,
        _ => {}
    }
    match status {
        200..300 => Kind::Rejected,
        300..400 => Kind::Redirect,
        401 => unauthorized(body.message.as_deref().unwrap_or_default()),
        402 => Kind::PaymentRequired,
        403 => Kind::PermissionDenied,
        404 => Kind::NotFound,
        408 => Kind::Timeout,
        409 => Kind::Conflict,
        429 => Kind::RateLimited,
        400..500 => Kind::BadRequest,
        503 => Kind::ServiceUnavailable,
        500..600 => Kind::Server,
        _ => Kind::Api,
    }
}

/// Returns the kind with the relay's code, if a response can have it.
fn relayed(code: &str) -> Option<Kind> {
    let answers = [Kind::Api, Kind::Connection, Kind::Timeout, Kind::InvalidResponse];
    Kind::of_code(code).filter(|kind| answers.iter().any(|parent| kind.is(*parent)))
}

/// Whether the relay wrote the body, and not a proxy in between.
pub(crate) fn is_relayed(body: &ErrorBody) -> bool {
    body.code.as_deref().is_some_and(|code| relayed(code).is_some())
}

/// Distinguishes the 401s by their documented texts, because the API has no codes for them.
fn unauthorized(message: &str) -> Kind {
    let message = message.to_ascii_lowercase();
    let says = |text: &str| message.contains(text);
    if says("api key required") {
        Kind::ApiKeyRequired
    } else if says("api key has been revoked") || says("api key has been deactivated") {
        Kind::ApiKeyRevoked
    } else if says("invalid api key") {
        Kind::InvalidApiKey
    } else if says("token has expired") {
        Kind::TokenExpired
    } else if says("invalid token") {
        Kind::InvalidToken
    } else {
        Kind::Authentication
    }
}

/// Whether the body of a success status reports a failure.
pub(crate) fn is_rejection(body: &Value) -> bool {
    body.get("success") == Some(&Value::Bool(false))
}

/// Converts a success to canonical form, and returns it with the cursor of the next page.
///
/// # Errors
/// If something is missing in the response.
pub(crate) fn read(operation: &Operation, body: Value) -> Result<(Body, Option<String>), String> {
    let (value, model, is_list, next) = match &operation.answer {
        Answer::Raw => return Ok((Body::Raw(body), None)),
        Answer::Nothing => return Ok((Body::Nothing, None)),
        Answer::One { model, under } => {
            (Value::Object(object(model, unwrap(model, under, operation.beside, body)?)?), *model, false, None)
        }
        Answer::List { model, under } => {
            let (items, next) = list(under, body)?;
            let items =
                items.into_iter().enumerate().map(|(place, item)| canonical(model, item, place)).collect::<Result<_, _>>()?;
            (Value::Array(items), *model, true, next)
        }
    };
    let items = Items::of_canonical(value.to_string(), model, is_list);
    items.map(|items| (Body::Items(items), next)).map_err(|_| "it is nested too deeply".to_owned())
}

fn canonical(model: &Model, item: Value, place: usize) -> Result<Value, String> {
    let why = match item {
        Value::Object(fields) => match object(model, fields) {
            Ok(fields) => return Ok(Value::Object(fields)),
            Err(why) => why,
        },
        _ => format!("{} is not an object", model.name),
    };
    Err(format!("{why} in item {} of the list", place + 1))
}

/// Returns the object in `{success, agent: {…}}` or `{success, data: {…}}`, or the bare object. The values at the keys `beside`
/// become fields of it.
fn unwrap(model: &Model, under: &[&str], beside: &[&str], body: Value) -> Result<Object, String> {
    let Value::Object(mut body) = body else {
        return Err(format!("expected {} in the response, found none", model.name));
    };
    for key in under.iter().chain([&DATA]) {
        if body.get(*key).is_some_and(Value::is_object)
            && let Some(Value::Object(mut inner)) = body.remove(*key)
        {
            for key in beside {
                if !inner.contains_key(*key)
                    && let Some(value) = body.remove(*key)
                {
                    inner.insert((*key).to_owned(), value);
                }
            }
            return Ok(inner);
        }
    }
    for envelope in ["success", "message"] {
        if !model.fields.iter().any(|field| field.name == envelope) {
            body.shift_remove(envelope);
        }
    }
    Ok(body)
}

fn list(under: &[&str], body: Value) -> Result<(Vec<Value>, Option<String>), String> {
    match body {
        Value::Array(items) => Ok((items, None)),
        Value::Object(mut body) => {
            let next = match body.remove("next") {
                Some(Value::String(next)) if !next.is_empty() => Some(next),
                Some(Value::Number(next)) => Some(next.to_string()),
                _ => None,
            };
            under
                .iter()
                .chain([&DATA])
                .find_map(|key| match body.remove(*key) {
                    Some(Value::Array(items)) => Some((items, next.clone())),
                    _ => None,
                })
                .ok_or_else(|| "expected a list in the response, found none".to_owned())
        }
        _ => Err("expected a list in the response, found none".to_owned()),
    }
}

/// Converts known fields to their canonical form; the rest goes to `extra`.
fn object(model: &Model, mut fields: Object) -> Result<Object, String> {
    let mut known = Object::new();
    let mut extra = Object::new();
    for field in model.fields {
        for name in field.wire {
            let Some(value) = fields.shift_remove(*name) else { continue };
            if known.contains_key(field.name) {
                continue;
            }
            match converted(field, value)? {
                Ok(value) => drop(known.insert(field.name.to_owned(), value)),
                Err(value) => drop(extra.insert((*name).to_owned(), value)),
            }
        }
        if field.required && field.kind.is_list() && known.get(field.name).is_none_or(Value::is_null) {
            known.insert(field.name.to_owned(), Value::Array(Vec::new()));
        }
        if field.required && known.get(field.name).is_none_or(Value::is_null) {
            let received = known.get(field.name).or_else(|| field.wire.iter().find_map(|name| extra.get(*name)));
            return Err(items::misfit(model, field, received));
        }
    }
    extra.append(&mut fields);
    if !extra.is_empty() {
        known.insert("extra".to_owned(), Value::Object(extra));
    }
    Ok(known)
}

/// Converts a value to its canonical form. A value of the wrong type stays as it was received.
fn converted(field: &Field, value: Value) -> Result<Result<Value, Value>, String> {
    if let (FieldKind::Model(model), Value::Object(fields)) = (field.kind, &value) {
        return object(model, fields.clone()).map(|fields| Ok(Value::Object(fields)));
    }
    if let (FieldKind::Models(model), Value::Array(items)) = (field.kind, &value) {
        if !items.iter().all(Value::is_object) {
            return Ok(Err(value));
        }
        let items = items.iter().filter_map(Value::as_object).map(|fields| object(model, fields.clone()).map(Value::Object));
        return items.collect::<Result<_, _>>().map(|items| Ok(Value::Array(items)));
    }
    let raw = value.to_string();
    Ok(match items::canonical(field.kind, &raw) {
        Some(items::Value::Text(text)) => Ok(Value::String(text.into_owned())),
        Some(items::Value::Integer(number)) => Ok(number.into()),
        Some(items::Value::Flag(flag)) => Ok(flag.into()),
        Some(
            items::Value::Null
            | items::Value::Number(_)
            | items::Value::Object(_)
            | items::Value::Texts(_)
            | items::Value::Model(..)
            | items::Value::Models(..),
        ) => Ok(value),
        Some(items::Value::Absent) | None => Err(value),
    })
}
