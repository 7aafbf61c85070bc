//! Messages: what is said in a session.

use super::Resource;
use crate::Id;
use crate::error::Kind;
use crate::table::wire::{NEXT, SUCCESS, choice, instant, int, list, nested, text};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, Wire, WireObject, body, limit, model, params, path,
    query,
};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource =
    Resource { name: "messages", doc: "Messages: what is said in a session.", operations: &[&CREATE, &LIST] };

/// Who may say something.
pub const ROLES: &[&str] = &["user", "assistant", "system"];

model! {
    /// Something said in a session.
    Message {
        /// The message's id.
        id: Id = ["message_id", "id"],
        /// The session it was said in.
        session_id: Option<Id>,
        /// Who said it: `user`, `assistant` or `system`.
        role: Option<String>,
        /// What was said.
        content: Option<String>,
        /// When it was said.
        created_at: Option<Timestamp>,
    }
}

model! {
    /// A message that was sent, and the agent's reply.
    MessageExchange {
        /// The message that was sent.
        message: Message,
        /// The agent's reply; null where it gives none.
        reply: Option<Message>,
    }
}

params! {
    /// What `messages.create` takes.
    CreateMessage {
        /// What to say: 1 to 32,000 characters.
        content: String => body(Rule::Text { min: 1, max: 32_000 }).required(),
        /// Who says it: `user`, which is the default, `assistant` or `system`.
        role: Option<String> => body(Rule::Choice(ROLES)),
    }
}

params! {
    /// What `messages.list` takes.
    ListMessages {
        /// The cursor of the page before.
        after: Option<String> => query(Rule::NAME),
        /// How many a page has: 1 to 200; 100 by default.
        limit: Option<i64> => limit(),
    }
}

/// A message, in every answer.
static OBJECT: WireObject = WireObject {
    name: "Message",
    fields: &[int("message_id"), int("session_id"), choice("role", ROLES), text("content"), instant("created_at")],
};

/// `POST /v1/sessions/{session_id}/messages`
pub static CREATE: Operation = Operation {
    name: "messages.create",
    summary: "Says something in a session, and gives the agent's reply.",
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
    summary: "Lists what was said in a session, the oldest first.",
    evidence: Evidence::Named,
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    params: ListMessages::PARAMS,
    answer: Answer::List { model: Message::MODEL, under: &["messages"] },
    wire: Wire::Object(&[SUCCESS, list("messages", &OBJECT), NEXT]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
