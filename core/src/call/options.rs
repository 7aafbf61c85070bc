//! The options of a call, and additional headers.

#[cfg(feature = "server")]
use crate::Object;
use crate::error::{Error, Kind, Result};
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
#[cfg(feature = "server")]
use serde_json::Value;
use std::time::Duration;

/// The header for an API key. Phones have neither.
#[cfg(feature = "server")]
pub(crate) const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The header for a session's grant.
pub(super) const GRANT_HEADER: HeaderName = HeaderName::from_static("x-agenthuman-grant");

/// The header of a message that may have been sent before: the id of the last message that the client knew before its first attempt, or
/// empty. A relay that did not see the first attempt looks for the message after that one.
pub(super) const REPEAT_AFTER_HEADER: HeaderName = HeaderName::from_static("x-agenthuman-repeat-after");

/// The header that identifies a request in the logs of both sides.
pub(super) const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The header with the tag of a page of messages.
pub(crate) const PAGE_HEADER: HeaderName = HeaderName::from_static("x-agenthuman-page");

pub(super) const PREFER_HEADER: HeaderName = HeaderName::from_static("prefer");

/// A page that the caller knows, so that its first attempt waits at the relay for another one.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub seconds: u64,
    pub page: HeaderValue,
}

impl Wait {
    /// The value of the header `Prefer` (RFC 7240).
    pub(super) fn preference(&self) -> HeaderValue {
        HeaderValue::try_from(format!("wait={}", self.seconds)).unwrap_or(HeaderValue::from_static("wait=0"))
    }

    /// The time after which there is no response any more: the connection is dead.
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(self.seconds + self.seconds / 4 + 1)
    }
}

/// The options of a call, which override the client's settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions {
    pub(super) timeout: Option<Duration>,
    pub(super) max_rate_limit_wait: Option<Duration>,
    pub(super) max_retries: Option<u32>,
    pub(super) headers: HeaderMap,
    pub(super) wait: Option<Wait>,
}

impl CallOptions {
    /// # Errors
    ///
    /// If a header is invalid, or is one that the client sets itself.
    pub fn new(timeout: Option<Duration>, max_retries: Option<u32>, headers: &[(String, String)]) -> Result<CallOptions> {
        Ok(CallOptions {
            timeout: not_zero(timeout, "timeout")?,
            max_rate_limit_wait: None,
            max_retries,
            headers: header_map(headers)?,
            wait: None,
        })
    }

    /// Makes the call wait at the relay.
    #[must_use]
    pub fn waiting(self, wait: Option<Wait>) -> CallOptions {
        CallOptions { wait, ..self }
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The options that are set, for a mock.
    #[cfg(feature = "server")]
    pub(crate) fn to_json(&self) -> Value {
        let mut options = Object::new();
        let mut set = |name: &str, value: Option<Value>| options.extend(value.map(|value| (name.to_owned(), value)));
        set("timeout", self.timeout.map(|timeout| timeout.as_secs_f64().into()));
        set("max_rate_limit_wait", self.max_rate_limit_wait.map(|wait| wait.as_secs_f64().into()));
        set("max_retries", self.max_retries.map(Value::from));
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Object = self.headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect();
        set("headers", (!headers.is_empty()).then(|| headers.into()));
        options.into()
    }

    /// Sets the maximum wait for the rate limit.
    #[must_use]
    pub fn with_max_rate_limit_wait(self, wait: Option<Duration>) -> CallOptions {
        CallOptions { max_rate_limit_wait: wait, ..self }
    }
}

/// Returns a timeout, which cannot be zero: nothing would ever be sent.
pub(crate) fn not_zero(timeout: Option<Duration>, name: &str) -> Result<Option<Duration>> {
    match timeout {
        Some(Duration::ZERO) => Err(Error::new(Kind::Configuration, format!("{name} must be greater than 0")).parameter(name)),
        timeout => Ok(timeout),
    }
}

/// Parses additional headers.
pub(crate) fn header_map(pairs: &[(String, String)]) -> Result<HeaderMap> {
    const OURS: [HeaderName; 10] = [
        AUTHORIZATION,
        GRANT_HEADER,
        REPEAT_AFTER_HEADER,
        PAGE_HEADER,
        COOKIE,
        HOST,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONNECTION,
        CONTENT_TYPE,
    ];
    /// In bytes, names and values together. Most servers reject more.
    const MOST: usize = 16 * 1024;
    let length: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    if length > MOST {
        let why = format!("headers must have at most {MOST} bytes in total; got {length}");
        return Err(Error::new(Kind::Configuration, why).parameter("headers"));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        // The value may be a secret, so the message contains only the name.
        let refused = |why: &str| {
            let name: String = name.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
            Error::new(Kind::Configuration, format!("the header {name:?} {why}")).parameter("headers")
        };
        let parsed = HeaderName::try_from(name.as_str()).map_err(|_| refused("has an invalid name"))?;
        if OURS.contains(&parsed) || is_api_key_header(&parsed) {
            return Err(refused("is set by the client and cannot be replaced"));
        }
        let value = HeaderValue::try_from(value.as_str())
            .map_err(|_| refused("has an invalid value: line breaks and other control characters are not allowed"))?;
        headers.insert(parsed, value);
    }
    Ok(headers)
}

#[cfg(feature = "server")]
fn is_api_key_header(name: &HeaderName) -> bool {
    name == API_KEY_HEADER
}

#[cfg(not(feature = "server"))]
fn is_api_key_header(name: &HeaderName) -> bool {
    name.as_str().contains("api-key")
}
