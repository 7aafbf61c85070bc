//! Faulty response bodies.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Sends its data, and then fails, which closes the connection.
pub struct Cut {
    data: Option<Bytes>,
    sent: bool,
}

impl Cut {
    pub fn after(data: Bytes) -> Self {
        Self { data: Some(data), sent: false }
    }
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        // The server flushes its buffer when a body is pending.
        if !std::mem::replace(&mut self.sent, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into())))
    }
}

/// Sends one byte at a time, with a pause after each.
pub struct Trickle {
    data: Bytes,
    pause: Interval,
}

impl Trickle {
    pub fn new(data: Bytes, pause: Duration) -> Self {
        let mut pause = interval(pause.max(Duration::from_millis(1)));
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { data, pause }
    }
}

impl HttpBody for Trickle {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.data.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.pause.poll_tick(context));
        let byte = self.data.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }
}
