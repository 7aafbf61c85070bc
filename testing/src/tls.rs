//! The certificates of the servers.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A fault of a certificate.
#[derive(Clone, Copy, Debug)]
pub enum Certificate {
    /// Signed by no authority that the client trusts.
    SelfSigned,
    /// Valid for another host only.
    OtherHost,
    Expired,
}

/// A certificate authority that a client has to trust.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Result<Authority> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Authority(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes its certificate to a file in a temporary directory of that name.
    pub fn file(&self, name: &str) -> Result<PathBuf> {
        let directory = std::env::temp_dir().join(format!("agenthuman-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let path = directory.join("ca.pem");
        std::fs::write(&path, self.pem())?;
        Ok(path)
    }

    /// A TLS server for localhost, with that fault of its certificate.
    pub fn acceptor(&self, fault: Option<Certificate>, protocol: &[u8]) -> Result<TlsAcceptor> {
        let key = KeyPair::generate()?;
        let host = if matches!(fault, Some(Certificate::OtherHost)) { "other.example" } else { "localhost" };
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        if let Some(Certificate::Expired) = fault {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        }
        let certificate = match fault {
            Some(Certificate::SelfSigned) => params.self_signed(&key)?,
            _ => params.signed_by(&key, &self.0)?,
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
