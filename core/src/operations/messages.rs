//! Messages: the conversation in a session.

use super::Resource;
use crate::Id;
use crate::error::Kind;
use crate::table::wire::{NEXT, SUCCESS, choice, instant, int, list, nested, text};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, Wire, WireObject, body, limit, path, query,
};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource =
    Resource { name: "messages", doc: "Messages: the conversation in a session.", operations: &[&CREATE, &LIST] };

choices! {
    /// The author of a message.
    MessageRole {
        /// The user.
        User = "user",
        /// The agent.
        Assistant = "assistant",
        /// Instructions for the agent.
        System = "system",
    }
}

model! {
    /// A message in a session.
    Message {
        /// The message's id.
        id: Id = ["message_id", "id"],
        /// The id of the session.
        session_id: Id,
        /// The author: `user`, `assistant` or `system`.
        role: MessageRole,
        /// The text of the message.
        content: String,
        /// The time of the message.
        created_at: Timestamp,
    }
}

model! {
    /// A message that was sent, and the agent's reply.
    MessageExchange {
        /// The message that was sent.
        message: Message,
        /// The agent's reply; null if there is none.
        reply: Option<Message>,
    }
}

params! {
    /// Parameters of `messages.create`.
    CreateMessage {
        /// The text of the message: 1 to 32,000 characters.
        content: String => body(Rule::Text { min: 1, max: 32_000 }).required(),
        /// The author: `user`, `assistant` or `system`. Default: `user`.
        role: Option<MessageRole> => body(Rule::Choice(MessageRole::CHOICES)),
    }
}

params! {
    /// Parameters of `messages.list`.
    ListMessages {
        /// The cursor of the previous page.
        after: Option<String> => query(Rule::NAME),
        /// The maximum number of items per page: 1 to 200. Default: 100.
        limit: Option<i64> => limit(),
    }
}

/// A message, in every response.
static OBJECT: WireObject = WireObject {
    name: "Message",
    fields: &[
        int("message_id"),
        int("session_id"),
        choice("role", MessageRole::CHOICES.values),
        text("content"),
        instant("created_at"),
    ],
};

/// `POST /v1/sessions/{session_id}/messages`
pub static CREATE: Operation = Operation {
    name: "messages.create",
    summary: "Sends a message to the agent of a session and returns the agent's reply.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/sessions/{session_id}/messages",
    repeat: Repeat::IfUnsent,
    shown_by: Some("messages.list"),
    path_param: Some(path("session_id", "The session's id.")),
    params: CreateMessage::PARAMS,
    status: 201,
    answer: Answer::One { model: MessageExchange::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("message", &OBJECT), nested("reply", &OBJECT).or_null()]),
    errors: &[Kind::NotFound, Kind::Conflict],
    ..OPERATION
};

/// `GET /v1/sessions/{session_id}/messages`
pub static LIST: Operation = Operation {
    name: "messages.list",
    summary: "Lists the messages of a session, the oldest first.",
    evidence: Evidence::Named,
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    params: ListMessages::PARAMS,
    answer: Answer::List { model: Message::MODEL, under: &["messages"] },
    wire: Wire::Object(&[SUCCESS, list("messages", &OBJECT), NEXT]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
