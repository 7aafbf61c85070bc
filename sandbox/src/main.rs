//! The command `agenthuman-sandbox`.

use std::process::ExitCode;

use agenthuman_sandbox::command::{self, Args};
use clap::Parser;

#[derive(Parser)]
#[command(name = "agenthuman-sandbox", version, about)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    command::run(Cli::parse().args).await
}
