//! The certificate with which a client identifies itself to the service (mutual TLS).

use super::trust::provider;
use crate::Secret;
use crate::error::{Error, Kind, Result};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The mark at the beginning of every object in PEM form.
const PEM_START: &str = "-----BEGIN ";

/// A certificate or a private key in PEM form.
#[derive(Clone, Debug)]
pub enum Pem {
    /// The path of a file.
    File(PathBuf),
    /// The text itself.
    Text(Secret),
}

impl Pem {
    /// The text itself, if it is in PEM form, or else the path of a file.
    pub(crate) fn of(text: String) -> Pem {
        if text.contains(PEM_START) { Pem::Text(Secret::new(text)) } else { Pem::File(text.into()) }
    }

    fn read(&self, option: &str) -> Result<Zeroizing<Vec<u8>>> {
        use std::io::Read;
        const LONGEST: u64 = 1024 * 1024;
        match self {
            Pem::Text(text) => Ok(Zeroizing::new(text.expose().as_bytes().to_vec())),
            Pem::File(path) => {
                let mut pem = Zeroizing::new(Vec::new());
                let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut pem));
                read.map_err(|error| {
                    // Without a dot it may be no path, but a key in an encoding that is not PEM.
                    let path = path.display().to_string();
                    let path = if path.contains('.') { format!(": {path}") } else { String::new() };
                    fault(option, &format!("could not be read as a file ({}){path}", error.kind()))
                })?;
                Ok(pem)
            }
        }
    }
}

/// A certificate and its private key.
#[derive(Clone)]
pub(crate) struct Identity(Arc<SingleCertAndKey>);

impl Identity {
    /// The key may be in the same file as the certificate.
    ///
    /// # Errors
    /// If either is missing, malformed or encrypted, or if they do not belong together (`configuration`). No error contains
    /// any of the key.
    pub fn of(certificate: &Pem, key: Option<&Pem>) -> Result<Identity> {
        let pem = certificate.read("client_cert")?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem).flatten().collect();
        if chain.is_empty() {
            return Err(fault("client_cert", "contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)"));
        }
        let key = match key {
            Some(key) => private_key("client_key", &key.read("client_key")?)?,
            None => private_key("client_cert", &pem)?,
        };
        let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => fault("client_key", "does not belong to client_cert"),
            rustls::Error::InvalidCertificate(_) => fault("client_cert", "is not a valid certificate"),
            _ => fault("client_key", "is of a kind that is not supported; use an RSA, ECDSA or Ed25519 key"),
        })?;
        Ok(Identity(Arc::new(SingleCertAndKey::from(certified))))
    }

    pub fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        self.0.clone()
    }
}

fn private_key(option: &str, pem: &[u8]) -> Result<PrivateKeyDer<'static>> {
    let has = |text: &[u8]| pem.windows(text.len()).any(|window| window == text);
    if has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED") {
        let error = fault(option, "has an encrypted private key, which is not supported");
        return Err(error.suggestion("Decrypt it, for example with `openssl pkey`, and protect the file."));
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        let error = fault(option, "contains no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
        if option == "client_cert" { error.suggestion("Pass the key as client_key, or in the same file.") } else { error }
    })
}

fn fault(option: &str, why: &str) -> Error {
    Error::new(Kind::Configuration, format!("{option} {why}")).parameter(option)
}
