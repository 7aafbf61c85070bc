//! Request bodies: limits on the number of large ones in memory, and on the time that a client may take.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::ApiError;

pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Bodies up to this size need no share: the number of connections limits them.
const SMALL: usize = 64 * 1024;
/// A file takes one share, JSON several, since parsed JSON needs more memory.
const SHARES: usize = 8;
/// How long a large body waits for its share.
const WAIT: Duration = Duration::from_secs(20);
/// How long a client may pause while it sends a body.
const PAUSE: Duration = Duration::from_secs(15);
/// How long a body may take in total.
const TOTAL: Duration = Duration::from_secs(120);

/// The large bodies that are in memory.
pub struct LargeBodies(Arc<Semaphore>);

/// The permit to keep a large body in memory. Small bodies need none.
pub type Share = Option<OwnedSemaphorePermit>;

/// A JSON body that was read before the request reached its handler.
#[derive(Clone)]
pub struct ReadBody(pub Result<(Bytes, Arc<Share>), ApiError>);

#[derive(Clone, Copy)]
pub enum Kind {
    File,
    Json,
}

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SHARES)))
    }
}

impl LargeBodies {
    /// Waits for the share of a body.
    pub async fn share(&self, kind: Kind, size: usize) -> Result<Share, ApiError> {
        if size <= SMALL {
            return Ok(None);
        }
        let shares = match kind {
            Kind::File => 1,
            Kind::Json => SHARES as u32 / 2,
        };
        match timeout(WAIT, self.0.clone().acquire_many_owned(shares)).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            _ => Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Too many large bodies at once")),
        }
    }

    /// Reads a body. If it is too large, up to 64 MiB of it are read and discarded, since many clients do not read the
    /// response if the connection closes while they send.
    pub async fn read(&self, kind: Kind, mut body: Body) -> Result<(Bytes, Share), ApiError> {
        let late = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "The body took too long");
        let end = Instant::now() + TOTAL;
        let (mut whole, mut length, mut share) = (Vec::new(), 0, None);
        loop {
            let frame = timeout_at(end.min(Instant::now() + PAUSE), body.frame()).await.map_err(late)?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|_| ApiError::bad_request("The body is incomplete"))?;
            let Ok(data) = frame.into_data() else { continue };
            length += data.len();
            if length <= MAX_BODY {
                if share.is_none() {
                    share = self.share(kind, length).await?;
                }
                whole.extend_from_slice(&data);
            } else if length > 4 * MAX_BODY {
                break;
            } else {
                (whole, share) = (Vec::new(), None);
            }
        }
        if length > MAX_BODY {
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The body must be at most 16 MiB"));
        }
        Ok((whole.into(), share))
    }
}

/// A body with a guard that is dropped together with it.
pub struct Guarded<G> {
    body: Body,
    _guard: G,
}

impl<G> Guarded<G> {
    pub fn new(body: Body, guard: G) -> Self {
        Self { body, _guard: guard }
    }
}

impl<G: Unpin> HttpBody for Guarded<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
