//! Accepts connections and serves HTTP/1.1. Heads, idle times and the number of connections are limited, so that
//! misbehaving clients cost little and do not block others.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::body::Guarded;
use crate::connection::{Connection, Peer, Socket};

const MAX_CONNECTIONS: usize = 512;
/// The maximum number of connections that are being rejected at once.
const MAX_REJECTIONS: usize = 64;
/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_HEAD: usize = 32 * 1024;
const MAX_BUFFER: usize = 64 * 1024;
/// How long an idle connection is kept at the limit, since its request may be on the way.
const GRACE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 58\r\n\
    retry-after: 1\r\nconnection: close\r\n\r\n{\"success\":false,\"error\":\"The sandbox is too busy just now\"}";

/// Serves at most 512 connections, or half the number of open files; at the limit, the longest idle connection is closed.
/// Returns when a future of `stopped` completes and the requests in flight have their responses.
pub async fn serve<S>(listener: TcpListener, router: Router, stopped: impl Fn() -> S)
where
    S: Future<Output = ()> + Send + 'static,
{
    let mut connections = Connections::default();
    let mut rejections = JoinSet::new();
    let limit = connection_limit();
    let mut stop = pin!(stopped());
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        connections.remove_ended();
        while rejections.try_join_next().is_some() {}
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            // Other connections of this process may have used up its open files.
            Err(error) => {
                if !is_connection_error(&error) {
                    connections.close_longest_idle(Duration::ZERO);
                    sleep(PAUSE).await;
                }
                continue;
            }
        };
        if connections.make_room(limit).await {
            connections.spawn(stream, address, router.clone(), stopped());
        } else if rejections.len() < MAX_REJECTIONS {
            rejections.spawn(timeout(GRACE, reject(stream)));
        } else {
            let _ = stream.try_write(TOO_MANY);
            let _ = stream.try_read(&mut [0; 8192]);
        }
    }
    drop(listener);
    while connections.tasks.join_next().await.is_some() {}
}

/// Leaves open files for other purposes, such as the data file.
fn connection_limit() -> usize {
    #[cfg(unix)]
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let files: Option<u64> = None;
    let half = files.and_then(|files| usize::try_from(files / 2).ok()).unwrap_or(MAX_CONNECTIONS);
    half.clamp(1, MAX_CONNECTIONS)
}

fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Responds, and then reads the request: closing a connection with unread data would discard the response.
async fn reject(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(TOO_MANY).await?;
    stream.shutdown().await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}

#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    open: HashMap<Id, (AbortHandle, Arc<Use>)>,
}

impl Connections {
    fn spawn(
        &mut self,
        stream: TcpStream,
        address: SocketAddr,
        router: Router,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) {
        let _ = stream.set_nodelay(true);
        let used = Arc::new(Use::default());
        used.set_idle();
        let task = self.tasks.spawn(serve_connection(stream, address, router, used.clone(), stopped));
        self.open.insert(task.id(), (task, used));
    }

    fn remove_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.remove(ended);
        }
    }

    fn remove(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.open.remove(&id);
    }

    /// Makes room for one more connection if possible: at the limit, the longest idle one is closed.
    async fn make_room(&mut self, limit: usize) -> bool {
        while self.tasks.len() >= limit {
            if !self.close_longest_idle(GRACE) {
                if self.open.values().all(|(_, used)| used.idle_for().is_none()) {
                    return false;
                }
                sleep(PAUSE).await;
                self.remove_ended();
            } else if let Some(ended) = self.tasks.join_next_with_id().await {
                self.remove(ended);
            }
        }
        true
    }

    /// Closes the longest idle connection, if it has been idle for at least this long.
    fn close_longest_idle(&self, at_least: Duration) -> bool {
        let idle = self.open.values().filter_map(|(task, used)| Some((used.idle_for()?, task)));
        match idle.max_by_key(|(idle_for, _)| *idle_for) {
            Some((idle_for, task)) if idle_for >= at_least => {
                task.abort();
                true
            }
            _ => false,
        }
    }
}

/// Whether a connection has a request in flight, and if not, since when.
#[derive(Default)]
struct Use {
    /// Milliseconds since [`START`], or [`BUSY`].
    idle_since: AtomicU64,
}

const BUSY: u64 = u64::MAX;
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Use {
    fn set_busy(&self) {
        self.idle_since.store(BUSY, Ordering::Relaxed);
    }

    fn set_idle(&self) {
        self.idle_since.store(START.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn idle_for(&self) -> Option<Duration> {
        let since = self.idle_since.load(Ordering::Relaxed);
        (since != BUSY).then(|| START.elapsed().saturating_sub(Duration::from_millis(since)))
    }
}

/// A request in flight, from its head to the end of its response.
struct InFlight(Arc<Use>);

impl InFlight {
    fn new(used: &Arc<Use>) -> Self {
        used.set_busy();
        Self(used.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.set_idle();
    }
}

async fn serve_connection(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    used: Arc<Use>,
    stopped: impl Future<Output = ()>,
) {
    let connection = Connection::default();
    let peer = ConnectInfo(Peer { address, connection: connection.clone() });
    let service = service_fn(|request: Request<Incoming>| {
        let in_flight = InFlight::new(&used);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await?;
            Ok::<Response, Infallible>(answer.map(|body| Body::new(Guarded::new(body, in_flight))))
        }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_header_size(MAX_HEAD)
            .max_buf_size(MAX_BUFFER)
            // The sandbox sets `Date` from its own clock.
            .auto_date_header(false)
            .serve_connection(TokioIo::new(Socket::new(stream, connection)), service)
    );
    tokio::select! {
        // An error means that the client closed its connection.
        _ = serving.as_mut() => {}
        () = stopped => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}
