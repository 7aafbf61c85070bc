//! The operations of a backend's relay, for phones (`surface: phone`). Requests carry the user's own token and no API key;
//! requests about a session carry the session's grant too.

pub mod rooms;

use super::avatars::Avatar;
use super::messages::{ListMessages, Message, MessageExchange, MessageRole};
use super::sessions::{SessionStatus, SessionType};
use super::voices::Voice;
use crate::error::Kind;
use crate::table::wire::{NEXT, SUCCESS, choice, flag, instant, int, list, nested, text};
use crate::table::{
    Answer, Effect, Method, Modelled, OPERATION, Operation, Repeat, Rule, Surface, TOKEN_ONLY, Wire, WireObject, body, path,
};
use crate::{Id, Object, Secret};
use jiff::Timestamp;

/// The surface of the models here, which are among those of a server.
const SURFACE: Surface = super::SURFACE;

/// Every operation of the relay.
pub static OPERATIONS: &[&Operation] = &[
    &OPEN_SESSION,
    &LIST_SESSIONS,
    &RESUME_SESSION,
    &GET_SESSION,
    &END_SESSION,
    &RENEW_GRANT,
    &SEND_MESSAGE,
    &LIST_MESSAGES,
    &LIST_AVATARS,
    &LIST_VOICES,
    &LIST_AGENTS,
    &rooms::OPEN,
    &rooms::GET,
    &rooms::END,
    &rooms::RENEW,
];

/// The method of each operation in the packages for Swift and Kotlin.
pub static METHODS: &[(&Operation, &str)] = &[
    (&OPEN_SESSION, "AgentHumanClient.openSession"),
    (&LIST_SESSIONS, "AgentHumanClient.sessions"),
    (&RESUME_SESSION, "AgentHumanClient.resumeSession"),
    (&GET_SESSION, "Session.refresh"),
    (&END_SESSION, "Session.end"),
    (&RENEW_GRANT, "Session.renew"),
    (&SEND_MESSAGE, "Session.send"),
    (&LIST_MESSAGES, "Session.messages"),
    (&LIST_AVATARS, "AgentHumanClient.avatars"),
    (&LIST_VOICES, "AgentHumanClient.voices"),
    (&LIST_AGENTS, "AgentHumanClient.agents"),
    (&rooms::OPEN, "AgentHumanClient.openRoom"),
    (&rooms::GET, "RoomSession.refresh"),
    (&rooms::END, "RoomSession.end"),
    (&rooms::RENEW, "RoomSession.renew"),
];

/// Returns the operation that renews the grants of the sessions of a contract.
pub(crate) fn renewal(contract: Surface) -> &'static Operation {
    match contract {
        Surface::Rooms => &rooms::RENEW,
        Surface::Server | Surface::Phone => &RENEW_GRANT,
    }
}

model! {
    /// A session, as a phone sees it.
    SessionInfo {
        /// The session's id.
        id: Id,
        /// The id of the agent.
        agent_id: Id,
        /// The agent's name.
        agent_name: Option<String>,
        /// The type of the session: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video` or `voice`.
        session_type: SessionType,
        /// `active` or `completed`.
        status: SessionStatus,
        /// The time at which the session began.
        started_at: Timestamp,
        /// The time at which the session ended; null while it is active.
        ended_at: Option<Timestamp>,
        /// The duration in seconds; null while the session is active.
        duration: Option<i64>,
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
    }
}

model! {
    /// A session and its grant. The client keeps the grant and returns the session.
    SessionGrant {
        /// The session.
        session: SessionInfo,
        /// The grant that every later request about the session needs.
        grant: Secret,
        /// The lifetime of the grant, in seconds.
        expires_in: i64,
    }
}

model! {
    /// An agent, as a phone sees it.
    AgentInfo {
        /// The agent's id.
        id: Id,
        /// The name.
        name: String,
        /// The language of the agent, such as `en`.
        language: String,
        /// The id of the agent's avatar.
        avatar_id: Option<Id>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// The URL of the avatar's picture.
        avatar_url: Option<String>,
        /// The id of the agent's voice.
        voice_id: Option<Id>,
    }
}

