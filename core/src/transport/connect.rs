//! The HTTP client: TLS, name lookup, proxy, no redirects; and when its connections are not used again.

use super::Deadline;
use super::address::{Reach, Resolver};
use super::fault::root;
#[cfg(feature = "server")]
use super::proxy::{Path, path_to};
use super::trust::Trust;
use crate::error::{Error, Kind, Result};
use crate::host::local;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

pub(crate) struct HttpOptions {
    pub base: Url,
    pub reach: Reach,
    pub connect_timeout: Duration,
    pub trust: Trust,
}

/// The connections of one client; a forked child does not share them with its parent.
pub(crate) struct Http {
    setup: Arc<Setup>,
    made: Mutex<Option<(u32, Pool)>>,
    /// Identifies this client among those whose connections a thread keeps.
    token: Arc<()>,
}

/// What all pools of one client are made from.
struct Setup {
    options: HttpOptions,
    tls: OnceLock<rustls::ClientConfig>,
}

/// A reqwest client with its connections.
#[derive(Clone)]
pub(crate) struct Pool {
    pub client: reqwest::Client,
    pub by_proxy: bool,
    health: Arc<Health>,
}

impl Http {
    pub fn new(options: HttpOptions) -> Http {
        Http::of(Arc::new(Setup { options, tls: OnceLock::new() }))
    }

    /// Another one with the same options, and connections of its own.
    #[cfg(feature = "server")]
    pub fn sibling(&self) -> Http {
        Http::of(self.setup.clone())
    }

    fn of(setup: Arc<Setup>) -> Http {
        Http { setup, made: Mutex::new(None), token: Arc::new(()) }
    }

    /// The connections for the next attempt: those of this thread if it drives the call itself, else those of the process.
    pub async fn pool(&self) -> Result<Pool> {
        let pool = match local::pool(&self.token, || self.setup.pool()) {
            Some(pool) => pool?,
            None => self.shared()?,
        };
        // Nobody may have looked at the connections since the last attempt. What came in the meantime, such as a goodbye or
        // a response that nobody asked for, has to be seen before one of them is used again.
        if pool.health.used.swap(true, Ordering::Relaxed) {
            local::examine().await;
        }
        Ok(pool)
    }

    fn shared(&self) -> Result<Pool> {
        let process = std::process::id();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((owner, pool)) = made.as_ref()
            && *owner == process
            && pool.is_usable()
        {
            return Ok(pool.clone());
        }
        let pool = self.setup.pool()?;
        if let Some((owner, old)) = made.replace((process, pool.clone()))
            && owner != process
        {
            // Dropping the parent's connections would say goodbye on sockets that it still uses.
            std::mem::forget(old);
        }
        Ok(pool)
    }
}

impl Pool {
    /// Whether new calls may use its connections.
    pub fn is_usable(&self) -> bool {
        !self.health.retired.load(Ordering::Relaxed)
    }

    /// Watches one attempt, which begins now.
    pub fn watch<'a>(&self, deadline: &'a Deadline) -> Watch<'a> {
        Watch { health: self.health.clone(), began: now(), deadline, over: false }
    }
}

/// What is known of a pool's connections.
#[derive(Default)]
struct Health {
    used: AtomicBool,
    retired: AtomicBool,
    /// When a response came last, in milliseconds.
    heard: AtomicU64,
    /// Whether calls share a connection (HTTP/2), so that a mute one would fail them all.
    shared: bool,
}

/// Milliseconds since the first use.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// An attempt whose response is waited for. If it times out, is cancelled after a long silence or fails, and other calls
/// share its connection (HTTP/2), later calls get new connections, since this one may be dead or flooded. Calls in flight
/// keep theirs.
pub(crate) struct Watch<'a> {
    health: Arc<Health>,
    began: u64,
    deadline: &'a Deadline,
    over: bool,
}

impl Watch<'_> {
    /// A response began.
    pub fn heard(&self) {
        self.health.heard.fetch_max(now(), Ordering::Relaxed);
    }

    /// The attempt has its outcome.
    pub fn ended(mut self) {
        self.over = true;
    }

    /// The attempt failed on its connection.
    pub fn failed(mut self) {
        self.over = true;
        self.retire();
    }

    fn retire(&self) {
        if self.health.shared {
            self.health.retired.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        /// A caller that cancels sooner says nothing about the connection.
        const PATIENCE: u64 = 1_000;
        if self.over {
            return;
        }
        let now = now();
        let elapsed = now.saturating_sub(self.began);
        let silence = now.saturating_sub(self.health.heard.load(Ordering::Relaxed).max(self.began));
        if self.deadline.at() <= tokio::time::Instant::now() || (elapsed >= PATIENCE && silence * 2 >= elapsed) {
            self.retire();
        }
    }
}

impl Setup {
    fn pool(&self) -> Result<Pool> {
        let HttpOptions { base, reach, connect_timeout, .. } = &self.options;
        let tls = base.scheme() == "https";
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls(tls)?)
            .dns_resolver(Resolver { reach: *reach })
            // Another crate of the program may enable these; `body.rs` undoes what is supported.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(*connect_timeout)
            .pool_idle_timeout(Duration::from_secs(55))
            .tcp_nodelay(true)
            .user_agent(concat!("agenthuman/", env!("CARGO_PKG_VERSION")));
        let (builder, by_proxy) = with_proxy(builder, base)?;
        let client = with_pings(builder)
            .build()
            .map_err(|error| Error::new(Kind::Configuration, format!("the HTTP client cannot be made: {}", root(&error))))?;
        let health = Health { shared: tls && cfg!(feature = "server"), ..Health::default() };
        Ok(Pool { client, by_proxy, health: Arc::new(health) })
    }

    fn tls(&self, needed: bool) -> Result<rustls::ClientConfig> {
        if !needed {
            return no_tls();
        }
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let mut config = self.options.trust.config()?;
        // A configuration that is handed to reqwest is used as it is: without this, HTTP/2 would be lost.
        config.alpn_protocols = PROTOCOLS.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

/// A phone has few calls at once, and HTTP/2 would be a tenth of its library.
const PROTOCOLS: &[&str] = if cfg!(feature = "server") { &["h2", "http/1.1"] } else { &["http/1.1"] };

#[cfg(feature = "server")]
fn with_proxy(builder: reqwest::ClientBuilder, base: &Url) -> Result<(reqwest::ClientBuilder, bool)> {
    Ok(match path_to(base)? {
        Path::Direct => (builder.no_proxy(), false),
        Path::System => (builder, false),
        Path::Proxy(url) => {
            let unusable = |_| Error::new(Kind::Proxy, "the proxy cannot be used").phase("proxy").permanent();
            (builder.proxy(reqwest::Proxy::all(url).map_err(unusable)?), true)
        }
    })
}

/// A phone's proxy is the system's business. Plain http uses none.
#[cfg(not(feature = "server"))]
fn with_proxy(builder: reqwest::ClientBuilder, base: &Url) -> Result<(reqwest::ClientBuilder, bool)> {
    Ok((if base.scheme() == "http" { builder.no_proxy() } else { builder }, false))
}

/// A connection that many calls share must not stay in use once its peer is gone.
#[cfg(feature = "server")]
fn with_pings(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.http2_keep_alive_interval(Duration::from_secs(5)).http2_keep_alive_timeout(Duration::from_secs(5))
}

#[cfg(not(feature = "server"))]
fn with_pings(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// The configuration of a client that uses plain HTTP only.
fn no_tls() -> Result<rustls::ClientConfig> {
    Ok(super::trust::tls_builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}
