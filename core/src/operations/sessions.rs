//! Sessions: conversations with an agent.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, NEXT_IF_ASKED, SUCCESS, choice, instant, int, list, nested, object, text};
use crate::table::{
    API_KEY_ONLY, Answer, Method, Modelled, OPERATION, Operation, Repeat, Rule, Wire, WireObject, body, limit, model, params,
    path, query,
};
use crate::{Id, Object};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource =
    Resource { name: "sessions", doc: "Sessions: conversations with an agent.", operations: &[&CREATE, &LIST, &GET, &END] };

/// How a session may be held. `voice` is what the documentation prints as the default.
pub const TYPES: &[&str] = &["agent_voice", "agent_video", "agent_chat", "webrtc_video", "voice"];
/// What a session can be.
pub(super) const STATES: &[&str] = &["active", "completed"];
/// What a list of sessions may be narrowed to.
pub const STATUSES: &[&str] = &["all", "active", "completed"];

model! {
    /// A conversation with an agent. Which fields are there depends on the operation.
    Session {
        /// The session's id.
        id: Id = ["session_id", "id"],
        /// The agent that holds it.
        agent_id: Option<Id>,
        /// The agent's name.
        agent_name: Option<String>,
        /// How it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video`; `voice`, `video` or `chat` in an agent's own list.
        session_type: Option<String> = ["session_type", "call_type"],
        /// `active` or `completed`.
        status: Option<String>,
        /// When it began.
        started_at: Option<Timestamp>,
        /// When it ended; null while it goes on.
        ended_at: Option<Timestamp>,
        /// How long it was, in seconds; null while it goes on.
        duration: Option<i64>,
        /// What was said.
        transcript: Option<String>,
        /// Data of your own.
        metadata: Option<Object>,
        /// The language it is held in, such as `en`.
        language: Option<String>,
        /// The avatar shown.
        avatar_id: Option<Id>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// Where the avatar's picture is.
        avatar_url: Option<String>,
        /// The voice spoken with.
        voice_id: Option<Id>,
        /// When it was made.
        created_at: Option<Timestamp>,
    }
}

params! {
    /// What `sessions.create` takes.
    CreateSession {
        /// The agent to talk with.
        agent_id: Id => body(Rule::INTEGER_ID).required(),
        /// How it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video`, or `voice`, which is the default.
        session_type: Option<String> => body(Rule::Choice(TYPES)),
        /// Data of your own, kept with the session.
        metadata: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// What `sessions.list` takes.
    ListSessions {
        /// Only those of this agent.
        agent_id: Option<Id> => query(Rule::INTEGER_ID),
        /// `all`, which is the default, `active` or `completed`.
        status: Option<String> => query(Rule::Choice(STATUSES)),
        /// How many a page has: 1 to 200. The service may ignore it and return all.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the page before.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

params! {
    /// What `sessions.end` takes.
    EndSession {
        /// How long it was, in whole seconds from 0; computed where it is not given.
        duration: Option<i64> => body(Rule::Integer { min: 0, max: i64::MAX }),
        /// What was said; made of the messages where it is not given.
        transcript: Option<String> => body(Rule::TEXT),
        /// Data of your own, merged over what the session has.
        metadata: Option<Object> => body(Rule::Object),
    }
}

/// What `sessions.create` answers.
static CREATED_OBJECT: WireObject = WireObject {
    name: "CreatedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        text("agent_name"),
        choice("session_type", TYPES),
        choice("status", STATES),
        instant("started_at"),
        object("metadata"),
        int("avatar_id").or_null(),
        text("avatar_name").or_null(),
        text("avatar_url").or_null(),
        text("voice_id").or_null(),
    ],
};

/// What `sessions.list` answers: no transcript, no metadata.
static LISTED_OBJECT: WireObject = WireObject {
    name: "ListedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        choice("session_type", TYPES),
        choice("status", STATES),
        instant("started_at"),
        instant("ended_at").or_null(),
        int("duration").or_null(),
        instant("created_at"),
        text("agent_name"),
        int("avatar_id").or_null(),
        text("avatar_name").or_null(),
        text("avatar_url").or_null(),
        text("voice_id").or_null(),
    ],
};

/// What `sessions.get` answers.
static FULL_OBJECT: WireObject = WireObject {
    name: "Session",
    fields: &[
        int("session_id"),
        int("agent_id"),
        choice("session_type", TYPES),
        choice("status", STATES),
        instant("started_at"),
        instant("ended_at").or_null(),
        int("duration").or_null(),
        instant("created_at"),
        text("agent_name"),
        int("avatar_id").or_null(),
        text("avatar_name").or_null(),
        text("avatar_url").or_null(),
        text("voice_id").or_null(),
        text("transcript"),
        object("metadata"),
        text("language"),
    ],
};

/// What `sessions.end` answers.
static ENDED_OBJECT: WireObject = WireObject {
    name: "EndedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        text("agent_name"),
        choice("session_type", TYPES),
        choice("status", STATES),
        instant("started_at"),
        instant("ended_at"),
        int("duration"),
        text("transcript"),
        object("metadata"),
    ],
};

/// `POST /v1/sessions`
pub static CREATE: Operation = Operation {
    name: "sessions.create",
    summary: "Opens a session with an agent. It is active at once.",
    method: Method::Post,
    path: "/v1/sessions",
    auth: API_KEY_ONLY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("sessions.list"),
    params: CreateSession::PARAMS,
    status: 201,
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &CREATED_OBJECT), MESSAGE]),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `GET /v1/sessions`
pub static LIST: Operation = Operation {
    name: "sessions.list",
    summary: "Lists one's sessions, the newest first.",
    path: "/v1/sessions",
    params: ListSessions::PARAMS,
    answer: Answer::List { model: Session::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &LISTED_OBJECT), NEXT_IF_ASKED]),
    ..OPERATION
};

/// `GET /v1/sessions/{id}`
pub static GET: Operation = Operation {
    name: "sessions.get",
    summary: "One session, with its transcript and metadata.",
    path: "/v1/sessions/{id}",
    path_param: Some(path("id", "The session's id.")),
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &FULL_OBJECT)]),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `PUT /v1/sessions/{id}/end`
pub static END: Operation = Operation {
    name: "sessions.end",
    summary: "Ends a session. Ending it again changes nothing.",
    method: Method::Put,
    path: "/v1/sessions/{id}/end",
    path_param: Some(path("id", "The session's id.")),
    params: EndSession::PARAMS,
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &ENDED_OBJECT), MESSAGE]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
