//! The messages of a conversation as a screen shows them: those of the service in its order, and the user's own from the moment
//! of sending. Nothing is sent from here.

use super::view::{Connection, Delivery, Update, Viewed};
use crate::error::{Error, ErrorInfo, Kind, Result};
use crate::host::error_json;
use crate::items::{Items, Value};
use crate::values::random_id;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::VecDeque;
use std::time::Duration;

/// The maximum number of messages. The oldest ones are dropped.
const MOST: usize = 5_000;

/// The maximum number of messages on their way.
const MOST_SENDING: usize = 100;

/// The maximum difference between the clocks of a phone and of the service that is taken into account.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// The pause after the first failure to follow the messages. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A message of the service.
#[derive(Clone)]
pub(super) struct Message {
    id: String,
    is_of_user: bool,
    content: String,
    created_at: Option<Timestamp>,
    json: Box<RawValue>,
}

/// A message and its reply.
pub(super) struct Exchange {
    message: Message,
    reply: Option<Message>,
}

struct Entry {
    /// The id that a screen knows: of the client for its own messages, otherwise the service's.
    id: String,
    /// The version in which the entry or its place changed.
    changed: u64,
    delivery: Delivery,
    error: Option<Failed>,
    /// The message of the service, once it is known.
    message: Option<Message>,
    /// Of a message that this conversation sends.
    own: Option<Own>,
}

struct Own {
    content: String,
    sent_at: Timestamp,
    /// The message as it looks before the service has it.
    draft: Box<RawValue>,
    /// Whether every message of the service was known when it was sent.
    is_after_all: bool,
}

struct Failed {
    json: Box<RawValue>,
    is_retryable: bool,
}

/// The state of a conversation.
pub(super) struct Log {
    session: String,
    version: u64,
    entries: Vec<Entry>,
    /// The ids of the messages on their way, in the order in which they are sent.
    sending: VecDeque<String>,
    /// The id of the last message that was followed.
    followed: Option<String>,
    /// Whether every message of the service was followed.
    is_caught_up: bool,
    pub connection: Connection,
    error: Option<Box<RawValue>>,
    /// The number of failures since messages were followed last.
    failures: u32,
}

impl Message {
    /// Reads a list of messages.
    pub fn list(items: &Items) -> Vec<Message> {
        (0..items.len()).filter_map(|item| Message::of(items, item)).collect()
    }

    fn of(items: &Items, item: usize) -> Option<Message> {
        Some(Message {
            id: items.text(item, "id")?,
            is_of_user: items.text(item, "role").as_deref() == Some("user"),
            content: items.text(item, "content").unwrap_or_default(),
            created_at: items.text(item, "created_at").and_then(|at| at.parse().ok()),
            json: RawValue::from_string(items.json(item)).ok()?,
        })
    }
}

impl Exchange {
    pub fn of(items: &Items) -> Option<Exchange> {
        let inner = |name: &str| match items.get(0, name) {
            Value::Model(model, json) => Message::of(&Items::of_canonical(json, model, false).ok()?, 0),
            _ => None,
        };
        Some(Exchange { message: inner("message")?, reply: inner("reply") })
    }
}

impl Failed {
    fn of(error: &ErrorInfo) -> Failed {
        // The user may sign in again; a grant that is over stays over.
        let may_sign_in = error.kind.is(Kind::Authentication) && !matches!(error.kind, Kind::GrantExpired | Kind::GrantInvalid);
        Failed { json: raw(error), is_retryable: error.retryable || may_sign_in }
    }
}

fn raw(error: &ErrorInfo) -> Box<RawValue> {
    RawValue::from_string(error_json(error)).unwrap_or_default()
}

impl Entry {
    fn of_service(message: Message) -> Entry {
        let id = message.id.clone();
        Entry { id, changed: 0, delivery: Delivery::Sent, error: None, message: Some(message), own: None }
    }

