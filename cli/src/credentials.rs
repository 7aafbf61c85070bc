//! Where the credentials come from: a file that was named, or the environment.

use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use agenthuman::host::environment_variable;
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, Kind, Secret, Token};

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
            let place = path.display().to_string();
            let text = ApiKey::text_of_file(path).map_err(|error| match error.kind() {
                Kind::MalformedApiKey => Failure::from(error).said_of(&place),
                // The message names the file.
                _ => Failure::from(error),
            })?;
            Ok(Some(Found { place, text }))
        }
        None => find_variable(CredentialKind::ApiKey),
    }
}

/// The text meant as the token. A key that is named keeps the environment out, or one account's token could act beside
/// another's key.
pub fn find_token(global: &Global) -> Result<Option<Found>, Failure> {
    if global.api_key_file.is_some() { Ok(None) } else { find_variable(CredentialKind::Token) }
}

/// The API key that a command needs.
pub fn key(global: &Global) -> Result<ApiKey, Failure> {
    match find_key(global)? {
        Some(found) => parse_key(&found),
        None => {
            let why = format!("this command requires an API key, but {}", state_of(CredentialKind::ApiKey));
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
        None => missing(
            &format!("this command requires a user's token, but {}", state_of(CredentialKind::Token)),
            HOW_TO_GIVE_A_TOKEN,
        ),
    }
}

pub fn parse_key(found: &Found) -> Result<ApiKey, Failure> {
    ApiKey::parse(found.text.expose()).map_err(|error| Failure::from(error).said_of(&found.place))
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
