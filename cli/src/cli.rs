//! The command line as clap reads it: the commands and the options that all of them take.

use crate::commands::{api, completions, keys, login, relay, sandbox, scan, sessions};
use crate::global::Global;
use clap::{Parser, Subcommand};

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
    /// Call any operation of the API
    #[command(after_help = api::AFTER_HELP)]
    Api(api::Args),
    /// Find API keys in files and in git's history
    #[command(after_help = scan::AFTER_HELP)]
    Scan(scan::Args),
    /// Print a script that completes commands and options in a shell
    #[command(after_help = completions::AFTER_HELP)]
    Completions(completions::CompletionsArgs),
    /// Write manual pages to a folder
    Man(completions::ManArgs),
    /// Look at sessions
    #[command(subcommand, after_help = sessions::AFTER_HELP, disable_help_subcommand = true)]
    Sessions(sessions::Command),
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
