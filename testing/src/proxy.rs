//! An HTTP proxy that tunnels connections (CONNECT) for clients with a password.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The proxy. It runs until its runtime ends.
pub struct Proxy {
    /// Host and port.
    pub address: String,
    /// The first lines of the requests: `CONNECT host:port`, and whether the password was right.
    pub seen: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Proxy {
    pub async fn start(user: &str, password: &str) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let seen: Arc<Mutex<Vec<(String, bool)>>> = Arc::default();
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        let log = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (expected, log) = (expected.clone(), log.clone());
                // The client may hang up at any time.
                tokio::spawn(async move { drop(tunnel(stream, &expected, &log).await) });
            }
        });
        Ok(Proxy { address, seen })
    }
}

async fn tunnel(mut stream: TcpStream, expected: &str, log: &Mutex<Vec<(String, bool)>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let request = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let is_allowed = lines
        .filter_map(|line| line.split_once(": "))
        .any(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value == expected);
    log.lock().unwrap().push((request.clone(), is_allowed));
    if !is_allowed {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
        return stream.write_all(refusal).await;
    }
    let mut service = TcpStream::connect(request.trim_start_matches("CONNECT ")).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut service).await.map(drop)
}
