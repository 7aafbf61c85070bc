//! Responses of a client for tests: the host provides them, and nothing is sent.

use crate::Object;
use crate::answer::{Body, Reply};
use crate::error::{Attempt, Error, Kind, Result, known_phase};
use crate::items::Items;
use crate::question::HostChannel;
use crate::state::{Inner, Responses};
use crate::table::{Answer, Model, Operation, Outgoing, Params};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call, as the host sees it.
#[derive(Serialize)]
struct MockCall<'a> {
    operation: &'static str,
    /// As the user passed them, by their canonical names.
    params: Object,
    /// Those that were set for this call.
    options: &'a Value,
}

/// The response of the host: a success, or an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MockResponse {
    /// A model or a list of models in canonical form; of `client.request`, any JSON.
    #[serde(default)]
    body: Value,
    next: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    error: Option<MockError>,
}

/// The fields of an error. All but the code have defaults by its kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MockError {
    code: String,
    message: Option<String>,
    suggestion: Option<String>,
    status: Option<u16>,
    details: Option<Value>,
    request_id: Option<String>,
    retryable: Option<bool>,
    retry_after: Option<f64>,
    outcome_unknown: Option<bool>,
    phase: Option<String>,
    parameter: Option<String>,
}

/// Whether the host provides the responses.
pub(crate) fn is_mock(client: &Inner) -> bool {
    matches!(client.settings.responses, Responses::Host)
}

/// The parameters as the host sees them: those that were passed, and the description of a file.
pub(crate) fn call_params(operation: &Operation, params: &Params) -> Object {
    let mut values = params.values.clone();
    // Null stands for a parameter that was not passed, unless the operation gives null a meaning.
    let has_null = |name: &str| operation.all_params().any(|param| param.name == name && param.nullable);
    values.retain(|name, value| !value.is_null() || has_null(name));
    if let Some(file) = &params.file {
        values.insert("file".to_owned(), file.describe());
    }
    values
}

/// The same of a request that is in no table.
pub(crate) fn request_params(operation: &Operation, request: &Outgoing) -> Object {
    let mut values = Object::new();
    values.insert("method".to_owned(), operation.method.as_str().into());
    values.insert("path".to_owned(), request.path.clone().into());
    values.extend(request.body.clone().map(|body| ("body".to_owned(), body)));
    values
}

/// Asks the host for the response to a call whose parameters have been checked.
///
/// # Errors
/// If the client is closed, if the host has no response or one that does not fit the operation, or if its response is an error.
pub(crate) async fn respond(
    client: &Inner,
    operation: &Operation,
    params: Object,
    options: &Value,
    host: Option<&HostChannel>,
) -> Result<Reply> {
    let call = MockCall { operation: operation.name, params, options };
    let outcome = async {
        client.refuse_if_closed()?;
        let invalid = |why: String| Error::new(Kind::Configuration, why);
        let host = host.ok_or_else(|| invalid("a mock client works in Python and Node only".to_owned()))?;
        let call = serde_json::to_string(&call).unwrap_or_default();
        let response = host.response(call).await.map_err(|why| invalid(format!("the mock {why}")))?;
        let response: MockResponse =
            serde_json::from_str(&response).map_err(|error| invalid(format!("the mock response is malformed: {error}")))?;
        reply(operation, response)
    };
    outcome.await.map_err(|error| error.operation(operation.name))
}

fn reply(operation: &Operation, response: MockResponse) -> Result<Reply> {
    let MockResponse { body, next, status, request_id, error } = response;
    if let Some(error) = error {
        return Err(error.into_error(operation)?);
    }
    let status = status.unwrap_or(operation.status);
    let items = |model: &'static Model, is_list| {
        let misfit = |why| Error::new(Kind::InvalidResponse, format!("the mock response does not fit the operation: {why}"));
        Items::of_canonical(body.to_string(), model, is_list).map(Body::Items).map_err(misfit)
    };
    let body = match operation.answer {
        Answer::One { model, .. } => items(model, false)?,
        Answer::List { model, .. } => items(model, true)?,
        Answer::Nothing => Body::Nothing,
        Answer::Raw if body.is_null() => Body::Nothing,
        Answer::Raw => Body::Raw(body),
    };
    let attempts = vec![Attempt { status: Some(status), code: None, duration_ms: 0 }];
    Ok(Reply { body, next, status, headers: HeaderMap::new(), request_id, attempts })
}

impl MockError {
    fn into_error(self, operation: &Operation) -> Result<Error> {
        let invalid = |why: String| Error::new(Kind::Configuration, why);
        let kind = Kind::of_code(&self.code).ok_or_else(|| invalid(format!("unknown error code {:?}", self.code)))?;
        let mut error = Error::new(kind, self.message.unwrap_or_else(|| default_message(kind)));
        if let Some(suggestion) = self.suggestion {
            error = error.suggestion(suggestion);
        }
        if let Some(phase) = self.phase {
            error = error.phase(known_phase(&phase).ok_or_else(|| invalid(format!("unknown phase {phase:?}")))?);
        }
        if let Some(parameter) = self.parameter {
            error = error.parameter(&parameter);
        }
        let info = error.info_mut();
        info.status = self.status.or_else(|| default_status(kind));
        info.details = self.details;
        info.request_id = self.request_id;
        info.retry_after = self.retry_after;
        info.outcome_unknown = self.outcome_unknown.unwrap_or_default();
        if info.outcome_unknown {
            info.retryable = false;
            info.suggest(operation.advice_if_unknown());
        }
        info.retryable = self.retryable.unwrap_or(info.retryable);
        let was_sent =
            info.status.is_some() || [Kind::Connection, Kind::Timeout, Kind::InvalidResponse].iter().any(|of| kind.is(*of));
        if was_sent {
            info.attempts = vec![Attempt { status: info.status, code: Some(kind), duration_ms: 0 }];
        }
        Ok(error)
    }
}

/// The beginning of the kind's documentation, which says what went wrong.
fn default_message(kind: Kind) -> String {
    let doc = kind.entry().doc;
    doc.split(['.', ';', '(']).next().unwrap_or(doc).trim().to_owned()
}

/// The status with which the service reports an error of this kind.
fn default_status(kind: Kind) -> Option<u16> {
    match kind {
        Kind::Rejected => Some(200),
        Kind::Redirect => Some(302),
        Kind::BadRequest => Some(400),
        Kind::PaymentRequired => Some(402),
        Kind::PermissionDenied | Kind::PolicyRefused => Some(403),
        Kind::NotFound => Some(404),
        Kind::Conflict => Some(409),
        Kind::RateLimited | Kind::ConcurrencyLimit => Some(429),
        Kind::Server | Kind::Api => Some(500),
        Kind::ServiceUnavailable => Some(503),
        Kind::Authentication
        | Kind::ApiKeyRequired
        | Kind::InvalidApiKey
        | Kind::ApiKeyRevoked
        | Kind::TokenExpired
        | Kind::InvalidToken
        | Kind::GrantExpired
        | Kind::GrantInvalid => Some(401),
        Kind::Configuration
        | Kind::MissingCredential
        | Kind::TokenUnavailable
        | Kind::MalformedApiKey
        | Kind::InvalidArgument
        | Kind::Connection
        | Kind::Tls
        | Kind::Proxy
        | Kind::Timeout
        | Kind::InvalidResponse
        | Kind::StoreFailed
        | Kind::NotRecorded
        | Kind::Closed
        | Kind::Internal => None,
    }
}
