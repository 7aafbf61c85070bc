//! The body of a request, and whether the request has begun to be written, which is when it may reach the application.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http_body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// A mark that a request has begun to be written to a connection.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<AtomicBool>);

impl Begun {
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The body of a request. hyper looks at it first when it writes the request's head, and it has a connection by then: that
/// sets the mark.
#[derive(Default)]
pub(crate) struct RequestBody {
    content: Content,
    begun: Begun,
}

enum Content {
    Whole(Bytes),
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "a phone sends no file"))]
    Stream {
        chunks: BoxStream<'static, io::Result<Bytes>>,
        length: Option<u64>,
    },
}

impl Default for Content {
    fn default() -> Content {
        Content::Whole(Bytes::new())
    }
}

impl RequestBody {
    #[cfg(feature = "server")]
    pub fn stream(chunks: BoxStream<'static, io::Result<Bytes>>, length: Option<u64>) -> RequestBody {
        RequestBody { content: Content::Stream { chunks, length }, begun: Begun::default() }
    }

    pub fn begun(&self) -> Begun {
        self.begun.clone()
    }

    /// The same body for another attempt, unless it is a stream.
    pub fn again(&self) -> Option<RequestBody> {
        match &self.content {
            Content::Whole(bytes) => Some(RequestBody { content: Content::Whole(bytes.clone()), begun: self.begun.clone() }),
            Content::Stream { .. } => None,
        }
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> RequestBody {
        RequestBody { content: Content::Whole(text.into()), begun: Begun::default() }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        this.begun.0.store(true, Ordering::Relaxed);
        match &mut this.content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Content::Stream { chunks, .. } => {
                chunks.as_mut().poll_next(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.begun.0.store(true, Ordering::Relaxed);
        matches!(&self.content, Content::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream { length, .. } => length.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}
