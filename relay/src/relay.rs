//! The relay as a tower service.

use crate::backend::{Backend, BoxError};
use crate::clients::Clients;
use crate::options::Options;
use crate::state::Service;
use agenthuman::error::Result;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A relay: a tower service that answers phones. Cheap to clone; clones share everything. It runs within tokio, and
/// wherever it is mounted it must see paths that begin with `/v1/`.
pub struct Relay<B> {
    service: Arc<Service>,
    backend: Arc<B>,
}

impl<B: Backend> Relay<B> {
    /// A relay that calls the API with the clients' credentials, for the users whom `backend` knows. `clients` is a
    /// [`Client`](agenthuman::Client), an [`agenthuman::rooms::Client`], or a pair of both.
    ///
    /// # Errors
    /// If an option is invalid, or if there is no secret in the options or the environment (`configuration`).
    pub fn new(clients: impl Into<Clients>, backend: B, options: Options) -> Result<Relay<B>> {
        let service = Service::new(clients.into(), options)?;
        Ok(Relay { service: Arc::new(service), backend: Arc::new(backend) })
    }

    /// Answers a request. Every outcome is a response. Dropping the future drops the request to the API, and ends a session
    /// that the request has opened.
    pub async fn handle<R>(&self, request: Request<R>) -> Response<Full<Bytes>>
    where
        R: Body<Data = Bytes>,
        R::Error: Into<BoxError>,
    {
        let (mut response, _delivered) = self.service.handle(&*self.backend, None, request).await;
        response.extensions_mut().clear();
        response.map(Full::new)
    }
}

impl<B> Clone for Relay<B> {
    fn clone(&self) -> Relay<B> {
        Relay { service: self.service.clone(), backend: self.backend.clone() }
    }
}

impl<B> fmt::Debug for Relay<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}

impl<B, R> tower::Service<Request<R>> for Relay<B>
where
    B: Backend,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<R>) -> Self::Future {
        let relay = self.clone();
        Box::pin(async move { Ok(relay.handle(request).await) })
    }
}
