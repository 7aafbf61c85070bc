//! The state that the calls of a client share.

use crate::base_url::Base;
#[cfg(feature = "server")]
use crate::cassette::Cassette;
use crate::credentials::{Grants, Sources};
use crate::error::{Error, Kind, Result};
#[cfg(feature = "server")]
use crate::hooks::Hooks;
#[cfg(feature = "server")]
use crate::places::Places;
use crate::sends::Sends;
use crate::table::{Operation, Surface};
use crate::transport::Http;
use crate::transport::gate::Limiter;
use crate::transport::retry::Budget;
#[cfg(feature = "server")]
use crate::vocabulary::KeyEnvironment;
use http::HeaderMap;
use std::collections::HashMap;
#[cfg(feature = "server")]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Paths of operations in the place of the table's, by the operation's name.
pub(crate) type Routes = HashMap<&'static str, String>;

/// The state of a client.
pub(crate) struct Inner {
    pub base: Base,
    pub surface: Surface,
    pub sources: Sources,
    pub grants: Grants,
    pub settings: Settings,
    pub http: Http,
    pub limiter: Limiter,
    pub budget: Budget,
    /// The messages that a phone sends.
    pub sends: Sends,
    /// How many messages this client has sent, for those who follow a session's messages.
    pub sent: watch::Sender<u64>,
    routes: Routes,
    closed: AtomicBool,
}

/// The settings of a client's calls.
#[derive(Clone)]
pub(crate) struct Settings {
    pub timeout: Duration,
    pub max_rate_limit_wait: Duration,
    #[cfg(feature = "server")]
    pub hooks: Hooks,
    pub max_retries: u32,
    pub max_response_bytes: usize,
    pub headers: HeaderMap,
    /// The environment of the API keys that the client accepts. `None`: any.
    #[cfg(feature = "server")]
    pub environment: Option<KeyEnvironment>,
    #[cfg(feature = "server")]
    pub responses: Responses,
    /// The places for open sessions. `None`: any number.
    #[cfg(feature = "server")]
    pub places: Option<Arc<Places>>,
}

/// Where responses come from.
#[cfg(feature = "server")]
#[derive(Clone)]
pub(crate) enum Responses {
    Service,
    /// The service while it records, and the file when it replays.
    Cassette(Cassette),
    /// The host, for tests. Nothing is sent.
    Host,
}

impl Settings {
    /// Creates settings; missing ones have their defaults.
    pub fn new(
        timeout: Option<Duration>,
        max_retries: Option<u32>,
        max_response_bytes: Option<usize>,
        headers: HeaderMap,
    ) -> Settings {
        Settings {
            timeout: timeout.unwrap_or(Duration::from_secs(60)),
            max_rate_limit_wait: Duration::from_secs(120),
            #[cfg(feature = "server")]
            hooks: Hooks::default(),
            max_retries: max_retries.unwrap_or(2),
            max_response_bytes: max_response_bytes.unwrap_or(16 * 1024 * 1024),
            headers,
            #[cfg(feature = "server")]
            environment: None,
            #[cfg(feature = "server")]
            responses: Responses::Service,
            #[cfg(feature = "server")]
            places: None,
        }
    }
}

impl Inner {
    pub fn new(surface: Surface, base: Base, sources: Sources, settings: Settings, http: Http, routes: Routes) -> Inner {
        Inner {
            base,
            surface,
            sources,
            grants: Grants::default(),
            settings,
            http,
            limiter: Limiter::default(),
            budget: Budget::new(),
            sends: Sends::default(),
            sent: watch::Sender::new(0),
            routes,
            closed: AtomicBool::new(false),
        }
    }

    /// The state of a client with other credentials, and connections of its own.
    #[cfg(feature = "server")]
    pub fn with_sources(&self, sources: Sources) -> Inner {
        let routes = self.routes.clone();
        Inner::new(self.surface, self.base.clone(), sources, self.settings.clone(), self.http.sibling(), routes)
    }

    /// Rejects every later call.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Returns the path template of an operation, or the path that the client's settings have for it.
    pub fn route<'a>(&'a self, operation: &'a Operation) -> &'a str {
        self.routes.get(operation.name).map_or(operation.path, String::as_str)
    }

    /// The cassette that records or replays the calls.
    #[cfg(feature = "server")]
    pub fn cassette(&self) -> Option<&Cassette> {
        match &self.settings.responses {
            Responses::Cassette(cassette) => Some(cassette),
            Responses::Service | Responses::Host => None,
        }
    }

    /// Whether responses come from a file. Such calls take no time.
    pub fn replays(&self) -> bool {
        #[cfg(feature = "server")]
        return self.cassette().is_some_and(Cassette::replays);
        #[cfg(not(feature = "server"))]
        return false;
    }

    /// Waits, unless responses come from a file.
    pub async fn pause(&self, wait: Duration) {
        if self.replays() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(wait).await;
        }
    }

    pub fn refuse_if_closed(&self) -> Result<()> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Closed, "the client is closed"));
        }
        #[cfg(feature = "server")]
        if let Some(cassette) = self.cassette() {
            cassette.refuse_if_closed()?;
        }
        Ok(())
    }
}
