//! `agenthuman completions` and `agenthuman man`: completion scripts for shells, and manual pages.

use crate::failure::Failure;
use crate::output::Output;
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
Bash:        agenthuman completions bash > ~/.local/share/bash-completion/completions/agenthuman
Zsh:         agenthuman completions zsh > \"${fpath[1]}/_agenthuman\"
Fish:        agenthuman completions fish > ~/.config/fish/completions/agenthuman.fish
PowerShell:  agenthuman completions powershell >> $PROFILE";

#[derive(clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(clap::Args)]
pub struct ManArgs {
    /// The folder to write the pages to, such as ~/.local/share/man/man1
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub fn completions(mut command: clap::Command, args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "agenthuman", &mut script);
    let mut stdout = io::stdout();
    stdout.write_all(&script).and_then(|()| stdout.flush())?;
    Ok(ExitCode::SUCCESS)
}

/// A page for the command, and one for each of its subcommands.
pub fn man(command: clap::Command, output: &Output, args: &ManArgs) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(&args.folder).and_then(|()| clap_mangen::generate_to(command, &args.folder)).map_err(|error| {
        let message = format!("could not write the pages to {}: {error}", args.folder.display());
        Failure::new(agenthuman::Kind::Configuration, message)
    })?;
    output.note(&format!("Wrote the pages to {}.", args.folder.display()));
    Ok(ExitCode::SUCCESS)
}
