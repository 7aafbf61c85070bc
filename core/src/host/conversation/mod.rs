//! A conversation that a screen can watch: its messages with their state, which stay up to date.
//!
//! A host runs the calls that it gives, like any other call. Their outcomes change the conversation, and the host publishes
//! what changed.

mod log;
#[cfg(all(test, feature = "server"))]
mod tests;
mod view;

use super::HostPager;
use super::client::{Call, HostClient};
use super::follow::EVERY;
use crate::answer::{Body, Reply};
use crate::call::CallOptions;
use crate::error::{Error, ErrorInfo, Kind, Result};
use crate::items::Items;
use crate::operations::messages;
use crate::operations::phone::{LIST_MESSAGES, SEND_MESSAGE};
use crate::table::{Modelled, Params, Surface};
use futures_util::FutureExt;
use jiff::Timestamp;
use log::{Exchange, Log, Message};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use view::Connection;

/// The conversation of one session.
pub struct HostConversation {
    client: HostClient,
    session: String,
    pager: HostPager,
    shared: Shared,
}

/// The state of a conversation, and the news that it changed.
#[derive(Clone)]
struct Shared(Arc<State>);

struct State {
    log: Mutex<Log>,
    version: watch::Sender<u64>,
}

impl Shared {
    fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log();
        let result = change(&mut log);
        let version = log.version();
        drop(log);
        self.0.version.send_if_modified(|current| {
            let is_newer = version > *current;
            *current = version.max(*current);
            is_newer
        });
        result
    }

    /// Waits until it is a message's turn to be sent.
    async fn turn(&self, id: &str) {
        let mut versions = self.0.version.subscribe();
        while !self.log().is_next(id) {
            // The sender is not dropped before this ends.
            let _ = versions.changed().await;
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The use of a call's outcome for its conversation.
pub(super) enum Role {
    /// The call reads messages.
    Follow(Follower),
    /// The call sends a message.
    Send(Sender),
}

pub(super) struct Follower(Shared);

/// Dropping it before the outcome makes the outcome unknown.
pub(super) struct Sender {
    shared: Shared,
    id: String,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shared.change(|log| log.interrupt(&self.id));
    }
}

impl Role {
    /// Records the outcome of the call.
    pub(super) fn learn(self, outcome: &Result<Reply, Box<ErrorInfo>>) {
        match (self, outcome) {
            (Role::Follow(Follower(shared)), Ok(reply)) => {
                let Body::Items(items) = &reply.body else { return };
                shared.change(|log| log.follow(Message::list(items), reply.next.is_none()));
            }
            (Role::Follow(Follower(shared)), Err(error)) => shared.change(|log| log.follow_failed(error)),
            (Role::Send(sender), Err(error)) => sender.shared.change(|log| log.fail(&sender.id, error)),
            (Role::Send(sender), Ok(reply)) => {
                let Body::Items(items) = &reply.body else { return };
                if let Some(exchange) = Exchange::of(items) {
                    sender.shared.change(|log| log.settle(&sender.id, exchange));
                }
            }
        }
    }
}

impl HostClient {
    /// Starts a conversation with the messages of a session, which looks for new ones after `every`, by default 2 seconds.
    pub fn conversation(&self, session: &str, every: Option<Duration>) -> HostConversation {
        let params = json!({ "session_id": session }).to_string();
        let pager = self.pages(LIST_MESSAGES.name, &params, "").following(every.unwrap_or(EVERY));
        let state = State { log: Mutex::new(Log::new(session)), version: watch::Sender::new(0) };
        HostConversation { client: self.clone(), session: session.to_owned(), pager, shared: Shared(Arc::new(state)) }
    }
}

impl HostConversation {
    /// Adds a message, and returns its id and the call that sends it. Messages are sent one after the other.
    ///
    /// # Errors
    /// If the message is invalid, the client is closed, or too many messages are on their way.
    pub fn send(&self, content: &str) -> std::result::Result<(String, Call), Box<ErrorInfo>> {
        let id = (|| {
            SEND_MESSAGE.prepare(self.message("1", content), SEND_MESSAGE.path)?;
            self.shared.change(|log| log.send(content, Timestamp::now()))
        })()
        .map_err(|error| error.operation(SEND_MESSAGE.name).into_info_on(Surface::Phone))?;
        let call = self.call(&id, content);
        Ok((id, call))
    }

    /// Returns the call that sends a message again, unless it is on its way or was sent, or its error would come again. The relay
    /// recognizes a message that it has.
    pub fn retry(&self, id: &str) -> Option<Call> {
        let content = self.shared.change(|log| log.retry(id, Timestamp::now()))?;
        Some(self.call(id, &content))
    }

    /// Removes a message that was not sent.
    pub fn discard(&self, id: &str) {
        self.shared.change(|log| log.discard(id));
    }

    /// Returns the call that reads what is new; it waits first if it has to. `None` while the conversation is paused, after an
    /// error that stays, and after the end. One call at a time.
    pub fn next(&self) -> Option<Call> {
        let pause = match self.shared.log() {
            log if log.connection.is_over() => return None,
            log => log.pause(),
        };
        let mut call = self.pager.next_after(pause)?;
        call.role = Some(Role::Follow(Follower(self.shared.clone())));
        Some(call)
    }

    /// Stops [`next`](Self::next), for an app in the background. Messages on their way are sent.
    pub fn pause(&self) {
        self.shared.change(|log| log.connect(Connection::Paused));
    }

    /// Continues after a pause or an error, without waiting.
    pub fn resume(&self) {
        self.shared.change(Log::resume);
    }

    /// Ends the conversation: nothing changes any more, except for messages on their way.
    pub fn close(&self) {
        self.shared.change(|log| log.connect(Connection::Closed));
    }

    /// Takes in messages without a backend, for previews and tests of an app: a list in canonical JSON. Other JSON changes nothing.
    pub fn received(&self, messages: &str) {
        if let Ok(items) = Items::of_canonical(messages.to_owned(), messages::Message::MODEL, true) {
            self.shared.change(|log| log.follow(Message::list(&items), true));
        }
    }

    /// Records the response to a message without a backend: an exchange in canonical JSON.
    pub fn answered(&self, id: &str, exchange: &str) {
        let items = Items::of_canonical(exchange.to_owned(), messages::MessageExchange::MODEL, false);
        if let Some(exchange) = items.ok().as_ref().and_then(Exchange::of) {
            self.shared.change(|log| log.settle(id, exchange));
        }
    }

    /// Records that a message failed without a backend.
    pub fn failed(&self, id: &str, code: &str, message: &str, retryable: bool, outcome_unknown: bool) {
        let mut error = Error::new(Kind::of_code(code).unwrap_or(Kind::Internal), message).operation(SEND_MESSAGE.name);
        let info = error.info_mut();
        (info.retryable, info.outcome_unknown) = (retryable, outcome_unknown);
        self.shared.change(|log| log.fail(id, &error.into_info_on(Surface::Phone)));
    }

    /// Returns what changed since a version, as JSON. Version 0 is before everything.
    pub fn update(&self, since: u64) -> String {
        // Texts and numbers can always be serialized.
        serde_json::to_string(&self.shared.log().since(since)).unwrap_or_default()
    }

    /// Waits for a version after `since`.
    pub async fn changed(&self, since: u64) {
        // The sender is not dropped before this ends.
        let _ = self.shared.0.version.subscribe().wait_for(|version| *version > since).await;
    }

    /// The call that sends a message. Its id is the one in this conversation, by which a repeat is recognized.
    fn call(&self, id: &str, content: &str) -> Call {
        let (client, shared, id) = (self.client.client.clone(), self.shared.clone(), id.to_owned());
        let params = self.message(&id, content);
        let role = Role::Send(Sender { shared: shared.clone(), id: id.clone() });
        let mut call = Call::run(Surface::Phone, move |host| {
            async move {
                shared.turn(&id).await;
                client.call(&SEND_MESSAGE, params, CallOptions::default(), Some(host)).await
            }
            .boxed()
        });
        call.role = Some(role);
        call
    }

    fn message(&self, id: &str, content: &str) -> Params {
        let mut params = Params::default().with_path("session_id", self.session.clone()).with_path("id", id);
        params.set("content", content.to_owned());
        params
    }
}
