//! Connections that a fault can reset, and that end if the peer reads nothing for too long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a peer may not read any data.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The other end of a request's connection.
#[derive(Clone)]
pub struct Peer {
    pub address: SocketAddr,
    pub connection: Connection,
}

/// A handle on the connection of a request.
#[derive(Clone, Default)]
pub struct Connection {
    reset: Arc<AtomicBool>,
}

/// The socket of a connection.
pub struct Socket {
    stream: TcpStream,
    connection: Connection,
    /// The timeout of a write that waits.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// Sends a TCP reset in place of all further data.
    pub fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }
}

impl Socket {
    pub fn new(stream: TcpStream, connection: Connection) -> Self {
        Self { stream, connection, stalled: None }
    }

    /// Returns an error if a write has waited for too long.
    fn limit(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }

    /// Returns an error if the connection is to be reset. The server then drops the socket, and closing it without
    /// lingering sends the reset.
    fn check(&self) -> io::Result<()> {
        if !self.connection.reset.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = self.as_mut().stream().poll_write(context, data);
        self.limit(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = self.as_mut().stream().poll_write_vectored(context, data);
        self.limit(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        self.stream().poll_shutdown(context)
    }
}
