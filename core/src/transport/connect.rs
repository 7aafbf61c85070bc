//! The HTTP client: TLS, name lookup, proxy, no redirects; and when its connections are not used again.

use super::Deadline;
use super::address::{Reach, Resolver};
use super::connector::{Connector, Dialer};
use super::fault::was_refused_unprocessed;
#[cfg(feature = "server")]
use super::identity::Identity;
#[cfg(feature = "server")]
use super::proxy::ProxySetting;
use super::proxy::Route;
use super::request::RequestBody;
use super::socket::Sockets;
use super::trust::Trust;
use crate::error::Result;
use crate::runtime::{Generation, local};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;
use url::Url;

pub(crate) struct HttpOptions {
    pub base: Url,
    pub reach: Reach,
    /// After this time without a response, connections are not used again. It is by the system's clock, which goes on while
    /// a phone sleeps, so that connections that died in the meantime are not used.
    pub idle_limit: Option<Duration>,
    pub connect_timeout: Duration,
    pub trust: Trust,
    #[cfg(feature = "server")]
    pub proxy: ProxySetting,
    #[cfg(feature = "server")]
    pub identity: Option<Identity>,
}

/// The connections of one client; a forked child does not share them with its parent.
pub(crate) struct Http {
    setup: Arc<Setup>,
    made: Mutex<Option<(Generation, Arc<Pool>)>>,
    changed: Notify,
    /// Identifies this client among those whose connections a thread keeps.
    token: Arc<()>,
}

/// The options of all pools of a client.
struct Setup {
    options: HttpOptions,
    tls: OnceLock<rustls::ClientConfig>,
}

/// The connections that some calls use, and may share.
pub(crate) struct Pool {
    client: legacy::Client<Connector, RequestBody>,
    pub by_proxy: bool,
    sockets: Sockets,
    health: Health,
}

impl Http {
    pub fn new(options: HttpOptions) -> Http {
        Http::of(Arc::new(Setup { options, tls: OnceLock::new() }))
    }

    /// Creates a client with the same options and its own connections.
    #[cfg(feature = "server")]
    pub fn sibling(&self) -> Http {
        Http::of(self.setup.clone())
    }

    /// The option for the proxy.
    #[cfg(feature = "server")]
    pub fn proxy(&self) -> &ProxySetting {
        &self.setup.options.proxy
    }

    fn of(setup: Arc<Setup>) -> Http {
        Http { setup, made: Mutex::new(None), changed: Notify::new(), token: Arc::new(()) }
    }

    /// Returns the connections for the next attempt: this thread's if it runs the call itself, otherwise the process's.
    pub async fn pool(&self) -> Result<Arc<Pool>> {
        let pool = match local::pool(&self.token, |pool: &Arc<Pool>| pool.is_usable(), || self.setup.pool().map(Arc::new)) {
            Some(pool) => pool?,
            None => self.shared()?,
        };
        // No task may have polled the connections since the last attempt. What arrived in the meantime, such as a GOAWAY or
        // an unexpected response, must be processed before one of them is used again.
        if pool.health.used.swap(true, Ordering::Relaxed) && !pool.sockets.are_quiet() {
            local::examine().await;
        }
        if pool.health.idle_limit.is_some() {
            pool.sockets.expect_acknowledgements();
        }
        Ok(pool)
    }

    /// Retires the connections, and makes the attempts end that [wait for this](Self::change).
    pub fn connections_changed(&self) {
        if let Some((_, pool)) = self.made().as_ref() {
            pool.health.retired.store(true, Ordering::Relaxed);
        }
        self.changed.notify_waiters();
    }

    /// Waits until the network changes.
    pub async fn change(&self) {
        self.changed.notified().await;
    }

    fn made(&self) -> MutexGuard<'_, Option<(Generation, Arc<Pool>)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared(&self) -> Result<Arc<Pool>> {
        let generation = Generation::current();
        let mut made = self.made();
        if let Some((owner, pool)) = made.as_ref()
            && *owner == generation
            && pool.is_usable()
            && pool.health.is_fresh()
        {
            pool.health.touch();
            return Ok(pool.clone());
        }
        let pool = Arc::new(self.setup.pool()?);
        if let Some((owner, old)) = made.replace((generation, pool.clone()))
            && owner != generation
        {
            // Dropping the parent's connections would send GOAWAY on sockets that the parent still uses.
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

    /// Sends a request and waits for the head of its response. A request that an HTTP/2 server says it has not processed is
    /// sent again, unless its body is a stream.
    pub async fn send(&self, mut request: Request<RequestBody>) -> Result<Response<Incoming>, legacy::Error> {
        for _ in 0..2 {
            let Some(copy) = self.copy(&request) else { break };
            match self.client.request(request).await {
                Err(error) if was_refused_unprocessed(&error) => request = copy,
                outcome => return outcome,
            }
        }
        self.client.request(request).await
    }

    fn copy(&self, request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
        let mut copy = Request::new(request.body().again().filter(|_| self.health.shared)?);
        copy.method_mut().clone_from(request.method());
        copy.uri_mut().clone_from(request.uri());
        copy.headers_mut().clone_from(request.headers());
        Some(copy)
    }

    /// Watches one attempt, which begins now.
    pub fn watch<'a>(self: &Arc<Pool>, deadline: &'a Deadline) -> Watch<'a> {
        Watch { pool: self.clone(), began: self.health.now(), deadline, over: false }
    }
}

