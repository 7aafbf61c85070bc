//! The errors: a table of kinds, and the error type.

#![deny(clippy::wildcard_enum_match_arm)]

use crate::redact::shortened;
use crate::vocabulary::Surface;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An entry of the table of kinds.
#[derive(Debug)]
pub struct KindEntry {
    /// The kind.
    pub kind: Kind,
    /// The code, the same in every language.
    pub code: &'static str,
    /// The parent kind; `None` if it is the base class.
    pub parent: Option<Kind>,
    /// The name of the kind's class in every language, in snake case.
    pub name: &'static str,
    /// The documentation of the class.
    pub doc: &'static str,
    /// What the caller can do, if the service sends no suggestion.
    pub suggestion: &'static str,
    /// What the developer of a phone's app can do. An app has no API key, and its tokens are its own.
    pub phone_suggestion: &'static str,
    /// A text for the user of an app. Empty if the message is for the user, as the reason of a policy is.
    pub user_message: &'static str,
    /// The builtin exception that the Python class also derives from.
    pub python_base: Option<&'static str>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
}

macro_rules! kinds {
    ($( $kind:ident { code: $code:literal, parent: $parent:expr, name: $name:literal, python: $python:expr, retryable: $retryable:literal, doc: $doc:literal, do: $suggestion:literal, phone: $phone:literal, user: $user:literal } )+) => {
        /// The kind of an error, the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $( #[doc = $doc] $kind, )+ }

        /// The kinds. Parents come before their children.
        pub static KINDS: &[KindEntry] = &[ $( KindEntry {
            kind: Kind::$kind, code: $code, parent: $parent, name: $name, doc: $doc,
            suggestion: $suggestion, phone_suggestion: $phone, user_message: $user, python_base: $python, retryable: $retryable,
        }, )+ ];
    };
}

