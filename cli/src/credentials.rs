//! Reads credentials from a file, a command, a profile or the environment.

use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use crate::profiles::{Selected, Stored};
use agenthuman::host::{environment_variable, key_of_environment};
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, KeyCommand, KeySource, Kind, Secret, Token};
use std::path::{Path, PathBuf};

/// A credential that has not been checked.
pub struct Found {
    /// The source, for messages.
    pub place: String,
    pub text: Secret,
    /// The file that contains only it.
    pub file: Option<PathBuf>,
}

/// Returns the API key, if one is set.
pub async fn find_key(global: &Global) -> Result<Option<Found>, Failure> {
    if let Some(path) = &global.api_key_file {
        return key_of_file(path).map(Some);
    }
    if let Some(line) = &global.api_key_command {
        return key_of_command("--api-key-command", &KeyCommand::parse(line)?).await.map(Some);
    }
    if let Some(selected) = &global.selected {
        return key_of_profile(selected).await;
    }
    let Some((variable, source)) = key_of_environment()? else { return Ok(None) };
    let place = variable.to_owned();
    match source {
        KeySource::Value(text) => Ok(Some(Found { place, text, file: None })),
        KeySource::File(path) => key_of_file(&path).map(Some),
        KeySource::Command(command) => key_of_command(variable, &command).await.map(Some),
        // The environment has no functions.
        KeySource::Callback(_) | KeySource::Host => Ok(None),
    }
}

/// Whether the API key comes from a command, which takes time and may prompt.
pub fn key_is_of_command(global: &Global) -> Result<bool, Failure> {
    match (global.key_option(), &global.selected) {
        (Some(_), _) => Ok(global.api_key_command.is_some()),
        (None, Some(selected)) => Ok(matches!(selected.profile.api_key, Some(Stored::Command(_)))),
        (None, None) => Ok(matches!(key_of_environment()?, Some((_, KeySource::Command(_))))),
    }
}

async fn key_of_profile(selected: &Selected) -> Result<Option<Found>, Failure> {
    match &selected.profile.api_key {
        Some(Stored::File(path)) => key_of_file(path).map(Some),
        Some(Stored::Command(line)) => key_of_command(&place_of(selected), &KeyCommand::parse(line)?).await.map(Some),
        stored => value_of(selected, CredentialKind::ApiKey, stored.as_ref()),
    }
}

fn value_of(selected: &Selected, kind: CredentialKind, stored: Option<&Stored>) -> Result<Option<Found>, Failure> {
    let Some(stored) = stored else { return Ok(None) };
    let text = stored.value(&selected.name, kind)?;
    Ok(text.map(|text| Found { place: format!("{} ({})", place_of(selected), stored.described()), text, file: None }))
}

fn place_of(selected: &Selected) -> String {
    format!("profile {:?}", selected.name)
}

async fn key_of_command(place: &str, command: &KeyCommand) -> Result<Found, Failure> {
    let key = command.key().await?;
    Ok(Found { place: format!("{place} ({command})"), text: Secret::new(key.expose()), file: None })
}

fn key_of_file(path: &Path) -> Result<Found, Failure> {
    let place = path.display().to_string();
    let text = ApiKey::text_of_file(path).map_err(|error| match error.kind() {
        Kind::MalformedApiKey => Failure::from(error).in_place(&place),
        // The message names the file.
        _ => Failure::from(error),
    })?;
    Ok(Found { place, text, file: Some(path.to_owned()) })
}

/// Returns the token, if one is set. With an option for the key the environment is not read, or one account's token could be used
/// with another account's key.
pub fn find_token(global: &Global) -> Result<Option<Found>, Failure> {
    if let Some(selected) = &global.selected {
        return value_of(selected, CredentialKind::Token, selected.profile.token.as_ref());
    }
    if global.key_option().is_some() { Ok(None) } else { find_variable(CredentialKind::Token) }
}

/// Returns the API key for a command.
pub async fn key(global: &Global) -> Result<ApiKey, Failure> {
    match find_key(global).await? {
        Some(found) => parse_key(&found),
        None => {
            let why = format!("this command requires an API key, but {}", state_of(CredentialKind::ApiKey, global));
            Err(Failure::new(Kind::MissingCredential, why).suggest(HOW_TO_GIVE_A_KEY))
        }
    }
}

/// Returns the token for a command.
pub fn token(global: &Global) -> Result<Token, Failure> {
    let missing = |message: &str, suggestion: &str| Err(Failure::new(Kind::MissingCredential, message).suggest(suggestion));
    match find_token(global)? {
        Some(found) => Ok(Token::parse(found.text.expose()).map_err(|error| Failure::from(error).in_place(&found.place))?),
        None => match global.key_option() {
            Some(option) => missing(
                &format!("this command requires a user's token, but AGENTHUMAN_TOKEN is not read if {option} is used"),
                &format!("Remove {option}; this command uses only the token."),
            ),
            None => missing(
                &format!("this command requires a user's token, but {}", state_of(CredentialKind::Token, global)),
                HOW_TO_GIVE_A_TOKEN,
            ),
        },
    }
}

pub fn parse_key(found: &Found) -> Result<ApiKey, Failure> {
    ApiKey::parse(found.text.expose()).map_err(|error| Failure::from(error).in_place(&found.place))
}

/// Describes the profile or the environment variable of a credential that is missing.
pub fn state_of(kind: CredentialKind, global: &Global) -> String {
    if let Some(selected) = &global.selected {
        return format!("{} has none", place_of(selected));
    }
    if let Some(why) = &global.unused_profile {
        return format!("{} is not set, and {why}", kind.variable());
    }
    let variable = kind.variable();
    match std::env::var_os(variable) {
        Some(_) => format!("{variable} is empty"),
        None => format!("{variable} is not set"),
    }
}

fn find_variable(kind: CredentialKind) -> Result<Option<Found>, Failure> {
    let text = environment_variable(kind.variable())?;
    Ok(text.map(|text| Found { place: kind.variable().to_owned(), text: Secret::new(text), file: None }))
}
