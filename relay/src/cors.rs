//! Which web front ends may call from a browser.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::convert::Infallible;
use std::time::Duration;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to its preflight.
const PREFLIGHT: Duration = Duration::from_secs(3600);

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
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, own("x-agenthuman-grant"), own("x-request-id")])
            .expose_headers([own("x-request-id"), RETRY_AFTER])
            .max_age(PREFLIGHT);
        Cors { origins, layer }
    }

    /// The answer to a request, with what a browser has to be told.
    pub async fn around<R, F>(&self, request: Request<R>, answer: impl FnMut(Request<R>) -> F) -> Response<Bytes>
    where
        F: Future<Output = Response<Bytes>>,
    {
        let mut answer = answer;
        if request.headers().get(ORIGIN).is_some_and(|origin| self.origins.contains(origin)) {
            let inner = tower::service_fn(|request| {
                let answer = answer(request);
                async { Ok::<_, Infallible>(answer.await) }
            });
            let answered = ServiceBuilder::new().layer(&self.layer).service(inner).oneshot(request).await;
            return answered.unwrap_or_else(|never| match never {});
        }
        let mut response = answer(request).await;
        if !self.origins.is_empty() {
            response.headers_mut().insert(VARY, HeaderValue::from_name(ORIGIN));
        }
        response
    }
}