params! {
    /// Parameters of a new session. The backend's policy may change or reject all of them.
    OpenSession {
        /// The id of the agent; the backend may choose another.
        agent_id: Option<Id> => body(Rule::TEXT_ID),
        /// The type of the session: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video` or `voice`. Default: `voice`.
        session_type: Option<SessionType> => body(Rule::Choice(SessionType::CHOICES)),
        /// Data for the backend's policy.
        metadata: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// Parameters of `messages.create`. The author is always the user.
    SendMessage {
        /// The text of the message: 1 to 32,000 characters.
        content: String => body(Rule::Text { min: 1, max: 32_000 }).required(),
        /// The id of the message at its client: 1 to 64 letters, digits, `_` or `-`. A repeat with the same id has the response of
        /// the first, and sends nothing again.
        id: Option<Id> => body(Rule::TEXT_ID),
    }
}

static SESSION: WireObject = WireObject {
    name: "SessionInfo",
    fields: &[
        text("id"),
        text("agent_id"),
        text("agent_name").if_known(),
        choice("session_type", SessionType::CHOICES.values),
        choice("status", SessionStatus::CHOICES.values),
        instant("started_at"),
        instant("ended_at").if_known(),
        int("duration").if_known(),
        text("language").if_known(),
        text("avatar_id").if_known(),
        text("avatar_name").if_known(),
        text("avatar_url").if_known(),
        text("voice_id").if_known(),
    ],
};

static MESSAGE: WireObject = WireObject {
    name: "Message",
    fields: &[
        text("id"),
        text("session_id"),
        choice("role", MessageRole::CHOICES.values),
        text("content"),
        instant("created_at"),
    ],
};

static AVATAR: WireObject = WireObject {
    name: "Avatar",
    fields: &[
        text("id"),
        text("name"),
        text("url"),
        text("voice_id").if_known(),
        flag("is_public"),
        instant("created_at"),
        instant("updated_at"),
    ],
};

static VOICE: WireObject = WireObject {
    name: "Voice",
    fields: &[
        text("id"),
        text("name"),
        text("language").if_known(),
        text("gender").if_known(),
        text("provider").if_known(),
        text("preview_url").if_known(),
        flag("is_public"),
    ],
};

static AGENT: WireObject = WireObject {
    name: "AgentInfo",
    fields: &[
        text("id"),
        text("name"),
        text("language"),
        text("avatar_id").if_known(),
        text("avatar_name").if_known(),
        text("avatar_url").if_known(),
        text("voice_id").if_known(),
    ],
};

/// A session with its grant.
const GRANTED: Wire = Wire::Object(&[SUCCESS, nested("session", &SESSION), text("grant"), int("expires_in")]);

/// The defaults of the entries below. The relay is part of this project, so all of it is documented.
const RELAYED: Operation = Operation { surface: Surface::Phone, auth: TOKEN_ONLY, ..OPERATION };

/// `POST /v1/sessions`
pub static OPEN_SESSION: Operation = Operation {
    name: "sessions.create",
    summary: "Opens a session with an agent, as the backend's policy decides.",
    method: Method::Post,
    path: "/v1/sessions",
    repeat: Repeat::IfUnsent,
    params: OpenSession::PARAMS,
    status: 201,
    answer: Answer::One { model: SessionGrant::MODEL, under: &[] },
    wire: GRANTED,
    errors: &[Kind::PolicyRefused, Kind::NotFound, Kind::PaymentRequired, Kind::ConcurrencyLimit],
    effect: Effect::AdoptGrant,
    ..RELAYED
};

/// `GET /v1/sessions`
pub static LIST_SESSIONS: Operation = Operation {
    name: "sessions.list",
    summary: "Lists the user's sessions that the backend's policy shows, the newest first: at most 20, opened on any device.",
    path: "/v1/sessions",
    answer: Answer::List { model: SessionInfo::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &SESSION)]),
    errors: &[Kind::PolicyRefused, Kind::NotFound],
    ..RELAYED
};

