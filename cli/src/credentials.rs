//! Reads credentials from a file or the environment.

use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use agenthuman::host::{KEY_FILE_VARIABLE, both_are_set, environment_variable};
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, Kind, Secret, Token};
use std::path::Path;

/// A credential that has not been checked.
pub struct Found {
    /// The source, for messages.
    pub place: String,
    pub text: Secret,
}

/// Returns the API key, if one is set.
pub fn find_key(global: &Global) -> Result<Option<Found>, Failure> {
    if let Some(path) = &global.api_key_file {
        return key_of_file(path).map(Some);
    }
    match (find_variable(CredentialKind::ApiKey)?, environment_variable(KEY_FILE_VARIABLE)?) {
        (Some(_), Some(_)) => Err(both_are_set().into()),
        (Some(found), None) => Ok(Some(found)),
        (None, path) => path.map(|path| key_of_file(Path::new(&path))).transpose(),
    }
}

fn key_of_file(path: &Path) -> Result<Found, Failure> {
    let place = path.display().to_string();
    let text = ApiKey::text_of_file(path).map_err(|error| match error.kind() {
        Kind::MalformedApiKey => Failure::from(error).in_place(&place),
        // The message names the file.
        _ => Failure::from(error),
    })?;
    Ok(Found { place, text })
}

/// Returns the token, if one is set. With --api-key-file the environment is not read, or one account's token could be used with
/// another account's key.
pub fn find_token(global: &Global) -> Result<Option<Found>, Failure> {
    if global.api_key_file.is_some() { Ok(None) } else { find_variable(CredentialKind::Token) }
}

/// Returns the API key for a command.
pub fn key(global: &Global) -> Result<ApiKey, Failure> {
    match find_key(global)? {
        Some(found) => parse_key(&found),
        None => {
            let why = format!("this command requires an API key, but {}", state_of(CredentialKind::ApiKey));
            Err(Failure::new(Kind::MissingCredential, why).suggest(HOW_TO_GIVE_A_KEY))
        }
    }
}

/// Returns the token for a command.
pub fn token(global: &Global) -> Result<Token, Failure> {
    let missing = |message: &str, suggestion: &str| Err(Failure::new(Kind::MissingCredential, message).suggest(suggestion));
    match find_token(global)? {
        Some(found) => Ok(Token::parse(found.text.expose()).map_err(|error| Failure::from(error).in_place(&found.place))?),
        None if global.api_key_file.is_some() => missing(
            "this command requires a user's token, but AGENTHUMAN_TOKEN is not read if --api-key-file is used",
            "Remove --api-key-file; this command uses only the token.",
        ),
        None => missing(
            &format!("this command requires a user's token, but {}", state_of(CredentialKind::Token)),
            HOW_TO_GIVE_A_TOKEN,
        ),
    }
}

pub fn parse_key(found: &Found) -> Result<ApiKey, Failure> {
    ApiKey::parse(found.text.expose()).map_err(|error| Failure::from(error).in_place(&found.place))
}

/// Describes the environment variable of a credential that is missing.
pub fn state_of(kind: CredentialKind) -> String {
    let variable = kind.variable();
    match std::env::var_os(variable) {
        Some(_) => format!("{variable} is empty"),
        None => format!("{variable} is not set"),
    }
}

fn find_variable(kind: CredentialKind) -> Result<Option<Found>, Failure> {
    let text = environment_variable(kind.variable())?;
    Ok(text.map(|text| Found { place: kind.variable().to_owned(), text: Secret::new(text) }))
}
