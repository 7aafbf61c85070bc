//! Failures of commands: a message and a suggestion on stderr, and with `--json` an object on stdout.

use crate::output::{Output, plain};
use agenthuman::{Error, ErrorInfo, Kind};
use serde_json::json;
use std::io::{self, Write};
use std::process::ExitCode;

pub const HOW_TO_GIVE_A_KEY: &str = "Set AGENTHUMAN_API_KEY, or use --profile, --api-key-file or --api-key-command. Get a key from Settings → API Keys or with `agenthuman keys create`.";
pub const HOW_TO_GIVE_A_TOKEN: &str = "Sign in: eval \"$(agenthuman login)\"";

#[derive(Debug)]
pub enum Failure {
    Error(Box<ErrorInfo>),
    /// The reader of stdout has closed it.
    OutputClosed,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure::from(Error::new(kind, message))
    }

    pub fn suggest(mut self, suggestion: impl Into<String>) -> Failure {
        if let Failure::Error(info) = &mut self {
            info.suggestion = Some(suggestion.into());
        }
        self
    }

    /// Adds the source of the value before the message.
    pub fn in_place(mut self, place: &str) -> Failure {
        if let Failure::Error(info) = &mut self {
            info.message = format!("{place}: {}", info.message);
        }
        self
    }

    /// Writes the names of an operation's parameters as the options that they are here, in the library's own texts.
    pub fn with_options(mut self, params: impl Iterator<Item = &'static str>) -> Failure {
        if let Failure::Error(info) = &mut self
            && info.kind == Kind::InvalidArgument
            && info.status.is_none()
        {
            for name in params {
                let option = format!("--{}", name.replace('_', "-"));
                if let Some(rest) = info.message.strip_prefix(name) {
                    info.message = format!("{option}{rest}");
                }
                if let Some(suggestion) = &mut info.suggestion {
                    *suggestion = suggestion.replace(&format!(" {name}"), &format!(" {option}"));
                }
            }
        }
        self
    }

    /// Returns the message and the suggestion, without control characters.
    pub fn words(&self) -> (String, Option<String>) {
        match self {
            Failure::Error(info) => (plain(&info.message), info.suggestion.as_deref().map(plain)),
            Failure::OutputClosed => ("stdout was closed".to_owned(), None),
        }
    }

    pub fn print(&self, output: &Output) -> ExitCode {
        let Failure::Error(info) = self else { return ExitCode::SUCCESS };
        let (message, suggestion) = self.words();
        let suggestion = suggestion.map(|suggestion| format!("\n  {suggestion}")).unwrap_or_default();
        let (red, dim) = (crate::output::RED.bold(), crate::output::DIM);
        let trace = trace(info).map(|trace| format!("\n  {dim}{trace}{dim:#}")).unwrap_or_default();
        // If stderr is closed too, there is nowhere to report it.
        let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {message}{suggestion}{trace}");
        if output.json {
            let _ = output.document(&json!({ "error": info }));
        }
        ExitCode::FAILURE
    }
}

/// Returns the operation, the status and the request id.
fn trace(info: &ErrorInfo) -> Option<String> {
    let operation = info.operation.as_ref()?;
    let status = info.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
    let request = info.request_id.as_deref().map(|id| format!(", request {}", plain(id))).unwrap_or_default();
    Some(format!("({operation}{status}{request})"))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::from(*error.into_info())
    }
}

impl From<ErrorInfo> for Failure {
    fn from(mut info: ErrorInfo) -> Failure {
        if info.status.is_none() {
            info.message = spelled(&info.message);
        }
        info.suggestion = match advice(&info) {
            Some(advice) => Some(advice.to_owned()),
            None => info.suggestion.as_deref().map(spelled),
        };
        Failure::Error(Box::new(info))
    }
}

/// Returns the suggestion for a user of the command line, if it differs from the library's.
fn advice(info: &ErrorInfo) -> Option<&'static str> {
    Some(match info.kind {
        // The library says where to look.
        _ if info.outcome_unknown => return None,
        Kind::MissingCredential | Kind::TokenExpired | Kind::InvalidToken => HOW_TO_GIVE_A_TOKEN,
        Kind::ApiKeyRevoked => "Create a new key with `agenthuman keys create`, and set AGENTHUMAN_API_KEY to it.",
        Kind::InvalidApiKey => {
            "Check that the full key was copied and that it belongs to this service; run `agenthuman doctor` for details."
        }
        Kind::ApiKeyRequired => "Check that no proxy removes the header x-api-key.",
        Kind::Timeout => "Try again, or use a larger --timeout.",
        _ => return None,
    })
}

/// Replaces the library's option names with those of the command line.
fn spelled(text: &str) -> String {
    ["ca_file", "allow_insecure_http", "base_url", "api_key_file", "api_key_command"]
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(name, &format!("--{}", name.replace('_', "-"))))
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::OutputClosed;
        }
        let message = format!("writing to stdout failed: {}", error.kind());
        Failure::new(Kind::Configuration, message).suggest("Check where stdout is redirected.")
    }
}