/// The state of a pool's connections.
#[derive(Default)]
struct Health {
    used: AtomicBool,
    retired: AtomicBool,
    /// When a response came last, in milliseconds.
    heard: AtomicU64,
    /// The time after which the connections are not used again.
    idle_limit: Option<Duration>,
    /// When an attempt began or a response came last, by the system's clock, if there is a limit.
    last_use: Mutex<Option<SystemTime>>,
    /// Whether calls share a connection (HTTP/2), so that an unresponsive one would fail all of them.
    shared: bool,
}

impl Health {
    fn touch(&self) {
        if self.idle_limit.is_some() {
            self.set_last_use(SystemTime::now());
        }
    }

    fn set_last_use(&self, time: SystemTime) {
        *self.last_use.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
    }

    fn is_fresh(&self) -> bool {
        self.idle_limit.is_none_or(|limit| self.was_used_within(limit, SystemTime::now()))
    }

    /// Whether the connections were used lately. A clock that was set back says nothing, so that they were not.
    fn was_used_within(&self, limit: Duration, now: SystemTime) -> bool {
        let last_use = *self.last_use.lock().unwrap_or_else(PoisonError::into_inner);
        last_use.is_none_or(|last| now.duration_since(last).is_ok_and(|idle| idle <= limit))
    }

    /// A response began.
    fn heard(&self) {
        if self.shared {
            self.heard.fetch_max(self.now(), Ordering::Relaxed);
        }
        self.touch();
    }

    /// Milliseconds since the first use, or 0 if nobody will compare them, because reading the clock is not free.
    fn now(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        if self.shared { u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX) } else { 0 }
    }

    fn retire(&self) {
        if self.shared {
            self.retired.store(true, Ordering::Relaxed);
        }
    }
}

/// An attempt whose response is waited for. If it times out, is cancelled after a long silence or fails, and other calls
/// share its connection (HTTP/2), later calls get new connections, since this one may be dead or flooded. Calls in flight
/// keep theirs.
pub(crate) struct Watch<'a> {
    pool: Arc<Pool>,
    began: u64,
    deadline: &'a Deadline,
    over: bool,
}

impl Watch<'_> {
    /// A response began.
    pub fn heard(&self) {
        self.pool.health.heard();
    }

    /// The attempt has its outcome.
    pub fn ended(mut self) {
        self.over = true;
    }

    /// The attempt failed on its connection.
    pub fn failed(mut self) {
        self.over = true;
        self.pool.health.retire();
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        /// A caller that cancels sooner says nothing about the connection.
        const PATIENCE: u64 = 1_000;
        let health = &self.pool.health;
        if self.over || !health.shared {
            return;
        }
        let now = health.now();
        let elapsed = now.saturating_sub(self.began);
        let silence = now.saturating_sub(health.heard.load(Ordering::Relaxed).max(self.began));
        if self.deadline.at() <= tokio::time::Instant::now() || (elapsed >= PATIENCE && silence * 2 >= elapsed) {
            health.retire();
        }
    }
}

impl Setup {
    fn pool(&self) -> Result<Pool> {
        let HttpOptions { base, reach, connect_timeout, .. } = &self.options;
        let tls = base.scheme() == "https";
        #[cfg_attr(not(feature = "server"), expect(unused_mut))]
        let mut config = self.tls(tls)?;
        let resolver = Resolver { reach: *reach };
        let route = Route::to(
            base,
            resolver,
            #[cfg(feature = "server")]
            &self.options.proxy,
        )?;
        let by_proxy = route.is_by_proxy();
        let sockets = Sockets::default();
        let dialer = Dialer::new(resolver, &config, sockets.clone());
        // The dialer has its configuration by now: a proxy does not get the certificate.
        #[cfg(feature = "server")]
        if let Some(identity) = &self.options.identity {
            config.client_auth_cert_resolver = identity.resolver();
        }
        let connector = Connector { dialer, route, tls: Arc::new(config), timeout: *connect_timeout };
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(55))
            .http1_max_buf_size(HTTP1_BUFFER);
        // A connection that many calls share must not stay in use once its peer is gone.
        #[cfg(feature = "server")]
        builder
            .http2_keep_alive_interval(Duration::from_secs(5))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            .http2_max_send_buf_size(HTTP2_BUFFER);
        let idle_limit = self.options.idle_limit;
        let health = Health { shared: tls && cfg!(feature = "server"), idle_limit, ..Health::default() };
        Ok(Pool { client: builder.build(connector), by_proxy, sockets, health })
    }

    fn tls(&self, needed: bool) -> Result<rustls::ClientConfig> {
        if !needed {
            return no_tls();
        }
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let mut config = self.options.trust.config()?;
        config.alpn_protocols = PROTOCOLS.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

/// A phone has few calls at once, and HTTP/2 would be a tenth of its library.
const PROTOCOLS: &[&str] = if cfg!(feature = "server") { &["h2", "http/1.1"] } else { &["http/1.1"] };

/// The maximum size of a request's buffer, which is how far an upload's progress may be ahead; the longest head of a response; and
/// the most that is read at once, of which a long response should need few.
const HTTP1_BUFFER: usize = 256 * 1024;

#[cfg(feature = "server")]
const HTTP2_BUFFER: usize = 64 * 1024;

/// The configuration of a client that uses plain HTTP only.
fn no_tls() -> Result<rustls::ClientConfig> {
    Ok(super::trust::tls_builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_slept_are_not_used_again() {
        let (health, start, limit) = (Health::default(), SystemTime::UNIX_EPOCH, Duration::from_secs(10));
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(health.was_used_within(limit, start));
        health.set_last_use(at(100));
        assert!(health.was_used_within(limit, at(110)));
        assert!(!health.was_used_within(limit, at(111)));
        // The clock was set back.
        assert!(!health.was_used_within(limit, at(99)));
    }
}
