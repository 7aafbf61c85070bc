//! Where the credentials come from: a file that was named, or the environment.

use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use agenthuman::{ApiKey, Kind, Secret, Token};
use std::io::Read;
use std::path::Path;

pub const KEY_VARIABLE: &str = "AGENTHUMAN_API_KEY";
pub const TOKEN_VARIABLE: &str = "AGENTHUMAN_TOKEN";

/// A key is 40 bytes; a file much longer than that is another file.
const LONGEST_KEY_FILE: u64 = 4096;

/// A credential as it was found, right or wrong.
pub struct Found {
    /// What to call the place in a message.
    pub place: String,
    pub text: Secret,
}

/// The text meant as the API key, if there is any.
pub fn find_key(global: &Global) -> Result<Option<Found>, Failure> {
    match &global.api_key_file {
        Some(path) => {
            let text = read_line(path)?;
            Ok(Some(Found { place: path.display().to_string(), text }))
        }
        None => find_variable(KEY_VARIABLE),
    }
}

/// The text meant as the token. A key that is named keeps the environment out, or one account's token could act beside
/// another's key.
pub fn find_token(global: &Global) -> Result<Option<Found>, Failure> {
    if global.api_key_file.is_some() { Ok(None) } else { find_variable(TOKEN_VARIABLE) }
}

/// The API key that a command needs.
pub fn key(global: &Global) -> Result<ApiKey, Failure> {
    match find_key(global)? {
        Some(found) => parse_key(&found),
        None => {
            let why = format!("this command requires an API key, but {}", state_of(KEY_VARIABLE));
            Err(Failure::new(Kind::MissingCredential, why).suggest(HOW_TO_GIVE_A_KEY))
        }
    }
}

/// The token that a command needs.
pub fn token(global: &Global) -> Result<Token, Failure> {
    let missing = |message: &str, suggestion: &str| Err(Failure::new(Kind::MissingCredential, message).suggest(suggestion));
    match find_token(global)? {
        Some(found) => Ok(Token::parse(found.text.expose()).map_err(|error| Failure::from(error).said_of(&found.place))?),
        None if global.api_key_file.is_some() => missing(
            "this command requires a user's token, but AGENTHUMAN_TOKEN is not read if --api-key-file is used",
            "Remove --api-key-file; this command uses only the token.",
        ),
        None => missing(&format!("this command requires a user's token, but {}", state_of(TOKEN_VARIABLE)), HOW_TO_GIVE_A_TOKEN),
    }
}

pub fn parse_key(found: &Found) -> Result<ApiKey, Failure> {
    ApiKey::parse(found.text.expose()).map_err(|error| Failure::from(error).said_of(&found.place))
}

/// Says why a variable gives nothing.
pub fn state_of(variable: &str) -> String {
    match std::env::var_os(variable) {
        Some(_) => format!("{variable} is empty"),
        None => format!("{variable} is not set"),
    }
}

fn find_variable(name: &str) -> Result<Option<Found>, Failure> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(Found { place: name.to_owned(), text: Secret::new(text) })),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::new(Kind::Configuration, format!("{name} is not valid Unicode"))),
    }
}

/// Read once and to its end, so that a pipe serves as well (`--api-key-file <(pass show agenthuman)`).
fn read_line(path: &Path) -> Result<Secret, Failure> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST_KEY_FILE).read_to_end(&mut bytes));
    let text = ApiKey::text_of_file(bytes);
    if let Err(error) = read {
        let message = format!("the API key file {} could not be read: {error}", path.display());
        return Err(Failure::new(Kind::MissingCredential, message).suggest("Check the path and the file's permissions."));
    }
    text.map_err(|error| Failure::from(error).said_of(&path.display().to_string()))
}
