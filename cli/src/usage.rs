//! Wrong usage, told in clap's way.

use clap::error::ErrorKind;
use std::io::Write;
use std::process::ExitCode;

/// A misuse that clap cannot see by itself, told in clap's way.
pub fn misuse(kind: ErrorKind, message: &str) -> ExitCode {
    refuse(&clap::Error::raw(kind, format!("{message}\n")))
}

/// Prints what clap has to say: help, the version, or what is wrong with the command line.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if !error.use_stderr() {
        // Where nobody reads on, nothing is lost.
        let _ = write!(anstream::stdout(), "{}", text.ansi());
        return ExitCode::SUCCESS;
    }
    let args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let _ = write!(anstream::stderr(), "{}", without_secrets(text.ansi().to_string(), args));
    ExitCode::from(2)
}

/// Clap repeats the argument that it does not understand, and a key, token or code may have been put where none belongs.
fn without_secrets(text: String, args: impl Iterator<Item = String>) -> String {
    let is_code = |part: &str| part.len() == 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_secret = |part: &&str| is_code(part) || ["ah_live_", "ah_test_", "eyJ"].iter().any(|start| part.contains(start));
    args.fold(text, |text, arg| arg.split('=').filter(is_secret).fold(text, |text, secret| text.replace(secret, "[redacted]")))
}
