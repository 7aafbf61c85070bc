//! What the programs of the benchmarks share.

use anyhow::Result;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;

/// Ends the process when its standard input closes.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        // The parent has exited, so the result does not matter.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
}

/// Builds a bare HTTP client whose requests have this header.
pub fn http(name: &'static str, value: &str) -> Result<reqwest::Client> {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value)?);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers)
        .timeout(Duration::from_secs(60))
        .tcp_nodelay(true)
        .build()?)
}
