//! The reference for the relay: a hand-written proxy with bare reqwest. No grants, no checks of the response, no limits.

use agenthuman_bench::http;
use anyhow::Result;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

struct Upstream {
    http: reqwest::Client,
    base: String,
}

pub fn proxy(base: &str, key: &str) -> Result<Router> {
    let upstream = Arc::new(Upstream { http: http("x-api-key", key)?, base: base.to_owned() });
    // The client that causes the load opens a session first, as through the relay.
    let opened = post(async || r#"{"session":{"id":"1"},"grant":""}"#);
    Ok(Router::new().route("/v1/sessions", opened).route("/v1/sessions/{id}", get(passed_on)).with_state(upstream))
}

async fn passed_on(State(upstream): State<Arc<Upstream>>, request: Request) -> Response {
    if request.headers().get(AUTHORIZATION).is_none_or(|token| token != "Bearer ada") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let url = format!("{}{}", upstream.base, request.uri().path());
    upstream.get(url).await.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

impl Upstream {
    async fn get(&self, url: String) -> reqwest::Result<Response> {
        let mut response = self.http.get(url).send().await?;
        let content_type = response.headers_mut().remove(CONTENT_TYPE).unwrap_or(HeaderValue::from_static("text/plain"));
        Ok((response.status(), [(CONTENT_TYPE, content_type)], response.bytes().await?).into_response())
    }
}
