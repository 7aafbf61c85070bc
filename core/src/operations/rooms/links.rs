//! Links: web pages on which people talk to an agent.

use super::ROOMS;
use super::agents::{Agent, NAME, OBJECT as AGENT_OBJECT};
use super::sessions::AspectRatio;
use crate::error::Kind;
use crate::operations::Resource;
use crate::table::wire::{MESSAGE, SUCCESS, choice, instant, int, list, nested, text};
use crate::table::{
    Answer, Method, Modelled, NO_CREDENTIAL, Operation, OrNull, Repeat, Rule, Wire, WireObject, body, query, text_path,
};
use crate::{Id, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "links",
    doc: "Links: web pages on which people talk to an agent.",
    operations: &[&CREATE, &LIST, &GET, &UPDATE, &DELETE, &START_SESSION],
};

choices! {
    /// The status of a link.
    LinkStatus {
        /// Sessions can be started.
        Active = "active",
        /// No session can be started.
        Paused = "paused",
    }
    received {
        /// The time at which the link expires has passed.
        Expired = "expired",
    }
}

choices! {
    /// The links in a list, by their status.
    LinkFilter {
        /// Every link.
        All = "all",
        /// The links with which sessions can be started.
        Active = "active",
        /// The paused links.
        Paused = "paused",
        /// The expired links.
        Expired = "expired",
    }
}

/// The statuses of a link in a response.
const STATES: &[&str] = &["active", "paused", "expired"];
/// The rule of the number of uses.
const USES: Rule = Rule::Integer { min: 1, max: i64::MAX };

model! {
    /// A web page on which people talk to an agent.
    Link {
        /// The link's id.
        id: Id = ["link_id", "id"],
        /// The name.
        name: Option<String>,
        /// The URL of the page.
        url: Option<String>,
        /// The agent.
        agent: Option<Agent>,
        /// `active`, `paused` or `expired`.
        status: Option<LinkStatus>,
        /// How many sessions were started.
        uses: Option<i64>,
        /// How many sessions may be started; null if any number.
        use_limit: Option<i64>,
        /// The time of creation.
        created_at: Option<Timestamp>,
        /// The time at which the link expires; null if never.
        expires_at: Option<Timestamp>,
    }
}

model! {
    /// A session that was started with a link, and how to join its room.
    LinkSession {
        /// The session's id.
        id: Id = ["session_id", "id"],
        /// The URL of the LiveKit room.
        livekit_url: String,
        /// The token with which a participant joins the room.
        participant_token: Secret,
        /// The identity of the avatar in the room.
        agent_identity: Option<String>,
    }
}

params! {
    /// Parameters of `links.create`.
    CreateLink {
        /// The id of one of your agents.
        agent_id: Id => body(Rule::TEXT_ID).required(),
        /// The name. Default: made of the date.
        name: Option<String> => body(NAME),
        /// The time at which the link expires. Default: never.
        expires_at: Option<Timestamp> => body(Rule::Instant),
        /// How many sessions may be started, from 1. Default: any number.
        use_limit: Option<i64> => body(USES),
    }
}

params! {
    /// Parameters of `links.list`.
    ListLinks {
        /// Returns only the links with this status: `all`, `active`, `paused` or `expired`. Default: `all`.
        status: Option<LinkFilter> => query(Rule::Choice(LinkFilter::CHOICES)),
    }
}

params! {
    /// Parameters of `links.update`. At least one is required.
    UpdateLink {
        /// The name; null removes it.
        name: Option<OrNull<String>> => body(NAME).nullable(),
        /// `active` or `paused`.
        status: Option<LinkStatus> => body(Rule::Choice(LinkStatus::CHOICES)),
        /// The time at which the link expires; null for never.
        expires_at: Option<OrNull<Timestamp>> => body(Rule::Instant).nullable(),
        /// How many sessions may be started, more than were started already; null for any number.
        use_limit: Option<OrNull<i64>> => body(USES).nullable(),
    }
}

params! {
    /// Parameters of `links.start_session`.
    StartSessionLink {
        /// The link's id.
        link_id: Id => body(Rule::TEXT_ID).required(),
        /// The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: `4:3`.
        aspect_ratio: Option<AspectRatio> => body(Rule::Choice(AspectRatio::CHOICES)),
    }
}

static OBJECT: WireObject = WireObject {
    name: "Link",
    fields: &[
        text("link_id"),
        text("name").or_null(),
        text("url"),
        nested("agent", &AGENT_OBJECT).or_null(),
        choice("status", STATES),
        int("uses"),
        int("use_limit").or_null(),
        instant("created_at"),
        instant("expires_at").or_null(),
    ],
};

/// `POST /v1/links`
pub static CREATE: Operation = Operation {
    name: "links.create",
    summary: "Creates a link to one of your agents.",
    method: Method::Post,
    path: "/v1/links",
    repeat: Repeat::IfUnsent,
    shown_by: Some("links.list"),
    params: CreateLink::PARAMS,
    status: 201,
    answer: Answer::One { model: Link::MODEL, under: &["link"] },
    wire: Wire::Object(&[SUCCESS, nested("link", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `GET /v1/links`
pub static LIST: Operation = Operation {
    name: "links.list",
    summary: "Lists your links, the newest first.",
    path: "/v1/links",
    params: ListLinks::PARAMS,
    answer: Answer::List { model: Link::MODEL, under: &["links"] },
    wire: Wire::Object(&[SUCCESS, list("links", &OBJECT)]),
    ..ROOMS
};

/// `GET /v1/links/{id}`
pub static GET: Operation = Operation {
    name: "links.get",
    summary: "Returns a link.",
    path: "/v1/links/{id}",
    path_param: Some(text_path("id", "The link's id.")),
    answer: Answer::One { model: Link::MODEL, under: &["link"] },
    wire: Wire::Object(&[SUCCESS, nested("link", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `PUT /v1/links/{id}`
pub static UPDATE: Operation = Operation {
    name: "links.update",
    summary: "Updates a link. Fields that are not set keep their values.",
    method: Method::Put,
    path: "/v1/links/{id}",
    path_param: Some(text_path("id", "The link's id.")),
    params: UpdateLink::PARAMS,
    needs_one: true,
    answer: Answer::One { model: Link::MODEL, under: &["link"] },
    wire: Wire::Object(&[SUCCESS, nested("link", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `DELETE /v1/links/{id}`
pub static DELETE: Operation = Operation {
    name: "links.delete",
    summary: "Deletes a link.",
    method: Method::Delete,
    path: "/v1/links/{id}",
    path_param: Some(text_path("id", "The link's id.")),
    wire: Wire::Object(&[SUCCESS, MESSAGE]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `POST /v1/links/start-session`
pub static START_SESSION: Operation = Operation {
    name: "links.start_session",
    summary: "Starts a session with a link, as its page does. It is paid by the owner of the link.",
    method: Method::Post,
    path: "/v1/links/start-session",
    auth: NO_CREDENTIAL,
    repeat: Repeat::IfUnsent,
    params: StartSessionLink::PARAMS,
    status: 201,
    answer: Answer::One { model: LinkSession::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, text("session_id"), text("livekit_url"), text("participant_token"), text("agent_identity")]),
    errors: &[Kind::PaymentRequired, Kind::PermissionDenied, Kind::NotFound, Kind::ConcurrencyLimit],
    ..ROOMS
};
