//! `agenthuman keys`: lists, creates, rotates and deletes API keys.

mod usage;

use crate::candidates;
use crate::client;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, Table, minute, now, plain, span};
use crate::terminal::{confirm, is_interactive};
use crate::usage::misuse;
use agenthuman::api::api_keys::{ApiKeyInfo, CreateApiKey, CreatedApiKey, NewApiKeyInfo};
use agenthuman::{Error, Kind, SourceError};
use clap::error::ErrorKind;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

pub const AFTER_HELP: &str = "\
These commands use the token in AGENTHUMAN_TOKEN (see `agenthuman login`).

A key is printed only when it is created or rotated. Only the key goes to stdout:
  export AGENTHUMAN_API_KEY=\"$(agenthuman keys create --name laptop)\"";

const AFTER_ROTATE: &str = "\
The new key has the name and environment of the old key. The command tests the new key, prints it,
and then deletes the old key. If a step fails, at least one key still works, and the error names
the keys that exist.

With --json, a failure after the new key was printed adds a second document, {\"error\":…}.";

#[derive(clap::Subcommand)]
pub enum Command {
    /// List the keys, including deleted keys; the keys are masked
    List(ListArgs),
    /// Show when each key was last used; for a sandbox, also how often
    #[command(after_help = usage::AFTER_HELP)]
    Usage,
    /// Create a key and print it
    Create(CreateArgs),
    /// Replace a key with a new key, and print the new key
    #[command(after_help = AFTER_ROTATE)]
    Rotate(RotateArgs),
    /// Delete a key; it stops working immediately
    Delete(DeleteArgs),
}

#[derive(clap::Args)]
pub struct ListArgs {
    /// Mark active keys that are older as due for rotation, and exit with status 1 if there are any
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    max_age: Option<u32>,
}

#[derive(clap::Args)]
pub struct CreateArgs {
    /// The name of the key
    #[arg(long)]
    name: String,
    /// The environment of the key
    #[arg(long, value_enum, default_value_t = Environment::Test)]
    environment: Environment,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Environment {
    Live,
    Test,
}

#[derive(clap::Args)]
pub struct RotateArgs {
    /// The id of the key to replace, from `agenthuman keys list`
    #[arg(add = candidates::ids_of("api_keys"))]
    id: String,
    /// Time before the old key is deleted; both keys work until then
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    grace: u32,
}

#[derive(clap::Args)]
pub struct DeleteArgs {
    /// The id of the key, from `agenthuman keys list`
    #[arg(add = candidates::ids_of("api_keys"))]
    id: String,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
}

pub async fn run(global: &Global, output: &Output, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List(args) => list(global, output, &args).await,
        Command::Usage => usage::run(global, output).await,
        Command::Create(args) => create(global, output, args).await,
        Command::Rotate(args) => rotate(global, output, args).await,
        Command::Delete(args) => delete(global, output, args).await,
    }
}

async fn list(global: &Global, output: &Output, args: &ListArgs) -> Result<ExitCode, Failure> {
    let keys = client::with_token(global)?.api_keys().list().all().await?;
    let is_due = |key: &ApiKeyInfo| {
        let is_old = args.max_age.zip(age_in_days(key)).is_some_and(|(most, age)| age > i64::from(most));
        is_old && key.revoked_at.is_none()
    };
    let due = keys.iter().filter(|key| is_due(key)).count();
    if output.json {
        let keys: Vec<Value> = keys.iter().map(as_json).collect();
        output.document(&json!({ "api_keys": keys }))?;
    } else if keys.is_empty() {
        output.note("No keys yet. Create one: agenthuman keys create --name NAME");
    } else {
        output.text(&table(&keys, is_due))?;
    }
    if due > 0 {
        output.note("Replace a key that is due: agenthuman keys rotate ID");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The age of a key by this machine's clock.
pub fn age_in_days(key: &ApiKeyInfo) -> Option<i64> {
    days_since(key.created_at.as_second())
}

/// The days since an instant, which is in seconds since 1970.
fn days_since(instant: i64) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60;
    let age = i64::try_from(now()).ok()? - instant;
    Some(age.max(0) / DAY)
}

async fn create(global: &Global, output: &Output, args: CreateArgs) -> Result<ExitCode, Failure> {
    let client = client::with_token(global)?;
    let environment = match args.environment {
        Environment::Live => "live",
        Environment::Test => "test",
    };
    let created = client.api_keys().create(CreateApiKey::new(args.name, environment)).await?;
    if let Err(error) = show(output, &created, "Created") {
        let id = &created.api_key.id;
        let message = format!("key {} was created, but printing it failed: {}", plain(id.as_str()), error.kind());
        let suggestion = format!("The key is lost. Delete it: agenthuman keys delete {}", plain(id.as_str()));
        return Err(Failure::new(Kind::Configuration, message).suggest(suggestion));
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate(global: &Global, output: &Output, args: RotateArgs) -> Result<ExitCode, Failure> {
    let client = client::with_token(global)?;
    let grace = Duration::from_secs(args.grace.into());
    let store = |created: CreatedApiKey| async move {
        show(output, &created, "Created").map_err(SourceError::from)?;
        if args.grace > 0 {
            let grace = span(args.grace.into());
            output.note(&format!("The old key will be deleted in {grace}. Press Ctrl-C to keep both."));
        }
        Ok(())
    };
    client.api_keys().rotate(args.id.as_str(), grace, store).await.map_err(with_keys)?;
    output.note(&format!("Deleted key {}.", plain(&args.id)));
    Ok(ExitCode::SUCCESS)
}

/// The error of a rotation, with the keys that exist afterwards.
fn with_keys(error: Error) -> Failure {
    let listed = |name: &str| -> Vec<String> {
        let keys = error.info().details.as_ref().and_then(|details| details[name].as_array());
        keys.into_iter().flatten().map(described).collect()
    };
    let (keys, may_exist) = (listed("keys"), listed("may_exist"));
    let failure = Failure::from(error);
    match (keys.as_slice(), may_exist.as_slice()) {
        ([], []) => failure,
        (_, [_, ..]) => {
            let exist = if keys.is_empty() { String::new() } else { format!("Key {} exists. ", keys.join(" and ")) };
            failure.suggest(format!(
                "{exist}Key {} may exist: `agenthuman keys list` shows it, and `agenthuman keys delete ID` deletes it.",
                may_exist.join(" and ")
            ))
        }
        ([one], []) => failure.suggest(format!("Key {one} is unchanged.")),
        (several, []) => {
            let all = if several.len() == 2 { "Both exist" } else { "These exist" };
            failure.suggest(format!("{all}: {}. `agenthuman keys delete ID` deletes one.", several.join(" and ")))
        }
    }
}

/// A key in the details of an error: its id, or its name if the id is unknown.
fn described(key: &Value) -> String {
    let text = |name: &str| key[name].as_str().map(plain);
    match (text("id"), text("masked"), text("name")) {
        (Some(id), Some(masked), _) => format!("{id} ({masked})"),
        (Some(name), ..) | (None, _, Some(name)) => name,
        (None, ..) => "without a name".to_owned(),
    }
}

async fn delete(global: &Global, output: &Output, args: DeleteArgs) -> Result<ExitCode, Failure> {
    if !args.yes && !is_interactive() {
        return Ok(misuse(ErrorKind::MissingRequiredArgument, "--yes is required if there is no terminal to confirm on"));
    }
    let client = client::with_token(global)?;
    let keys = client.api_keys().list().all().await;
    // With --yes the list only adds the name, so the command goes on without it.
    let keys = if args.yes { keys.unwrap_or_default() } else { keys? };
    let key = keys.iter().find(|key| key.id.as_str() == args.id);
    let name = key.map(|key| key.name.as_str());
    let described = match key {
        Some(key) => format!("{} {:?} ({})", key.id, name.unwrap_or_default(), key.masked()),
        None => args.id.clone(),
    };
    if !args.yes && !confirm(&format!("Delete key {described}? It stops working immediately."))? {
        output.note("Nothing was deleted.");
        return Ok(ExitCode::FAILURE);
    }
    client.api_keys().delete(args.id.as_str()).await?;
    if output.json {
        output.document(&json!({ "deleted": args.id, "name": name }))?;
    } else {
        output.note(&format!("Deleted key {}.", plain(&described)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints only the key to stdout, and its description to stderr.
fn show(output: &Output, created: &CreatedApiKey, verb: &str) -> std::io::Result<()> {
    if output.json {
        return output.document(&json!({ "api_key": new_as_json(&created.api_key), "key": created.key.expose() }));
    }
    let key = &created.api_key;
    let name = key.name.as_ref().map(|name| format!(" {:?}", plain(name))).unwrap_or_default();
    let environment =
        key.environment.as_ref().map(|environment| format!(" ({})", plain(environment.as_str()))).unwrap_or_default();
    output.note(&format!("{verb} key {}{name}{environment}. Save it now; it is not shown again:", plain(key.id.as_str())));
    output.text(&plain(created.key.expose()))
}

fn table(keys: &[ApiKeyInfo], is_due: impl Fn(&ApiKeyInfo) -> bool) -> String {
    let mut table = Table::new(&["ID", "NAME", "KEY", "CREATED (UTC)", "AGE", "LAST USED (UTC)", "STATUS"]);
    for key in keys {
        let status = match key.revoked_at {
            Some(_) => "deleted",
            None if is_due(key) => "due for rotation",
            None => "active",
        };
        table.row(
            key.revoked_at.is_some(),
            vec![
                key.id.to_string(),
                key.name.clone(),
                key.masked(),
                minute(Some(&key.created_at)),
                age_in_days(key).map_or_else(|| "-".to_owned(), |days| format!("{days} d")),
                minute(key.last_used_at.as_ref()),
                status.to_owned(),
            ],
        );
    }
    table.render()
}

/// All fields of a new key; a missing one is null.
fn new_as_json(key: &NewApiKeyInfo) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "environment": key.environment,
        "prefix": key.prefix,
        "last4": key.last4,
        "created_at": key.created_at.map(|at| at.to_string()),
    })
}

/// All fields of a key in a list; a missing one is null.
fn as_json(key: &ApiKeyInfo) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "environment": key.environment,
        "prefix": key.prefix,
        "last4": key.last4,
        "created_at": key.created_at.to_string(),
        "age_days": age_in_days(key),
        "last_used_at": key.last_used_at.map(|at| at.to_string()),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    })
}