/// `POST /v1/sessions/{id}/resume`
pub static RESUME_SESSION: Operation = Operation {
    name: "sessions.resume",
    summary: "Resumes a session of the user that was opened on any device, if the backend's policy allows it. Of a session that has \
ended, the messages can be read.",
    method: Method::Post,
    path: "/v1/sessions/{id}/resume",
    path_param: Some(path("id", "The session's id.")),
    // A second grant does no harm beside the first.
    repeat: Repeat::Safe,
    answer: Answer::One { model: SessionGrant::MODEL, under: &[] },
    wire: GRANTED,
    errors: &[Kind::PolicyRefused, Kind::NotFound],
    effect: Effect::AdoptGrant,
    ..RELAYED
};

/// `GET /v1/sessions/{id}`
pub static GET_SESSION: Operation = Operation {
    name: "sessions.get",
    summary: "Returns the session with its current state.",
    path: "/v1/sessions/{id}",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    answer: Answer::One { model: SessionInfo::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &SESSION)]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    ..RELAYED
};

/// `PUT /v1/sessions/{id}/end`
pub static END_SESSION: Operation = Operation {
    name: "sessions.end",
    summary: "Ends the session. Ending an ended session has no effect.",
    method: Method::Put,
    path: "/v1/sessions/{id}/end",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    answer: Answer::One { model: SessionInfo::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &SESSION)]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    ..RELAYED
};

/// `POST /v1/sessions/{id}/grant`
pub static RENEW_GRANT: Operation = Operation {
    name: "sessions.renew",
    summary: "Renews the grant of the session, even if it has expired. Fails if the session has ended or is too old.",
    method: Method::Post,
    path: "/v1/sessions/{id}/grant",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    // A second grant does no harm beside the first.
    repeat: Repeat::Safe,
    answer: Answer::One { model: SessionGrant::MODEL, under: &[] },
    wire: GRANTED,
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    effect: Effect::AdoptGrant,
    ..RELAYED
};

/// `POST /v1/sessions/{session_id}/messages`
pub static SEND_MESSAGE: Operation = Operation {
    name: "messages.create",
    summary: "Sends a message to the agent and returns the agent's reply.",
    method: Method::Post,
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    grant: true,
    repeat: Repeat::ByClientId,
    shown_by: Some("the messages of the session"),
    params: SendMessage::PARAMS,
    status: 201,
    answer: Answer::One { model: MessageExchange::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("message", &MESSAGE), nested("reply", &MESSAGE).or_null()]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound, Kind::Conflict],
    effect: Effect::MessageSent,
    ..RELAYED
};

/// `GET /v1/sessions/{session_id}/messages`
pub static LIST_MESSAGES: Operation = Operation {
    name: "messages.list",
    summary: "Lists the messages of the session, the oldest first, without the messages between the backend and the agent.",
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    grant: true,
    params: ListMessages::PARAMS,
    answer: Answer::List { model: Message::MODEL, under: &["messages"] },
    wire: Wire::Object(&[SUCCESS, list("messages", &MESSAGE), NEXT]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    effect: Effect::MessagesListed,
    ..RELAYED
};

/// `GET /v1/avatars`
pub static LIST_AVATARS: Operation = Operation {
    name: "avatars.list",
    summary: "Lists the avatars that everyone may use.",
    path: "/v1/avatars",
    answer: Answer::List { model: Avatar::MODEL, under: &["avatars"] },
    wire: Wire::Object(&[SUCCESS, list("avatars", &AVATAR)]),
    errors: &[Kind::NotFound],
    ..RELAYED
};

/// `GET /v1/voices`
pub static LIST_VOICES: Operation = Operation {
    name: "voices.list",
    summary: "Lists the voices that everyone may use.",
    path: "/v1/voices",
    answer: Answer::List { model: Voice::MODEL, under: &["voices"] },
    wire: Wire::Object(&[SUCCESS, list("voices", &VOICE)]),
    errors: &[Kind::NotFound],
    ..RELAYED
};

/// `GET /v1/agents`
pub static LIST_AGENTS: Operation = Operation {
    name: "agents.list",
    summary: "Lists the agents that the backend's policy allows to this user.",
    path: "/v1/agents",
    answer: Answer::List { model: AgentInfo::MODEL, under: &["agents"] },
    wire: Wire::Object(&[SUCCESS, list("agents", &AGENT)]),
    errors: &[Kind::NotFound],
    ..RELAYED
};
