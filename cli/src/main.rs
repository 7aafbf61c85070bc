//! The command `agenthuman`.

mod candidates;
mod cli;
mod client;
mod commands;
mod credentials;
mod failure;
mod global;
mod output;
mod profiles;
mod terminal;
mod usage;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    candidates::complete(Cli::command);
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::refuse(&error),
    };
    let output = Output::new(cli.global.json);
    if cli.command.uses_profile()
        && let Err(failure) = cli.global.select_profile()
    {
        return failure.print(&output);
    }
    let outcome = match cli.command {
        Command::Sandbox(args) => return commands::sandbox::run(*args).await,
        Command::Relay(args) => commands::relay::run(&cli.global, &output, args).await,
        Command::Doctor => commands::doctor::run(&cli.global, &output).await,
        Command::Login(args) => commands::login::run(&cli.global, &output, args).await,
        Command::Logout => commands::logout::run(&cli.global, &output).await,
        Command::Profile(command) => commands::profile::run(&cli.global, &output, command),
        Command::Keys(command) => commands::keys::run(&cli.global, &output, command).await,
        Command::Api(args) => commands::api::run(&cli.global, &output, args).await,
        Command::Rooms(args) => commands::rooms::run(&cli.global, &output, args).await,
        Command::Completions(args) => commands::completions::completions(&args),
        Command::Man(args) => commands::completions::man(Cli::command(), &output, &args),
        Command::Logs(args) => commands::logs::run(&cli.global, &output, &args).await,
        Command::Scan(args) => commands::scan::run(&output, &args),
        Command::Sessions(command) => commands::sessions::run(&cli.global, &output, command).await,
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.print(&output),
    }
}
