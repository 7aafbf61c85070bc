//! The relay's wire: contract/openapi.relay.json.

use super::{parameter, schema};
use agenthuman::operations::all;
use agenthuman::table::{Effect, Operation, Place, Repeat, Surface};
use agenthuman::{Kind, error::KINDS};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const DESCRIPTION: &str = "What a backend that mounts the relay answers its phones. The paths stand under wherever it is mounted.

Every request carries the app's own token, which the backend's own function checks. What is about a session carries the \
session's grant too, as `sessions.create`, `sessions.resume` and `sessions.renew` give it. No API key is ever part of a request or an answer.

An error has a code of contract/errors.json, so that a phone tells the same kinds apart as a server does.";

/// The statuses of errors, with the codes that each can carry. 502 stands for what went wrong between the backend and the
/// API, and can carry any code that an answer of the API can.
const FAILURES: &[(u16, &str, &str, &[Kind])] = &[
    (400, "BadRequest", "The request is wrong, or carries what has no place in it.", &[Kind::BadRequest]),
    (
        401,
        "Unauthorized",
        "The backend does not accept who is calling, or the grant.",
        &[Kind::Authentication, Kind::InvalidToken, Kind::GrantExpired, Kind::GrantInvalid],
    ),
    (402, "PaymentRequired", "The backend's plan has no minutes left.", &[Kind::PaymentRequired]),
    (
        403,
        "Forbidden",
        "The backend's policy refuses it, or the grant does not cover it.",
        &[Kind::PermissionDenied, Kind::PolicyRefused],
    ),
    (404, "NotFound", "There is no such path or object.", &[Kind::NotFound]),
    (405, "MethodNotAllowed", "The path is not for this method.", &[Kind::BadRequest]),
    (408, "RequestTimeout", "The body did not come in time.", &[Kind::Timeout]),
    (409, "Conflict", "The session's state does not allow it.", &[Kind::Conflict]),
    (413, "ContentTooLarge", "The body is over the relay's cap.", &[Kind::BadRequest]),
    (415, "UnsupportedMediaType", "The body is not said to be JSON.", &[Kind::BadRequest]),
    (
        429,
        "TooManyRequests",
        "This user's rate limit, the backend's own, or its number of sessions at once is reached.",
        &[Kind::RateLimited, Kind::ConcurrencyLimit],
    ),
    (500, "InternalServerError", "The backend's own functions failed, or the relay.", &[Kind::Server]),
    (502, "BadGateway", "The backend could not get an answer of use from the API.", &[]),
    (503, "ServiceUnavailable", "The API is not available for now.", &[Kind::ServiceUnavailable]),
    (504, "GatewayTimeout", "The API did not answer the backend in time.", &[Kind::Timeout]),
];

const PAGE: &str = "X-AgentHuman-Page";

pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for described in all(Surface::Phone) {
        let item = paths.entry(described.path).or_insert_with(|| json!({}));
        item[described.method.as_str().to_ascii_lowercase()] = operation(described);
    }
    let mut schemas = schema::objects(Surface::Phone);
    schemas.insert("Error".into(), error());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "AgentHuman relay", "version": agenthuman::VERSION, "description": DESCRIPTION },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses(),
            "headers": headers(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The app's own token of its user." },
                "grant": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-AgentHuman-Grant",
                    "description": "The session's grant: opaque to the phone.",
                },
            },
        },
    })
}

fn operation(described: &Operation) -> Value {
    let mut security = json!({ "token": [] });
    if described.grant {
        security["grant"] = json!([]);
    }
    let mut item = json!({
        "operationId": described.name,
        "summary": described.summary,
        "security": [security],
        "responses": answers(described),
    });
    let parameters: Vec<Value> =
        described.all_params().filter_map(parameter).map(with_sane_id).chain(request_headers(described)).collect();
    if !parameters.is_empty() {
        item["parameters"] = json!(parameters);
    }
    if let Some(body) = schema::request_body(&[described]) {
        item["requestBody"] = body;
    }
    item
}

