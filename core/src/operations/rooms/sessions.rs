//! Sessions: an avatar in a room of the caller's.

use super::ROOMS;
use crate::error::Kind;
use crate::operations::Resource;
use crate::picture::AvatarSource;
use crate::table::wire::{MESSAGE, SUCCESS, choice, instant, int, list, nested, number, object, text};
use crate::table::{
    Answer, Method, Modelled, Operation, Param, Repeat, Rule, Steps, Wire, WireField, WireObject, body, local, query, text_path,
};
use crate::{Id, Object, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "sessions",
    doc: "Sessions: an avatar in a room of yours. An open session costs money until it has ended.",
    operations: &[&CREATE, &OPEN, &LIST, &GET, &END, &WAIT_UNTIL_ENDED],
};

choices! {
    /// The status of a session.
    SessionStatus {
        /// The session is open, and costs money.
        Started = "started",
        /// The session has ended.
        Ended = "ended",
    }
    received {
        /// The session is open, in `usage.active_sessions`.
        Active = "active",
    }
}

choices! {
    /// The platform of a room.
    RoomPlatform {
        /// A room of Daily.
        Daily = "daily",
        /// A room of LiveKit.
        Livekit = "livekit",
        /// A room of the service's own, which its documentation does not describe.
        Proxy = "proxy",
    }
}

choices! {
    /// The ratio of an avatar's picture.
    AspectRatio {
        /// Wider than high.
        Landscape = "4:3",
        /// Higher than wide.
        Portrait = "3:4",
        /// As wide as high.
        Square = "1:1",
    }
    received {
        /// Wider than the others, in `usage.active_sessions`.
        Wide = "16:9",
    }
}

/// The platforms whose room is the caller's.
const OWN_ROOM: &[&str] = &["daily", "livekit"];
/// The statuses of an open session in the response to `usage.get`. The documentation has only the first one there.
const OPEN_STATUSES: &[&str] = &["active", "started"];
/// The ratios in that response. The documentation has only the first one there.
const OPEN_RATIOS: &[&str] = &["16:9", "4:3", "3:4", "1:1"];
/// The status of a session that has ended.
pub(crate) const ENDED: &str = "ended";

model! {
    /// An avatar in a room. The fields that are present depend on the operation.
    Session {
        /// The session's id.
        id: Id = ["session_id", "id"],
        /// `started` or `ended`; `active` in `usage.active_sessions`.
        status: SessionStatus,
        /// The time at which the session began.
        started_at: Option<Timestamp>,
        /// The time at which the session ended; null while it is open.
        ended_at: Option<Timestamp>,
        /// The token of the session. Only `sessions.create` returns it.
        session_token: Option<Secret>,
        /// The time at which the session will be ended; null if there is no limit.
        expiration: Option<Timestamp>,
        /// The ratio of the picture, such as `4:3`.
        aspect_ratio: Option<AspectRatio>,
        /// The duration in seconds, so far if the session is open.
        duration: Option<f64>,
        /// Your own data.
        metadata: Option<Object>,
        /// The minutes for which an ended session was billed. The service's documentation has none of its fields.
        billing: Option<Object>,
        /// The room, if it is one of the service's own (`platform` is `proxy`).
        room: Option<SessionRoom>,
        /// The open sessions and the minutes after this one was opened. Only `sessions.create` returns it.
        usage: Option<UsageSnapshot>,
    }
}

model! {
    /// A room of the service's own, and the caller's token for it.
    SessionRoom {
        /// The URL of the room.
        room_url: Option<String> = ["roomURL"],
        /// The token with which a participant joins.
        participant_token: Option<Secret> = ["participantToken"],
    }
}

model! {
    /// The open sessions and the minutes of the account, when a session was opened.
    UsageSnapshot {
        /// The number of open sessions, and the maximum.
        concurrency: Option<Concurrency>,
        /// The minutes.
        minutes: Option<MinutesSnapshot>,
    }
}

model! {
    /// The number of sessions that are open at the same time.
    Concurrency {
        /// The number of open sessions.
        current: Option<i64>,
        /// The maximum of the plan; null if unlimited.
        max: Option<i64>,
        /// The number of sessions that may still be opened; null if unlimited.
        available: Option<i64>,
    }
}

model! {
    /// The minutes of the account.
    MinutesSnapshot {
        /// The minutes that are left; null if unlimited.
        total_remaining: Option<f64>,
    }
}

