//! The HTTP/2 side: plays the case's steps on the first request of its port, and answers the others well.

use super::case::{FollowUp, Greeting, Step, session};
use super::frames::{self, ACK, HEADERS, PING, PREFACE, SETTINGS, frame};
use super::play::{After, Stream, play};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

pub async fn serve(
    mut stream: impl Stream,
    (greeting, follow_up): (Greeting, FollowUp),
    steps: fn(u32) -> Vec<Step>,
    requests: &AtomicUsize,
) -> io::Result<()> {
    let mut preface = vec![0; PREFACE.len()];
    stream.read_exact(&mut preface).await?;
    if greeting == Greeting::Settings || requests.load(Ordering::SeqCst) > 0 {
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    }
    loop {
        let mut header = [0; 9];
        stream.read_exact(&mut header).await?;
        let length = usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
        let (kind, flags) = (header[3], header[4]);
        let id = u32::from_be_bytes([header[5], header[6], header[7], header[8]]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await?;
        match kind {
            SETTINGS if flags & ACK == 0 => stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await?,
            PING if flags & ACK == 0 => stream.write_all(&frame(PING, ACK, 0, &payload)).await?,
            HEADERS => match requests.fetch_add(1, Ordering::SeqCst) {
                0 if play(&mut stream, &steps(id), &Notify::new()).await? == After::Closed => return Ok(()),
                0 => {}
                1 if follow_up == FollowUp::SameRequest => stream.write_all(&frames::response(id, &session(1))).await?,
                _ => stream.write_all(&frames::response(id, &session(2))).await?,
            },
            _ => {}
        }
        stream.flush().await?;
    }
}
