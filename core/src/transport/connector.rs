//! Opens connections: name lookup, TCP, a proxy, TLS.

use super::address::Resolver;
use super::proxy::Route;
use super::socket::Sockets;
use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop;
use tokio_rustls::TlsConnector;
use tower_service::Service;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The bytes that the kernel keeps of an upload before it has sent them. With more, the progress would run ahead of a slow
/// connection, and the end of the upload would look like silence.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 32 * 1024;

/// Opening the connection timed out.
#[derive(Debug, thiserror::Error)]
#[error("timed out while opening the connection")]
pub(super) struct ConnectTimedOut;

/// Opens the connections of one pool.
#[derive(Clone)]
pub(super) struct Connector {
    pub dialer: Dialer,
    /// The configuration of the connection to the service.
    pub tls: Arc<ClientConfig>,
    pub route: Route,
    pub timeout: Duration,
}

impl Connector {
    async fn connect(self, service: Uri) -> Result<TokioIo<Conn>, BoxError> {
        let io = self.route.connect(self.dialer, service.clone()).await?;
        let conn = if service.scheme() == Some(&Scheme::HTTPS) {
            let tls = encrypted(io, self.tls, &service).await?;
            let is_h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
            Conn { io: Box::new(tls), is_h2 }
        } else {
            Conn { io, is_h2: false }
        };
        Ok(TokioIo::new(conn))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Conn>;
    type Error = BoxError;
    type Future = BoxFuture<TokioIo<Conn>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, service: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            match tokio::time::timeout(connector.timeout, connector.connect(service)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(ConnectTimedOut.into()),
            }
        })
    }
}

/// Opens connections to the next peer: the service, or a proxy before it.
#[derive(Clone)]
pub(super) struct Dialer {
    tcp: HttpConnector<Resolver>,
    sockets: Sockets,
    /// The configuration of the connection to a proxy.
    tls: Arc<ClientConfig>,
}

impl Dialer {
    pub fn new(resolver: Resolver, tls: &ClientConfig, sockets: Sockets) -> Dialer {
        const PROBE: Duration = Duration::from_secs(15);
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(PROBE));
        tcp.set_keepalive_interval(Some(PROBE));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(Duration::from_secs(30)));
        let mut tls = tls.clone();
        // The proxy is spoken HTTP/1.1 to.
        tls.alpn_protocols.clear();
        Dialer { tcp, sockets, tls: Arc::new(tls) }
    }

    pub async fn tcp(mut self, peer: Uri) -> Result<Io, BoxError> {
        let stream = self.tcp.call(peer).await?.into_inner();
        limit_unsent(&stream);
        Ok(Box::new(self.sockets.add(stream)))
    }
}

/// Opens the connection for a proxy's handshake.
impl Service<Uri> for Dialer {
    type Response = TokioIo<Io>;
    type Error = BoxError;
    type Future = BoxFuture<TokioIo<Io>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, proxy: Uri) -> Self::Future {
        let dialer = self.clone();
        Box::pin(async move {
            let tls = dialer.tls.clone();
            let io = dialer.tcp(proxy.clone()).await?;
            Ok(TokioIo::new(if proxy.scheme() == Some(&Scheme::HTTPS) {
                Box::new(encrypted(io, tls, &proxy).await?)
            } else {
                io
            }))
        })
    }
}

async fn encrypted(io: Io, tls: Arc<ClientConfig>, peer: &Uri) -> Result<tokio_rustls::client::TlsStream<Io>, BoxError> {
    let host = peer.host().unwrap_or_default().trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned())?;
    Ok(TlsConnector::from(tls).connect(name, io).await?)
}

#[cfg(any(target_os = "android", target_os = "linux"))]
fn limit_unsent(stream: &TcpStream) {
    // The upload works without it.
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
fn limit_unsent(_: &TcpStream) {}

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection of any kind.
pub(super) type Io = Box<dyn Stream>;

/// A connection to the service. It yields to other tasks after every few reads, however much the peer sends: otherwise a
/// flood would keep the thread from noticing that a deadline has passed.
pub(super) struct Conn {
    io: Io,
    is_h2: bool,
}

impl Connection for Conn {
    fn connected(&self) -> Connected {
        if self.is_h2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl AsyncRead for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        /// A socket's read costs one unit of the task's budget. Parsing what was read takes longer, by its size.
        const BYTES_PER_UNIT: usize = 2048;
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(cx, buffer);
        for _ in 0..(buffer.filled().len() - before) / BYTES_PER_UNIT {
            if coop::has_budget_remaining()
                && let Poll::Ready(unit) = coop::poll_proceed(cx)
            {
                unit.made_progress();
            }
        }
        outcome
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reading_yields_to_other_tasks_however_much_there_is() {
        let endless = tokio::io::join(tokio::io::repeat(b' '), tokio::io::sink());
        let mut conn = Conn { io: Box::new(endless), is_h2: false };
        let mut room = vec![0; 64 * 1024];
        let read = std::future::poll_fn(|cx| {
            let mut read = 0;
            while read < 64 << 20 {
                let mut buffer = ReadBuf::new(&mut room);
                if Pin::new(&mut conn).poll_read(cx, &mut buffer).is_pending() {
                    break;
                }
                read += buffer.filled().len();
            }
            Poll::Ready(read)
        });
        let read = read.await;
        assert!(read <= 512 * 1024, "{read}");
    }
}
