//! `agenthuman api`: every operation of the table as a command, with its parameters as options.

mod arguments;

use crate::client;
use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use crate::output::Output;
use agenthuman::host::{Body, HostClient, Reply, Step};
use agenthuman::table::{CredentialKind, Operation};
use agenthuman::{Error, Kind};
pub use arguments::{Args, subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
Prints the response as JSON. For a list it prints one page, with the cursor of the next page in
\"next\"; with --all it prints the items of all pages, one per line.
`agenthuman api OPERATION --help` shows the options of an operation.

Example:
  agenthuman api sessions.create --agent-id 7 --session-type voice --metadata '{\"ticket\": 12}'";

pub async fn run(global: &Global, output: &Output, args: Args) -> Result<ExitCode, Failure> {
    let client = client::of_operation(global, args.operation).await?.ok_or_else(|| lacks_credential(args.operation))?;
    let client = HostClient::from(client.build()?);
    let params = Value::Object(args.params).to_string();
    if args.all {
        let pages = client.pages(args.operation.name, &params, "{}");
        while let Some(call) = pages.next() {
            if let Body::Items(items) = outcome(call, args.operation).await?.body {
                for item in 0..items.len() {
                    output.text(&items.json(item))?;
                }
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let reply = outcome(client.call(args.operation.name, &params, "{}"), args.operation).await?;
    let document = match reply.body {
        Body::Items(items) => {
            let body: Value = serde_json::from_str(&items.to_json()).map_err(|_| internal("the response is not valid JSON"))?;
            if items.is_list() { json!({ "items": body, "next": reply.next }) } else { body }
        }
        Body::Raw(value) => value,
        Body::Nothing => {
            output.note("Done.");
            return Ok(ExitCode::SUCCESS);
        }
    };
    if output.json {
        output.document(&document)?;
    } else {
        output.text(&format!("{document:#}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn lacks_credential(operation: &Operation) -> Failure {
    let preferred = operation.auth.0.first().copied().unwrap_or(CredentialKind::ApiKey);
    let suggestion = match preferred {
        CredentialKind::ApiKey => HOW_TO_GIVE_A_KEY,
        CredentialKind::Token => HOW_TO_GIVE_A_TOKEN,
    };
    let why = format!("{} requires {}, but none is set", operation.name, preferred.with_article());
    Failure::new(Kind::MissingCredential, why).suggest(suggestion)
}

async fn outcome(mut call: agenthuman::host::Call, operation: &Operation) -> Result<Reply, Failure> {
    match call.step().await {
        Step::Done(Ok(reply)) => Ok(reply),
        Step::Done(Err(info)) => Err(Failure::from(*info).with_options(operation.all_params().map(|param| param.name))),
        // No credential or parameter of this client is a function.
        Step::Question(_) => Err(internal("the call needs a function of the host")),
    }
}

fn internal(why: &str) -> Failure {
    Failure::from(Error::new(Kind::Internal, format!("internal error (a bug in this command): {why}")))
}
