//! Agents: a persona with an avatar, instructions and a language, that holds conversations.

use super::Resource;
use super::sessions::{self, Session};
use crate::error::Kind;
use crate::table::wire::{
    MESSAGE, NEXT_IF_ASKED, SUCCESS, choice, instant, int, int_or_text, list, nested, number, object, text,
};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, TOKEN_OR_API_KEY, Wire, WireObject, body, limit,
    model, params, path, query,
};
use crate::{Id, Object};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "agents",
    doc: "Agents: a persona with an avatar, instructions and a language, that holds conversations.",
    operations: &[&CREATE, &LIST, &GET, &UPDATE, &DELETE, &SESSIONS],
};

/// What an agent's status may be set to.
pub const STATUSES: &[&str] = &["active", "archived"];
/// The types of session in an agent's own list.
const CALL_TYPES: &[&str] = &["voice", "video", "chat"];

model! {
    /// An agent. Which fields are there depends on the operation.
    Agent {
        /// The agent's id.
        id: Id = ["agent_id", "id"],
        /// Whose it is.
        user_id: Option<Id>,
        /// Its name.
        name: Option<String>,
        /// The avatar it shows.
        avatar_id: Option<Id>,
        /// The voice it speaks with.
        voice_id: Option<Id>,
        /// The role it plays.
        role_id: Option<Id>,
        /// The language it speaks, such as `en`.
        language: Option<String>,
        /// What it says first.
        custom_greeting: Option<String>,
        /// Instructions for the model.
        context: Option<String>,
        /// Settings of your own.
        properties: Option<Object>,
        /// What it remembers.
        memories: Option<Object>,
        /// What it knows.
        knowledge_base: Option<Object>,
        /// `active` or `archived`.
        status: Option<String>,
        /// When it was made.
        created_at: Option<Timestamp>,
        /// When it was last changed.
        updated_at: Option<Timestamp>,
        /// When it last held a session; null if never.
        last_used_at: Option<Timestamp>,
        /// How many sessions it has held.
        total_sessions: Option<i64>,
        /// The mean length of its sessions, in seconds.
        avg_duration: Option<f64>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// Where the avatar's picture is.
        avatar_url: Option<String>,
    }
}