group! {
    /// The room that an avatar joins.
    Room {
        /// The platform: `daily`, `livekit`, or `proxy` for a room of the service's own, which its documentation does not describe.
        platform: RoomPlatform => body(Rule::Choice(RoomPlatform::CHOICES)).required(),
        /// The URL of the room: `https://…` of Daily, `wss://…` of LiveKit. Required for a room of yours.
        url: Option<String> => body(Rule::Url(&["https", "wss", "http", "ws"])).required().only_with("platform", OWN_ROOM),
        /// The token with which the avatar joins the room. It is never printed. Required for a room of yours.
        token: Option<Secret> => body(Rule::Secret { max: 16_384 }).required().only_with("platform", OWN_ROOM),
        /// The avatar's name in the room.
        display_name: Option<String> => body(Rule::NAME).assumed(),
    }
}

params! {
    /// Parameters of `sessions.create`.
    CreateSession {
        /// The avatar: its id, or the URL of a picture of a face, or the picture itself (JPEG, PNG, GIF or WebP, at most 10 MB), which is read and checked before anything is sent. Pictures need a paid plan.
        avatar: AvatarSource => body(Rule::Avatar).required(),
        /// The room that the avatar joins.
        room: Room => body(Rule::Group(&Room::GROUP)).required(),
        /// The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: `4:3`.
        aspect_ratio: Option<AspectRatio> => body(Rule::Choice(AspectRatio::CHOICES)),
        /// Your own data, stored with the session.
        metadata: Option<Object> => body(Rule::Object),
    }
}

/// The key in the metadata under which `sessions.open` writes its mark.
pub(crate) const MARK: &str = "agenthuman_open";

/// The longest wait, in seconds.
const LONGEST_WAIT: f64 = 86_400.0;

const MAX_WAIT: Param = Param { name: "max_wait", ..local(Rule::Seconds { min: 0.0, max: LONGEST_WAIT }) };

const OPEN_PARAMS: &[Param] = &[
    CreateSession::PARAMS[0],
    CreateSession::PARAMS[1],
    CreateSession::PARAMS[2],
    CreateSession::PARAMS[3],
    Param {
        name: "mark",
        doc: "Whether to write a random mark into the metadata, under `agenthuman_open`. If the response is lost, the session is found by it and ended. Default: true.",
        ..local(Rule::Flag)
    },
    Param { doc: "The longest time to wait for a place, in seconds, if the client has `max_open`. Default: 86,400.", ..MAX_WAIT },
];

const WAIT_PARAMS: &[Param] = &[
    Param {
        name: "every",
        doc: "The seconds between two looks at the session: 1 to 3,600. Default: 5.",
        ..local(Rule::Seconds { min: 1.0, max: 3_600.0 })
    },
    Param { doc: "The longest time to wait, in seconds: 0 to 86,400. Default: 86,400.", ..MAX_WAIT },
];

params! {
    /// Parameters of `sessions.list`.
    ListSessions {
        /// Returns only the sessions with this status: `all`, `started` or `ended`. Default: `all`.
        status: Option<String> => query(Rule::Filter(SessionStatus::CHOICES)),
    }
}

static ROOM_OBJECT: WireObject = WireObject { name: "SessionRoom", fields: &[text("roomURL"), text("participantToken")] };

pub(super) static CONCURRENCY_OBJECT: WireObject =
    WireObject { name: "Concurrency", fields: &[int("current"), int("max").or_null(), int("available").or_null()] };

static MINUTES_OBJECT: WireObject = WireObject { name: "MinutesSnapshot", fields: &[number("total_remaining").or_null()] };

static SNAPSHOT_OBJECT: WireObject = WireObject {
    name: "UsageSnapshot",
    fields: &[nested("concurrency", &CONCURRENCY_OBJECT), nested("minutes", &MINUTES_OBJECT)],
};

const ASPECT_RATIO: WireField = choice("aspect_ratio", AspectRatio::CHOICES.values).if_known();

/// The response to `sessions.create`.
static CREATED_OBJECT: WireObject = WireObject {
    name: "CreatedSession",
    fields: &[
        text("session_id"),
        choice("status", SessionStatus::CHOICES.values),
        text("session_token"),
        instant("started_at"),
        instant("ended_at").or_null(),
        instant("expiration").or_null(),
        ASPECT_RATIO,
        int("duration").if_known(),
        object("metadata"),
        nested("room", &ROOM_OBJECT).if_known(),
    ],
};

