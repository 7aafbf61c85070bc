//! `agenthuman profile`: a base URL, an environment and the places of the secrets for it, by name.

use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, Table, plain};
use crate::profiles::{self, Environment, Place, Profile, Profiles, Selected, Stored, file, keyring, name};
use crate::terminal::{confirm, is_interactive};
use crate::usage::misuse;
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, Client, KeyCommand, Kind, Secret};
use clap::error::ErrorKind;
use serde_json::{Value, json};
use std::io::{self, Read};
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
A profile's secrets are stored in the keyring of the operating system if there is one, otherwise
in the file of the profiles, which only its owner can read. They are sent to the profile's base URL
only.

The first profile becomes the default. A command uses, in this order:
  --profile NAME, --api-key-file or --api-key-command
  AGENTHUMAN_API_KEY, AGENTHUMAN_API_KEY_FILE, AGENTHUMAN_API_KEY_COMMAND and AGENTHUMAN_TOKEN
  AGENTHUMAN_PROFILE
  the default profile";

const AFTER_ADD: &str = "\
The base URL is that of --base-url. A prompt on a terminal takes the API key, or the key stays in a file or
with a command, which is read or run again at each use:
  agenthuman profile add work --api-key-command 'op read op://dev/agenthuman/key'
  agenthuman profile add local --base-url http://127.0.0.1:8787 --environment test";

/// The maximum size of a key on stdin.
const LONGEST: u64 = 4096;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add a profile
    #[command(after_help = AFTER_ADD)]
    Add(AddArgs),
    /// Make a profile the default
    Use(UseArgs),
    /// List the profiles; `*` marks the default
    List,
    /// Show a profile, without its secrets
    Show(ShowArgs),
    /// Remove a profile and its secrets; keys and tokens stay valid at the service
    Remove(RemoveArgs),
}

#[derive(clap::Args)]
pub struct AddArgs {
    /// The name: letters, digits, "-" and "_"
    #[arg(value_parser = name)]
    name: String,
    /// Send keys of this environment only
    #[arg(long, value_enum)]
    environment: Option<Environment>,
    /// Where to store secrets: the keyring of the operating system or the file of the profiles; default: the keyring if there is
    /// one
    #[arg(long, value_enum)]
    secrets: Option<Place>,
    /// Read the API key from stdin
    #[arg(long, conflicts_with_all = ["api_key_file", "api_key_command"])]
    key_stdin: bool,
}

#[derive(clap::Args)]
pub struct UseArgs {
    /// The name of the profile
    #[arg(add = profiles::candidates())]
    name: String,
}

#[derive(clap::Args)]
pub struct ShowArgs {
    /// The name of the profile; default: the default profile
    #[arg(add = profiles::candidates())]
    name: Option<String>,
}

#[derive(clap::Args)]
pub struct RemoveArgs {
    /// The name of the profile
    #[arg(add = profiles::candidates())]
    name: String,
    /// Do not ask for confirmation; required without a terminal if the profile has a stored key
    #[arg(long)]
    yes: bool,
}

pub fn run(global: &Global, output: &Output, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Add(args) => add(global, output, args)?,
        Command::Use(UseArgs { name }) => {
            file::change(|profiles| {
                profiles.default = Some(profiles.get(&name)?.name);
                Ok(())
            })?;
            output.note(&format!("Profile {name:?} is now the default."));
        }
        Command::List => list(output)?,
        Command::Show(args) => {
            let profiles = file::load()?;
            let name = args.name.or_else(|| profiles.default.clone()).ok_or_else(|| {
                Failure::new(Kind::Configuration, "no profile is the default").suggest("Set one: agenthuman profile use NAME")
            })?;
            show(output, &profiles, &profiles.get(&name)?)?;
        }
        Command::Remove(args) => return remove(output, &args),
    }
    Ok(ExitCode::SUCCESS)
}

fn add(global: &Global, output: &Output, args: AddArgs) -> Result<(), Failure> {
    let name = args.name;
    if file::load()?.profiles.contains_key(&name) {
        return Err(exists(&name));
    }
    let base_url = global.base_url_or_default();
    let mut client = Client::builder().base_url(&base_url).without_credentials();
    if global.allow_insecure_http {
        client = client.allow_insecure_http();
    }
    client.build()?;
    let place = args.secrets.unwrap_or_else(|| if keyring::is_available() { Place::Keyring } else { Place::File });
    let (elsewhere, key) = match (&global.api_key_file, &global.api_key_command) {
        (Some(path), _) => (Some(Stored::File(std::path::absolute(path).unwrap_or_else(|_| path.clone()))), None),
        (None, Some(line)) => {
            KeyCommand::parse(line)?;
            (Some(Stored::Command(line.clone())), None)
        }
        (None, None) => (None, read_key(args.key_stdin)?),
    };
    if let (Some(key), Some(environment)) = (&key, args.environment)
        && key.environment() != environment.of_keys()
    {
        let why = format!("the API key is a {} key, but --environment is {}", key.environment(), environment.as_str());
        return Err(Failure::new(Kind::Configuration, why));
    }
    let is_default = file::change(|profiles| {
        if profiles.profiles.contains_key(&name) {
            return Err(exists(&name));
        }
        let api_key = match &key {
            Some(key) => Some(Stored::new(place, &name, CredentialKind::ApiKey, key.expose())?),
            None => elsewhere,
        };
        let profile = Profile { base_url, environment: args.environment, secrets: place, api_key, token: None };
        profiles.profiles.insert(name.clone(), profile);
        Ok(profiles.default.get_or_insert_with(|| name.clone()) == &name)
    })?;
    let path = file::path().unwrap_or_default();
    output.note(&format!("Added profile {name:?}{} ({}).", if is_default { "; it is the default" } else { "" }, path.display()));
    if args.secrets.is_none() && place == Place::File {
        output.note("There is no keyring on this machine, so its secrets are stored in that file, which only you can read.");
    }
    if let Some(key) = &key {
        output.note(&format!("The API key {} is in {}.", key.masked(), place.described()));
    }
    Ok(())
}

