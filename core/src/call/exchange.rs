//! Sending a request, and the head of its response.

use super::Run;
use super::options::Wait;
use crate::error::{Error, Kind};
use crate::transport::{BodyFault, RequestBody, Watch, classify, read_capped};
use bytes::Bytes;
use http::HeaderMap;
use hyper::body::Incoming;

/// The head of a response, and its body to be read.
pub(super) struct Head<'a> {
    pub status: u16,
    pub headers: HeaderMap,
    pub content: Content<'a>,
}

/// The body of a response.
pub(super) enum Content<'a> {
    Arriving {
        body: Incoming,
        watch: Watch<'a>,
    },
    /// Of a cassette.
    #[cfg(feature = "server")]
    Recorded(Result<Bytes, BodyFault>),
}

/// The error of a request without a response, and whether it certainly did not reach the application.
pub(super) struct NoHead {
    pub error: Error,
    pub unsent: bool,
}

impl Run<'_> {
    /// Sends a request and waits for the head of its response.
    pub(super) async fn exchange(&self, request: http::Request<RequestBody>) -> Result<Head<'_>, NoHead> {
        let pool = self.client.http.pool().await.map_err(|error| NoHead { error, unsent: true })?;
        if self.doubles() {
            let mut progress = self.progress();
            progress.maybe_sent |= std::mem::replace(&mut progress.begun, request.body().begun()).get();
        }
        self.enter("send");
        let watch = pool.watch(&self.deadline);
        let limit = self.waits().map(Wait::limit);
        let outcome = tokio::select! {
            biased;
            outcome = pool.send(request) => outcome,
            () = self.client.http.change(), if self.may_send_again() => {
                watch.ended();
                let error = Error::new(Kind::Connection, "the network changed before the response").phase("send");
                return Err(NoHead { error, unsent: false });
            }
            () = tokio::time::sleep(limit.unwrap_or_default()), if limit.is_some() => {
                watch.failed();
                let error = Error::new(Kind::Connection, "no response to a request that waits").phase("send");
                return Err(NoHead { error, unsent: false });
            }
        };
        match outcome {
            Ok(response) => {
                watch.heard();
                let (head, body) = response.into_parts();
                Ok(Head { status: head.status.as_u16(), headers: head.headers, content: Content::Arriving { body, watch } })
            }
            Err(error) => {
                let (error, unsent) = classify(&error, pool.by_proxy);
                if unsent {
                    watch.ended()
                } else {
                    watch.failed()
                }
                let mut progress = self.progress();
                let begun = std::mem::take(&mut progress.begun).get();
                let unsent = unsent || (self.doubles() && !begun);
                progress.maybe_sent |= !unsent;
                drop(progress);
                Err(NoHead { error, unsent })
            }
        }
    }
}

impl Content<'_> {
    /// Reads a body of at most `cap` bytes.
    pub async fn read(self, cap: usize) -> Result<Bytes, BodyFault> {
        match self {
            Content::Arriving { body, watch } => {
                let body = read_capped(body, cap).await;
                if matches!(body, Err(BodyFault::TooLarge(_) | BodyFault::CutShort(_))) {
                    watch.failed()
                } else {
                    watch.ended()
                }
                body
            }
            #[cfg(feature = "server")]
            Content::Recorded(body) => body,
        }
    }
}
