//! OpenClaw: rooms of the service's own, with an avatar in them.

use super::ROOMS;
use super::sessions::AspectRatio;
use crate::error::Kind;
use crate::operations::Resource;
use crate::table::wire::{SUCCESS, nested, text};
use crate::table::{Answer, Method, Modelled, Operation, Repeat, Rule, Wire, WireObject, body};
use crate::{Id, Secret};

pub(super) const RESOURCE: Resource =
    Resource { name: "openclaw", doc: "OpenClaw: rooms of the service's own, with an avatar in them.", operations: &[&INITIATE] };

model! {
    /// A room of the service's own, and the token with which a participant joins it.
    OpenclawRoom {
        /// The name of the room.
        name: String,
        /// The URL of the LiveKit server.
        url: String,
        /// The token with which a participant joins the room.
        token: Secret,
    }
}

params! {
    /// Parameters of `openclaw.initiate`.
    InitiateOpenclaw {
        /// The avatar's id, which begins with `avat_`.
        avatar: Option<Id> => body(Rule::TEXT_ID),
        /// The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: `1:1`.
        aspect_ratio: Option<AspectRatio> => body(Rule::Choice(AspectRatio::CHOICES)),
        /// The id of a voice of ElevenLabs.
        voice_id: Option<Id> => body(Rule::TEXT_ID),
        /// Whether to transcribe what is said. Default: true.
        enable_transcription: Option<bool> => body(Rule::Flag),
    }
}

static OBJECT: WireObject = WireObject { name: "OpenclawRoom", fields: &[text("name"), text("url"), text("token")] };

/// `POST /v1/openclaw/initiate`
pub static INITIATE: Operation = Operation {
    name: "openclaw.initiate",
    summary: "Opens a room with an avatar in it, and returns how to join it. The response has no session id.",
    method: Method::Post,
    path: "/v1/openclaw/initiate",
    repeat: Repeat::IfUnsent,
    params: InitiateOpenclaw::PARAMS,
    answer: Answer::One { model: OpenclawRoom::MODEL, under: &["room"] },
    wire: Wire::Object(&[SUCCESS, nested("room", &OBJECT)]),
    errors: &[Kind::PaymentRequired, Kind::PermissionDenied, Kind::NotFound, Kind::ConcurrencyLimit],
    ..ROOMS
};