/// Returns the key on stdin, or the one that the user types.
fn read_key(from_stdin: bool) -> Result<Option<ApiKey>, Failure> {
    let read = if from_stdin {
        let mut text = String::new();
        io::stdin().take(LONGEST).read_to_string(&mut text).map(|_| text)
    } else if is_interactive() {
        rpassword::prompt_password("API key (hidden; empty for none): ")
    } else {
        return Ok(None);
    };
    let text = read
        .map(Secret::new)
        .map_err(|error| Failure::new(Kind::Configuration, format!("the API key could not be read: {}", error.kind())))?;
    match text.expose().trim() {
        "" if !from_stdin => Ok(None),
        text => Ok(Some(ApiKey::parse(text)?)),
    }
}

fn list(output: &Output) -> Result<(), Failure> {
    let profiles = file::load()?;
    let documents = profiles.profiles.keys().map(|name| Ok(document(&profiles, &profiles.get(name)?)));
    let documents = documents.collect::<Result<Vec<Value>, Failure>>()?;
    if output.json {
        return Ok(output.document(&json!({ "profiles": documents }))?);
    }
    if documents.is_empty() {
        output.note("No profiles yet. Add one: agenthuman profile add NAME");
        return Ok(());
    }
    let mut table = Table::new(&["", "NAME", "BASE URL", "KEYS", "API KEY", "TOKEN"]);
    for profile in &documents {
        let text = |name: &str, missing: &str| profile[name].as_str().unwrap_or(missing).to_owned();
        let mark = if profile["is_default"] == true { "*" } else { "" };
        let places = [text("environment", "any"), text("api_key", "-"), text("token", "-")];
        table.row(false, [vec![mark.to_owned(), text("name", ""), text("base_url", "")], places.to_vec()].concat());
    }
    Ok(output.text(&table.render())?)
}

fn show(output: &Output, profiles: &Profiles, selected: &Selected) -> Result<(), Failure> {
    let document = document(profiles, selected);
    if output.json {
        return Ok(output.document(&document)?);
    }
    for (name, value) in document.as_object().into_iter().flatten() {
        let value = match value {
            Value::String(text) => plain(text),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            _ => "-".to_owned(),
        };
        output.text(&format!("{:<12} {value}", name.replace('_', " ")))?;
    }
    Ok(())
}

fn document(profiles: &Profiles, Selected { name, profile }: &Selected) -> Value {
    let place = |stored: &Option<Stored>| stored.as_ref().map(Stored::described);
    json!({
        "name": name,
        "is_default": profiles.default.as_ref() == Some(name),
        "base_url": profile.base_url,
        "environment": profile.environment.map(Environment::as_str),
        "api_key": place(&profile.api_key),
        "token": place(&profile.token),
        "new_secrets": profile.secrets.described(),
        "file": file::path().map(|path| path.display().to_string()),
    })
}

fn remove(output: &Output, args: &RemoveArgs) -> Result<ExitCode, Failure> {
    let name = &args.name;
    let Selected { profile, .. } = file::load()?.get(name)?;
    if matches!(profile.api_key, Some(Stored::Keyring | Stored::Value(_))) && !args.yes {
        if !is_interactive() {
            return Ok(misuse(ErrorKind::MissingRequiredArgument, "--yes is required if there is no terminal to confirm on"));
        }
        if !confirm(&format!("Remove profile {name:?} and its API key from {}?", profile.secrets.described()))? {
            output.note("Nothing was removed.");
            return Ok(ExitCode::FAILURE);
        }
    }
    file::change(|profiles| {
        let Selected { profile, .. } = profiles.get(name)?;
        for (kind, stored) in [(CredentialKind::ApiKey, profile.api_key), (CredentialKind::Token, profile.token)] {
            if let Some(stored) = stored {
                stored.remove(name, kind)?;
            }
        }
        profiles.profiles.remove(name);
        if profiles.default.as_ref() == Some(name) {
            profiles.default = None;
        }
        Ok(())
    })?;
    output.note(&format!(
        "Removed profile {name:?}. Its key and token stay valid at the service until they are deleted or expire."
    ));
    Ok(ExitCode::SUCCESS)
}

fn exists(name: &str) -> Failure {
    Failure::new(Kind::Configuration, format!("there is a profile {name:?} already"))
        .suggest(format!("Remove it first: agenthuman profile remove {name}"))
}
