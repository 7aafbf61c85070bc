//! A request's body that is pulled from the host piece by piece, so that the relay's own cap and time hold for it.

use super::asks::{Answered, Ask, Asks, Step};
use bytes::Bytes;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

pub(super) struct HostBody {
    asks: Asks,
    asked: Option<oneshot::Receiver<Answered<Bytes>>>,
    ended: bool,
}

impl HostBody {
    pub fn new(asks: Asks) -> HostBody {
        HostBody { asks, asked: None, ended: false }
    }
}

impl Body for HostBody {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut asked = match self.asked.take() {
            Some(asked) => asked,
            None => {
                let (ask, asked) = Ask::new();
                self.asks.send(Step::Chunk(ask));
                asked
            }
        };
        let Poll::Ready(answer) = Pin::new(&mut asked).poll(cx) else {
            self.asked = Some(asked);
            return Poll::Pending;
        };
        Poll::Ready(match answer.unwrap_or_else(|_| Err("was not answered".to_owned())) {
            Ok(chunk) if chunk.is_empty() => {
                self.ended = true;
                None
            }
            Ok(chunk) => Some(Ok(Frame::data(chunk))),
            Err(why) => {
                self.ended = true;
                Some(Err(why))
            }
        })
    }
}
