//! Agents: personas with an avatar, instructions and a language, which take part in conversations.

use super::Resource;
use super::sessions::{Session, SessionStatus};
use crate::error::Kind;
use crate::table::wire::{
    MESSAGE, NEXT_IF_ASKED, SUCCESS, choice, instant, int, int_or_text, list, nested, number, object, text,
};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, TOKEN_OR_API_KEY, Wire, WireObject, body, limit,
    path, query,
};
use crate::{Id, Object};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "agents",
    doc: "Agents: personas with an avatar, instructions and a language, which take part in conversations.",
    operations: &[&CREATE, &LIST, &GET, &UPDATE, &DELETE, &SESSIONS],
};

choices! {
    /// The status of an agent.
    AgentStatus {
        /// The agent takes part in conversations.
        Active = "active",
        /// The agent is archived.
        Archived = "archived",
    }
}

/// The session types in the list of an agent's sessions.
const CALL_TYPES: &[&str] = &["voice", "video", "chat"];

model! {
    /// An agent. The fields that are present depend on the operation.
    Agent {
        /// The agent's id.
        id: Id = ["agent_id", "id"],
        /// The id of the owner.
        user_id: Option<Id>,
        /// The name.
        name: String,
        /// The id of the agent's avatar.
        avatar_id: Option<Id>,
        /// The id of the agent's voice.
        voice_id: Option<Id>,
        /// The id of the agent's role.
        role_id: Option<Id>,
        /// The language of the agent, such as `en`.
        language: String,
        /// The agent's first message.
        custom_greeting: Option<String>,
        /// Instructions for the model.
        context: Option<String>,
        /// Your own settings.
        properties: Option<Object>,
        /// The agent's memory.
        memories: Option<Object>,
        /// The agent's knowledge.
        knowledge_base: Option<Object>,
        /// `active` or `archived`.
        status: AgentStatus,
        /// The time of creation.
        created_at: Timestamp,
        /// The time of the last change.
        updated_at: Option<Timestamp>,
        /// The time of the agent's last session; null if there was none.
        last_used_at: Option<Timestamp>,
        /// The number of the agent's sessions.
        total_sessions: Option<i64>,
        /// The mean duration of the agent's sessions, in seconds.
        avg_duration: Option<f64>,
        /// The avatar's name.
        avatar_name: Option<String>,
        /// The URL of the avatar's picture.
        avatar_url: Option<String>,
    }
}

params! {
    /// Parameters of `agents.create`.
    CreateAgent {
        /// The name.
        name: String => body(Rule::NAME).required(),
        /// The id of the agent's avatar.
        avatar_id: Option<Id> => body(Rule::INTEGER_ID),
        /// The language of the agent, such as `en`. Default: `en`.
        language: Option<String> => body(Rule::NAME),
        /// The agent's first message.
        custom_greeting: Option<String> => body(Rule::TEXT),
        /// Instructions for the model.
        context: Option<String> => body(Rule::TEXT),
        /// Your own settings.
        properties: Option<Object> => body(Rule::Object),
    }
}

params! {
    /// Parameters of `agents.update`. At least one is required.
    UpdateAgent {
        /// The name.
        name: Option<String> => body(Rule::NAME),
        /// The id of the agent's avatar.
        avatar_id: Option<Id> => body(Rule::INTEGER_ID),
        /// The language of the agent, such as `en`.
        language: Option<String> => body(Rule::NAME),
        /// The agent's first message.
        custom_greeting: Option<String> => body(Rule::TEXT),
        /// Instructions for the model.
        context: Option<String> => body(Rule::TEXT),
        /// Your own settings.
        properties: Option<Object> => body(Rule::Object),
        /// The agent's memory.
        memories: Option<Object> => body(Rule::Object),
        /// The agent's knowledge.
        knowledge_base: Option<Object> => body(Rule::Object),
        /// `active` or `archived`.
        status: Option<AgentStatus> => body(Rule::Choice(AgentStatus::CHOICES)),
    }
}

params! {
    /// Parameters of `agents.list`.
    ListAgents {
        /// The maximum number of items per page: 1 to 200. The service may ignore it and return all items.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the previous page.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

params! {
    /// Parameters of `agents.sessions`.
    ListAgentSessions {
        /// The maximum number of items per page: 1 to 200. The service may ignore it and return all items.
        limit: Option<i64> => limit().assumed(),
        /// The cursor of the previous page.
        after: Option<String> => query(Rule::NAME).assumed(),
    }
}

/// The response to `agents.create`.
static CREATED_OBJECT: WireObject = WireObject {
    name: "CreatedAgent",
    fields: &[
        int("agent_id"),
        text("name"),
        int("avatar_id").or_null(),
        text("language"),
        text("custom_greeting").or_null(),
        text("context").or_null(),
        choice("status", AgentStatus::CHOICES.values),
        instant("created_at"),
    ],
};

/// An item of the response to `agents.list`, with the avatar's name, picture and voice.
static LISTED_OBJECT: WireObject = WireObject {
    name: "ListedAgent",
    fields: &[
        int("agent_id"),
        text("name"),
        int("avatar_id").or_null(),
        text("language"),
        text("custom_greeting").or_null(),
        text("context").or_null(),
        choice("status", AgentStatus::CHOICES.values),
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

/// The response to `agents.get`: all fields of the agent, none of the avatar.
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
        choice("status", AgentStatus::CHOICES.values),
        instant("created_at"),
        instant("updated_at"),
        instant("last_used_at").or_null(),
        int("total_sessions"),
        number("avg_duration"),
    ],
};

/// An item of the response to `agents.sessions`. `id` and `session_id` are the same, and the type has another name.
static SESSION_OBJECT: WireObject = WireObject {
    name: "AgentSession",
    fields: &[
        int("id"),
        int("session_id"),
        int("agent_id"),
        choice("call_type", CALL_TYPES),
        choice("status", SessionStatus::CHOICES.values),
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
    summary: "Creates an agent.",
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
    summary: "Lists your agents, the last changed first.",
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
    summary: "Returns an agent.",
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
    summary: "Updates an agent. Fields that are not set keep their values.",
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
    summary: "Lists the sessions of an agent, the newest first.",
    path: "/v1/agents/{id}/sessions",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The agent's id.")),
    params: ListAgentSessions::PARAMS,
    answer: Answer::List { model: Session::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &SESSION_OBJECT), NEXT_IF_ASKED]),
    errors: &[Kind::NotFound],
    ..OPERATION
};
