//! API keys: create, list, rotate and revoke them.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{SUCCESS, choice, instant, int, list, nested, text};
use crate::table::{
    Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, Steps, TOKEN_ONLY, Wire, WireObject, body, local,
    path,
};
use crate::{Id, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "api_keys",
    doc: "API keys: create, list, rotate and revoke them.",
    operations: &[&CREATE, &LIST, &DELETE, &ROTATE],
};

/// The maximum grace of a rotation, in seconds.
pub const LONGEST_GRACE: f64 = 3_600.0;

choices! {
    /// The environment of an API key.
    ApiKeyEnvironment {
        /// Production: `ah_live_…`.
        Live = "live",
        /// Development and tests: `ah_test_…`.
        Test = "test",
    }
}

model! {
    /// Information about an API key, without the key itself.
    ApiKeyInfo {
        /// The key's id.
        id: Id = ["api_key_id", "id"],
        /// The name of the key.
        name: String,
        /// `live` or `test`.
        environment: ApiKeyEnvironment,
        /// The prefix of the key.
        prefix: String,
        /// The key's last four characters.
        last4: String,
        /// The time of creation.
        created_at: Timestamp,
        /// The time of the last use; null if the key was never used.
        last_used_at: Option<Timestamp>,
        /// The time at which the key was revoked; null if it was not.
        revoked_at: Option<Timestamp>,
    }
}

impl ApiKeyInfo {
    /// Returns the masked key, such as `ah_live_…wxyz`.
    pub fn masked(&self) -> String {
        format!("ah_{}_…{}", self.environment, self.last4)
    }
}

model! {
    /// Information about a key in the response that contains the key itself. Only its id is required: no other response contains
    /// the key, so a response that lacks another field must not lose it.
    NewApiKeyInfo {
        /// The key's id.
        id: Id = ["api_key_id", "id"],
        /// The name of the key.
        name: Option<String>,
        /// `live` or `test`.
        environment: Option<ApiKeyEnvironment>,
        /// The prefix of the key.
        prefix: Option<String>,
        /// The key's last four characters.
        last4: Option<String>,
        /// The time of creation.
        created_at: Option<Timestamp>,
        /// The time of the last use; a new key was never used.
        last_used_at: Option<Timestamp>,
        /// The time at which the key was revoked; a new key is not.
        revoked_at: Option<Timestamp>,
    }
}

model! {
    /// A new API key. Only this object contains the key itself.
    CreatedApiKey {
        /// Information about the key.
        api_key: NewApiKeyInfo,
        /// The key itself. No other response contains it. Keep it out of logs.
        key: Secret,
    }
}

params! {
    /// Parameters of `api_keys.create`.
    CreateApiKey {
        /// The name of the key: 1 to 100 characters.
        name: String => body(Rule::Text { min: 1, max: 100 }).required(),
        /// `live` or `test`.
        environment: ApiKeyEnvironment => body(Rule::Choice(ApiKeyEnvironment::CHOICES)).required(),
    }
}

params! {
    /// Parameters of `api_keys.rotate`.
    RotateApiKey {
        /// Time in seconds before the old key is deleted, for other processes that use it: 0 to 3600.
        grace: Option<i64> => local(Rule::Seconds { min: 0.0, max: LONGEST_GRACE }),
        /// A function that stores the new key. If it fails, the new key is deleted and the old key stays.
        store: Option<bool> => local(Rule::Store),
    }
}

/// An item of the list of keys.
static OBJECT: WireObject = WireObject {
    name: "ApiKey",
    fields: &[
        int("id"),
        text("name"),
        choice("environment", ApiKeyEnvironment::CHOICES.values),
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
    summary: "Creates an API key. Only this response contains the key itself.",
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
    summary: "Lists the API keys of the account, masked. Revoked keys are included.",
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
    summary: "Revokes an API key. It stops working immediately.",
    evidence: Evidence::Assumed,
    method: Method::Delete,
    path: "/v1/api-keys/{id}",
    auth: TOKEN_ONLY,
    path_param: Some(path("id", "The key's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// Several requests: create, test, store, replace, delete.
pub static ROTATE: Operation = Operation {
    name: "api_keys.rotate",
    summary: "Replaces an API key with a new key of the same name: creates the new key, tests it, passes it to `store`, and deletes the old key. If the client uses the old key, it uses the new key from then on. If a step fails, at least one key still works, and `details` of the error names the keys that exist.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "",
    auth: TOKEN_ONLY,
    repeat: Repeat::Never,
    path_param: Some(path("id", "The id of the key to replace.")),
    params: RotateApiKey::PARAMS,
    steps: Some(Steps::Rotate),
    answer: Answer::One { model: CreatedApiKey::MODEL, under: &[] },
    ..OPERATION
};