kinds! {
    Configuration { code: "configuration", parent: None, name: "configuration", python: Some("ValueError"), retryable: false,
        doc: "An option, base URL or header is invalid. No request was sent.", do: "",
        phone: "", user: "The app is not set up correctly." }
    MissingCredential { code: "missing_credential", parent: Some(Kind::Configuration), name: "missing_credential", python: None, retryable: false,
        doc: "The client has no credential that the operation accepts, or its token has expired. No request was sent.", do: "",
        phone: "", user: "Sign in again." }
    TokenUnavailable { code: "token_unavailable", parent: None, name: "token_unavailable", python: None, retryable: true,
        doc: "The app's function for its token failed. No request was sent. Only a phone's client raises it.",
        do: "Fix the function. The error that it raised is the cause.",
        phone: "Fix the function, or try again if it had no network. The error that it threw is the cause.", user: "Signing in is not possible. Check your network and try again." }
    MalformedApiKey { code: "malformed_api_key", parent: Some(Kind::Configuration), name: "malformed_api_key", python: None, retryable: false,
        doc: "The API key is malformed. No request was sent.",
        do: "Copy the key again from Settings → API Keys. A key is ah_live_ or ah_test_ and 32 letters or digits.",
        phone: "Replace the backend's API key. The app cannot fix this.", user: "The service is not available. Try again later." }
    InvalidArgument { code: "invalid_argument", parent: Some(Kind::Configuration), name: "invalid_argument", python: None, retryable: false,
        doc: "A parameter is invalid. No request was sent.", do: "",
        phone: "", user: "This cannot be sent." }
    Connection { code: "connection", parent: None, name: "api_connection", python: Some("ConnectionError"), retryable: true,
        doc: "Connecting to the service failed, or the connection was lost; `phase` says when.",
        do: "Check the network and the base URL.",
        phone: "Check the device's network and the URL of the backend.", user: "No connection. Check your network and try again." }
    Tls { code: "tls", parent: Some(Kind::Connection), name: "tls", python: None, retryable: true,
        doc: "The TLS handshake failed.", do: "Check the certificate, the host name and this machine's clock.",
        phone: "Check the backend's certificate and host name, and the device's clock.", user: "A secure connection is not possible. Check the date and time of this device, or try another network." }
    Proxy { code: "proxy", parent: Some(Kind::Connection), name: "proxy", python: None, retryable: true,
        doc: "Connecting through the proxy failed.", do: "Check HTTPS_PROXY and NO_PROXY.",
        phone: "Check the device's network settings.", user: "No connection. Check your network and try again." }
    Timeout { code: "timeout", parent: None, name: "api_timeout", python: Some("TimeoutError"), retryable: true,
        doc: "The call timed out; `phase` says when.", do: "Try again, or set a longer timeout.",
        phone: "Try again, or set a longer timeout.", user: "This took too long. Try again." }
    InvalidResponse { code: "invalid_response", parent: None, name: "invalid_response", python: None, retryable: false,
        doc: "The response is not valid JSON, is incomplete, is too large or has a missing field.",
        do: "Check that the base URL is the URL of the AgentHuman API.",
        phone: "Check that the URL of the backend is the URL of its relay.", user: "Something went wrong. Try again later." }
    StoreFailed { code: "store_failed", parent: None, name: "store_failed", python: Some("RuntimeError"), retryable: false,
        doc: "The function that stores the new key of a rotation failed. The error that it raised is the cause.",
        do: "Fix the function and rotate again. The message names the keys that exist.",
        phone: "", user: "Something went wrong. Try again later." }
    NotRecorded { code: "not_recorded", parent: None, name: "not_recorded", python: Some("AssertionError"), retryable: false,
        doc: "A cassette replays, and the request is not in it. Only clients of a cassette raise it.",
        do: "Record the cassette again: delete the file and run the program against the service or a sandbox.",
        phone: "", user: "Something went wrong. Try again later." }
    Closed { code: "closed", parent: None, name: "closed", python: Some("RuntimeError"), retryable: false,
        doc: "The client is closed.", do: "Create a new client.",
        phone: "Create a new client.", user: "Something went wrong. Try again later." }
    Internal { code: "internal", parent: None, name: "internal", python: Some("RuntimeError"), retryable: false,
        doc: "An internal error: a bug in this library.", do: "Please report this message.",
        phone: "Please report this message.", user: "Something went wrong. Try again later." }
    Api { code: "api", parent: None, name: "api_status", python: None, retryable: false,
        doc: "The service returned an error.", do: "",
        phone: "", user: "Something went wrong. Try again later." }
    Rejected { code: "rejected", parent: Some(Kind::Api), name: "rejected", python: None, retryable: false,
        doc: "The status is a success, but the body says that the call failed.", do: "",
        phone: "", user: "Something went wrong. Try again later." }
    Redirect { code: "redirect", parent: Some(Kind::Api), name: "redirect", python: None, retryable: false,
        doc: "The service returned a redirect. Redirects are not followed, because they could send the credential to another host.",
        do: "Set the base URL to the URL of the service.",
        phone: "Set the URL of the backend to the URL of its relay.", user: "Something went wrong. Try again later." }
    BadRequest { code: "bad_request", parent: Some(Kind::Api), name: "bad_request", python: None, retryable: false,
        doc: "The service rejected the request (400, 413, 415, 422 and any other 4xx).", do: "",
        phone: "", user: "This cannot be sent." }
    Authentication { code: "authentication", parent: Some(Kind::Api), name: "authentication", python: None, retryable: false,
        doc: "The service rejected the credential (401).", do: "Check the credential.",
        phone: "Return a new token, or sign the user in again.", user: "Sign in again." }
    ApiKeyRequired { code: "api_key_required", parent: Some(Kind::Authentication), name: "api_key_required", python: None, retryable: false,
        doc: "The request has no API key (401).", do: "Pass an API key to the client, and check that no proxy removes its header.",
        phone: "Replace the backend's API key. The app cannot fix this.", user: "The service is not available. Try again later." }
    InvalidApiKey { code: "invalid_api_key", parent: Some(Kind::Authentication), name: "invalid_api_key", python: None, retryable: false,
        doc: "The service does not know the API key (401).", do: "Check that the key belongs to this environment, or create a new one.",
        phone: "Replace the backend's API key. The app cannot fix this.", user: "The service is not available. Try again later." }
    ApiKeyRevoked { code: "api_key_revoked", parent: Some(Kind::Authentication), name: "api_key_revoked", python: None, retryable: false,
        doc: "The API key has been revoked (401).", do: "Create a new key and pass it to the client.",
        phone: "Replace the backend's API key. The app cannot fix this.", user: "The service is not available. Try again later." }
    TokenExpired { code: "token_expired", parent: Some(Kind::Authentication), name: "token_expired", python: None, retryable: false,
        doc: "The token has expired (401).", do: "Sign in again with a one-time code.",
        phone: "Return a new token, or sign the user in again.", user: "Sign in again." }
    InvalidToken { code: "invalid_token", parent: Some(Kind::Authentication), name: "invalid_token", python: None, retryable: false,
        doc: "The token is invalid (401).", do: "Sign in again with a one-time code.",
        phone: "Return a new token, or sign the user in again.", user: "Sign in again." }
    GrantExpired { code: "grant_expired", parent: Some(Kind::Authentication), name: "grant_expired", python: None, retryable: false,
        doc: "The session's grant has expired (401). A phone's client renews grants automatically.", do: "Renew the grant, or open a new session.",
        phone: "Open a new session.", user: "This conversation is over. Start a new one." }
    GrantInvalid { code: "grant_invalid", parent: Some(Kind::Authentication), name: "grant_invalid", python: None, retryable: false,
        doc: "The grant is missing, or this backend did not issue it (401).", do: "Open a new session.",
        phone: "Open a new session.", user: "This conversation is over. Start a new one." }
    PaymentRequired { code: "payment_required", parent: Some(Kind::Api), name: "payment_required", python: None, retryable: false,
        doc: "The plan has no minutes left (402).", do: "Buy minutes or change the plan.",
        phone: "Buy minutes or change the plan of the backend's account.", user: "The service is not available. Try again later." }
    PermissionDenied { code: "permission_denied", parent: Some(Kind::Api), name: "permission_denied", python: None, retryable: false,
        doc: "The credential does not allow this operation (403).", do: "",
        phone: "", user: "You are not allowed to do this." }
    PolicyRefused { code: "policy_refused", parent: Some(Kind::PermissionDenied), name: "policy_refused", python: None, retryable: false,
        doc: "The backend's policy does not allow the operation to this user (403).", do: "",
        phone: "", user: "" }
    NotFound { code: "not_found", parent: Some(Kind::Api), name: "not_found", python: None, retryable: false,
        doc: "The object does not exist, or it belongs to another account (404).", do: "Check the id, and check that the credential is for the right account.",
        phone: "Check the id. Only the user who opened a session can use it.", user: "This does not exist any more." }
    Conflict { code: "conflict", parent: Some(Kind::Api), name: "conflict", python: None, retryable: false,
        doc: "The object's state does not allow the operation (409).", do: "",
        phone: "", user: "This is no longer possible." }
    RateLimited { code: "rate_limited", parent: Some(Kind::Api), name: "rate_limit", python: None, retryable: true,
        doc: "Too many requests (429). `retry_after` is the time to wait, if the service sent one.", do: "Wait, then try again.",
        phone: "Wait, then try again.", user: "Too many requests. Wait a moment and try again." }
    ConcurrencyLimit { code: "concurrency_limit", parent: Some(Kind::RateLimited), name: "concurrency_limit", python: None, retryable: false,
        doc: "The maximum number of concurrent sessions is reached (429).", do: "End a session, or change the plan.",
        phone: "End another session of the user first.", user: "Too many conversations are open. End one and try again." }
    Server { code: "server", parent: Some(Kind::Api), name: "server", python: None, retryable: true,
        doc: "The service failed (5xx).", do: "Try again later.",
        phone: "Try again later.", user: "The service is not available. Try again later." }
    ServiceUnavailable { code: "service_unavailable", parent: Some(Kind::Server), name: "service_unavailable", python: None, retryable: true,
        doc: "The service is temporarily unavailable (503).", do: "Try again later.",
        phone: "Try again later.", user: "The service is not available. Try again later." }
}

