//! The client, which all calls share.

use crate::Object;
use crate::answer::Reply;
use crate::base_url::{Base, encoded_path};
use crate::call::{self, CallOptions, RawRequest, repeat_of};
use crate::credentials::Sources;
use crate::error::{Error, Kind, Result};
use crate::question::HostChannel;
use crate::state::{Inner, Routes, Settings};
use crate::table::{Answer, Auth, CredentialKind, Method, OPERATION, Operation, Outgoing, Params, Prepared, Surface};
use crate::transport::{Http, HttpOptions, Trust};
#[cfg(feature = "server")]
use crate::transport::{Identity, ProxySetting};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Most servers reject a longer request line.
const LONGEST_PATH: usize = 8_192;

/// The time after which a phone's connections may have died without a word: it slept, or changed its network.
const PHONE_IDLE_LIMIT: Duration = Duration::from_secs(10);

/// A client of the AgentHuman API. Cloning it is cheap; clones share all state.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl Client {
    pub(crate) fn assemble(
        surface: Surface,
        base: Base,
        sources: Sources,
        connection: ConnectionSettings,
        settings: Settings,
        routes: Routes,
    ) -> Client {
        let connect_timeout = connection.timeout.unwrap_or(Duration::from_secs(5));
        let options = HttpOptions {
            base: base.url.clone(),
            reach: base.reach,
            idle_limit: (surface == Surface::Phone).then_some(PHONE_IDLE_LIMIT),
            connect_timeout,
            trust: connection.trust,
            #[cfg(feature = "server")]
            proxy: connection.proxy,
            #[cfg(feature = "server")]
            identity: connection.identity,
        };
        Client(Arc::new(Inner::new(surface, base, sources, settings, Http::new(options), routes)))
    }

    /// Closes the client. Later calls fail with `closed`; calls in flight are not affected.
    pub fn close(&self) {
        self.0.close();
    }

    pub(crate) fn raw_request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        credential: Option<&str>,
    ) -> Result<RawRequest> {
        let refused = |name: &str, why: &str| {
            Error::new(Kind::InvalidArgument, format!("{name} {why}")).parameter(name).operation("request")
        };
        let method = [Method::Get, Method::Post, Method::Put, Method::Delete]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(method))
            .ok_or_else(|| refused("method", "must be GET, POST, PUT or DELETE"))?;
        if path.len() > LONGEST_PATH {
            return Err(refused("path", &format!("must have at most {LONGEST_PATH} bytes; got {}", path.len())));
        }
        let bare = path.split(['?', '#']).next().unwrap_or_default();
        if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
            return Err(refused("path", "must start with one \"/\": it is relative to the base URL"));
        }
        let decoded = percent_encoding::percent_decode_str(bare).decode_utf8_lossy();
        if decoded.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(refused("path", "must not contain the segments \".\" or \"..\""));
        }
        if path.chars().any(|c| c.is_control() || c.is_whitespace()) || path.contains('#') {
            return Err(refused("path", "must not contain spaces, control characters or a fragment"));
        }
        let auth = match credential {
            None if self.0.sources.source(CredentialKind::ApiKey).is_none()
                && self.0.sources.source(CredentialKind::Token).is_none() =>
            {
                Auth(&[])
            }
            None => Auth(&[CredentialKind::ApiKey, CredentialKind::Token]),
            Some("api_key") => Auth(&[CredentialKind::ApiKey]),
            Some("token") => Auth(&[CredentialKind::Token]),
            Some("none") => Auth(&[]),
            Some(_) => return Err(refused("credential", "must be api_key, token or none")),
        };
        let operation = Operation {
            name: "request",
            method,
            path: "(raw)",
            auth,
            repeat: repeat_of(method),
            answer: Answer::Raw,
            ..OPERATION
        };
        let prepared =
            Prepared { request: Outgoing { path: encoded_path(path), body, ..Outgoing::default() }, ..Prepared::default() };
        Ok(RawRequest { operation, prepared })
    }

    pub(crate) async fn call(
        &self,
        operation: &Operation,
        params: impl Into<Params>,
        options: CallOptions,
        host: Option<HostChannel>,
    ) -> Result<Reply> {
        let params = params.into();
        #[cfg(feature = "server")]
        if let Some(places) = &self.0.settings.places {
            let id = params.values.get("id").and_then(Value::as_str).map(str::to_owned);
            let outcome = call::run(&self.0, operation, params, options, host).await;
            places.learn(operation, id.as_deref(), &outcome);
            return outcome;
        }
        call::run(&self.0, operation, params, options, host).await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Creates a client with the same settings and other credentials.
    #[cfg(feature = "server")]
    pub(crate) fn with_sources(&self, sources: Sources) -> Client {
        Client(Arc::new(self.0.with_sources(sources)))
    }

    /// Creates a client that is open even if this one is closed, to end in the background what this one began.
    #[cfg(feature = "server")]
    pub(crate) fn reopened(&self) -> Client {
        self.with_sources(self.0.sources.snapshot())
    }

    pub(crate) fn summary(&self) -> Value {
        let mut summary = Object::new();
        summary.insert("base_url".into(), self.0.base.url.as_str().trim_end_matches('/').into());
        summary.append(&mut self.0.sources.summary());
        #[cfg(feature = "server")]
        if let Some(proxy) = self.0.http.proxy().summary() {
            summary.insert("proxy".into(), proxy.into());
        }
        Value::Object(summary)
    }
}

/// The settings of a client's connections.
#[derive(Default)]
pub(crate) struct ConnectionSettings {
    pub timeout: Option<Duration>,
    pub trust: Trust,
    #[cfg(feature = "server")]
    pub proxy: ProxySetting,
    #[cfg(feature = "server")]
    pub identity: Option<Identity>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.0.base.url.as_str()).field("credentials", &self.0.sources).finish()
    }
}
