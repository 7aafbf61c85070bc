//! API keys: made, listed, rotated, revoked.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{SUCCESS, choice, instant, int, list, nested, text};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, TOKEN_ONLY, Wire, WireObject, body, local, model,
    params, path,
};
use crate::{Id, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "api_keys",
    doc: "API keys: made, listed, rotated, revoked.",
    operations: &[&CREATE, &LIST, &DELETE, &ROTATE],
};

/// The longest grace of a rotation, in seconds.
pub const LONGEST_GRACE: f64 = 3_600.0;

/// What a key may be for.
pub const ENVIRONMENTS: &[&str] = &["live", "test"];

model! {
    /// A key as it is listed: everything but the key itself.
    ApiKeyInfo {
        /// The key's id.
        id: Id = ["api_key_id", "id"],
        /// The name it was given.
        name: Option<String>,
        /// `live` or `test`.
        environment: Option<String>,
        /// How the key begins.
        prefix: Option<String>,
        /// The key's last four characters.
        last4: Option<String>,
        /// When it was made.
        created_at: Option<Timestamp>,
        /// When it was last used; null if never.
        last_used_at: Option<Timestamp>,
        /// When it was revoked; null while it works.
        revoked_at: Option<Timestamp>,
    }
}

impl ApiKeyInfo {
    /// The key as it may be shown: `ah_live_…wxyz`.
    pub fn masked(&self) -> String {
        let environment = self.environment.as_deref().unwrap_or("?");
        format!("ah_{environment}_…{}", self.last4.as_deref().unwrap_or_default())
    }
}

model! {
    /// A new key: the only time that the key itself is shown.
    CreatedApiKey {
        /// The key as it is listed from now on.
        api_key: ApiKeyInfo,
        /// The key. It is shown here only; keep it out of logs.
        key: Secret,
    }
}

params! {
    /// What `api_keys.create` takes.
    CreateApiKey {
        /// A name to know it by: 1 to 100 characters.
        name: String => body(Rule::Text { min: 1, max: 100 }).required(),
        /// `live` or `test`.
        environment: String => body(Rule::Choice(ENVIRONMENTS)).required(),
    }
}

params! {
    /// What `api_keys.rotate` takes.
    RotateApiKey {
        /// Seconds for which the old key goes on working, for others that hold it: 0 to 3600.
        grace: Option<i64> => local(Rule::Seconds { min: 0.0, max: LONGEST_GRACE }),
        /// A function that is handed the new key and keeps it. Where it fails, the new key is deleted and the old one stays.
        store: Option<bool> => local(Rule::Store),
    }
}

/// A key as it is listed.
static OBJECT: WireObject = WireObject {
    name: "ApiKey",
    fields: &[
        int("id"),
        text("name"),
        choice("environment", ENVIRONMENTS),
        text("prefix"),
        text("last4"),
        instant("created_at"),
        instant("last_used_at").or_null(),
        instant("revoked_at").or_null(),
    ],
};

/// `POST /v1/api-keys`
pub static CREATE: Operation = Operation {
    name: "api_keys.create",
    summary: "Makes a new API key. The answer is the only place where the key itself is shown.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/api-keys",
    auth: TOKEN_ONLY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("api_keys.list"),
    params: CreateApiKey::PARAMS,
    status: 201,
    answer: Answer::One { model: CreatedApiKey::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, nested("api_key", &OBJECT), text("key")]),
    ..OPERATION
};

/// `GET /v1/api-keys`
pub static LIST: Operation = Operation {
    name: "api_keys.list",
    summary: "Lists the account's API keys, never the keys themselves. Revoked ones stay listed.",
    evidence: Evidence::Named,
    path: "/v1/api-keys",
    auth: TOKEN_ONLY,
    answer: Answer::List { model: ApiKeyInfo::MODEL, under: &["api_keys"] },
    wire: Wire::Object(&[SUCCESS, list("api_keys", &OBJECT)]),
    ..OPERATION
};

/// `DELETE /v1/api-keys/{id}`
pub static DELETE: Operation = Operation {
    name: "api_keys.delete",
    summary: "Revokes an API key, at once.",
    evidence: Evidence::Assumed,
    method: Method::Delete,
    path: "/v1/api-keys/{id}",
    auth: TOKEN_ONLY,
    path_param: Some(path("id", "The key's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// Several calls: create, prove, store, swap, delete.
pub static ROTATE: Operation = Operation {
    name: "api_keys.rotate",
    summary: "Replaces an API key: makes a new one of the same name, proves that it works, hands it to `store`, goes on with it where this client's own key is the one replaced, and deletes the old one. Whatever step fails, a working key is left, and the error's details say which keys exist.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "",
    auth: TOKEN_ONLY,
    repeat: Repeat::Never,
    path_param: Some(path("id", "The id of the key to replace.")),
    params: RotateApiKey::PARAMS,
    answer: Answer::One { model: CreatedApiKey::MODEL, under: &[] },
    ..OPERATION
};
