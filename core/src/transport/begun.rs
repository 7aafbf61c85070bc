//! Whether a request has begun to be written, which is when it may reach the application.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
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

    /// Has the request set the mark. hyper looks at a body first when it writes the request's head, and it has a connection
    /// by then.
    pub fn watch(&self, request: &mut reqwest::Request) {
        let body = request.body_mut().take().unwrap_or_default();
        *request.body_mut() = Some(reqwest::Body::wrap(Watched { body, begun: self.clone() }));
    }
}

struct Watched {
    body: reqwest::Body,
    begun: Begun,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        this.begun.0.store(true, Ordering::Relaxed);
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.begun.0.store(true, Ordering::Relaxed);
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
