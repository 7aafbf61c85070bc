//! The sockets of a pool, which can be looked at between calls, when no task polls them.

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
#[cfg(any(target_os = "android", target_os = "linux"))]
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How long what was sent on a connection that was used before may lack the acknowledgement of the peer's system.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// With more sockets, a turn of the event loop costs less than a look at each.
const MOST: usize = 4;

/// The open sockets of one pool.
#[derive(Clone, Default)]
pub(super) struct Sockets(Arc<Mutex<Vec<Weak<Mutex<TcpStream>>>>>);

impl Sockets {
    /// Adds a socket.
    pub fn add(&self, stream: TcpStream) -> Socket {
        let stream = Arc::new(Mutex::new(stream));
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Not for each socket, so that many cost no more than a few.
        if open.len() == open.capacity() {
            open.retain(|socket| socket.strong_count() > 0);
            let as_many = open.len().max(MOST);
            open.reserve(as_many);
        }
        open.push(Arc::downgrade(&stream));
        Socket(stream)
    }

    /// Makes the open sockets, which were used before, fail soon if their peers are gone without a word: the system closes one if what is
    /// sent lacks an acknowledgement. A peer that takes its time to respond acknowledges at once.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    pub fn expect_acknowledgements(&self) {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for socket in open.iter().filter_map(Weak::upgrade) {
            if let Ok(stream) = socket.try_lock() {
                // Without it, a dead connection fails later.
                let _ = socket2::SockRef::from(&*stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
            }
        }
    }

    /// Other systems have no such option, or none that can be set without unsafe code.
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    pub fn expect_acknowledgements(&self) {}

    /// Whether the peers have sent nothing that was not read yet, and have closed no socket. `false` if that would take a while to
    /// find out.
    pub fn are_quiet(&self) -> bool {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let are_few = open.iter().filter(|socket| socket.strong_count() > 0).nth(MOST).is_none();
        are_few && open.iter().filter_map(Weak::upgrade).all(|socket| socket.try_lock().is_ok_and(|stream| is_quiet(&stream)))
    }
}

fn is_quiet(stream: &TcpStream) -> bool {
    let peeked = socket2::SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]);
    peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// A socket of a pool.
pub(super) struct Socket(Arc<Mutex<TcpStream>>);

impl Socket {
    fn stream(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write(cx, bytes)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn pair(sockets: &Sockets) -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (sockets.add(ours), listener.accept().await.unwrap().0)
    }

    /// Waits until the socket has something to read, without reading it.
    async fn arrival(socket: &Socket) {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        std::future::poll_fn(|cx| {
            buffer.clear();
            socket.stream().poll_peek(cx, &mut buffer)
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn bytes_and_a_close_are_noticed() {
        let sockets = Sockets::default();
        assert!(sockets.are_quiet());
        let (mut ours, mut theirs) = pair(&sockets).await;
        assert!(sockets.are_quiet());
        theirs.write_all(b"!").await.unwrap();
        arrival(&ours).await;
        assert!(!sockets.are_quiet());
        ours.read_exact(&mut [0]).await.unwrap();
        assert!(sockets.are_quiet());
        drop(theirs);
        arrival(&ours).await;
        assert!(!sockets.are_quiet());
        drop(ours);
        assert!(sockets.are_quiet());
    }

    #[cfg(any(target_os = "android", target_os = "linux"))]
    #[tokio::test]
    async fn sockets_that_were_used_before_wait_less_for_acknowledgements() {
        let sockets = Sockets::default();
        let (used, _theirs) = pair(&sockets).await;
        sockets.expect_acknowledgements();
        let (new, _theirs) = pair(&sockets).await;
        let limit = |socket: &Socket| socket2::SockRef::from(&*socket.stream()).tcp_user_timeout().unwrap();
        assert_eq!((limit(&used), limit(&new)), (Some(UNACKNOWLEDGED), None));
    }

    #[tokio::test]
    async fn only_a_few_sockets_are_looked_at() {
        let sockets = Sockets::default();
        let mut open = Vec::new();
        for count in 1..=MOST + 1 {
            open.push(pair(&sockets).await);
            assert_eq!(sockets.are_quiet(), count <= MOST);
        }
        open.pop();
        assert!(sockets.are_quiet());
    }
}
