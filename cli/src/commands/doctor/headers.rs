//! The response headers that the library does not expose: the service's clock and the rate limit.

use agenthuman::Client;
use http::HeaderMap;
use std::time::SystemTime;

pub struct Headers {
    headers: HeaderMap,
    /// This machine's time when the response arrived.
    pub at: SystemTime,
    pub with_key: bool,
}

impl Headers {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    pub fn date(&self) -> Option<SystemTime> {
        self.text("date").and_then(|date| httpdate::parse_http_date(date).ok())
    }
}

/// Requests a list of one session and returns the headers of the response, even if the service rejects it.
pub async fn fetch(client: &Client, with_key: bool) -> Result<Headers, &'static str> {
    let headers = client.response_headers("/v1/sessions?limit=1").await.map_err(|_| "a second request got no response")?;
    Ok(Headers { headers, at: SystemTime::now(), with_key })
}
