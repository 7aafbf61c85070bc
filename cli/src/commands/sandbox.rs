//! `agenthuman sandbox`: runs the service on this machine.

use crate::global::seconds;
use crate::usage::misuse;
use clap::error::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    sandbox: agenthuman_sandbox::command::Args,
    // Replacements for the global options that the sandbox does not support: hidden from the help, and rejected.
    #[arg(long, hide = true)]
    base_url: Option<String>,
    #[arg(long, hide = true)]
    profile: Option<String>,
    #[arg(long, hide = true)]
    api_key_file: Option<PathBuf>,
    #[arg(long, hide = true)]
    api_key_command: Option<String>,
    #[arg(long, hide = true, value_parser = seconds)]
    timeout: Option<Duration>,
}

pub async fn run(args: Args) -> ExitCode {
    let refused = [
        ("--base-url", args.base_url.is_some()),
        ("--profile", args.profile.is_some()),
        ("--api-key-file", args.api_key_file.is_some()),
        ("--api-key-command", args.api_key_command.is_some()),
        ("--timeout", args.timeout.is_some()),
    ];
    if let Some((name, _)) = refused.iter().find(|(_, is_set)| *is_set) {
        return misuse(
            ErrorKind::ArgumentConflict,
            &format!("{name} is not supported by `agenthuman sandbox`, which is a service itself"),
        );
    }
    agenthuman_sandbox::command::run(args.sandbox).await
}
