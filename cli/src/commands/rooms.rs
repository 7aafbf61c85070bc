//! `agenthuman rooms`: the operations for callers with a room of their own, by resource.

use super::api::{self, Args};
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;
use agenthuman::operations::resources;
use agenthuman::table::Surface;
use clap::error::ErrorKind;
use clap::{ArgMatches, Command};
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
A session is an avatar in your Daily or LiveKit room. It is paid by the minute, so end it.
`--room` takes a JSON file, or - for standard input: other users of the machine can read a
process's arguments, and the room's token is a secret.

Example:
  agenthuman rooms sessions create --avatar PUBLIC/Avatars/sara-office --room room.json
  agenthuman rooms sessions end --id sess_01H3Z8G9YR3K2N5M6P7Q8W4T
  agenthuman rooms usage get";

/// An operation by its resource and verb.
pub struct RoomsArgs(Args);

impl clap::Args for RoomsArgs {
    fn augment_args(command: Command) -> Command {
        let resources = resources(Surface::Rooms).iter().map(|resource| {
            let operations = resource.operations.iter().filter(|operation| !operation.is_composite());
            Command::new(resource.name)
                .about(resource.doc.trim_end_matches('.'))
                .subcommands(operations.map(|operation| api::subcommand(operation, operation.verb())))
                .subcommand_required(true)
                .arg_required_else_help(true)
                .disable_help_subcommand(true)
        });
        command.subcommands(resources).subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        RoomsArgs::augment_args(command)
    }
}

impl clap::FromArgMatches for RoomsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<RoomsArgs, clap::Error> {
        let found = matches.subcommand().and_then(|(resource, matches)| {
            let (verb, matches) = matches.subcommand()?;
            let resource = resources(Surface::Rooms).iter().find(|known| known.name == resource)?;
            let operation = resource.operations.iter().find(|operation| operation.verb() == verb)?;
            Some((*operation, matches))
        });
        let Some((operation, matches)) = found else { return Err(clap::Error::new(ErrorKind::MissingSubcommand)) };
        Ok(RoomsArgs(Args::of(operation, matches)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = RoomsArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

pub async fn run(global: &Global, output: &Output, args: RoomsArgs) -> Result<ExitCode, Failure> {
    api::run(global, output, args.0).await
}