impl Kind {
    /// Returns the entry of this kind in the table.
    pub fn entry(self) -> &'static KindEntry {
        // The table is written in the order of the enum, by one macro.
        &KINDS[self as usize]
    }

    /// Returns the code, such as `not_found`.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// Returns the kind with this code.
    pub fn of_code(code: &str) -> Option<Kind> {
        KINDS.iter().find(|entry| entry.code == code).map(|entry| entry.kind)
    }

    /// Whether this is `other` or one of its descendants.
    pub fn is(self, other: Kind) -> bool {
        self == other || self.entry().parent.is_some_and(|parent| parent.is(other))
    }
}

impl KindEntry {
    /// Returns the name of the class in Python and TypeScript, which write acronyms in capitals: `APIStatusError`.
    pub fn class_name(&self) -> String {
        let words = self.name.split('_').map(|word| match word {
            "api" | "tls" => word.to_ascii_uppercase(),
            word => capitalised(word),
        });
        words.chain(["Error".to_owned()]).collect()
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The text for the user of an app if the kind is unknown.
pub const USER_MESSAGE: &str = "Something went wrong. Try again later.";

/// The phases that an error can name.
#[cfg(feature = "server")]
const PHASES: [&str; 12] =
    ["backoff", "connect", "credential", "dns", "proxy", "rate_limit", "read", "send", "service", "store", "tls", "total"];

/// Returns the phase with this name.
#[cfg(feature = "server")]
pub(crate) fn known_phase(name: &str) -> Option<&'static str> {
    PHASES.into_iter().find(|known| *known == name)
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One HTTP request of a call.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The kind of its error, if it failed.
    pub code: Option<Kind>,
    /// The duration in milliseconds.
    pub duration_ms: u64,
}

/// The origin of a suggestion, and whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// The service wrote it. A host changes only the library's own texts: it writes names as its language does.
    OfService,
    /// It is for servers and phones.
    ForAll,
    /// It is for servers. A phone has this one, or none if it is empty.
    ForServers { on_phones: &'static str },
}

/// The fields of an error, the same in every language. No text contains a secret.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorInfo {
    /// The kind, serialized as its code.
    #[serde(rename = "code")]
    pub kind: Kind,
    /// The description of the error, in one sentence.
    pub message: String,
    /// How to fix it.
    pub suggestion: Option<String>,
    /// Whom the suggestion is for.
    #[serde(skip)]
    pub(crate) advice: Advice,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// Further details from the service.
    pub details: Option<Value>,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// The operation that failed.
    pub operation: Option<String>,
    /// The attempts of the call.
    pub attempts: Vec<Attempt>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The time to wait before the next call, in seconds.
    pub retry_after: Option<f64>,
    /// Whether a write may have taken effect although the call failed.
    pub outcome_unknown: bool,
    /// The phase of the call in which the connection failed or the deadline passed.
    pub phase: Option<&'static str>,
    /// The invalid parameter.
    pub parameter: Option<String>,
}

