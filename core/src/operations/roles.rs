//! Roles: prompts for agents.

use super::Resource;
use crate::Id;
use crate::error::Kind;
use crate::table::wire::{SUCCESS, flag, instant, int, list, nested, text};
use crate::table::{
    API_KEY_OR_TOKEN, Answer, Evidence, Method, Modelled, OPERATION, Operation, Repeat, Rule, TOKEN_OR_API_KEY, Wire, WireObject,
    body, path,
};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "roles",
    doc: "Roles: prompts for agents.",
    operations: &[&LIST, &LIST_MINE, &CREATE, &GET, &UPDATE, &DELETE],
};

model! {
    /// A prompt for agents.
    Role {
        /// The role's id.
        id: Id = ["role_id", "id"],
        /// The name.
        name: String,
        /// The description.
        description: Option<String>,
        /// Instructions for the model.
        prompt: String,
        /// Whether everyone may use it.
        is_public: bool,
        /// The time of creation.
        created_at: Timestamp,
        /// The time of the last change.
        updated_at: Timestamp,
    }
}

params! {
    /// Parameters of `roles.create`.
    CreateRole {
        /// The name.
        name: String => body(Rule::NAME).required(),
        /// Instructions for the model.
        prompt: String => body(Rule::Text { min: 1, max: 1_000_000 }).required(),
        /// The description.
        description: Option<String> => body(Rule::TEXT),
    }
}

params! {
    /// Parameters of `roles.update`. At least one is required.
    UpdateRole {
        /// The name.
        name: Option<String> => body(Rule::NAME),
        /// Instructions for the model.
        prompt: Option<String> => body(Rule::Text { min: 1, max: 1_000_000 }),
        /// The description.
        description: Option<String> => body(Rule::TEXT),
    }
}

/// A role, in every response.
static OBJECT: WireObject = WireObject {
    name: "Role",
    fields: &[
        int("role_id"),
        text("name"),
        text("description").or_null(),
        text("prompt"),
        flag("is_public"),
        instant("created_at"),
        instant("updated_at"),
    ],
};

/// `GET /v1/roles?scope=public`
pub static LIST: Operation = Operation {
    name: "roles.list",
    summary: "Lists the roles that everyone may use.",
    evidence: Evidence::Named,
    path: "/v1/roles",
    fixed_query: &[("scope", "public")],
    auth: API_KEY_OR_TOKEN,
    answer: Answer::List { model: Role::MODEL, under: &["roles"] },
    wire: Wire::Object(&[SUCCESS, list("roles", &OBJECT)]),
    ..OPERATION
};

/// `GET /v1/roles?scope=mine`
pub static LIST_MINE: Operation = Operation {
    name: "roles.list_mine",
    summary: "Lists your roles.",
    evidence: Evidence::Named,
    path: "/v1/roles",
    fixed_query: &[("scope", "mine")],
    auth: TOKEN_OR_API_KEY,
    answer: Answer::List { model: Role::MODEL, under: &["roles"] },
    wire: Wire::Object(&[SUCCESS, list("roles", &OBJECT)]),
    ..OPERATION
};

/// `POST /v1/roles`
pub static CREATE: Operation = Operation {
    name: "roles.create",
    summary: "Creates a role.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/roles",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("roles.list_mine"),
    params: CreateRole::PARAMS,
    status: 201,
    answer: Answer::One { model: Role::MODEL, under: &["role"] },
    wire: Wire::Object(&[SUCCESS, nested("role", &OBJECT)]),
    ..OPERATION
};

/// `GET /v1/roles/{id}`
pub static GET: Operation = Operation {
    name: "roles.get",
    summary: "Returns a role.",
    evidence: Evidence::Assumed,
    path: "/v1/roles/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The role's id.")),
    answer: Answer::One { model: Role::MODEL, under: &["role"] },
    wire: Wire::Object(&[SUCCESS, nested("role", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `PUT /v1/roles/{id}`
pub static UPDATE: Operation = Operation {
    name: "roles.update",
    summary: "Updates one of your roles. Fields that are not set keep their values.",
    evidence: Evidence::Assumed,
    method: Method::Put,
    path: "/v1/roles/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The role's id.")),
    params: UpdateRole::PARAMS,
    needs_one: true,
    answer: Answer::One { model: Role::MODEL, under: &["role"] },
    wire: Wire::Object(&[SUCCESS, nested("role", &OBJECT)]),
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `DELETE /v1/roles/{id}`
pub static DELETE: Operation = Operation {
    name: "roles.delete",
    summary: "Deletes one of your roles.",
    evidence: Evidence::Assumed,
    method: Method::Delete,
    path: "/v1/roles/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The role's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};
