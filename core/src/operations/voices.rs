//! Voices: what agents speak with.

use super::Resource;
use crate::Id;
use crate::table::wire::{SUCCESS, flag, list, text};
use crate::table::{
    API_KEY_OR_TOKEN, Answer, Evidence, Modelled, OPERATION, Operation, TOKEN_OR_API_KEY, Wire, WireObject, model,
};

pub(super) const RESOURCE: Resource =
    Resource { name: "voices", doc: "Voices: what agents speak with.", operations: &[&LIST, &LIST_MINE] };

model! {
    /// A voice that an avatar can have.
    Voice {
        /// The voice's id.
        id: Id = ["voice_id", "id"],
        /// Its name.
        name: Option<String>,
        /// The language it speaks, such as `en`.
        language: Option<String>,
        /// How it sounds.
        gender: Option<String>,
        /// Who makes it.
        provider: Option<String>,
        /// Where it can be heard.
        preview_url: Option<String>,
        /// Whether everyone may use it.
        is_public: Option<bool>,
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
    summary: "Lists one's own voices.",
    evidence: Evidence::Named,
    path: "/v1/voices",
    fixed_query: &[("scope", "mine")],
    auth: TOKEN_OR_API_KEY,
    answer: Answer::List { model: Voice::MODEL, under: &["voices"] },
    wire: Wire::Object(&[SUCCESS, list("voices", &OBJECT)]),
    ..OPERATION
};
