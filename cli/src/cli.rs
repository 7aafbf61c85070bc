//! The command line as clap reads it: the commands and the options that all of them take.

use crate::commands::{keys, login, relay, sandbox, sessions};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const AFTER_HELP: &str = "\
Credentials:
  AGENTHUMAN_API_KEY  an API key; `sessions` uses it
  AGENTHUMAN_TOKEN    a user's token, from `agenthuman login`; `keys` uses it
  No option takes a key or token itself: every user of the machine could read it in the list of processes.

Start here:
  agenthuman sandbox        run the service on this machine, with a key to try
  agenthuman doctor         see whether key, network and service are in order

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Work with the AgentHuman API: check the set-up, sign in, manage API keys, look at sessions
#[derive(Parser)]
#[command(name = "agenthuman", version, after_help = AFTER_HELP, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command that speaks to the service takes.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Where the service is [env: AGENTHUMAN_BASE_URL] [default: https://api.agenthuman.com]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// A file that holds the API key alone; no credential is then read from the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// A file of certificates (PEM) to trust beside the system's own, such as those of a company's authority
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Allow plain http to a private network; for test keys only
    #[arg(long, global = true)]
    pub allow_insecure_http: bool,
    /// Seconds that one call may take [default: 60; doctor: 10]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Print JSON on stdout instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the service on this machine, to develop and test against
    Sandbox(sandbox::Args),
    /// Run a relay on this machine, to try phones against the sandbox
    #[command(after_help = relay::AFTER_HELP)]
    Relay(relay::Args),
    /// Check key, token, network, service and clock, and say what to do about each fault
    Doctor,
    /// Sign in with a code sent by email, and print the token
    #[command(after_help = login::AFTER_HELP)]
    Login(login::Args),
    /// List, create, rotate and delete API keys
    #[command(subcommand, after_help = keys::AFTER_HELP, disable_help_subcommand = true)]
    Keys(keys::Command),
    /// Look at sessions
    #[command(subcommand, after_help = sessions::AFTER_HELP, disable_help_subcommand = true)]
    Sessions(sessions::Command),
}

pub fn seconds(text: &str) -> Result<Duration, &'static str> {
    let duration = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or("must be a number of seconds above 0")
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_timeout_is_a_time() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["0", "-1", "soon", "inf", "NaN", "1e300", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
