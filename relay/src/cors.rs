//! Which web front ends may call from a browser.

use crate::answers::PAGE;
use crate::requests::{PREFER, REPEAT_AFTER};
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use std::convert::Infallible;
use std::time::Duration;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to its preflight.
const PREFLIGHT: Duration = Duration::from_secs(3600);

/// The headers of tracing and error-reporting libraries, which they add to every request of a page. A preflight is granted
/// those that it names.
const TRACING: [&str; 23] = [
    "b3",
    "baggage",
    "elastic-apm-traceparent",
    "newrelic",
    "request-context",
    "request-id",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
];
/// A longer list of headers in a preflight is not read.
const LONGEST_LIST: usize = 4096;

/// The rules for browsers. What comes from no browser, or from an origin that is not allowed, passes by them, and is
/// answered as it is without these rules: a browser keeps such an answer from its page.
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    layer: CorsLayer,
}

impl Cors {
    pub fn new(origins: &[String]) -> Cors {
        let origins: Vec<_> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        let own = |name| HeaderName::from_static(name);
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.clone()))
            .allow_methods([Method::GET, Method::POST, Method::PUT])
            .allow_headers([
                AUTHORIZATION,
                CONTENT_TYPE,
                own("x-agenthuman-grant"),
                REPEAT_AFTER,
                PAGE,
                PREFER,
                own("x-request-id"),
            ])
            .expose_headers([own("x-request-id"), RETRY_AFTER, PAGE])
            .max_age(PREFLIGHT);
        Cors { origins, layer }
    }

    /// Handles a request, and adds the CORS headers for browsers.
    pub async fn around<R, F>(&self, request: Request<R>, answer: impl FnMut(Request<R>) -> F) -> Response<Bytes>
    where
        F: Future<Output = Response<Bytes>>,
    {
        let mut answer = answer;
        if request.headers().get(ORIGIN).is_some_and(|origin| self.origins.contains(origin)) {
            let inner = tower::service_fn(|request| {
                // The layer keeps the future twice. In a box, it does not make the future of every request larger.
                let answer = Box::pin(answer(request));
                async { Ok::<_, Infallible>(answer.await) }
            });
            let wanted = tracing_headers(request.headers());
            let answered = ServiceBuilder::new().layer(&self.layer).service(inner).oneshot(request).await;
            let mut response = answered.unwrap_or_else(|never| match never {});
            if let Some(allowed) = response.headers().get(ACCESS_CONTROL_ALLOW_HEADERS).and_then(|value| value.to_str().ok())
                && let Ok(allowed) = HeaderValue::from_str(&[&[allowed], wanted.as_slice()].concat().join(","))
            {
                response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            }
            return response;
        }
        let mut response = answer(request).await;
        if !self.origins.is_empty() {
            response.headers_mut().insert(VARY, HeaderValue::from_name(ORIGIN));
        }
        response
    }
}

/// The headers of tracing libraries that a preflight asks for.
fn tracing_headers(headers: &HeaderMap) -> Vec<&'static str> {
    let wanted = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().filter_map(|value| value.to_str().ok());
    let wanted: Vec<_> =
        wanted.filter(|list| list.len() <= LONGEST_LIST).flat_map(|list| list.split(',')).map(str::trim).collect();
    TRACING.into_iter().filter(|known| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(known))).collect()
}
