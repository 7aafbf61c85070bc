//! The HTTP client: TLS, name lookup, no redirects; and what its failures mean.

use super::upload::ReadFailed;
use crate::error::{Error, Kind, Result};
use crate::host::local;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct HttpOptions {
    pub connect_timeout: Duration,
    /// Whether the service is reached by TLS at all; plain HTTP is for loopback, where no certificate is needed.
    pub tls: bool,
}

/// A reqwest client that a forked child does not share with its parent.
pub(crate) struct Http {
    options: HttpOptions,
    made: Mutex<Option<(u32, reqwest::Client)>>,
    /// By which threads know whose connections they keep.
    token: Arc<()>,
}

impl Http {
    pub fn new(options: HttpOptions) -> Http {
        Http { options, made: Mutex::new(None), token: Arc::new(()) }
    }

    /// Another one with the same options, and connections of its own.
    #[cfg(feature = "server")]
    pub fn sibling(&self) -> Http {
        Http::new(self.options.clone())
    }

    /// The client of this thread, where it drives the call itself, else the one of this process; made at first use.
    pub fn client(&self) -> Result<reqwest::Client> {
        if let Some(client) = local::client(&self.token, || build(&self.options)) {
            return client;
        }
        let process = std::process::id();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((owner, client)) = made.as_ref()
            && *owner == process
        {
            return Ok(client.clone());
        }
        let client = build(&self.options)?;
        if let Some(parents) = made.replace((process, client.clone())) {
            // Dropping the parent's connections would say goodbye on sockets that it still uses.
            std::mem::forget(parents);
        }
        Ok(client)
    }
}

fn build(options: &HttpOptions) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(if options.tls { tls()? } else { no_tls()? })
        .dns_resolver(Resolver)
        // Another crate of the program may enable these; `body.rs` undoes what is supported.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(Duration::from_secs(55))
        .tcp_nodelay(true)
        .user_agent(concat!("agenthuman/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::new(Kind::Configuration, format!("the HTTP client cannot be made: {}", root(&error))))
}

/// A phone has few calls at once, and HTTP/2 would be a tenth of its library.
const PROTOCOLS: &[&str] = if cfg!(feature = "server") { &["h2", "http/1.1"] } else { &["http/1.1"] };

/// TLS by ring. The provider is named here and never installed as the process's default, which belongs to the
/// application.
fn tls() -> Result<rustls::ClientConfig> {
    // Reading the system's certificates takes tens of milliseconds, and all clients can share what comes of it.
    static CONFIG: OnceLock<rustls::ClientConfig> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let mut config = trusting()?.with_no_client_auth();
    // A configuration that is handed to reqwest is used as it is: without this, HTTP/2 would be lost.
    config.alpn_protocols = PROTOCOLS.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(CONFIG.get_or_init(|| config).clone())
}

type Trusting = rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>;

/// The platform's own trust.
#[cfg(not(target_os = "android"))]
fn trusting() -> Result<Trusting> {
    use rustls_platform_verifier::BuilderVerifierExt;
    tls_builder()?.with_platform_verifier().map_err(tls_faulty)
}

/// Android's own verifier has to be handed the virtual machine's context by the application before the first use. A
/// library cannot expect that, so the roots come with it.
#[cfg(target_os = "android")]
fn trusting() -> Result<Trusting> {
    bundled_roots()
}

#[cfg(any(target_os = "android", test))]
fn bundled_roots() -> Result<Trusting> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Ok(tls_builder()?.with_root_certificates(roots))
}

fn no_tls() -> Result<rustls::ClientConfig> {
    Ok(tls_builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

fn tls_builder() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(tls_faulty)
}

fn tls_faulty(error: rustls::Error) -> Error {
    Error::new(Kind::Configuration, format!("TLS cannot be set up: {error}"))
        .suggestion("Install the system's CA certificates (on Debian, the package ca-certificates).")
}

/// The system's name lookup, with a failure that can be told from others.
struct Resolver;

#[derive(Debug, thiserror::Error)]
#[error("the host name cannot be looked up")]
struct LookupFailed;

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| LookupFailed)?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() {
                return Err(LookupFailed.into());
            }
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// What a failure of reqwest means, and whether the request certainly did not reach the application.
pub(crate) fn classify(error: &reqwest::Error) -> (Error, bool) {
    let unsent = error.is_connect();
    let error = if error.is_timeout() && unsent {
        Error::new(Kind::Timeout, "the service did not accept the connection in time").phase("connect")
    } else if let Some(fault) = chain(error).find_map(|cause| cause.downcast_ref::<ReadFailed>()) {
        fault.error()
    } else if chain(error).any(|cause| cause.is::<LookupFailed>()) {
        Error::new(Kind::Connection, "the host name of the service cannot be looked up").phase("dns")
    } else if let Some(fault) = chain(error).find_map(tls_fault) {
        Error::new(Kind::Tls, format!("the TLS connection failed: {fault}")).phase("tls")
    } else if unsent && chain(error).any(is_tunnel_fault) {
        Error::new(Kind::Proxy, "the proxy did not open a connection to the service").phase("proxy")
    } else if unsent {
        Error::new(Kind::Connection, format!("the service cannot be reached: {}", io_fault(error))).phase("connect")
    } else {
        Error::new(Kind::Connection, format!("the connection broke before the answer: {}", io_fault(error))).phase("send")
    };
    (error, unsent)
}

fn chain<'a>(error: &'a (dyn std::error::Error + 'static)) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An io::Error keeps what it wraps out of its `source`.
        error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .map_or_else(|| error.source(), |inner| Some(inner as &(dyn std::error::Error + 'static)))
    })
}

fn root(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).last().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn tls_fault(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    // tokio-rustls has no type of its own for a peer that hangs up in the midst of it.
    let hung_up = |cause: &&std::io::Error| cause.to_string() == "tls handshake eof";
    cause.downcast_ref::<rustls::Error>().map(ToString::to_string).or_else(|| {
        cause.downcast_ref::<std::io::Error>().filter(hung_up).map(|_| "the peer hung up during the handshake".to_owned())
    })
}

/// hyper-util does not export its tunnel error, so the type's own words are all there is to know it by.
fn is_tunnel_fault(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.to_string().starts_with("tunnel error")
}

fn io_fault(error: &reqwest::Error) -> String {
    chain(error)
        .find_map(|cause| cause.downcast_ref::<std::io::Error>())
        .map_or_else(|| "it was closed".to_owned(), |fault| fault.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_made_of_the_bundled_roots() {
        let config = bundled_roots().unwrap().with_no_client_auth();
        assert!(reqwest::Client::builder().tls_backend_preconfigured(config).build().is_ok());
    }
}
