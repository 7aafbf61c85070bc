//! Walks a list for a host: the call of the next page until there is none, or as long as the host follows the list.
//! The guard against servers that ignore `after` is here, for all languages.

use super::client::{Call, HostClient};
use super::follow::{LongPoll, Pause, Tail};
use crate::answer::{Body, Reply};
use crate::items::Items;
use crate::page::Guard;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The state of one walk.
pub struct HostPager {
    client: HostClient,
    operation: String,
    params: String,
    options: String,
    shared: Shared,
    /// The time between two looks at the end of a followed list.
    pause: Pause,
}

enum Walk {
    ToTheEnd(Guard),
    Following(Tail, LongPoll, Duration),
}

/// Updates the pager when the call of a page ends.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Walk>>);

impl Shared {
    fn walk(&self) -> MutexGuard<'_, Walk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, reply: &mut Reply) {
        let Body::Items(items) = &reply.body else { return };
        match &mut *self.walk() {
            Walk::ToTheEnd(guard) => {
                let first = items.text(0, "id");
                if !guard.learn(first.as_deref(), reply.next.take()) {
                    reply.body = Body::Items(Items::empty(items.model()));
                }
                reply.next = guard.cursor().map(str::to_owned);
            }
            Walk::Following(tail, polls, every) => {
                let ids: Vec<_> = (0..items.len()).map(|item| items.text(item, "id")).collect();
                let is_new = tail.learn(&ids, reply.next.clone());
                polls.learn(reply, is_new.contains(&true), *every);
                if is_new.contains(&false) {
                    reply.body = Body::Items(items.only(&is_new));
                }
            }
        }
    }
}

impl HostPager {
    pub(super) fn new(client: HostClient, operation: String, params: String, options: String) -> HostPager {
        let shared = Shared(Arc::new(Mutex::new(Walk::ToTheEnd(Guard::default()))));
        HostPager { client, operation, params, options, shared, pause: Pause::default() }
    }

    pub(super) fn following(self, every: Duration) -> HostPager {
        *self.shared.walk() = Walk::Following(Tail::default(), LongPoll::default(), every);
        self
    }

    /// Returns the call of the next page, or `None` after the last. A followed list always has one: at its end
    /// the call waits, looks again, and returns the new items.
    pub fn next(&self) -> Option<Call> {
        self.next_after(None)
    }

    /// The same, for a follower that waits for this duration instead of its usual one.
    pub(super) fn next_after(&self, pause: Option<Duration>) -> Option<Call> {
        let prepared = self.client.prepare(&self.operation, &self.params, &self.options);
        let is_relayed = prepared.as_ref().is_ok_and(|(operation, ..)| operation.surface.is_relayed());
        let timeout = prepared.as_ref().ok().and_then(|(_, _, options)| options.timeout());
        let timeout = timeout.unwrap_or_else(|| self.client.timeout());
        let mut wait = None;
        let (after, pause) = match &mut *self.shared.walk() {
            Walk::ToTheEnd(guard) if guard.is_done() => return None,
            Walk::ToTheEnd(guard) => (guard.cursor().map(str::to_owned), None),
            Walk::Following(tail, polls, every) => {
                // After a failure, the next response is to come at once.
                wait = polls.next(tail.is_at_end() && is_relayed && pause.is_none(), timeout);
                let pauses = tail.is_at_end() && !(wait.is_some() && polls.is_paced());
                let pause = pause.or(pauses.then_some(*every));
                (tail.cursor().map(str::to_owned), Some((self.pause.clone(), pause)))
            }
        };
        let mut call = match prepared {
            Ok((operation, mut params, options)) => {
                if let Some(after) = after {
                    params.values.insert("after".into(), after.into());
                }
                self.client.start(operation, params, options.waiting(wait), pause)
            }
            Err(error) => self.client.failed(error.operation(&self.operation)),
        };
        call.pager = Some(self.shared.clone());
        Some(call)
    }
}
