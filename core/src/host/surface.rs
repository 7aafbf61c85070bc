//! The options of a client and the fields of events, by their canonical names. `cargo xtask parity` compares every package of a
//! server's language with them.

use crate::error::Kind;
use crate::hooks::{EventHeaders, RateLimitWait, RequestEvent, ResponseEvent, RetryEvent};
use crate::operations::all;
use crate::table::{CredentialKind, Steps, Surface};
use serde::Serialize;
use serde_json::Value;

/// The options that a client has in every language of a server.
pub const CLIENT_OPTIONS: [&str; 23] = [
    "allow_insecure_http",
    "api_key",
    "api_key_command",
    "api_key_file",
    "app_info",
    "base_url",
    "ca_file",
    "client_cert",
    "client_key",
    "connect_timeout",
    "environment",
    "headers",
    "max_rate_limit_wait",
    "max_response_bytes",
    "max_retries",
    "on_request",
    "on_response",
    "on_retry",
    "on_wait",
    "proxy",
    "routes",
    "timeout",
    "token",
];

/// Returns the options of the client of a contract.
pub fn options_of(surface: Surface) -> Vec<&'static str> {
    let takes_token = all(surface).any(|operation| operation.auth.0.contains(&CredentialKind::Token));
    let opens = all(surface).any(|operation| operation.steps == Some(Steps::Open));
    let options = CLIENT_OPTIONS.into_iter().filter(|option| takes_token || *option != "token");
    options.chain(opens.then_some("max_open")).collect()
}

/// Returns the hooks, and the fields of their events.
pub fn events() -> [(&'static str, Vec<String>); 4] {
    let (operation, attempt, method, path) = ("sessions.get", 1, "GET", String::new());
    let headers = EventHeaders::new();
    let request = RequestEvent { operation, attempt, method, path: path.clone(), headers: headers.clone() };
    let response = ResponseEvent {
        operation,
        attempt,
        method,
        path: path.clone(),
        status: None,
        code: None,
        duration_ms: 0,
        request_id: None,
        headers,
    };
    let retry = RetryEvent { operation, attempt, method, path: path.clone(), status: None, reason: Kind::Server, delay_ms: 0 };
    let wait = RateLimitWait { operation, attempt, method, path, phase: "rate_limit", seconds: 0.0, queued: 1 };
    [
        ("on_request", fields(&request)),
        ("on_response", fields(&response)),
        ("on_retry", fields(&retry)),
        ("on_wait", fields(&wait)),
    ]
}

fn fields(event: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}