    fn viewed(&self) -> Option<Viewed<'_>> {
        let draft = self.own.as_ref().map(|own| &*own.draft);
        Some(Viewed {
            id: &self.id,
            message: self.message.as_ref().map(|message| &*message.json).or(draft)?,
            delivery: self.delivery,
            error: self.error.as_ref().map(|error| &*error.json),
            can_retry: self.can_retry(),
        })
    }

    fn service_id(&self) -> Option<&str> {
        self.message.as_ref().map(|message| message.id.as_str())
    }

    /// Whether this could be the sent message that the service has as `message`.
    fn could_be(&self, message: &Message) -> bool {
        let (Some(own), None) = (&self.own, &self.message) else { return false };
        let is_open = matches!(self.delivery, Delivery::Sending | Delivery::Unknown);
        // If older messages were not known yet, one of them may have the same text.
        let is_new = own.is_after_all || message.created_at.is_some_and(|at| at >= own.sent_at - CLOCKS_DIFFER);
        is_open && message.is_of_user && message.content.trim() == own.content.trim() && is_new
    }

    fn can_retry(&self) -> bool {
        match self.delivery {
            Delivery::Unknown => true,
            Delivery::Failed => self.error.as_ref().is_none_or(|error| error.is_retryable),
            Delivery::Sending | Delivery::Sent => false,
        }
    }
}

