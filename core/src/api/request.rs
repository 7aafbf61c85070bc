//! Calls that are sent when they are awaited.

use super::overrides::{Overrides, override_methods};
use crate::answer::Body;
use crate::call::CallOptions;
use crate::client::Client;
use crate::error::Result;
use crate::items::FromItem;
use crate::table::{Operation, Params};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::fmt;
use std::future::ready;
use std::pin::Pin;

/// A call that is sent when it is awaited. Its methods set what differs from the client's settings.
///
/// ```no_run
/// # async fn example(client: agenthuman::Client) -> agenthuman::Result<()> {
/// use agenthuman::api::sessions::CreateSession;
/// use std::time::Duration;
///
/// let session = client
///     .sessions()
///     .create(CreateSession::new("7"))
///     .timeout(Duration::from_secs(10))
///     .max_retries(0)
///     .header("x-trace", "4f2a")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is not sent until it is awaited"]
pub struct Request<T> {
    operation: &'static str,
    overrides: Overrides,
    send: Box<dyn FnOnce(CallOptions) -> BoxFuture<'static, Result<T>> + Send>,
}

impl<T> Request<T> {
    override_methods! {}

    pub(super) fn new<F>(operation: &'static str, send: impl FnOnce(CallOptions) -> F + Send + 'static) -> Request<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        Request { operation, overrides: Overrides::default(), send: Box::new(|options| send(options).boxed()) }
    }
}

impl<T: FromItem> Request<T> {
    /// A call that returns a model.
    pub(super) fn one(client: &Client, operation: &'static Operation, params: impl Into<Params>) -> Request<T> {
        let (client, params) = (client.clone(), params.into());
        Request::new(operation.name, move |options| async move {
            client.call(operation, params, options, None).await?.items()?.parse()
        })
    }
}

impl Request<()> {
    /// A call that returns nothing.
    pub(super) fn nothing(client: &Client, operation: &'static Operation, params: impl Into<Params>) -> Request<()> {
        let (client, params) = (client.clone(), params.into());
        Request::new(operation.name, move |options| async move { client.call(operation, params, options, None).await.map(drop) })
    }
}

impl Client {
    /// Sends a request for which this version has no method, and returns the JSON of the response. Credentials, retries, limits
    /// and redaction are those of every call.
    ///
    /// `credential` is `api_key`, `token` or `none`. Default: the API key, or the token if the client has no key.
    ///
    /// # Errors
    ///
    /// - [`InvalidArgument`](crate::Kind::InvalidArgument): If the method, the path or the credential is invalid. Nothing is sent.
    /// - Any other kind, if the call fails.
    pub fn request(&self, method: &str, path: &str, body: Option<Value>, credential: Option<&str>) -> Request<Value> {
        let client = self.clone();
        let request = self.raw_request(method, path, body, credential);
        Request::new("request", move |options| async move {
            match request?.send(client.inner(), options, None).await?.body {
                Body::Raw(value) => Ok(value),
                Body::Nothing | Body::Items(_) => Ok(Value::Null),
            }
        })
    }
}

impl<T: Send + 'static> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        match self.overrides.check() {
            Ok(options) => (self.send)(options),
            Err(error) => ready(Err(error.operation(self.operation))).boxed(),
        }
    }
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("operation", &self.operation).finish_non_exhaustive()
    }
}
