//! What a phone may ask of its backend's relay (`surface: phone`): no API key goes with any of it. The user's own token
//! goes with all of it, and the session's grant with what is about a session.

use super::avatars::Avatar;
use super::messages::{ListMessages, Message, MessageExchange, ROLES};
use super::sessions::{STATES, TYPES};
use super::voices::Voice;
use crate::error::Kind;
use crate::table::wire::{NEXT, SUCCESS, choice, flag, instant, int, list, nested, text};
use crate::table::{
    Answer, Effect, Method, Modelled, OPERATION, Operation, Repeat, Rule, Surface, TOKEN_ONLY, Wire, WireObject, body, model,
    params, path,
};
use crate::{Id, Object, Secret};
use jiff::Timestamp;

/// Every operation of the relay.
pub static OPERATIONS: &[&Operation] = &[
    &OPEN_SESSION,
    &GET_SESSION,
    &END_SESSION,
    &RENEW_GRANT,
    &SEND_MESSAGE,
    &LIST_MESSAGES,
    &LIST_AVATARS,
    &LIST_VOICES,
    &LIST_AGENTS,
];

/// The method of each operation in the packages for Swift and Kotlin.
pub static METHODS: &[(&Operation, &str)] = &[
    (&OPEN_SESSION, "AgentHumanClient.openSession"),
    (&GET_SESSION, "Session.refresh"),
    (&END_SESSION, "Session.end"),
    (&RENEW_GRANT, "Session.renew"),
    (&SEND_MESSAGE, "Session.send"),
    (&LIST_MESSAGES, "Session.messages"),
    (&LIST_AVATARS, "AgentHumanClient.avatars"),
    (&LIST_VOICES, "AgentHumanClient.voices"),
    (&LIST_AGENTS, "AgentHumanClient.agents"),
];

model! {
    /// What a phone may know of its session.
    SessionInfo {
        /// The session's id.
        id: Id,
        /// The agent that holds it.
        agent_id: Option<Id>,
        /// The agent's name.
        agent_name: Option<String>,
        /// How it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video` or `voice`.
        session_type: Option<String>,
        /// `active` or `completed`.
        status: Option<String>,
        /// When it began.
        started_at: Option<Timestamp>,
        /// When it ended; null while it goes on.
        ended_at: Option<Timestamp>,
        /// How long it was, in seconds; null while it goes on.
        duration: Option<i64>,
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
    }
}

model! {
    /// A session and the grant to it. The client keeps the grant, and gives its caller the session.
    SessionGrant {
        /// The session.
        session: SessionInfo,
        /// What every later call about the session is to carry.
        grant: Secret,
        /// How long the grant is good, in seconds.
        expires_in: i64,
    }
}

model! {
    /// What a phone may know of an agent.
    AgentInfo {
        /// The agent's id.
        id: Id,
        /// Its name.
        name: Option<String>,
        /// The language it speaks, such as `en`.
        language: Option<String>,
        /// The avatar it shows.
        avatar_id: Option<Id>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// Where the avatar's picture is.
        avatar_url: Option<String>,
        /// The voice it speaks with.
        voice_id: Option<Id>,
    }
}

