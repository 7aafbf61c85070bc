//! The way of a request: its form, its user, the limit, its grant, its body, and then the operation.

use crate::answers::{Refusal, Told, stamp};
use crate::backend::{Asked, Backend, BoxError};
use crate::cors::Cors;
use crate::grants::Grants;
use crate::host::Asks;
use crate::limits::Limits;
use crate::operations::Allowed;
use crate::options::Options;
use crate::upstream::Upstream;
use crate::{body, requests, routes};
use agenthuman::error::Result as ClientResult;
use agenthuman::host::HostClient;
use agenthuman::table::Operation;
use agenthuman::{Kind, Object};
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body::Body;
use std::panic::AssertUnwindSafe;

/// A user's id longer than this is none; it has to fit into a header, within a grant.
const LONGEST_USER: usize = 256;

/// What all requests share.
pub(crate) struct Service {
    client: HostClient,
    pub options: Options,
    pub grants: Grants,
    limits: Limits,
    cors: Cors,
}

impl Service {
    pub fn new(client: HostClient, options: Options) -> ClientResult<Service> {
        let options = options.checked()?;
        Ok(Service {
            client,
            grants: Grants::new(&options),
            limits: Limits::new(options.requests_per_minute),
            cors: Cors::new(&options.origins),
            options,
        })
    }

    /// Answers a request. `host` runs the function that gives the backend's credential, where there is one.
    pub async fn handle<B, R>(&self, backend: &B, host: Option<&Asks>, request: Request<R>) -> Response<Bytes>
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let request_id = requests::request_id(request.headers());
        let method = request.method().clone();
        let response = self.cors.around(request, |request| self.answer(backend, host, request)).await;
        finished(response, &method, &request_id)
    }

    /// Answers what cannot be a request at all.
    pub fn refuse(&self, headers: &HeaderMap, refusal: Refusal) -> Response<Bytes> {
        finished(refusal.into_response(None), &Method::GET, &requests::request_id(headers))
    }

    async fn answer<B, R>(&self, backend: &B, host: Option<&Asks>, request: Request<R>) -> Response<Bytes>
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let target = match routes::find(request.method(), request.uri().path()) {
            Ok(target) => target,
            Err(refusal) => return refusal.into_response(None),
        };
        let name = target.operation.name;
        let upstream = Upstream::new(&self.client, host);
        // Neither a fault of this library nor one of the backend's functions takes the process down.
        let served = AssertUnwindSafe(self.serve(backend, upstream, target, request)).catch_unwind().await;
        served.unwrap_or_else(|_| Err(Refusal::fault("a panic"))).unwrap_or_else(|refusal| refusal.into_response(Some(name)))
    }

    async fn serve<B, R>(
        &self,
        backend: &B,
        upstream: Upstream<'_>,
        target: routes::Target,
        request: Request<R>,
    ) -> Result<Response<Bytes>, Refusal>
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let routes::Target { operation, session } = target;
        let (parts, body) = request.into_parts();
        requests::check_headers(&parts.headers)?;
        let mut params = requests::query(operation, parts.uri.query().unwrap_or_default())?;
        let asked = Asked::new(parts, operation.name);
        let user = authorized(backend, &asked).await?;
        self.limits.count(&user)?;
        let about = match session {
            None => None,
            Some(session) => {
                let claims = self.grants.verify(requests::grant(asked.headers())?, &user, &session, operation.name)?;
                // A renewal is what a grant that has run out is still good for.
                if !renews(operation) {
                    self.grants.refuse_expired(&claims)?;
                }
                Some((session, claims))
            }
        };
        params.append(&mut self.body(operation, asked.headers(), body).await?);
        Allowed { service: self, backend, upstream, operation, user, about, params }.run().await
    }

    /// The parameters of the body, where the operation takes one.
    async fn body<R>(&self, operation: &Operation, headers: &HeaderMap, body: R) -> Result<Object, Refusal>
    where
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        if requests::takes_body(operation) {
            requests::check_content_type(headers)?;
            let bytes = body::read(body, headers, &self.options).await?;
            requests::body(operation, &bytes)
        } else {
            Ok(Object::new())
        }
    }
}

fn renews(operation: &Operation) -> bool {
    operation.name == agenthuman::operations::phone::RENEW_GRANT.name
}

async fn authorized<B: Backend>(backend: &B, asked: &Asked) -> Result<String, Refusal> {
    if !asked.headers().contains_key(AUTHORIZATION) {
        return Err(Refusal::new(Kind::Authentication, "the request has no Authorization header with the app's own token"));
    }
    match backend.authorize(asked).await {
        Err(_) => Err(Refusal::fault("authorize failed")),
        Ok(Some(user)) if user.len() > LONGEST_USER => Err(Refusal::fault("authorize gave a user's id that is too long")),
        Ok(Some(user)) if !user.is_empty() => Ok(user),
        Ok(_) => Err(Refusal::new(Kind::InvalidToken, "the backend does not accept the token")),
    }
}

/// The answer with what every answer has, told to the log.
fn finished(mut response: Response<Bytes>, method: &Method, request_id: &HeaderValue) -> Response<Bytes> {
    stamp(response.headers_mut(), request_id);
    let told = response.extensions_mut().remove::<Told>().unwrap_or_default();
    let known = [Method::GET, Method::POST, Method::PUT, Method::OPTIONS];
    // Any word can be a method, so only those that mean something here are written down.
    let method = known.iter().find(|known| *known == method).map_or("other", Method::as_str);
    let status = response.status().as_u16();
    let operation = told.operation.unwrap_or("none");
    let (code, cause) = (told.code.map(Kind::code), told.cause);
    let request_id = request_id.to_str().unwrap_or_default();
    if status >= 500 {
        tracing::warn!(method, operation, status, code, cause, request_id, "relay");
    } else {
        tracing::debug!(method, operation, status, code, request_id, "relay");
    }
    response
}