/// An error of this library.
#[derive(Clone)]
pub struct Error(Box<ErrorInfo>);

impl Error {
    /// Creates an error with the kind's suggestion. Secrets in the message are redacted.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        let entry = kind.entry();
        Error(Box::new(ErrorInfo {
            kind,
            message: clean(message),
            suggestion: (!entry.suggestion.is_empty()).then(|| entry.suggestion.to_owned()),
            advice: Advice::ForServers { on_phones: entry.phone_suggestion },
            status: None,
            details: None,
            request_id: None,
            operation: None,
            attempts: Vec::new(),
            retryable: entry.retryable,
            retry_after: None,
            outcome_unknown: false,
            phase: None,
            parameter: None,
        }))
    }

    /// Returns the error of a bug in this library.
    pub fn internal(what: &str) -> Error {
        Error::new(Kind::Internal, format!("internal error (a bug in this library): {what}"))
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Returns the fields of the error.
    pub fn info(&self) -> &ErrorInfo {
        &self.0
    }

    /// Converts the error into its fields.
    pub fn into_info(self) -> Box<ErrorInfo> {
        self.0
    }

    pub(crate) fn info_mut(&mut self) -> &mut ErrorInfo {
        &mut self.0
    }

    pub(crate) fn suggestion(mut self, text: impl Into<String>) -> Error {
        self.0.suggest(clean(text));
        self
    }

    /// Sets a suggestion for servers, and another for phones.
    pub(crate) fn suggestion_by_surface(mut self, text: impl Into<String>, on_phones: &'static str) -> Error {
        self.0.suggestion = Some(clean(text));
        self.0.advice = Advice::ForServers { on_phones };
        self
    }

    /// Converts the error into its fields, with the suggestion for callers on this surface.
    pub(crate) fn into_info_on(mut self, surface: Surface) -> Box<ErrorInfo> {
        if surface == Surface::Phone
            && let Advice::ForServers { on_phones } = self.0.advice
            && self.0.suggestion.is_some()
        {
            self.0.suggestion = (!on_phones.is_empty()).then(|| on_phones.to_owned());
        }
        self.0
    }

    pub(crate) fn operation(mut self, name: &str) -> Error {
        self.0.operation = Some(clean(name));
        self
    }

    /// Sets the parameter or setting that the error is about.
    pub fn parameter(mut self, name: &str) -> Error {
        self.0.parameter = Some(clean(name));
        self
    }

    /// Marks the error as not retryable.
    pub(crate) fn permanent(mut self) -> Error {
        self.0.retryable = false;
        self
    }

    pub(crate) fn phase(mut self, phase: &'static str) -> Error {
        self.0.phase = Some(phase);
        self
    }
}

