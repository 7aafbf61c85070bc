//! Sessions: conversations with an agent.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, NEXT_IF_ASKED, SUCCESS, choice, instant, int, list, nested, object, text};
use crate::table::{
    API_KEY_ONLY, Answer, Method, Modelled, OPERATION, Operation, Repeat, Rule, Wire, WireObject, body, limit, path, query,
};
use crate::{Id, Object};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource =
    Resource { name: "sessions", doc: "Sessions: conversations with an agent.", operations: &[&CREATE, &LIST, &GET, &END] };

choices! {
    /// The type of a session.
    SessionType {
        /// A voice conversation with an agent.
        AgentVoice = "agent_voice",
        /// A video conversation with an agent.
        AgentVideo = "agent_video",
        /// A chat with an agent.
        AgentChat = "agent_chat",
        /// A video conversation over WebRTC.
        WebrtcVideo = "webrtc_video",
        /// A voice conversation, the default.
        Voice = "voice",
    }
    received {
        /// A video conversation, in the list of an agent's sessions.
        Video = "video",
        /// A chat, in the list of an agent's sessions.
        Chat = "chat",
    }
}

choices! {
    /// The status of a session.
    SessionStatus {
        /// The conversation goes on.
        Active = "active",
        /// The conversation has ended.
        Completed = "completed",
    }
}

model! {
    /// A conversation with an agent. The fields that are present depend on the operation.
    Session {
        /// The session's id.
        id: Id = ["session_id", "id"],
        /// The id of the agent.
        agent_id: Id,
        /// The agent's name.
        agent_name: Option<String>,
        /// The type of the session: `agent_voice`, `agent_video`, `agent_chat` or `webrtc_video`; `voice`, `video` or `chat` in the list of an agent's sessions.
        session_type: SessionType = ["session_type", "call_type"],
        /// `active` or `completed`.
        status: SessionStatus,
        /// The time at which the session began.
        started_at: Timestamp,
        /// The time at which the session ended; null while it is active.
        ended_at: Option<Timestamp>,
        /// The duration in seconds; null while the session is active.
        duration: Option<i64>,
        /// The transcript.
        transcript: Option<String>,
        /// Your own data.
        metadata: Option<Object>,
        /// The language of the session, such as `en`.
        language: Option<String>,
        /// The id of the avatar.
        avatar_id: Option<Id>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// The URL of the avatar's picture.
        avatar_url: Option<String>,
        /// The id of the voice.
        voice_id: Option<Id>,
        /// The time of creation.
        created_at: Option<Timestamp>,
    }
}

params! {
    /// Parameters of `sessions.create`.
    CreateSession {
        /// The id of the agent.
        agent_id: Id => body(Rule::INTEGER_ID).required(),
        /// The type of the session: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video` or `voice`. Default: `voice`.
        session_type: Option<SessionType> => body(Rule::Choice(SessionType::CHOICES)),
        /// Your own data, stored with the session.
        metadata: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// Parameters of `sessions.list`.
    ListSessions {
        /// Returns only the sessions of this agent.
        agent_id: Option<Id> => query(Rule::INTEGER_ID),
        /// Returns only the sessions with this status: `all`, `active` or `completed`. Default: `all`.
        status: Option<String> => query(Rule::Filter(SessionStatus::CHOICES)),
        /// The maximum number of items per page: 1 to 200. The service may ignore it and return all items.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the previous page.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

params! {
    /// Parameters of `sessions.end`.
    EndSession {
        /// The duration in whole seconds, 0 or more. If it is not set, the service computes it.
        duration: Option<i64> => body(Rule::Integer { min: 0, max: i64::MAX }),
        /// The transcript. If it is not set, the service makes it from the messages.
        transcript: Option<String> => body(Rule::TEXT),
        /// Your own data, merged into the session's.
        metadata: Option<Object> => body(Rule::Object),
    }
}

/// The response to `sessions.create`.
static CREATED_OBJECT: WireObject = WireObject {
    name: "CreatedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        text("agent_name"),
        choice("session_type", SessionType::CHOICES.values),
        choice("status", SessionStatus::CHOICES.values),
        instant("started_at"),
        object("metadata"),
        int("avatar_id").or_null(),
        text("avatar_name").or_null(),
        text("avatar_url").or_null(),
        text("voice_id").or_null(),
    ],
};

/// An item of the response to `sessions.list`, without transcript and metadata.
static LISTED_OBJECT: WireObject = WireObject {
    name: "ListedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        choice("session_type", SessionType::CHOICES.values),
        choice("status", SessionStatus::CHOICES.values),
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

/// The response to `sessions.get`.
static FULL_OBJECT: WireObject = WireObject {
    name: "Session",
    fields: &[
        int("session_id"),
        int("agent_id"),
        choice("session_type", SessionType::CHOICES.values),
        choice("status", SessionStatus::CHOICES.values),
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

/// The response to `sessions.end`.
static ENDED_OBJECT: WireObject = WireObject {
    name: "EndedSession",
    fields: &[
        int("session_id"),
        int("agent_id"),
        text("agent_name"),
        choice("session_type", SessionType::CHOICES.values),
        choice("status", SessionStatus::CHOICES.values),
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
    summary: "Opens a session with an agent. The session is active immediately.",
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
    summary: "Lists your sessions, the newest first.",
    path: "/v1/sessions",
    params: ListSessions::PARAMS,
    answer: Answer::List { model: Session::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &LISTED_OBJECT), NEXT_IF_ASKED]),
    ..OPERATION
};

/// `GET /v1/sessions/{id}`
pub static GET: Operation = Operation {
    name: "sessions.get",
    summary: "Returns a session with its transcript and metadata.",
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
    summary: "Ends a session. Ending an ended session has no effect.",
    method: Method::Put,
    path: "/v1/sessions/{id}/end",
    path_param: Some(path("id", "The session's id.")),
    params: EndSession::PARAMS,
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &ENDED_OBJECT), MESSAGE]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
