//! Errors of usage, in clap's format.

use agenthuman::host::has_secret_prefix;
use clap::error::ErrorKind;
use std::io::Write;
use std::process::ExitCode;

/// Prints an error of usage that clap cannot detect, in clap's format.
pub fn misuse(kind: ErrorKind, message: &str) -> ExitCode {
    refuse(&clap::Error::raw(kind, format!("{message}\n")))
}

/// Prints clap's output: help, the version, or an error of usage.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if !error.use_stderr() {
        // If stdout is closed, there is no reader to inform.
        let _ = write!(anstream::stdout(), "{}", text.ansi());
        return ExitCode::SUCCESS;
    }
    let args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let _ = write!(anstream::stderr(), "{}", without_secrets(text.ansi().to_string(), args));
    ExitCode::from(2)
}

/// Redacts keys, tokens and codes: clap repeats an argument that it does not know, and it may be a secret in the wrong place.
fn without_secrets(text: String, args: impl Iterator<Item = String>) -> String {
    let is_code = |part: &str| part.len() == 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_secret = |part: &&str| is_code(part) || has_secret_prefix(part);
    args.fold(text, |text, arg| arg.split('=').filter(is_secret).fold(text, |text, secret| text.replace(secret, "[redacted]")))
}
