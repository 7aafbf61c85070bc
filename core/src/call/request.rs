//! The HTTP request of an attempt.

#[cfg(feature = "server")]
use super::options::API_KEY_HEADER;
use super::options::{GRANT_HEADER, PAGE_HEADER, PREFER_HEADER, REPEAT_AFTER_HEADER, REQUEST_ID_HEADER, Wait};
use super::{RequestAuth, Run};
use crate::Secret;
#[cfg(feature = "server")]
use crate::credentials::ApiKey;
use crate::credentials::Credential;
use crate::error::{Error, Kind, Result};
use crate::table::{Effect, Outgoing};
use crate::transport::upload::Form;
use crate::transport::{Reach, RequestBody};
use crate::values::random_id;
#[cfg(feature = "server")]
use crate::vocabulary::KeyEnvironment;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

/// The maximum number of headers that a request has beside those of the user.
const MOST_OWN_HEADERS: usize = 9;

/// The maximum length of an id in a header, in bytes.
const LONGEST_ID: usize = 64;

impl Run<'_> {
    pub(super) fn request(
        &self,
        outgoing: &Outgoing,
        auth: RequestAuth<'_>,
        upload: Option<Form>,
    ) -> Result<http::Request<RequestBody>> {
        self.refuse_insecure(auth)?;
        #[cfg(feature = "server")]
        if let (Some(Credential::ApiKey(key)), Some(environment)) = (auth.credential, self.client.settings.environment) {
            check_environment(key, environment)?;
        }
        let uri = self.client.base.uri(&outgoing.path, &outgoing.query)?;
        let method = http::Method::from_bytes(self.operation.method.as_str().as_bytes()).unwrap_or_default();
        let (of_client, of_call) = (&self.client.settings.headers, &self.options.headers);
        let mut headers = HeaderMap::with_capacity(of_client.len() + of_call.len() + MOST_OWN_HEADERS);
        headers.extend(of_client.iter().chain(of_call).map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.entry(http::header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        headers.entry(REQUEST_ID_HEADER).or_insert_with(request_id);
        if let Some(credential) = auth.credential {
            let (name, value) = match credential {
                #[cfg(feature = "server")]
                Credential::ApiKey(key) => (API_KEY_HEADER.clone(), secret_value(key.expose())?),
                Credential::Token(token) => {
                    let text = Secret::new(format!("Bearer {}", token.expose()));
                    (http::header::AUTHORIZATION, secret_value(text.expose())?)
                }
            };
            headers.insert(name, value);
        }
        if let Some(grant) = auth.grant {
            headers.insert(GRANT_HEADER, secret_value(grant.text.expose())?);
        }
        if let Some(sent) = self.sent
            && (sent.is_repeat || self.progress().unknown_before)
        {
            // Without an id that a header can have, the relay looks at more messages.
            let after = HeaderValue::from_str(&sent.after).ok().filter(|after| after.len() <= LONGEST_ID);
            let after = after.unwrap_or(HeaderValue::from_static(""));
            headers.insert(REPEAT_AFTER_HEADER, after);
        }
        if let Some(wait) = self.waits() {
            headers.insert(PREFER_HEADER, wait.preference());
            headers.insert(PAGE_HEADER, wait.page.clone());
        }
        let mut content = RequestBody::default();
        if let Some(form) = upload {
            let (body, content_type) = form.into_parts();
            headers.insert(CONTENT_TYPE, content_type);
            content = body;
        } else if let Some(body) = &outgoing.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            content = body.to_string().into();
        }
        let mut request = http::Request::new(content);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// The wait of the next attempt. If a proxy or a connection gives up on a request that waits, a retry is answered at once.
    pub(super) fn waits(&self) -> Option<&Wait> {
        self.options.wait.as_ref().filter(|_| self.progress().attempts.is_empty())
    }

    /// Rejects credentials other than test keys over plain HTTP to another machine, because plain HTTP can be read on the network.
    fn refuse_insecure(&self, auth: RequestAuth<'_>) -> Result<()> {
        if self.client.base.reach != Reach::PrivateNetwork || self.client.surface.is_relayed() {
            return Ok(());
        }
        match auth.credential {
            #[cfg(feature = "server")]
            Some(Credential::ApiKey(key)) if key.environment() == KeyEnvironment::Test => {}
            #[cfg(feature = "server")]
            Some(Credential::ApiKey(_)) => return Err(insecure("a live API key")),
            Some(Credential::Token(_)) => return Err(insecure("a token")),
            None => {}
        }
        if !self.secrets.is_empty() || self.operation.effect == Effect::AdoptToken {
            return Err(insecure("a one-time code or a token"));
        }
        Ok(())
    }
}

/// The error for a credential over plain HTTP to another machine.
pub(crate) fn insecure(what: &str) -> Error {
    Error::new(
        Kind::Configuration,
        format!("{what} is never sent over plain http to another machine; allow_insecure_http allows test keys only"),
    )
    .suggestion("Use an https base URL or a test key.")
}

/// Rejects a key of another environment than the one that the client accepts.
#[cfg(feature = "server")]
pub(crate) fn check_environment(key: &ApiKey, environment: KeyEnvironment) -> Result<()> {
    if key.environment() == environment {
        return Ok(());
    }
    let why = format!("the API key is a {} key, but the client accepts only {environment} keys", key.environment());
    let suggestion = format!("Pass a key that begins with ah_{environment}_, or change the option environment.");
    Err(Error::new(Kind::Configuration, why).parameter("api_key").suggestion(suggestion))
}

/// Creates the value of a header with a secret, marked so that HTTP libraries neither print nor index it.
pub(crate) fn secret_value(secret: &str) -> Result<HeaderValue> {
    let unsendable =
        |_| Error::new(Kind::Configuration, "the credential contains characters that are not allowed in an HTTP header");
    let mut value = HeaderValue::from_str(secret).map_err(unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn request_id() -> HeaderValue {
    let id = random_id();
    HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("0"))
}
