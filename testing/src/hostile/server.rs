//! One port for each case, and the certificates of those that speak TLS.

use super::case::{Case, Layer, Moment};
use super::play::play;
use super::{http1, http2};
use crate::tls::Authority;
use anyhow::Result;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The cases on their ports. Runs until its runtime ends.
pub struct Server {
    /// The base URL of each case, in the order of the cases.
    pub urls: Vec<String>,
    /// For each case whose next call has to wait: a port whose first connection ends when the steps have been played.
    pub played: Vec<Option<u16>>,
    /// The PEM of the certificate authority that a client must trust.
    pub authority: String,
}

impl Server {
    pub async fn start(cases: &[Case]) -> Result<Server> {
        let authority = Authority::new()?;
        let (mut urls, mut played) = (Vec::new(), Vec::new());
        for case in cases {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let scheme = if matches!(case.layer, Layer::Http1(..)) { "http" } else { "https" };
            urls.push(format!("{scheme}://localhost:{}", listener.local_addr()?.port()));
            let acceptors = Acceptors::of(&authority, &case.layer)?;
            let signal = Arc::new(Notify::new());
            played.push(if case.wait { Some(signalling(signal.clone()).await?) } else { None });
            tokio::spawn(accept(listener, case.layer.clone(), acceptors, signal));
        }
        Ok(Server { urls, played, authority: authority.pem() })
    }
}

/// A port whose first connection ends at the signal.
async fn signalling(signal: Arc<Notify>) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let waiting = listener.accept().await;
        signal.notified().await;
        drop(waiting);
    });
    Ok(port)
}

async fn accept(listener: TcpListener, layer: Layer, acceptors: Acceptors, played: Arc<Notify>) {
    let layer = Arc::new(layer);
    let seen = Arc::new(AtomicUsize::new(0));
    while let Ok((stream, _)) = listener.accept().await {
        let (layer, acceptors, seen, played) = (layer.clone(), acceptors.clone(), seen.clone(), played.clone());
        // The client hangs up whenever it likes: that is no failure of the server.
        tokio::spawn(async move {
            let _ = serve(stream, &layer, acceptors, &seen, &played).await;
        });
    }
}

async fn serve(
    mut stream: TcpStream,
    layer: &Layer,
    acceptors: Acceptors,
    seen: &AtomicUsize,
    played: &Notify,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Acceptors { first, later } = acceptors;
    match layer {
        Layer::Http1(moment, steps) => http1::serve(stream, *moment, steps, is_first(seen), played).await,
        Layer::InsteadOfTls(steps) if is_first(seen) => play(&mut stream, steps, played).await.map(drop),
        Layer::InsteadOfTls(_) => well_behaved(later.accept(stream).await?).await,
        Layer::BadCertificate(_) if is_first(seen) => well_behaved(first.accept(stream).await?).await,
        Layer::BadCertificate(_) => well_behaved(later.accept(stream).await?).await,
        Layer::Http2(greeting, follow_up, steps) => {
            http2::serve(later.accept(stream).await?, (*greeting, *follow_up), *steps, seen).await
        }
    }
}

/// Whether this is the first connection of its port.
fn is_first(seen: &AtomicUsize) -> bool {
    seen.fetch_add(1, Ordering::SeqCst) == 0
}

async fn well_behaved(stream: TlsStream<TcpStream>) -> io::Result<()> {
    http1::serve(stream, Moment::RequestRead, &[], false, &Notify::new()).await
}

/// What the first connection of a port gets, and those after it.
#[derive(Clone)]
struct Acceptors {
    first: TlsAcceptor,
    later: TlsAcceptor,
}

impl Acceptors {
    fn of(authority: &Authority, layer: &Layer) -> Result<Acceptors> {
        let protocol: &[u8] = if matches!(layer, Layer::Http2(..)) { b"h2" } else { b"http/1.1" };
        let later = authority.acceptor(None, protocol)?;
        let first = match layer {
            Layer::BadCertificate(fault) => authority.acceptor(Some(*fault), protocol)?,
            _ => later.clone(),
        };
        Ok(Acceptors { first, later })
    }
}
