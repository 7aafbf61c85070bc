//! Voices: the voices of agents.

use super::Resource;
use crate::Id;
use crate::table::wire::{SUCCESS, flag, list, text};
use crate::table::{API_KEY_OR_TOKEN, Answer, Evidence, Modelled, OPERATION, Operation, TOKEN_OR_API_KEY, Wire, WireObject};

pub(super) const RESOURCE: Resource =
    Resource { name: "voices", doc: "Voices: the voices of agents.", operations: &[&LIST, &LIST_MINE] };

model! {
    /// A voice for avatars.
    Voice {
        /// The voice's id.
        id: Id = ["voice_id", "id"],
        /// The name.
        name: String,
        /// The language of the voice, such as `en`.
        language: Option<String>,
        /// The description of the voice.
        gender: Option<String>,
        /// The provider of the voice.
        provider: Option<String>,
        /// The URL of a sample.
        preview_url: Option<String>,
        /// Whether everyone may use it.
        is_public: bool,
    }
}

/// A voice, in both lists.
static OBJECT: WireObject = WireObject {
    name: "Voice",
    fields: &[
        text("voice_id"),
        text("name"),
        text("language").or_null(),
        text("gender").or_null(),
        text("provider").or_null(),
        text("preview_url").or_null(),
        flag("is_public"),
    ],
};

/// `GET /v1/voices?scope=public`
pub static LIST: Operation = Operation {
    name: "voices.list",
    summary: "Lists the voices that everyone may use.",
    evidence: Evidence::Named,
    path: "/v1/voices",
    fixed_query: &[("scope", "public")],
    auth: API_KEY_OR_TOKEN,
    answer: Answer::List { model: Voice::MODEL, under: &["voices"] },
    wire: Wire::Object(&[SUCCESS, list("voices", &OBJECT)]),
    ..OPERATION
};

/// `GET /v1/voices?scope=mine`
pub static LIST_MINE: Operation = Operation {
    name: "voices.list_mine",
    summary: "Lists your voices.",
    evidence: Evidence::Named,
    path: "/v1/voices",
    fixed_query: &[("scope", "mine")],
    auth: TOKEN_OR_API_KEY,
    answer: Answer::List { model: Voice::MODEL, under: &["voices"] },
    wire: Wire::Object(&[SUCCESS, list("voices", &OBJECT)]),
    ..OPERATION
};