impl Log {
    pub fn new(session: &str) -> Log {
        Log {
            session: session.to_owned(),
            version: 1,
            entries: Vec::new(),
            sending: VecDeque::new(),
            followed: None,
            is_caught_up: false,
            connection: Connection::Connecting,
            error: None,
            failures: 0,
        }
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds a message that is being sent, and returns its id.
    ///
    /// # Errors
    /// If too many are on their way.
    pub fn send(&mut self, content: &str, now: Timestamp) -> Result<String> {
        if self.sending.len() >= MOST_SENDING {
            let why = format!("at most {MOST_SENDING} messages of a conversation may be on their way");
            return Err(Error::new(Kind::Conflict, why).suggestion("Wait until earlier messages are sent."));
        }
        let id = random_id();
        let draft = serde_json::json!({
            "id": id, "session_id": self.session, "role": "user", "content": content, "created_at": now.to_string(),
        });
        let own = Own {
            content: content.to_owned(),
            sent_at: now,
            draft: to_raw_value(&draft).unwrap_or_default(),
            is_after_all: self.is_caught_up,
        };
        let entry = Entry { id: id.clone(), changed: 0, delivery: Delivery::Sending, error: None, message: None, own: Some(own) };
        self.insert(self.entries.len(), entry);
        self.sending.push_back(id.clone());
        self.drop_oldest();
        Ok(id)
    }

    /// Whether it is a message's turn: messages are sent one after the other.
    pub fn is_next(&self, id: &str) -> bool {
        self.sending.front().is_none_or(|first| first == id)
    }

    /// Begins to send a message again, if that is possible, and returns its text.
    pub fn retry(&mut self, id: &str, now: Timestamp) -> Option<String> {
        let mut at = self.entries.iter().position(|entry| entry.id == id && entry.can_retry())?;
        if self.entries[at].delivery == Delivery::Failed {
            // It will be the last one.
            let entry = self.remove(at);
            at = self.entries.len();
            self.insert(at, entry);
        }
        let is_caught_up = self.is_caught_up;
        let entry = &mut self.entries[at];
        let own = entry.own.as_mut()?;
        if entry.delivery == Delivery::Failed {
            (own.sent_at, own.is_after_all) = (now, is_caught_up);
        }
        let content = own.content.clone();
        (entry.delivery, entry.error) = (Delivery::Sending, None);
        self.touch(at);
        self.sending.push_back(id.to_owned());
        Some(content)
    }

    /// Removes a message that was not sent.
    pub fn discard(&mut self, id: &str) {
        let is_unsent = |entry: &Entry| matches!(entry.delivery, Delivery::Failed | Delivery::Unknown);
        if let Some(at) = self.entries.iter().position(|entry| entry.id == id && is_unsent(entry)) {
            self.remove(at);
        }
    }

    /// Records that a message was sent.
    pub fn settle(&mut self, id: &str, exchange: Exchange) {
        self.arrived(id);
        let Exchange { message, reply } = exchange;
        let Some(mut at) = self.at(id) else { return };
        if self.entries[at].service_id() != Some(&message.id) {
            let mut entry = self.remove(at);
            // The message that was recognized by its text is another one.
            if let Some(other) = entry.message.take() {
                self.insert(at, Entry::of_service(other));
                at += 1;
            }
            at = self.take(&message.id).unwrap_or(at);
            self.insert(at, entry);
        }
        let entry = &mut self.entries[at];
        (entry.delivery, entry.error, entry.message) = (Delivery::Sent, None, Some(message));
        self.touch(at);
        if let Some(reply) = reply
            && self.with_service_id(&reply.id).is_none()
        {
            self.insert(at + 1, Entry::of_service(reply));
        }
        self.drop_oldest();
    }

    /// Records that sending a message failed.
    pub fn fail(&mut self, id: &str, error: &ErrorInfo) {
        self.end(id, error.outcome_unknown, Some(Failed::of(error)));
    }

    /// Records that the call that sends a message was dropped before its outcome.
    pub fn interrupt(&mut self, id: &str) {
        if self.sending.iter().any(|sending| sending == id) {
            self.end(id, true, None);
        }
    }

    fn end(&mut self, id: &str, is_unknown: bool, error: Option<Failed>) {
        self.arrived(id);
        let Some(mut at) = self.at(id) else { return };
        let known = self.entries[at].message.take();
        if is_unknown && known.is_some() {
            // The service has it.
            self.entries[at].message = known;
            return;
        }
        // It was not sent, so the message with its text is another one.
        if let Some(other) = known {
            self.insert(at, Entry::of_service(other));
            at += 1;
        }
        let entry = &mut self.entries[at];
        (entry.delivery, entry.error) = (if is_unknown { Delivery::Unknown } else { Delivery::Failed }, error);
        self.touch(at);
    }

    /// Takes in messages that were followed. `is_all`: there are no more at the moment.
    pub fn follow(&mut self, messages: Vec<Message>, is_all: bool) {
        let after = self.followed.clone();
        self.followed = self.merge(after.as_deref(), messages).or(after);
        self.is_caught_up |= is_all;
        self.failures = 0;
        // The call of a conversation that was paused in the meantime may have its response.
        if !self.connection.is_over() && self.connection != Connection::Connected {
            self.connect(Connection::Connected);
        }
    }

    /// Records that following failed.
    pub fn follow_failed(&mut self, error: &ErrorInfo) {
        if self.connection.is_over() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        // A response is also invalid if the network was lost in it, or if it is the page of a network that wants a sign-in.
        let may_pass = error.retryable || error.kind.is(Kind::InvalidResponse);
        self.connect(if may_pass { Connection::Waiting } else { Connection::Stopped });
        self.error = Some(raw(error));
    }

    /// Continues after a pause or an error.
    pub fn resume(&mut self) {
        self.failures = 0;
        self.connect(Connection::Connecting);
    }

    /// Returns how long to wait before the next look for new messages, if it is not the usual pause.
    pub fn pause(&self) -> Option<Duration> {
        match self.failures {
            // What is new since the conversation was paused is wanted at once.
            0 => (self.connection == Connection::Connecting).then_some(Duration::ZERO),
            failures => Some(LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow((failures - 1).min(5)))),
        }
    }

    /// Sets the state of the connection.
    pub fn connect(&mut self, connection: Connection) {
        if self.connection != Connection::Closed {
            (self.connection, self.error) = (connection, None);
            self.version += 1;
        }
    }

