//! Parses requests strictly. Errors name the invalid field.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, RawPathParams, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::app::App;
use crate::body::{Kind, ReadBody, Share};
use crate::error::ApiError;
use crate::page::PageQuery;
use crate::time;

/// A JSON object. An empty body is an empty object.
pub struct JsonBody {
    fields: Fields,
    _share: Arc<Share>,
}

/// The fields of a JSON object, named by their path in errors, such as `room.token`.
pub struct Fields {
    map: Map<String, Value>,
    /// The path of the object, with a dot at its end; empty for the body itself.
    path: String,
}

impl Deref for JsonBody {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl FromRequest<Arc<App>> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let (bytes, share) = match parts.extensions.remove::<ReadBody>() {
            Some(ReadBody(read)) => read?,
            None => app.large_bodies.read(Kind::Json, body).await.map(|(bytes, share)| (bytes, Arc::new(share)))?,
        };
        let body = |map| Self { fields: Fields { map, path: String::new() }, _share: share };
        if bytes.is_empty() {
            return Ok(body(Map::new()));
        }
        if !is_json(&parts.headers) {
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(body(map)),
            Ok(_) => Err(ApiError::bad_request("The body must be a JSON object")),
            Err(_) => Err(ApiError::bad_request("The body is not valid JSON")),
        }
    }
}

pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn must(field: &str, rule: impl std::fmt::Display) -> ApiError {
    ApiError::bad_request(format!("{field} must be {rule}"))
}

impl Fields {
    fn get(&self, field: &str) -> Option<&Value> {
        self.map.get(field)
    }

    /// Returns the name of a field for errors.
    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.path)
    }

    fn has(&self, field: &str) -> bool {
        self.map.contains_key(field)
    }

    /// Reads a field if it is there.
    pub fn optional<T>(&self, field: &str, read: impl Fn(&Self, &str) -> Result<T, ApiError>) -> Result<Option<T>, ApiError> {
        self.has(field).then(|| read(self, field)).transpose()
    }

    /// Returns the change of a field: null clears it, and if it is missing it stays unchanged.
    pub fn changed<T>(
        &self,
        field: &str,
        read: impl Fn(&Self, &str) -> Result<T, ApiError>,
    ) -> Result<Option<Option<T>>, ApiError> {
        match self.is_null(field) {
            true => Ok(Some(None)),
            false => Ok(self.optional(field, read)?.map(Some)),
        }
    }

    pub fn optional_fields(&self, field: &str) -> Result<Option<Self>, ApiError> {
        self.optional(field, Self::required_fields)
    }

    /// Returns an instant in the format of the data.
    pub fn required_instant(&self, field: &str) -> Result<String, ApiError> {
        let text = self.required_text(field)?;
        let instant = text.parse::<Timestamp>();
        instant.map(time::text).map_err(|_| must(&self.name(field), "an instant, such as 2024-02-15T10:30:00Z"))
    }

    pub fn is_null(&self, field: &str) -> bool {
        self.get(field).is_some_and(Value::is_null)
    }

    pub fn required_fields(&self, field: &str) -> Result<Self, ApiError> {
        let map = object(&self.name(field), self.required(field)?)?;
        Ok(Self { map, path: format!("{}.", self.name(field)) })
    }

    /// Returns a non-empty string.
    pub fn required_text(&self, field: &str) -> Result<String, ApiError> {
        filled(&self.name(field), self.required(field)?)
    }

    /// Returns a string of 1 to `max` characters, counted as in JSON Schema.
    pub fn required_text_up_to(&self, field: &str, max: usize) -> Result<String, ApiError> {
        let text = text(&self.name(field), self.required(field)?)?;
        if (1..=max).contains(&text.chars().count()) {
            return Ok(text);
        }
        Err(must(&self.name(field), format_args!("1 to {max} characters long")))
    }

    pub fn optional_text(&self, field: &str) -> Result<Option<String>, ApiError> {
        self.get(field).map(|value| text(&self.name(field), value)).transpose()
    }

    pub fn required_texts(&self, field: &str) -> Result<Vec<String>, ApiError> {
        let texts = self.required(field)?.as_array().ok_or_else(|| must(&self.name(field), "an array"))?;
        texts
            .iter()
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| must(&self.name(field), "an array of strings")))
            .collect()
    }

    fn required(&self, field: &str) -> Result<&Value, ApiError> {
        self.get(field).ok_or_else(|| ApiError::bad_request(format!("{} is required", self.name(field))))
    }

    pub fn required_int(&self, field: &str) -> Result<i64, ApiError> {
        int(&self.name(field), self.required(field)?)
    }

    pub fn optional_int(&self, field: &str) -> Result<Option<i64>, ApiError> {
        self.get(field).map(|value| int(&self.name(field), value)).transpose()
    }

    pub fn optional_object(&self, field: &str) -> Result<Option<Map<String, Value>>, ApiError> {
        self.get(field).map(|value| object(&self.name(field), value)).transpose()
    }

    pub fn optional_choice(&self, field: &str, choices: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        self.get(field).map(|value| choice(&self.name(field), value.as_str(), choices)).transpose()
    }

    pub fn required_choice(&self, field: &str, choices: &[&'static str]) -> Result<&'static str, ApiError> {
        let value = self.optional_choice(field, choices)?;
        value.ok_or_else(|| ApiError::bad_request(format!("{} is required", self.name(field))))
    }

    /// Returns a string that may be missing, but not empty.
    pub fn filled_text(&self, field: &str) -> Result<Option<String>, ApiError> {
        self.get(field).map(|value| filled(&self.name(field), value)).transpose()
    }

    pub fn changed_bool(&self, field: &str) -> Result<Option<bool>, ApiError> {
        self.get(field).map(|value| value.as_bool().ok_or_else(|| must(&self.name(field), "true or false"))).transpose()
    }
}

fn text(field: &str, value: &Value) -> Result<String, ApiError> {
    value.as_str().map(str::to_owned).ok_or_else(|| must(field, "a string"))
}

fn filled(field: &str, value: &Value) -> Result<String, ApiError> {
    let text = text(field, value)?;
    if text.is_empty() { Err(ApiError::bad_request(format!("{field} must not be empty"))) } else { Ok(text) }
}

/// Accepts 1.0, which is an integer in JSON Schema.
fn int(field: &str, value: &Value) -> Result<i64, ApiError> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole)).ok_or_else(|| must(field, "an integer"))
}

