//! Requests of `agenthuman doctor` that are not operations.

use crate::call::{API_KEY_HEADER, secret_value};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::table::CredentialKind;
use crate::transport::{ProxyInForce, RequestBody, classify, proxy_in_force};
use http::{HeaderMap, Request};

impl Client {
    /// Sends one GET, with the API key if the client has a fixed one, and returns the headers of its response, whatever the
    /// status. It is not retried.
    ///
    /// # Errors
    /// If there is no response within the client's timeout.
    #[doc(hidden)]
    pub async fn response_headers(&self, path: &str) -> Result<HeaderMap> {
        let inner = self.inner();
        let mut request = Request::new(RequestBody::default());
        *request.uri_mut() = inner.base.uri(path, &[])?;
        let source = inner.sources.source(CredentialKind::ApiKey);
        if let Some(key) = source.as_ref().and_then(|source| source.fixed_key()) {
            request.headers_mut().insert(API_KEY_HEADER.clone(), secret_value(key.expose())?);
        }
        let pool = inner.http.pool().await?;
        match tokio::time::timeout(inner.settings.timeout, pool.send(request)).await {
            Ok(Ok(response)) => Ok(response.headers().clone()),
            Ok(Err(error)) => Err(classify(&error, pool.by_proxy).0),
            Err(_) => Err(Error::new(Kind::Timeout, "the service did not respond within the timeout")),
        }
    }

    /// Returns the proxy of this client's requests.
    ///
    /// # Errors
    /// If the proxy in the environment is invalid.
    #[doc(hidden)]
    pub fn proxy_in_force(&self) -> Result<ProxyInForce> {
        proxy_in_force(&self.inner().base.url)
    }
}
