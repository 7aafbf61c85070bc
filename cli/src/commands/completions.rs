//! `agenthuman completions` and `agenthuman man`: completion scripts for shells, and manual pages.

use crate::failure::Failure;
use crate::output::Output;
use agenthuman::environment::COMPLETE;
use clap_complete::Shell;
use clap_complete::env::Shells;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
Bash:        echo 'source <(agenthuman completions bash)' >> ~/.bashrc
Zsh:         echo 'source <(agenthuman completions zsh)' >> ~/.zshrc
Fish:        echo 'agenthuman completions fish | source' > ~/.config/fish/completions/agenthuman.fish
PowerShell:  echo 'agenthuman completions powershell | Out-String | Invoke-Expression' >> $PROFILE

Ids are completed, too: the service lists them, with the credential that is set, within a second.
A command that prints the key is not run for that.";

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

pub fn completions(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    const NAME: &str = "agenthuman";
    let mut script = Vec::new();
    // The shell finds the command by its name, so that the script is good for the version that is then installed.
    if let Some(shell) = Shells::builtins().completer(&args.shell.to_string()) {
        shell.write_registration(COMPLETE.name, NAME, NAME, NAME, &mut script)?;
    }
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
