//! A conversation as a host receives it, in JSON.

use serde::Serialize;
use serde_json::value::RawValue;

/// The changes since a version.
#[derive(Serialize)]
pub(super) struct Update<'a> {
    pub version: u64,
    /// The number of messages at the start that are the same as before. Those after them are replaced.
    pub keep: usize,
    pub messages: Vec<Viewed<'a>>,
    pub awaiting_reply: bool,
    pub connection: Connection,
    pub error: Option<&'a RawValue>,
}

/// A message.
#[derive(Serialize)]
pub(super) struct Viewed<'a> {
    /// The id in this conversation. It stays the same after the service has the message.
    pub id: &'a str,
    /// The message in canonical JSON, also of one that the service does not have yet.
    pub message: &'a RawValue,
    pub delivery: Delivery,
    pub error: Option<&'a RawValue>,
    pub can_retry: bool,
}

/// What is known of a message's way to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Delivery {
    /// It is on its way.
    Sending,
    /// The service has it.
    Sent,
    /// The service does not have it.
    Failed,
    /// The service may have it.
    Unknown,
}

/// What is known of the conversation's messages at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Connection {
    /// The messages are being loaded.
    Connecting,
    /// The messages are those of the service.
    Connected,
    /// The service was not reached, and is tried again.
    Waiting,
    /// An error ended it.
    Stopped,
    /// The app is in the background.
    Paused,
    /// It is over.
    Closed,
}

impl Connection {
    /// Whether messages are not followed.
    pub fn is_over(self) -> bool {
        matches!(self, Connection::Stopped | Connection::Paused | Connection::Closed)
    }
}