/// The headers of a request that are of an operation only.
fn request_headers(described: &Operation) -> Vec<Value> {
    let header = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "header", "description": description, "required": false, "schema": schema });
    if described.repeat == Repeat::ByClientId {
        let doc = "Of a message that may have been sent before: the id of the last message that the client knew before its first \
attempt, or empty if it knew none. A relay that did not see the first attempt looks for the message after that one.";
        return vec![header("X-AgentHuman-Repeat-After", doc, json!({ "type": "string", "maxLength": 64 }))];
    }
    if described.effect == Effect::MessagesListed {
        let page = "The tag of the page that the client knows, which was a header of the response.";
        let prefer = "`wait=20`: the response can wait for so many seconds until the page is another one than the client knows.";
        return vec![header(PAGE, page, json!({ "type": "string" })), header("Prefer", prefer, json!({ "type": "string" }))];
    }
    Vec::new()
}

/// Ids are text here, and only such as need no encoding in a path.
fn with_sane_id(mut parameter: Value) -> Value {
    if parameter["in"] == "path" {
        parameter["schema"] = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" });
    }
    parameter
}

fn answers(described: &Operation) -> Value {
    let mut success = json!({
        "description": "Success.",
        "headers": header_references(),
        "content": { "application/json": { "schema": schema::of_answer(described) } },
    });
    if described.effect == Effect::MessagesListed {
        success["headers"][PAGE] = json!({ "description": "The tag of this page.", "schema": { "type": "string" } });
    }
    let mut answers = Map::from_iter([(described.status.to_string(), success)]);
    for (status, name, ..) in FAILURES.iter().filter(|(status, ..)| can_answer(described, *status)) {
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    Value::Object(answers)
}

fn can_answer(described: &Operation, status: u16) -> bool {
    let has_body = described.params.iter().any(|param| param.place == Place::Body);
    match status {
        402 | 409 => described.path_param.is_some() || has_body,
        408 | 413 | 415 => has_body,
        _ => true,
    }
}

fn responses() -> Value {
    let described = FAILURES.iter().map(|(_, name, doc, kinds)| {
        let codes: Vec<&str> = if kinds.is_empty() { upstream() } else { kinds.iter().map(|kind| kind.code()).collect() };
        let schema = json!({
            "allOf": [
                schema::reference("Error"),
                { "properties": { "error": { "properties": { "code": { "enum": codes } } } } },
            ],
        });
        let answer = json!({
            "description": doc,
            "headers": header_references(),
            "content": { "application/json": { "schema": schema } },
        });
        ((*name).to_owned(), answer)
    });
    Value::Object(described.collect())
}

/// What a call of the backend to the API can fail with.
fn upstream() -> Vec<&'static str> {
    let answers = [Kind::Api, Kind::Connection, Kind::InvalidResponse];
    let kinds = KINDS.iter().filter(|entry| answers.iter().any(|parent| entry.kind.is(*parent)));
    kinds.map(|entry| entry.code).collect()
}

fn error() -> Value {
    let codes: BTreeSet<&str> =
        FAILURES.iter().flat_map(|(_, _, _, kinds)| kinds.iter()).map(|kind| kind.code()).chain(upstream()).collect();
    json!({
        "description": "An error, in the words of contract/errors.json.",
        "type": "object",
        "properties": {
            "success": { "const": false },
            "error": {
                "type": "object",
                "properties": {
                    "code": { "type": "string", "enum": codes },
                    "message": { "type": "string" },
                    "suggestion": { "type": "string" },
                    "details": {},
                    "outcome_unknown": { "description": "True if what was sent may have happened all the same.", "const": true },
                },
                "required": ["code", "message"],
                "additionalProperties": false,
            },
        },
        "required": ["success", "error"],
        "additionalProperties": false,
    })
}

const HEADERS: &[(&str, &str, &str)] =
    &[("X-Request-Id", "string", "The id of this request."), ("Retry-After", "integer", "Seconds to wait, where it is known.")];

fn headers() -> Value {
    let described =
        HEADERS.iter().map(|(name, kind, doc)| ((*name).to_owned(), json!({ "description": doc, "schema": { "type": kind } })));
    Value::Object(described.collect())
}

fn header_references() -> Value {
    let references =
        HEADERS.iter().map(|(name, ..)| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })));
    Value::Object(references.collect())
}
