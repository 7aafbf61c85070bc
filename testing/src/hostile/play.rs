//! Plays the steps of a case on a connection.

use super::case::Step;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A connection that can be reset.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What is left of a connection after its steps.
#[derive(Debug, PartialEq, Eq)]
pub enum After {
    Open,
    Closed,
}

/// A flood goes on until the client hangs up, so that no client is fast enough to see its end; but no longer than this.
const LONGEST_FLOOD: Duration = Duration::from_secs(30);

/// Plays the steps one after another.
pub async fn play(stream: &mut impl Stream, steps: &[Step], played: &Notify) -> io::Result<After> {
    for step in steps {
        match step {
            Step::Send(bytes) => send(stream, bytes).await?,
            Step::Repeat(bytes, times) => repeat(stream, bytes, *times).await?,
            Step::Flood(bytes) => {
                flood(stream, bytes).await?;
                return Ok(After::Closed);
            }
            Step::Drip(bytes, pause) => {
                for byte in bytes {
                    tokio::time::sleep(*pause).await;
                    send(stream, &[*byte]).await?;
                }
            }
            Step::Played => played.notify_one(),
            Step::Pause(pause) => tokio::time::sleep(*pause).await,
            Step::Close => {
                stream.shutdown().await?;
                return Ok(After::Closed);
            }
            Step::Reset => {
                stream.tcp().set_zero_linger()?;
                return Ok(After::Closed);
            }
            Step::Freeze => {
                drain(stream).await;
                return Ok(After::Closed);
            }
        }
    }
    Ok(After::Open)
}

async fn send(stream: &mut impl Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Small pieces are sent together, so that many of them are a flood.
const PIECE: usize = 64 * 1024;

async fn repeat(stream: &mut impl Stream, bytes: &[u8], times: usize) -> io::Result<()> {
    let per_piece = (PIECE / bytes.len().max(1)).clamp(1, times.max(1));
    let piece = bytes.repeat(per_piece);
    for _ in 0..times / per_piece {
        send(stream, &piece).await?;
    }
    send(stream, &bytes.repeat(times % per_piece)).await
}

async fn flood(stream: &mut impl Stream, bytes: &[u8]) -> io::Result<()> {
    let piece = bytes.repeat((PIECE / bytes.len().max(1)).max(1));
    let sending = async {
        loop {
            send(stream, &piece).await?;
        }
    };
    tokio::time::timeout(LONGEST_FLOOD, sending).await.unwrap_or(Ok(()))
}

/// Reads and drops what arrives until the client closes the connection, for ten seconds at most.
async fn drain(stream: &mut impl Stream) {
    let mut buffer = [0; 4096];
    let reading = async { while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {} };
    // Whichever ends it, the connection is done.
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await;
}