params! {
    /// What a phone opens a session with. All of it is a wish: the backend's policy decides.
    OpenSession {
        /// The agent to talk with; the backend may choose one itself.
        agent_id: Option<Id> => body(Rule::TEXT_ID),
        /// How it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video`, or `voice`, which is the default.
        session_type: Option<String> => body(Rule::Choice(TYPES)),
        /// Data for the backend's policy.
        metadata: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// What a phone says: the user is who says it.
    SendMessage {
        /// What to say: 1 to 32,000 characters.
        content: String => body(Rule::Text { min: 1, max: 32_000 }).required(),
    }
}

static SESSION: WireObject = WireObject {
    name: "SessionInfo",
    fields: &[
        text("id"),
        text("agent_id").if_known(),
        text("agent_name").if_known(),
        choice("session_type", TYPES).if_known(),
        choice("status", STATES).if_known(),
        instant("started_at").if_known(),
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
        text("session_id").if_known(),
        choice("role", ROLES).if_known(),
        text("content").if_known(),
        instant("created_at").if_known(),
    ],
};

static AVATAR: WireObject = WireObject {
    name: "Avatar",
    fields: &[
        text("id"),
        text("name").if_known(),
        text("url").if_known(),
        text("voice_id").if_known(),
        flag("is_public").if_known(),
        instant("created_at").if_known(),
        instant("updated_at").if_known(),
    ],
};

static VOICE: WireObject = WireObject {
    name: "Voice",
    fields: &[
        text("id"),
        text("name").if_known(),
        text("language").if_known(),
        text("gender").if_known(),
        text("provider").if_known(),
        text("preview_url").if_known(),
        flag("is_public").if_known(),
    ],
};

static AGENT: WireObject = WireObject {
    name: "AgentInfo",
    fields: &[
        text("id"),
        text("name").if_known(),
        text("language").if_known(),
        text("avatar_id").if_known(),
        text("avatar_name").if_known(),
        text("avatar_url").if_known(),
        text("voice_id").if_known(),
    ],
};

/// A session with its grant.
const GRANTED: Wire = Wire::Object(&[SUCCESS, nested("session", &SESSION), text("grant"), int("expires_in")]);

/// What the entries below share. The relay is this project's own, so none of it is a guess.
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

/// `GET /v1/sessions/{id}`
pub static GET_SESSION: Operation = Operation {
    name: "sessions.get",
    summary: "Looks at the session.",
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
    summary: "Ends the session. Ending it again changes nothing.",
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
    summary: "Renews the session's grant, which may have run out. Refused once the session has ended, or is too old.",
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
    summary: "Says something in the session, and gives the agent's reply.",
    method: Method::Post,
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    grant: true,
    repeat: Repeat::IfUnsent,
    shown_by: Some("the messages of the session"),
    params: SendMessage::PARAMS,
    status: 201,
    answer: Answer::One { model: MessageExchange::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("message", &MESSAGE), nested("reply", &MESSAGE).or_null()]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound, Kind::Conflict],
    ..RELAYED
};

/// `GET /v1/sessions/{session_id}/messages`
pub static LIST_MESSAGES: Operation = Operation {
    name: "messages.list",
    summary: "Lists what was said in the session, the oldest first, without the messages between the backend and the agent.",
    path: "/v1/sessions/{session_id}/messages",
    path_param: Some(path("session_id", "The session's id.")),
    grant: true,
    params: ListMessages::PARAMS,
    answer: Answer::List { model: Message::MODEL, under: &["messages"] },
    wire: Wire::Object(&[SUCCESS, list("messages", &MESSAGE), NEXT]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    ..RELAYED
};

/// `GET /v1/avatars`
pub static LIST_AVATARS: Operation = Operation {
    name: "avatars.list",
    summary: "Lists the avatars that everyone may use.",
    path: "/v1/avatars",
    answer: Answer::List { model: Avatar::MODEL, under: &["avatars"] },
    wire: Wire::Object(&[SUCCESS, list("avatars", &AVATAR)]),
    ..RELAYED
};

/// `GET /v1/voices`
pub static LIST_VOICES: Operation = Operation {
    name: "voices.list",
    summary: "Lists the voices that everyone may use.",
    path: "/v1/voices",
    answer: Answer::List { model: Voice::MODEL, under: &["voices"] },
    wire: Wire::Object(&[SUCCESS, list("voices", &VOICE)]),
    ..RELAYED
};

/// `GET /v1/agents`
pub static LIST_AGENTS: Operation = Operation {
    name: "agents.list",
    summary: "Lists the agents that the backend's policy shows to this user.",
    path: "/v1/agents",
    answer: Answer::List { model: AgentInfo::MODEL, under: &["agents"] },
    wire: Wire::Object(&[SUCCESS, list("agents", &AGENT)]),
    ..RELAYED
};
