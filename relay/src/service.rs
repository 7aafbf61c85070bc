//! Handles a request: checks its form, user, rate limit, grant and body, and runs the operation.

use crate::answers::{LogFields, Refusal, stamp, takes_body};
use crate::backend::{Backend, BoxError, PhoneRequest};
use crate::functions::{self, Function};
use crate::opened::{Opened, Undelivered};
use crate::operations::Authorized;
use crate::questions::HostQuestions;
use crate::state::{Contract, Service};
use crate::upstream::Upstream;
use crate::{body, requests, routes, users};
use agenthuman::table::{Effect, Operation};
use agenthuman::{Kind, Object};
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body::Body;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

impl Service {
    /// Handles a request, and returns the response and the session that was opened for it. `host` runs the function for the backend's
    /// credential, if there is one. Dropping the future ends a session that was opened.
    pub async fn handle<B, R>(
        &self,
        backend: &B,
        host: Option<&HostQuestions>,
        request: Request<R>,
    ) -> (Response<Bytes>, Option<Opened>)
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let request_id = requests::request_id(request.headers());
        let method = request.method().clone();
        let opened = Mutex::new(None);
        let answer = |request| async {
            let (response, undelivered) = self.answer(backend, host, request).await;
            *opened.lock().unwrap_or_else(PoisonError::into_inner) = undelivered;
            response
        };
        let response = finished(self.cors.around(request, answer).await, &method, &request_id);
        let opened = opened.into_inner().unwrap_or_else(PoisonError::into_inner);
        (response, opened.and_then(Undelivered::into_opened))
    }

    /// Responds to a malformed request.
    pub fn refuse(&self, headers: &HeaderMap, refusal: Refusal) -> Response<Bytes> {
        finished(refusal.into_response(None), &Method::GET, &requests::request_id(headers))
    }

    async fn answer<B, R>(
        &self,
        backend: &B,
        host: Option<&HostQuestions>,
        request: Request<R>,
    ) -> (Response<Bytes>, Option<Undelivered>)
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let target = match routes::find(request.method(), request.uri().path()) {
            Ok(target) => target,
            Err(refusal) => return (refusal.into_response(None), None),
        };
        let name = target.operation.name;
        let contract = match self.contract(target.operation.contract) {
            Ok(contract) => contract,
            Err(refusal) => return (refusal.into_response(Some(name)), None),
        };
        let upstream = Upstream::new(&contract.client, host, self.options.function_timeout);
        let (phone, body) = PhoneRequest::split(request, name);
        // A panic of this library or of the backend's functions does not stop the process.
        let served = AssertUnwindSafe(self.serve(backend, contract, upstream, target, &phone, body)).catch_unwind().await;
        let served = served.unwrap_or_else(|_| {
            Err(Refusal::fault("panic in a function of the backend or in this library; see the panic message on stderr"))
        });
        served.unwrap_or_else(|refusal| (refusal.into_response(Some(name)), None))
    }

    async fn serve<B, R>(
        &self,
        backend: &B,
        contract: &Contract,
        upstream: Upstream,
        target: routes::Target,
        phone: &PhoneRequest,
        body: R,
    ) -> Result<(Response<Bytes>, Option<Undelivered>), Refusal>
    where
        B: Backend,
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let routes::Target { operation, session } = target;
        requests::check_headers(phone.headers())?;
        let mut params = requests::query(operation, phone.uri().query().unwrap_or_default())?;
        let user = self.authorized(backend, phone).await?;
        let grant = operation.grant.then(|| requests::grant(phone.headers())).transpose()?;
        let payload = grant.map(|grant| self.grants.payload(grant)).transpose()?;
        let claims = match (&session, &payload) {
            (Some(session), Some(payload)) => {
                let claims = self.grants.verify(payload, &user, session, operation)?;
                // An expired grant still allows a renewal.
                if !renews(operation) {
                    self.grants.refuse_expired(&claims)?;
                }
                Some(claims)
            }
            _ => None,
        };
        self.limits.count(&user)?;
        params.append(&mut self.body(operation, phone.headers(), body).await?);
        Authorized { service: self, contract, backend, phone, upstream, operation, user, session, claims, params }.run().await
    }

    /// The id of the user who sends the request.
    async fn authorized<B: Backend>(&self, backend: &B, phone: &PhoneRequest) -> Result<String, Refusal> {
        if !phone.headers().contains_key(AUTHORIZATION) {
            return Err(Refusal::new(Kind::Authentication, "the Authorization header with the app's own token is missing"));
        }
        let limit = self.options.function_timeout;
        let user = functions::run(Function::Authorize, limit, phone, backend.authorize(phone)).await?;
        let user = user.filter(|user| !user.is_empty());
        let user = user.ok_or_else(|| Refusal::new(Kind::InvalidToken, "the backend did not accept the token"))?;
        users::check(&user).map_err(Refusal::fault)?;
        Ok(user)
    }

    /// The parameters of the body, where the operation takes one.
    async fn body<R>(&self, operation: &Operation, headers: &HeaderMap, body: R) -> Result<Object, Refusal>
    where
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        if takes_body(operation) {
            requests::check_content_type(headers)?;
            let bytes = body::read(body, headers, &self.options).await?;
            requests::body(operation, &bytes)
        } else {
            Ok(Object::new())
        }
    }
}

fn renews(operation: &Operation) -> bool {
    operation.grant && operation.effect == Effect::AdoptGrant
}

/// Completes the response with what every response has, and logs it. A failure that is the backend's matter is logged with
/// its cause, which the phone does not get.
fn finished(mut response: Response<Bytes>, method: &Method, request_id: &HeaderValue) -> Response<Bytes> {
    stamp(response.headers_mut(), request_id);
    let fields = response.extensions().get::<LogFields>().cloned().unwrap_or_default();
    let known = [Method::GET, Method::POST, Method::PUT, Method::OPTIONS];
    // Any word can be a method, so only known methods are logged.
    let method = known.iter().find(|known| *known == method).map_or("other", Method::as_str);
    let status = response.status().as_u16();
    let operation = fields.operation.unwrap_or("none");
    let (code, cause) = (fields.code.map(Kind::code), fields.cause.as_deref());
    let request_id = request_id.to_str().unwrap_or_default();
    match status {
        500 => tracing::error!(method, operation, status, code, cause, request_id, "relay"),
        501.. => tracing::warn!(method, operation, status, code, cause, request_id, "relay"),
        _ if cause.is_some() => tracing::warn!(method, operation, status, code, cause, request_id, "relay"),
        _ => tracing::debug!(method, operation, status, code, request_id, "relay"),
    }
    response
}
