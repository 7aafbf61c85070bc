//! Sessions in rooms, for phones: an avatar joins a room of the backend's, and the app joins the same room.

use super::RELAYED;
use crate::error::Kind;
use crate::table::wire::{SUCCESS, choice, instant, int, nested, text};
use crate::table::{Answer, Effect, Method, Modelled, Operation, Repeat, Rule, Surface, Wire, WireObject, body, path};
use crate::{Id, Object, Secret};
use jiff::Timestamp;

choices! {
    /// The status of a session in a room.
    RoomStatus {
        /// The session is open.
        Started = "started",
        /// The session has ended.
        Ended = "ended",
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

model! {
    /// A session in a room, as a phone sees it.
    RoomSessionInfo {
        /// The session's id.
        id: Id,
        /// `started` or `ended`.
        status: RoomStatus,
        /// The time at which the session began.
        started_at: Option<Timestamp>,
        /// The time at which the session ended; null while it is open.
        ended_at: Option<Timestamp>,
        /// The time at which the session will be ended; null if there is no limit.
        expiration: Option<Timestamp>,
    }
}

model! {
    /// A session in a room, and how the app joins the room.
    OpenedRoom {
        /// The session.
        session: RoomSessionInfo,
        /// The platform of the room: `daily`, `livekit` or `proxy`.
        platform: RoomPlatform,
        /// The URL of the room, for the library of its platform.
        url: String,
        /// The token with which the app joins the room. It is never printed.
        token: Secret,
    }
}

model! {
    /// An opened room and the grant of its session. The client keeps the grant and returns the room.
    OpenedRoomGrant {
        /// The room.
        room: OpenedRoom,
        /// The grant that every later request about the session needs.
        grant: Secret,
        /// The lifetime of the grant, in seconds.
        expires_in: i64,
    }
}

model! {
    /// A session in a room and its grant. The client keeps the grant and returns the session.
    RoomSessionGrant {
        /// The session.
        session: RoomSessionInfo,
        /// The grant that every later request about the session needs.
        grant: Secret,
        /// The lifetime of the grant, in seconds.
        expires_in: i64,
    }
}

params! {
    /// Parameters of a new session in a room. The backend's policy may change or reject all of them.
    OpenRoom {
        /// The avatar: its id, or the URL of a picture of a face. The backend may choose another.
        avatar: Option<String> => body(Rule::Text { min: 1, max: 2_048 }),
        /// Data for the backend's policy.
        metadata: Option<Object> => body(Rule::Object),
    }
}

static SESSION: WireObject = WireObject {
    name: "RoomSessionInfo",
    fields: &[
        text("id"),
        choice("status", RoomStatus::CHOICES.values),
        instant("started_at").if_known(),
        instant("ended_at").if_known(),
        instant("expiration").if_known(),
    ],
};

static OPENED: WireObject = WireObject {
    name: "OpenedRoom",
    fields: &[nested("session", &SESSION), choice("platform", RoomPlatform::CHOICES.values), text("url"), text("token")],
};

/// The defaults of the entries below.
const IN_A_ROOM: Operation = Operation { contract: Surface::Rooms, ..RELAYED };

/// `POST /v1/rooms`
pub static OPEN: Operation = Operation {
    name: "rooms.create",
    summary: "Opens a session in a room, as the backend's policy decides: an avatar joins the room. It costs money until it has ended.",
    method: Method::Post,
    path: "/v1/rooms",
    repeat: Repeat::IfUnsent,
    params: OpenRoom::PARAMS,
    status: 201,
    answer: Answer::One { model: OpenedRoomGrant::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("room", &OPENED), text("grant"), int("expires_in")]),
    errors: &[Kind::PolicyRefused, Kind::NotFound, Kind::PaymentRequired, Kind::ConcurrencyLimit],
    effect: Effect::AdoptGrant,
    ..IN_A_ROOM
};

/// `GET /v1/rooms/{id}`
pub static GET: Operation = Operation {
    name: "rooms.get",
    summary: "Returns the session in a room with its current state.",
    path: "/v1/rooms/{id}",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    answer: Answer::One { model: RoomSessionInfo::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &SESSION)]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    ..IN_A_ROOM
};

/// `PUT /v1/rooms/{id}/end`
pub static END: Operation = Operation {
    name: "rooms.end",
    summary: "Ends the session in a room: the avatar leaves. Ending an ended session has no effect.",
    method: Method::Put,
    path: "/v1/rooms/{id}/end",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    answer: Answer::One { model: RoomSessionInfo::MODEL, under: &["session"] },
    wire: Wire::Object(&[SUCCESS, nested("session", &SESSION)]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound],
    ..IN_A_ROOM
};

/// `POST /v1/rooms/{id}/grant`
pub static RENEW: Operation = Operation {
    name: "rooms.renew",
    summary: "Renews the grant of the session in a room, even if it has expired. Fails if the session has ended or is too old.",
    method: Method::Post,
    path: "/v1/rooms/{id}/grant",
    path_param: Some(path("id", "The session's id.")),
    grant: true,
    // A second grant does no harm beside the first.
    repeat: Repeat::Safe,
    answer: Answer::One { model: RoomSessionGrant::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("session", &SESSION), text("grant"), int("expires_in")]),
    errors: &[Kind::GrantExpired, Kind::GrantInvalid, Kind::NotFound, Kind::Conflict],
    effect: Effect::AdoptGrant,
    ..IN_A_ROOM
};