/// Redacts a text. All texts of errors pass through it, because a caller may have passed a key or token in the wrong place.
fn clean(text: impl Into<String>) -> String {
    shortened(&text.into(), &[])
}

impl ErrorInfo {
    /// Sets a suggestion of this library's own.
    pub(crate) fn suggest(&mut self, text: String) {
        self.suggestion = Some(text);
        self.advice = Advice::ForAll;
    }

    /// Returns the error as one line, as every language prints it: the message, the suggestion, and in parentheses the code,
    /// status, operation and request id.
    pub fn line(&self) -> String {
        line(
            self.kind.code(),
            &self.message,
            self.suggestion.as_deref(),
            self.status,
            self.operation.as_deref(),
            self.request_id.as_deref(),
        )
    }
}

/// [`ErrorInfo::line`] of these fields.
pub fn line(
    code: &str,
    message: &str,
    suggestion: Option<&str>,
    status: Option<u16>,
    operation: Option<&str>,
    request_id: Option<&str>,
) -> String {
    let mut line = escaped(message);
    if let Some(suggestion) = suggestion.filter(|suggestion| !suggestion.is_empty()) {
        line.push_str(if message.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
        line.push_str(&escaped(suggestion));
    }
    let facts = [
        (!code.is_empty()).then(|| format!("code {}", escaped(code))),
        status.map(|status| format!("status {status}")),
        operation.map(|operation| format!("operation {}", escaped(operation))),
        request_id.map(|id| format!("request id {}", escaped(id))),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    if !facts.is_empty() {
        line.push_str(&format!(" ({})", facts.join(", ")));
    }
    line
}

/// Escapes line breaks, control characters and characters that change the direction of text.
fn escaped(text: &str) -> String {
    let breaks =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if breaks(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.info().line())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fields of [`ErrorInfo`], for logs in JSON.
impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line() {
        let all =
            |message: &str| line("not_found", message, Some("Check the id."), Some(404), Some("sessions.get"), Some("req-1"));
        let rest = "Check the id. (code not_found, status 404, operation sessions.get, request id req-1)";
        assert_eq!(all("Session not found"), format!("Session not found. {rest}"));
        assert_eq!(all("Session not found!"), format!("Session not found! {rest}"));
        assert_eq!(line("", "no", None, None, None, None), "no");
        assert_eq!(line("", "no", Some(""), None, Some("a.b"), None), "no (operation a.b)");
        let odd = line("x", "a\r\nb\u{1b}[2J\u{2028}\u{202e}é", Some("\tc\0"), None, None, Some("x\ny"));
        assert_eq!(odd, "a\\r\\nb\\u{1b}[2J\\u{2028}\\u{202e}é. \\tc\\u{0} (code x, request id x\\ny)");
    }
}