fn object(field: &str, value: &Value) -> Result<Map<String, Value>, ApiError> {
    value.as_object().cloned().ok_or_else(|| must(field, "an object"))
}

fn choice(field: &str, value: Option<&str>, choices: &[&'static str]) -> Result<&'static str, ApiError> {
    choices
        .iter()
        .find(|choice| Some(**choice) == value)
        .copied()
        .ok_or_else(|| must(field, format_args!("one of {}", choices.join(", "))))
}

/// The query of a list.
pub struct ListQuery(HashMap<String, String>);

impl FromRequestParts<Arc<App>> for ListQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(fields)| Self(fields))
            .map_err(|_| ApiError::bad_request("The query is malformed"))
    }
}

impl ListQuery {
    pub fn choice(&self, field: &str, choices: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        self.0.get(field).map(|value| choice(field, Some(value), choices)).transpose()
    }

    pub fn int(&self, field: &str) -> Result<Option<i64>, ApiError> {
        self.0.get(field).map(|value| value.parse().map_err(|_| must(field, "an integer"))).transpose()
    }

    /// Returns the requested page, or `None` for the whole list.
    pub fn page(&self) -> Result<Option<PageQuery>, ApiError> {
        let limit = self.int("limit")?;
        let after = self.0.get("after").cloned();
        if limit.is_none() && after.is_none() {
            return Ok(None);
        }
        let limit = limit.unwrap_or(100);
        if !(1..=200).contains(&limit) {
            return Err(must("limit", "1 to 200"));
        }
        Ok(Some(PageQuery { after, limit }))
    }
}

/// The id in the path, decoded.
pub struct TextId(pub String);

impl FromRequestParts<Arc<App>> for TextId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<App>) -> Result<Self, ApiError> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| ApiError::not_found("Not found"))
    }
}

/// The id in the path. If it is not an integer, it is -1, which no object has.
pub struct PathId(pub i64);

impl FromRequestParts<Arc<App>> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<App>) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("Not found"))?;
        let id = params.iter().next().and_then(|(_, value)| value.parse().ok());
        Ok(Self(id.unwrap_or(-1)))
    }
}
