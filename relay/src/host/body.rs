//! A request's body that is pulled from the host piece by piece, so that the relay's own cap and time hold for it.

use crate::questions::{HostQuestions, Question};
use agenthuman::host::Pending;
use bytes::Bytes;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) struct HostBody {
    questions: HostQuestions,
    chunk: Option<Pending<Bytes>>,
    ended: bool,
}

impl HostBody {
    pub fn new(questions: HostQuestions) -> HostBody {
        HostBody { questions, chunk: None, ended: false }
    }
}

impl Body for HostBody {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let pending = self.chunk.take();
        let mut chunk = pending.unwrap_or_else(|| self.questions.ask(|answer| Question::Chunk { answer }));
        let Poll::Ready(answer) = Pin::new(&mut chunk).poll(cx) else {
            self.chunk = Some(chunk);
            return Poll::Pending;
        };
        Poll::Ready(match answer {
            Ok(chunk) if chunk.is_empty() => {
                self.ended = true;
                None
            }
            Ok(chunk) => Some(Ok(Frame::data(chunk))),
            Err(why) => {
                self.ended = true;
                Some(Err(why.to_string()))
            }
        })
    }
}
