//! Lists.

use super::overrides::{Overrides, override_methods};
use crate::Object;
use crate::answer::{Body, Reply};
use crate::client::Client;
use crate::error::Result;
use crate::items::FromItem;
use crate::page::Guard;
use crate::table::{Operation, Params};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The cursor of the next page, to be sent as `after`. `None`: this is the last page.
    pub next: Option<String>,
}

/// The items of a list, whose pages are fetched when they are needed.
///
/// It is a [`Stream`] of items, and has methods of its own for code that needs no stream. A stream ends after its first error;
/// [`next`](Pages::next) and [`page`](Pages::page) fetch the page of an error again.
///
/// ```no_run
/// # async fn example(client: agenthuman::Client) -> agenthuman::Result<()> {
/// use agenthuman::api::sessions::ListSessions;
/// use std::time::Duration;
///
/// let mut sessions = client.sessions().list(ListSessions::new().status("active")).timeout(Duration::from_secs(5));
/// while let Some(session) = sessions.next().await? {
///     println!("{}", session.id);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a list is not fetched until it is polled"]
pub struct Pages<T> {
    client: Client,
    operation: &'static Operation,
    values: Object,
    overrides: Overrides,
    guard: Guard,
    items: VecDeque<T>,
    /// The page that a stream waits for.
    pending: Option<BoxFuture<'static, Result<Reply>>>,
    has_failed: bool,
}

impl<T> Pages<T> {
    pub(super) fn new(client: &Client, operation: &'static Operation, params: impl Into<Params>) -> Pages<T> {
        Pages {
            client: client.clone(),
            operation,
            values: params.into().values,
            overrides: Overrides::default(),
            guard: Guard::default(),
            items: VecDeque::new(),
            pending: None,
            has_failed: false,
        }
    }

    override_methods! {}

    /// Fetches the next page. The future owns all that it needs, so that a stream can keep it.
    fn fetch(&self) -> impl Future<Output = Result<Reply>> + Send + 'static {
        let (client, operation) = (self.client.clone(), self.operation);
        let mut values = self.values.clone();
        if let Some(after) = self.guard.cursor() {
            values.insert("after".into(), after.into());
        }
        let options = self.overrides.check().map_err(|error| error.operation(operation.name));
        async move { client.call(operation, Params { values, file: None }, options?, None).await }
    }
}

impl<T: FromItem> Pages<T> {
    /// Returns the next item, or `None` after the last.
    ///
    /// # Errors
    ///
    /// If the next page cannot be fetched; the errors are those of the operation.
    pub async fn next(&mut self) -> Result<Option<T>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Ok(Some(item));
            }
            match self.page().await? {
                None => return Ok(None),
                Some(page) => self.items.extend(page.items),
            }
        }
    }

    /// Returns the next page, or `None` after the last.
    ///
    /// # Errors
    ///
    /// If the page cannot be fetched; the errors are those of the operation.
    pub async fn page(&mut self) -> Result<Option<Page<T>>> {
        self.pending = None;
        if self.guard.is_done() {
            return Ok(None);
        }
        let reply = self.fetch().await?;
        let items = self.learn(reply)?;
        Ok(Some(Page { items, next: self.guard.cursor().map(str::to_owned) }))
    }

    /// Returns all items that are left.
    ///
    /// # Errors
    ///
    /// If a page cannot be fetched; the errors are those of the operation.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut items: Vec<T> = std::mem::take(&mut self.items).into();
        while let Some(page) = self.page().await? {
            items.extend(page.items);
        }
        Ok(items)
    }

    /// The items of a response: none, if it is the page before once more.
    fn learn(&mut self, reply: Reply) -> Result<Vec<T>> {
        let first = match &reply.body {
            Body::Items(items) => items.text(0, "id"),
            Body::Nothing | Body::Raw(_) => None,
        };
        let is_new = self.guard.learn(first.as_deref(), reply.next.clone());
        if is_new { reply.items()?.parse_all() } else { Ok(Vec::new()) }
    }
}

impl<T> Unpin for Pages<T> {}

impl<T: FromItem> Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            if self.has_failed || self.guard.is_done() {
                return Poll::Ready(None);
            }
            let mut pending = self.pending.take().unwrap_or_else(|| self.fetch().boxed());
            let Poll::Ready(reply) = pending.poll_unpin(cx) else {
                self.pending = Some(pending);
                return Poll::Pending;
            };
            match reply.and_then(|reply| self.learn(reply)) {
                Ok(items) => self.items.extend(items),
                Err(error) => {
                    self.has_failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("operation", &self.operation.name).finish_non_exhaustive()
    }
}