    /// Takes in messages of the service, in their order, of which the first is after the one with the id `after`. Returns the id
    /// of the last one.
    fn merge(&mut self, after: Option<&str>, messages: Vec<Message>) -> Option<String> {
        let last_known = || self.entries.iter().rposition(|entry| entry.message.is_some());
        let mut before = after.and_then(|id| self.with_service_id(id).or_else(last_known));
        let mut last = None;
        for message in messages {
            last = Some(message.id.clone());
            let at = match self.with_service_id(&message.id) {
                Some(at) => self.update(at, message),
                None => match self.entries.iter().position(|entry| entry.could_be(&message)) {
                    Some(at) => self.recognize(at, message),
                    None => {
                        let at = before.map_or(0, |before| before + 1);
                        self.insert(at, Entry::of_service(message));
                        at
                    }
                },
            };
            before = Some(self.place(at, before));
        }
        self.drop_oldest();
        last
    }

    /// Returns what changed since a version: the messages before `keep` are the same.
    pub fn since(&self, version: u64) -> Update<'_> {
        let keep = self.entries.iter().position(|entry| entry.changed > version).unwrap_or(self.entries.len());
        Update {
            version: self.version,
            keep,
            messages: self.entries[keep..].iter().filter_map(Entry::viewed).collect(),
            awaiting_reply: !self.sending.is_empty(),
            connection: self.connection,
            error: self.error.as_deref(),
        }
    }

    /// Moves a message of the service behind the one before it, unless only messages that the service does not have are between
    /// them. Returns its place.
    fn place(&mut self, at: usize, before: Option<usize>) -> usize {
        let first = before.map_or(0, |before| before + 1);
        if at >= first && self.entries[first..at].iter().all(|entry| entry.message.is_none()) {
            return at;
        }
        let entry = self.remove(at);
        let to = if at < first { first - 1 } else { first };
        self.insert(to, entry);
        to
    }

    /// Records that a message is no longer on its way.
    fn arrived(&mut self, id: &str) {
        self.sending.retain(|sending| sending != id);
        self.version += 1;
    }

    /// Takes a message of the service from the entry that has it, and returns its place.
    fn take(&mut self, message: &str) -> Option<usize> {
        let at = self.with_service_id(message)?;
        if self.entries[at].own.is_none() {
            // It was followed before it was known to be one of this conversation's own.
            self.remove(at);
        } else {
            // It was recognized by its text, and is another one with the same text.
            let is_sending = self.sending.contains(&self.entries[at].id);
            let entry = &mut self.entries[at];
            entry.message = None;
            entry.delivery = if is_sending { Delivery::Sending } else { Delivery::Unknown };
            self.touch(at);
        }
        Some(at)
    }

    fn recognize(&mut self, at: usize, message: Message) -> usize {
        let entry = &mut self.entries[at];
        (entry.delivery, entry.error, entry.message) = (Delivery::Sent, None, Some(message));
        self.touch(at);
        at
    }

    fn update(&mut self, at: usize, message: Message) -> usize {
        let entry = &mut self.entries[at];
        if entry.message.as_ref().is_none_or(|known| known.json.get() != message.json.get()) {
            entry.message = Some(message);
            self.touch(at);
        }
        at
    }

    fn at(&self, id: &str) -> Option<usize> {
        // New messages are looked for most often.
        self.entries.iter().rposition(|entry| entry.id == id)
    }

    fn with_service_id(&self, id: &str) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.service_id() == Some(id))
    }

    fn touch(&mut self, at: usize) {
        self.version += 1;
        if let Some(entry) = self.entries.get_mut(at) {
            entry.changed = self.version;
        }
    }

    fn insert(&mut self, at: usize, entry: Entry) {
        let at = at.min(self.entries.len());
        self.entries.insert(at, entry);
        self.touch(at);
    }

    fn remove(&mut self, at: usize) -> Entry {
        let entry = self.entries.remove(at);
        // The next one has its place.
        self.touch(at);
        entry
    }

    /// Keeps the number of messages limited. Several are dropped at once, since a screen then draws all others again.
    fn drop_oldest(&mut self) {
        if self.entries.len() > MOST {
            let mut left = self.entries.len() - MOST + MOST / 10;
            self.entries.retain(|entry| {
                let is_dropped = left > 0 && entry.delivery != Delivery::Sending;
                left -= usize::from(is_dropped);
                !is_dropped
            });
            self.touch(0);
        }
    }
}