params! {
    /// What `agents.create` takes.
    CreateAgent {
        /// Its name.
        name: String => body(Rule::NAME).required(),
        /// The avatar it shows.
        avatar_id: Option<Id> => body(Rule::INTEGER_ID),
        /// The language it speaks, such as `en`, which is the default.
        language: Option<String> => body(Rule::NAME),
        /// What it says first.
        custom_greeting: Option<String> => body(Rule::TEXT),
        /// Instructions for the model.
        context: Option<String> => body(Rule::TEXT),
        /// Settings of your own.
        properties: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// What `agents.update` takes; at least one.
    UpdateAgent {
        /// Its name.
        name: Option<String> => body(Rule::NAME),
        /// The avatar it shows.
        avatar_id: Option<Id> => body(Rule::INTEGER_ID),
        /// The language it speaks, such as `en`.
        language: Option<String> => body(Rule::NAME),
        /// What it says first.
        custom_greeting: Option<String> => body(Rule::TEXT),
        /// Instructions for the model.
        context: Option<String> => body(Rule::TEXT),
        /// Settings of your own.
        properties: Option<Object> => body(Rule::Object),
        /// What it remembers.
        memories: Option<Object> => body(Rule::Object),
        /// What it knows.
        knowledge_base: Option<Object> => body(Rule::Object),
        /// `active` or `archived`.
        status: Option<String> => body(Rule::Choice(STATUSES)),
    }
}

params! {
    /// What `agents.list` takes.
    ListAgents {
        /// How many a page has: 1 to 200. The service may ignore it and return all.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the page before.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

params! {
    /// What `agents.sessions` takes.
    ListAgentSessions {
        /// How many a page has: 1 to 200. The service may ignore it and return all.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the page before.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

/// What `agents.create` answers.
static CREATED_OBJECT: WireObject = WireObject {
    name: "CreatedAgent",
    fields: &[
        int("agent_id"),
        text("name"),
        int("avatar_id").or_null(),
        text("language"),
        text("custom_greeting").or_null(),
        text("context").or_null(),
        choice("status", STATUSES),
        instant("created_at"),
    ],
};

/// What `agents.list` answers. The avatar and its voice are looked up for it.
static LISTED_OBJECT: WireObject = WireObject {
    name: "ListedAgent",
    fields: &[
        int("agent_id"),
        text("name"),
        int("avatar_id").or_null(),
        text("language"),
        text("custom_greeting").or_null(),
        text("context").or_null(),
        choice("status", STATUSES),
        instant("created_at"),
        instant("updated_at"),
        instant("last_used_at").or_null(),
        int("total_sessions"),
        number("avg_duration"),
        text("avatar_name").or_null(),
        text("avatar_url").or_null(),
        text("voice_id").or_null(),
    ],
};

/// What `agents.get` answers: the whole of an agent, without its avatar.
static FULL_OBJECT: WireObject = WireObject {
    name: "Agent",
    fields: &[
        int("id"),
        int("user_id"),
        text("name"),
        int("avatar_id").or_null(),
        int_or_text("voice_id").or_null(),
        int("role_id").or_null(),
        text("language"),
        text("custom_greeting").or_null(),
        text("context").or_null(),
        object("properties").or_null(),
        object("memories").or_null(),
        object("knowledge_base").or_null(),
        choice("status", STATUSES),
        instant("created_at"),
        instant("updated_at"),
        instant("last_used_at").or_null(),
        int("total_sessions"),
        number("avg_duration"),
    ],
};

/// What `agents.sessions` answers: `id` and `session_id` are the same, and the type goes by another name.
static SESSION_OBJECT: WireObject = WireObject {
    name: "AgentSession",
    fields: &[
        int("id"),
        int("session_id"),
        int("agent_id"),
        choice("call_type", CALL_TYPES),
        choice("status", sessions::STATES),
        instant("started_at"),
        instant("ended_at").or_null(),
        int("duration").or_null(),
        object("metadata").or_null(),
        instant("created_at"),
    ],
};

/// `POST /v1/agents`
pub static CREATE: Operation = Operation {
    name: "agents.create",
    summary: "Makes an agent.",
    method: Method::Post,
    path: "/v1/agents",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("agents.list"),
    params: CreateAgent::PARAMS,
    status: 201,
    answer: Answer::One { model: Agent::MODEL, under: &["agent"] },
    wire: Wire::Object(&[SUCCESS, nested("agent", &CREATED_OBJECT), MESSAGE]),
    ..OPERATION
};

/// `GET /v1/agents`
pub static LIST: Operation = Operation {
    name: "agents.list",
    summary: "Lists one's agents, the last changed first.",
    path: "/v1/agents",
    auth: TOKEN_OR_API_KEY,
    params: ListAgents::PARAMS,
    answer: Answer::List { model: Agent::MODEL, under: &["agents"] },
    wire: Wire::Object(&[SUCCESS, list("agents", &LISTED_OBJECT), NEXT_IF_ASKED]),
    ..OPERATION
};

/// `GET /v1/agents/{id}`
pub static GET: Operation = Operation {
    name: "agents.get",
    summary: "One agent.",
    path: "/v1/agents/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The agent's id.")),
    answer: Answer::One { model: Agent::MODEL, under: &["agent"] },
    wire: Wire::Bare(&FULL_OBJECT),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `PUT /v1/agents/{id}`
pub static UPDATE: Operation = Operation {
    name: "agents.update",
    summary: "Changes what is given of an agent, and leaves the rest.",
    method: Method::Put,
    path: "/v1/agents/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The agent's id.")),
    params: UpdateAgent::PARAMS,
    needs_one: true,
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `DELETE /v1/agents/{id}`
pub static DELETE: Operation = Operation {
    name: "agents.delete",
    summary: "Deletes an agent.",
    evidence: Evidence::Named,
    method: Method::Delete,
    path: "/v1/agents/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The agent's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `GET /v1/agents/{id}/sessions`
pub static SESSIONS: Operation = Operation {
    name: "agents.sessions",
    summary: "Lists an agent's sessions, the newest first.",
    path: "/v1/agents/{id}/sessions",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The agent's id.")),
    params: ListAgentSessions::PARAMS,
    answer: Answer::List { model: Session::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &SESSION_OBJECT), NEXT_IF_ASKED]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
