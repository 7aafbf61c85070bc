//! `agenthuman logout`: ends the token at the service, and removes what `agenthuman login` stored.

use crate::client;
use crate::credentials::{find_token, state_of};
use crate::failure::{Failure, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use crate::output::{Output, span};
use crate::profiles::{Selected, file};
use agenthuman::table::CredentialKind;
use agenthuman::{Kind, Token};
use serde_json::json;
use std::process::ExitCode;
use std::time::SystemTime;

/// The state of the token at the service afterwards.
enum AtService {
    Ended,
    WasInvalid,
    /// The reason.
    Unknown(String),
}

pub async fn run(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let Some(found) = find_token(global)? else {
        let why = format!("there is no token to end: {}", state_of(CredentialKind::Token, global));
        return Err(Failure::new(Kind::MissingCredential, why).suggest(HOW_TO_GIVE_A_TOKEN));
    };
    // A malformed token is removed, too.
    let token = Token::parse(found.text.expose()).ok();
    let at_service = match &token {
        Some(token) => end(global, token).await,
        None => AtService::WasInvalid,
    };
    if let Some(selected) = &global.selected {
        remove(selected)?;
    }
    let left = token.and_then(|token| token.expires()?.duration_since(SystemTime::now()).ok());
    let (state, text) = match at_service {
        AtService::Ended => ("ended", "The service ended the token.".to_owned()),
        AtService::WasInvalid => ("invalid", "The token was no longer valid at the service.".to_owned()),
        AtService::Unknown(why) => {
            let until = left.map(|left| format!(" for up to {}", span(left.as_secs()))).unwrap_or_default();
            ("unknown", format!("The token may still be valid{until}: the service did not confirm its end ({why})."))
        }
    };
    let removed = match &global.selected {
        Some(selected) => format!("It was removed from profile {:?}.", selected.name),
        None => "It is still set in this shell: unset AGENTHUMAN_TOKEN".to_owned(),
    };
    if output.json {
        let profile = global.selected.as_ref().map(|selected| &selected.name);
        output.document(&json!({ "token_at_service": state, "removed_from_profile": profile }))?;
    } else {
        output.note(&format!("{text} {removed}"));
    }
    Ok(if state == "unknown" { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn end(global: &Global, token: &Token) -> AtService {
    let outcome = match client::holding_token(global, token).build() {
        Ok(client) => client.auth().logout().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => AtService::Ended,
        Err(error) if error.kind().is(Kind::Authentication) || token.has_expired() => AtService::WasInvalid,
        Err(error) => AtService::Unknown(Failure::from(error).words().0),
    }
}

fn remove(selected: &Selected) -> Result<(), Failure> {
    file::change(|profiles| {
        if let Some(profile) = profiles.profiles.get_mut(&selected.name)
            && let Some(stored) = profile.token.take()
        {
            stored.remove(&selected.name, CredentialKind::Token)?;
        }
        Ok(())
    })
}
