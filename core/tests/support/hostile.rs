//! Servers that break the rules of HTTP, TLS or TCP.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A well-formed response with a JSON body, on a connection that stays open.
pub fn response(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Reads the head of a request and the body that it announces; `None` when the client closes.
pub fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(read)
}

/// Serves each connection by `serve`, on a thread of its own; the number counts connections from 0.
pub fn server(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream.unwrap(), number));
        }
    });
    address
}

/// Answers every request with these bytes, and closes.
pub fn raw(bytes: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let address = server(move |mut stream, _| {
        if read_request(&mut stream).is_some() {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(bytes);
            // Lets the client read before the connection is reset for what it has not read.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read(&mut [0; 1]);
        }
    });
    (format!("http://{address}"), requests)
}

/// A certificate for localhost, and the file of the authority that signed it.
pub struct Authority {
    pub ca_file: PathBuf,
    pub acceptor: TlsAcceptor,
}

impl Authority {
    pub fn new(name: &str, protocols: &[&str]) -> Authority {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let directory = std::env::temp_dir().join(format!("agenthuman-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let ca_file = directory.join("ca.pem");
        std::fs::write(&ca_file, certified.cert.pem()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certified.cert.der().clone()],
                PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Authority { ca_file, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}
