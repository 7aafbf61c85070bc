//! Which statuses an operation can answer with, and what comes with each.

use super::schema;
use agenthuman::Kind;
use agenthuman::operations::all;
use agenthuman::table::{Operation, Place, Surface};
use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// An error status as all operations answer it.
struct Failure {
    status: u16,
    name: &'static str,
    evidence: &'static str,
    doc: &'static str,
    texts: &'static [&'static str],
}

const FAILURES: &[Failure] = &[
    Failure {
        status: 400,
        name: "BadRequest",
        evidence: "documented",
        doc: "The request is wrong; the text names the field.",
        texts: &[],
    },
    Failure {
        status: 401,
        name: "Unauthorized",
        evidence: "documented",
        doc: "No credential, or one that is not accepted. The first three texts are documented, the others are assumed.",
        texts: &[
            "API key required",
            "Invalid API key",
            "API key has been revoked",
            "Authentication required",
            "Invalid token",
            "Token has expired",
            "Invalid or expired code",
        ],
    },
    Failure {
        status: 402,
        name: "PaymentRequired",
        evidence: "assumed",
        doc: "The minutes of the account are used up. The code is `INSUFFICIENT_MINUTES`; the status is assumed.",
        texts: &[],
    },
    Failure { status: 403, name: "Forbidden", evidence: "documented", doc: "The credential may not do this.", texts: &[] },
    Failure {
        status: 404,
        name: "NotFound",
        evidence: "documented",
        doc: "There is no such object, or it is someone else's.",
        texts: &["Agent not found", "Agent not found or access denied", "Session not found", "Avatar not found"],
    },
    Failure { status: 409, name: "Conflict", evidence: "assumed", doc: "The object's state does not allow it.", texts: &[] },
    Failure { status: 413, name: "ContentTooLarge", evidence: "assumed", doc: "The body is too large.", texts: &[] },
    Failure {
        status: 415,
        name: "UnsupportedMediaType",
        evidence: "assumed",
        doc: "The body is of a type that is not accepted. For an upload it is documented: the picture failed moderation.",
        texts: &["Uploaded image failed moderation checks"],
    },
    Failure {
        status: 429,
        name: "TooManyRequests",
        evidence: "documented",
        doc: "Too many requests: 60 a minute.",
        texts: &["Too many requests. Please retry after 1 minute."],
    },
    Failure { status: 500, name: "InternalServerError", evidence: "documented", doc: "The service failed.", texts: &[] },
    Failure {
        status: 503,
        name: "ServiceUnavailable",
        evidence: "documented",
        doc: "The service is not available for now.",
        texts: &[],
    },
];

pub fn of(operation: &Operation) -> Result<Value> {
    let mut answers = Map::new();
    let mut success = json!({
        "description": "Success.",
        "headers": header_references(),
        "content": { "application/json": { "schema": schema::of_answer(operation) } },
    });
    if operation.status_evidence() != operation.evidence {
        success["x-evidence"] = json!(operation.status_evidence().as_str());
    }
    answers.insert(operation.status.to_string(), success);
    let statuses = failures_of(operation)?;
    for failure in FAILURES.iter().filter(|failure| statuses.contains(&failure.status)) {
        answers.insert(failure.status.to_string(), json!({ "$ref": format!("#/components/responses/{}", failure.name) }));
    }
    Ok(Value::Object(answers))
}

fn failures_of(operation: &Operation) -> Result<BTreeSet<u16>> {
    let mut statuses = BTreeSet::from([429, 500, 503]);
    if operation.all_params().next().is_some() || !operation.fixed_query.is_empty() {
        statuses.insert(400);
    }
    if !operation.auth.0.is_empty() {
        statuses.extend([401, 403]);
    }
    if operation.params.iter().any(|param| matches!(param.place, Place::Body | Place::Part)) {
        statuses.extend([413, 415]);
    }
    for kind in operation.errors {
        let declared = [
            (Kind::Authentication, 401),
            (Kind::PaymentRequired, 402),
            (Kind::PermissionDenied, 403),
            (Kind::NotFound, 404),
            (Kind::Conflict, 409),
            (Kind::ConcurrencyLimit, 429),
            (Kind::RateLimited, 429),
        ];
        match declared.iter().find(|(known, _)| known == kind) {
            Some((_, status)) => statuses.insert(*status),
            None => bail!("{} declares {}, and it is not known which status that is", operation.name, kind.code()),
        };
    }
    if let Some(unknown) = statuses.iter().find(|status| !FAILURES.iter().any(|failure| failure.status == **status)) {
        bail!("{} answers {unknown}, which has no description", operation.name);
    }
    Ok(statuses)
}

pub fn components(surface: Surface) -> Value {
    let used: BTreeSet<u16> = all(surface).filter_map(|operation| failures_of(operation).ok()).flatten().collect();
    let failures = FAILURES.iter().filter(|failure| used.contains(&failure.status));
    let described = failures.map(|failure| {
        let mut content = json!({ "schema": schema::reference("Error") });
        if !failure.texts.is_empty() {
            let examples: Map<String, Value> = failure
                .texts
                .iter()
                .map(|text| (example_name(text), json!({ "value": { "success": false, "error": text } })))
                .collect();
            content["examples"] = Value::Object(examples);
        }
        let answer = json!({
            "description": failure.doc,
            "x-evidence": failure.evidence,
            "headers": header_references(),
            "content": { "application/json": content },
        });
        (failure.name.to_owned(), answer)
    });
    Value::Object(described.collect())
}

/// `API key required` → `api_key_required`
fn example_name(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

const HEADERS: &[(&str, &str, &str, &str)] = &[
    ("X-RateLimit-Limit", "integer", "documented", "How many requests a minute are allowed."),
    ("X-RateLimit-Remaining", "integer", "documented", "How many are left in this window."),
    ("X-RateLimit-Reset", "integer", "documented", "When the window ends, in Unix seconds."),
    ("X-Request-Id", "string", "assumed", "The id of this request, to be quoted to the service's support."),
];

pub fn headers() -> Value {
    let described = HEADERS.iter().map(|(name, kind, evidence, doc)| {
        ((*name).to_owned(), json!({ "description": doc, "x-evidence": evidence, "schema": { "type": kind } }))
    });
    Value::Object(described.collect())
}

fn header_references() -> Value {
    let references =
        HEADERS.iter().map(|(name, ..)| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })));
    Value::Object(references.collect())
}
