//! Agents: a voice agent with a face, to which links lead.

use super::ROOMS;
use crate::Id;
use crate::error::Kind;
use crate::operations::Resource;
use crate::table::wire::{MESSAGE, SUCCESS, choice, instant, list, nested, text};
use crate::table::{Answer, Evidence, Method, Modelled, Operation, OrNull, Repeat, Rule, Wire, WireObject, body, text_path};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "agents",
    doc: "Agents: a voice agent with a face, to which links lead.",
    operations: &[&CREATE, &LIST, &GET, &UPDATE, &DELETE],
};

choices! {
    /// The way in which the service signs in to the provider of a voice agent.
    AuthMethod {
        /// The agent is public.
        Public = "public",
        /// With an API key of the provider.
        ApiKey = "api_key",
        /// With a token of the provider.
        Token = "token",
    }
}

/// The rule of a name. No page has its range.
pub(super) const NAME: Rule = Rule::Text { min: 1, max: 100 };

model! {
    /// A voice agent with a face.
    Agent {
        /// The agent's id.
        id: Id = ["agent_id", "id"],
        /// The name.
        name: Option<String>,
        /// The URL of the picture of the face.
        avatar_image_url: Option<String>,
        /// The time of creation.
        created_at: Option<Timestamp>,
        /// The voice agent.
        voice_agent: Option<VoiceAgent>,
    }
}

model! {
    /// A voice agent of a provider.
    VoiceAgent {
        /// The provider, such as `ElevenLabs`.
        provider: Option<String>,
        /// The provider's id of the agent.
        agent_id: Option<Id>,
        /// How the service signs in to the provider: `public`, `api_key` or `token`.
        auth_method: Option<AuthMethod>,
    }
}

group! {
    /// The voice agent of a new agent.
    NewVoiceAgent {
        /// The provider, such as `ElevenLabs`.
        provider: String => body(Rule::NAME).required(),
        /// The provider's id of the agent.
        agent_id: Id => body(Rule::TEXT_ID).required(),
        /// How the service signs in to the provider: `public`, `api_key` or `token`.
        auth_method: AuthMethod => body(Rule::Choice(AuthMethod::CHOICES)).required(),
    }
}

group! {
    /// The changes of a voice agent. Fields that are not set keep their values.
    VoiceAgentChanges {
        /// The provider, such as `ElevenLabs`.
        provider: Option<String> => body(Rule::NAME),
        /// The provider's id of the agent.
        agent_id: Option<Id> => body(Rule::TEXT_ID),
        /// How the service signs in to the provider: `public`, `api_key` or `token`.
        auth_method: Option<AuthMethod> => body(Rule::Choice(AuthMethod::CHOICES)),
    }
}

params! {
    /// Parameters of `agents.create`.
    CreateAgent {
        /// The name.
        name: String => body(NAME).required(),
        /// The voice agent.
        voice_agent: NewVoiceAgent => body(Rule::Group(&NewVoiceAgent::GROUP)).required(),
        /// The URL of the picture of the face.
        avatar_image_url: Option<OrNull<String>> => body(Rule::WEB_URL).nullable(),
    }
}

params! {
    /// Parameters of `agents.update`. At least one is required.
    UpdateAgent {
        /// The name.
        name: Option<String> => body(NAME),
        /// The URL of the picture of the face; null removes it.
        avatar_image_url: Option<OrNull<String>> => body(Rule::WEB_URL).nullable(),
        /// The changes of the voice agent.
        voice_agent: Option<VoiceAgentChanges> => body(Rule::Group(&VoiceAgentChanges::GROUP)),
    }
}

static VOICE_OBJECT: WireObject = WireObject {
    name: "VoiceAgent",
    fields: &[text("provider"), text("agent_id"), choice("auth_method", AuthMethod::CHOICES.values)],
};

/// An agent in every response.
pub(super) static OBJECT: WireObject = WireObject {
    name: "Agent",
    fields: &[
        text("agent_id"),
        text("name"),
        text("avatar_image_url").or_null(),
        instant("created_at"),
        nested("voice_agent", &VOICE_OBJECT),
    ],
};

/// `POST /v1/agents`
pub static CREATE: Operation = Operation {
    name: "agents.create",
    summary: "Creates an agent.",
    method: Method::Post,
    path: "/v1/agents",
    repeat: Repeat::IfUnsent,
    shown_by: Some("agents.list"),
    params: CreateAgent::PARAMS,
    status: 201,
    answer: Answer::One { model: Agent::MODEL, under: &["agent"] },
    wire: Wire::Object(&[SUCCESS, nested("agent", &OBJECT)]),
    ..ROOMS
};

/// `GET /v1/agents`
pub static LIST: Operation = Operation {
    name: "agents.list",
    summary: "Lists your agents.",
    evidence: Evidence::Assumed,
    path: "/v1/agents",
    answer: Answer::List { model: Agent::MODEL, under: &["agents"] },
    wire: Wire::Object(&[SUCCESS, list("agents", &OBJECT)]),
    ..ROOMS
};

/// `GET /v1/agents/{id}`
pub static GET: Operation = Operation {
    name: "agents.get",
    summary: "Returns an agent.",
    evidence: Evidence::Assumed,
    path: "/v1/agents/{id}",
    path_param: Some(text_path("id", "The agent's id.")),
    answer: Answer::One { model: Agent::MODEL, under: &["agent"] },
    wire: Wire::Object(&[SUCCESS, nested("agent", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `PUT /v1/agents/{id}`
pub static UPDATE: Operation = Operation {
    name: "agents.update",
    summary: "Updates an agent. Fields that are not set keep their values.",
    method: Method::Put,
    path: "/v1/agents/{id}",
    path_param: Some(text_path("id", "The agent's id.")),
    params: UpdateAgent::PARAMS,
    needs_one: true,
    answer: Answer::One { model: Agent::MODEL, under: &["agent"] },
    wire: Wire::Object(&[SUCCESS, nested("agent", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `DELETE /v1/agents/{id}`
pub static DELETE: Operation = Operation {
    name: "agents.delete",
    summary: "Deletes an agent. Its links stop working.",
    method: Method::Delete,
    path: "/v1/agents/{id}",
    path_param: Some(text_path("id", "The agent's id.")),
    wire: Wire::Object(&[SUCCESS, MESSAGE]),
    errors: &[Kind::NotFound],
    ..ROOMS
};
