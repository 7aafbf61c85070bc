//! The certificates of the servers.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
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

/// Whether a server demands a certificate of its clients.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    Any,
    /// Only those with a certificate of the same authority.
    Certified,
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

    /// The certificate and the private key of a client, in PEM form.
    pub fn client(&self) -> Result<(String, String)> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "a client");
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        Ok((params.signed_by(&key, &self.0)?.pem(), key.serialize_pem()))
    }

    /// A TLS server for localhost, with that fault of its certificate.
    pub fn acceptor(&self, fault: Option<Certificate>, protocol: &[u8]) -> Result<TlsAcceptor> {
        self.acceptor_of(Clients::Any, fault, protocol)
    }

    /// The same for these clients.
    pub fn acceptor_of(&self, clients: Clients, fault: Option<Certificate>, protocol: &[u8]) -> Result<TlsAcceptor> {
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
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let verifier = match clients {
            Clients::Any => WebPkiClientVerifier::no_client_auth(),
            Clients::Certified => verifier.build()?,
        };
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// A service over TLS that answers every request with the same JSON. It runs until its runtime ends.
pub struct SecureService {
    pub url: String,
    /// For each connection whose handshake succeeded: whether the client had a certificate.
    pub certified: Arc<Mutex<Vec<bool>>>,
}

impl SecureService {
    pub async fn start(authority: &Authority, clients: Clients, json: &'static str) -> Result<SecureService> {
        let acceptor = authority.acceptor_of(clients, None, b"http/1.1")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let certified: Arc<Mutex<Vec<bool>>> = Arc::default();
        let seen = certified.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), seen.clone());
                tokio::spawn(async move {
                    // A client that is rejected hangs up.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    seen.lock().unwrap().push(stream.get_ref().1.peer_certificates().is_some());
                    drop(answer(&mut stream, json).await);
                });
            }
        });
        Ok(SecureService { url, certified })
    }
}

async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), json: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let length = json.len();
    let text = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    );
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
