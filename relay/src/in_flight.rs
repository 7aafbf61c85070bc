//! Work for a phone that goes on if the phone disconnects.

use futures_util::future::BoxFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;

/// Work at the API that may have had its effect. Dropped before its end, it goes on elsewhere for at most `grace`.
pub(crate) struct InFlight<T: Send + 'static> {
    work: Option<BoxFuture<'static, T>>,
    grace: Duration,
    runtime: Handle,
}

impl<T: Send + 'static> InFlight<T> {
    /// # Panics
    /// Outside of tokio.
    pub fn new(grace: Duration, work: impl Future<Output = T> + Send + 'static) -> InFlight<T> {
        InFlight { work: Some(Box::pin(work)), grace, runtime: Handle::current() }
    }
}

impl<T: Send + 'static> Future for InFlight<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let outcome = std::task::ready!(work.as_mut().poll(cx));
        self.work = None;
        Poll::Ready(outcome)
    }
}

impl<T: Send + 'static> Drop for InFlight<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            let grace = self.grace;
            self.runtime.spawn(async move { drop(tokio::time::timeout(grace, work).await) });
        }
    }
}
