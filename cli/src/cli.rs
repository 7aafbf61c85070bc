//! The command line, parsed by clap: the commands and their shared options.

use crate::commands::{api, completions, keys, login, logs, profile, relay, rooms, sandbox, scan, sessions};
use crate::global::Global;
use clap::{Parser, Subcommand};

const AFTER_HELP: &str = "\
Credentials:
  AGENTHUMAN_API_KEY  an API key; used by `sessions` (AGENTHUMAN_API_KEY_FILE: the path of its
                      file; AGENTHUMAN_API_KEY_COMMAND: a command that prints it)
  AGENTHUMAN_TOKEN    a user's token from `agenthuman login`; used by `keys`
  A profile (`agenthuman profile add`) stores them for a base URL. --profile precedes these
  variables; they precede AGENTHUMAN_PROFILE and the default profile.
  No option takes a key or a token: other users of the machine can read a process's arguments.

Getting started:
  agenthuman sandbox        run the service on this machine, with a test key
  agenthuman doctor         check the key, the network and the service

Exit status: 0 success, 1 failure, 2 wrong usage.";

/// Use the AgentHuman API from the command line
#[derive(Parser)]
#[command(name = "agenthuman", version, after_help = AFTER_HELP, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the service on this machine for development and tests
    Sandbox(Box<sandbox::Args>),
    /// Run a relay on this machine, to try phone apps with the sandbox
    #[command(after_help = relay::AFTER_HELP)]
    Relay(relay::Args),
    /// Check the key, token, network, service and clock, and suggest fixes
    Doctor,
    /// Sign in with a code sent by email, and print the token
    #[command(after_help = login::AFTER_HELP)]
    Login(login::Args),
    /// End the token of `agenthuman login`, at the service and here
    Logout,
    /// Add, use, list, show and remove profiles: a base URL and the places of its secrets
    #[command(subcommand, after_help = profile::AFTER_HELP, disable_help_subcommand = true)]
    Profile(profile::Command),
    /// List, create, rotate and delete API keys
    #[command(subcommand, after_help = keys::AFTER_HELP, disable_help_subcommand = true)]
    Keys(keys::Command),
    /// Call any operation of the API
    #[command(after_help = api::AFTER_HELP)]
    Api(api::Args),
    /// Open and end sessions in your Daily or LiveKit room, and what belongs to them
    #[command(after_help = rooms::AFTER_HELP)]
    Rooms(rooms::RoomsArgs),
    /// Find API keys in files and in git's history
    #[command(after_help = scan::AFTER_HELP)]
    Scan(scan::Args),
    /// Print a script that completes commands and options in a shell
    #[command(after_help = completions::AFTER_HELP)]
    Completions(completions::CompletionsArgs),
    /// Write manual pages to a folder
    Man(completions::ManArgs),
    /// Print the requests that a sandbox received
    #[command(after_help = logs::AFTER_HELP)]
    Logs(logs::Args),
    /// List sessions
    #[command(subcommand, after_help = sessions::AFTER_HELP, disable_help_subcommand = true)]
    Sessions(sessions::Command),
}

impl Command {
    /// Whether the command calls the service that a profile names.
    pub fn uses_profile(&self) -> bool {
        !matches!(self, Command::Sandbox(_) | Command::Profile(_) | Command::Completions(_) | Command::Man(_) | Command::Scan(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
