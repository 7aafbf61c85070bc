//! The certificates that a client trusts.

use crate::error::{Error, Kind, Result};
use rustls::pki_types::CertificateDer;
#[cfg(feature = "server")]
use rustls::pki_types::pem::PemObject;
#[cfg(feature = "server")]
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The certificates that a client trusts: the platform's own, or those that replace them, and more.
#[derive(Default)]
pub(crate) struct Trust {
    /// From SSL_CERT_FILE and SSL_CERT_DIR.
    instead: Vec<CertificateDer<'static>>,
    more: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The certificates of the option `ca_file`, beside the platform's own.
    ///
    /// # Errors
    /// If the path does not exist or contains no certificate (`configuration`).
    #[cfg(feature = "server")]
    pub fn of_file(ca_file: Option<&Path>) -> Result<Trust> {
        let more = ca_file.map(|path| certificates("ca_file", path)).transpose()?;
        Ok(Trust { instead: Vec::new(), more: more.unwrap_or_default() })
    }

    /// Adds the certificates of the host language's own `variable`, and those of SSL_CERT_FILE and SSL_CERT_DIR, which
    /// replace the platform's as they do for OpenSSL.
    ///
    /// # Errors
    /// If a path does not exist or contains no certificate (`configuration`).
    #[cfg(feature = "server")]
    pub fn read_environment(&mut self, variable: Option<&str>) -> Result<()> {
        if let Some(name) = variable
            && let Some(path) = path_in(name)
        {
            self.more.extend(certificates(name, &path)?);
        }
        if let Some(path) = path_in("SSL_CERT_FILE") {
            self.instead.extend(certificates("SSL_CERT_FILE", &path)?);
        }
        if let Some(paths) = path_in("SSL_CERT_DIR") {
            let found: Vec<_> = std::env::split_paths(&paths).map(|path| certificates("SSL_CERT_DIR", &path)).collect();
            if self.instead.is_empty() && found.iter().all(Result::is_err) {
                found.into_iter().next().transpose()?;
            } else {
                self.instead.extend(found.into_iter().flatten().flatten());
            }
        }
        if self.instead.is_empty() {
            self.instead = in_place_of_empty_variables();
        }
        Ok(())
    }

    pub fn config(&self) -> Result<rustls::ClientConfig> {
        // Reading the system's certificates takes tens of milliseconds, and all clients can share the result.
        static PLATFORM: OnceLock<rustls::ClientConfig> = OnceLock::new();
        if !self.instead.is_empty() {
            let mut roots = rustls::RootCertStore::empty();
            roots.add_parsable_certificates(self.instead.iter().chain(&self.more).cloned());
            return Ok(tls_builder()?.with_root_certificates(roots).with_no_client_auth());
        }
        if !self.more.is_empty() {
            return platform(&self.more);
        }
        if let Some(config) = PLATFORM.get() {
            return Ok(config.clone());
        }
        let config = platform(&[])?;
        Ok(PLATFORM.get_or_init(|| config).clone())
    }
}

#[cfg(feature = "server")]
fn path_in(variable: &str) -> Option<std::path::PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(Into::into)
}

/// The certificates at the places where distributions keep them, if a variable is empty: the reader of the platform's
/// certificates would take it for a path.
#[cfg(all(feature = "server", target_os = "linux"))]
fn in_place_of_empty_variables() -> Vec<CertificateDer<'static>> {
    if !["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some_and(|value| value.is_empty())) {
        return Vec::new();
    }
    let found = openssl_probe::probe();
    let mut places = found.cert_file.into_iter().chain(found.cert_dir);
    places.find_map(|place| certificates("the system's certificates", &place).ok()).unwrap_or_default()
}

/// Elsewhere the variables are not read.
#[cfg(all(feature = "server", not(target_os = "linux")))]
fn in_place_of_empty_variables() -> Vec<CertificateDer<'static>> {
    Vec::new()
}

/// The certificates of a PEM file, or of all files of a directory; at least one.
#[cfg(feature = "server")]
fn certificates(name: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let fault = |why: &str| {
        Error::new(Kind::Configuration, format!("{name} {why}: {}", path.display()))
            .suggestion("Set it to a file of PEM certificates (-----BEGIN CERTIFICATE-----).")
            .parameter(name)
    };
    let unreadable = |error: std::io::Error| fault(&format!("could not be read ({})", error.kind()));
    let found = if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        let files = std::fs::read_dir(path).map_err(unreadable)?.take(10_000).flatten().map(|entry| entry.path());
        // A directory of certificates has other files too.
        files.filter(|file| file.is_file()).filter_map(|file| usable_certificates(&file).ok()).flatten().collect()
    } else {
        usable_certificates(path).map_err(unreadable)?
    };
    if found.is_empty() { Err(fault("contains no certificate in PEM form")) } else { Ok(found) }
}

#[cfg(feature = "server")]
fn usable_certificates(path: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    use std::io::Read;
    /// Bundles of all public authorities have a few hundred kB.
    const LONGEST: u64 = 16 * 1024 * 1024;
    let mut pem = Vec::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_end(&mut pem)?;
    let is_usable = |certificate: &CertificateDer<'static>| rustls::RootCertStore::empty().add(certificate.clone()).is_ok();
    Ok(CertificateDer::pem_slice_iter(&pem).flatten().filter(is_usable).collect())
}

/// The platform's own trust, and more.
#[cfg(not(target_os = "android"))]
fn platform(more: &[CertificateDer<'static>]) -> Result<rustls::ClientConfig> {
    let provider = provider();
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(more.iter().cloned(), provider).map_err(tls_faulty)?;
    Ok(tls_builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Android's own verifier has to be handed the virtual machine's context by the application before the first use. A
/// library cannot expect that, so the roots come with it.
#[cfg(any(target_os = "android", test))]
fn bundled_roots(more: &[CertificateDer<'static>]) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(more.iter().cloned());
    Ok(tls_builder()?.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(target_os = "android")]
fn platform(more: &[CertificateDer<'static>]) -> Result<rustls::ClientConfig> {
    bundled_roots(more)
}

/// TLS by ring. The provider is named here and never installed as the process's default, which belongs to the
/// application.
pub(super) fn tls_builder() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>> {
    rustls::ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().map_err(tls_faulty)
}

pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn tls_faulty(error: rustls::Error) -> Error {
    Error::new(Kind::Configuration, format!("TLS could not be set up: {error}"))
        .suggestion("Install the system's CA certificates (on Debian, the package ca-certificates), or set ca_file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_made_of_the_bundled_roots() {
        assert!(bundled_roots(&[]).is_ok());
    }
}
