//! The HTTP/1.1 side: reads requests, plays the case's steps on the first one, and answers `sessions.get("2")` well.

use super::case::{Moment, Step, ok};
use super::play::{After, Stream, play};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

pub async fn serve(mut stream: impl Stream, moment: Moment, steps: &[Step], is_first: bool, played: &Notify) -> io::Result<()> {
    if moment == Moment::Accepted && is_first && play(&mut stream, steps, played).await? == After::Closed {
        return Ok(());
    }
    while let Some(request) = read_head(&mut stream).await? {
        let is_hostile = !request.path.ends_with("/2") && moment != Moment::Accepted;
        if is_hostile && moment == Moment::HeadRead {
            if play(&mut stream, steps, played).await? == After::Closed {
                return Ok(());
            }
            continue;
        }
        read_body(&mut stream, &request).await?;
        if is_hostile {
            let after = play(&mut stream, steps, played).await?;
            if after == After::Closed {
                drop(stream);
                played.notify_one();
                return Ok(());
            }
            played.notify_one();
        } else {
            let id = if request.path.ends_with("/2") { 2 } else { 1 };
            stream.write_all(&ok(id)).await?;
        }
    }
    Ok(())
}

struct Request {
    path: String,
    length: usize,
}

async fn read_head(stream: &mut impl Stream) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|value| value.trim().parse().ok());
    Ok(Some(Request { path, length: length.unwrap_or_default() }))
}

async fn read_body(stream: &mut impl Stream, request: &Request) -> io::Result<()> {
    let mut body = vec![0; request.length];
    stream.read_exact(&mut body).await.map(drop)
}