/// A session in the other responses.
static OBJECT: WireObject = WireObject {
    name: "Session",
    fields: &[
        text("session_id"),
        choice("status", SessionStatus::CHOICES.values),
        instant("started_at").or_null(),
        instant("ended_at").or_null(),
        instant("expiration").or_null(),
        ASPECT_RATIO,
        number("duration").or_null(),
        object("metadata"),
        object("billing").if_known(),
    ],
};

/// A session in the response to `usage.get`.
pub(super) static ACTIVE_OBJECT: WireObject = WireObject {
    name: "ActiveSession",
    fields: &[
        text("session_id"),
        choice("status", OPEN_STATUSES),
        instant("started_at"),
        instant("ended_at").or_null(),
        instant("expiration").or_null(),
        choice("aspect_ratio", OPEN_RATIOS).if_known(),
        number("duration").or_null(),
        object("metadata"),
    ],
};

/// The response to `sessions.end`.
static ENDED_OBJECT: WireObject = WireObject {
    name: "EndedSession",
    fields: &[
        text("session_id"),
        choice("status", SessionStatus::CHOICES.values),
        instant("started_at").or_null(),
        instant("ended_at"),
    ],
};

/// The errors of opening a session.
const OPENING_ERRORS: &[Kind] = &[Kind::PaymentRequired, Kind::PermissionDenied, Kind::NotFound, Kind::ConcurrencyLimit];

/// `POST /v1/sessions`
pub static CREATE: Operation = Operation {
    name: "sessions.create",
    summary: "Opens a session: the avatar joins the room. It costs money until it has ended: `sessions.open` ends it in any case.",
    method: Method::Post,
    path: "/v1/sessions",
    repeat: Repeat::IfUnsent,
    shown_by: Some("sessions.list"),
    params: CreateSession::PARAMS,
    status: 201,
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    beside: &["usage"],
    wire: Wire::Object(&[SUCCESS, nested("session", &CREATED_OBJECT), nested("usage", &SNAPSHOT_OBJECT), MESSAGE]),
    errors: OPENING_ERRORS,
    ..ROOMS
};

/// Opens a session that is ended in any case.
pub static OPEN: Operation = Operation {
    name: "sessions.open",
    summary: "Opens a session that is ended on every way out of the block: at its end, after an error, when it is cancelled. If the response to opening it is lost, the call looks once for its own mark in the metadata of the started sessions and ends what it finds.",
    method: Method::Post,
    path: "",
    repeat: Repeat::Never,
    params: OPEN_PARAMS,
    steps: Some(Steps::Open),
    answer: Answer::One { model: Session::MODEL, under: &[] },
    errors: OPENING_ERRORS,
    ..ROOMS
};

/// Waits until a session has ended.
pub static WAIT_UNTIL_ENDED: Operation = Operation {
    name: "sessions.wait_until_ended",
    summary: "Waits until a session has ended, and returns it. It looks at the session every few seconds, which counts against the rate limit.",
    path: "",
    path_param: Some(text_path("id", "The session's id.")),
    params: WAIT_PARAMS,
    steps: Some(Steps::WaitUntilEnded),
    answer: Answer::One { model: Session::MODEL, under: &[] },
    errors: &[Kind::NotFound, Kind::Timeout],
    ..ROOMS
};

/// `GET /v1/sessions`
pub static LIST: Operation = Operation {
    name: "sessions.list",
    summary: "Lists your sessions, the newest first.",
    path: "/v1/sessions",
    params: ListSessions::PARAMS,
    answer: Answer::List { model: Session::MODEL, under: &["sessions"] },
    wire: Wire::Object(&[SUCCESS, list("sessions", &OBJECT)]),
    ..ROOMS
};

/// `GET /v1/sessions/{id}`
pub static GET: Operation = Operation {
    name: "sessions.get",
    summary: "Returns a session, without its tokens.",
    path: "/v1/sessions/{id}",
    path_param: Some(text_path("id", "The session's id.")),
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};

/// `POST /v1/sessions/{id}/end`
pub static END: Operation = Operation {
    name: "sessions.end",
    summary: "Ends a session: the avatar leaves the room. Ending an ended session has no effect.",
    method: Method::Post,
    path: "/v1/sessions/{id}/end",
    path_param: Some(text_path("id", "The session's id.")),
    answer: Answer::One { model: Session::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &ENDED_OBJECT)]),
    errors: &[Kind::NotFound],
    ..ROOMS
};
