//! What an answer's headers say, which the library keeps to itself: the service's clock and what is left of the rate limit.

use super::checks::is_https;
use agenthuman::ApiKey;
use reqwest::header::{HeaderMap, HeaderValue};
use std::time::{Duration, SystemTime};

pub struct Headers {
    headers: HeaderMap,
    /// This machine's time when the answer came.
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

/// The headers of a list of one session; without a key, those of its refusal.
pub async fn fetch(base_url: &str, key: Option<ApiKey>, timeout: Duration) -> Result<Headers, &'static str> {
    // This is the process's own choice to make: it is the application. That it was made before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder();
    // Plain http stays on this machine, so no proxy may see the key.
    if !is_https(base_url) {
        builder = builder.no_proxy();
    }
    let http = builder
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .build()
        .map_err(|_| "no second request could be made")?;
    let mut request = http.get(format!("{}/v1/sessions?limit=1", base_url.trim_end_matches('/')));
    if let Some(key) = &key {
        let mut value = HeaderValue::from_str(key.expose()).map_err(|_| "the key fits no header")?;
        value.set_sensitive(true);
        request = request.header("x-api-key", value);
    }
    let response = request.send().await.map_err(|_| "a second request was not answered")?;
    Ok(Headers { headers: response.headers().clone(), at: SystemTime::now(), with_key: key.is_some() })
}
