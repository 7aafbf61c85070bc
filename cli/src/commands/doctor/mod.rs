//! `agenthuman doctor`: checks the key, token, network, service and clock, and suggests fixes.

mod checks;
mod headers;
mod report;
mod service;

use crate::client;
use crate::credentials::{Found, find_key, find_token, parse_key, state_of};
use crate::failure::{Failure, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use crate::output::Output;
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, Token};
use report::{Check, Report};
use service::Service;
use std::process::ExitCode;
use std::time::Duration;

/// The default timeout, shorter than the library's because a user waits.
const TIMEOUT: Duration = Duration::from_secs(10);

pub async fn run(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let timeout = global.timeout.unwrap_or(TIMEOUT);
    let global = &Global { timeout: Some(timeout), ..global.clone() };
    let report = examine(global).await;
    report.show(output)?;
    Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(global: &Global) -> Report {
    let mut report = Report::default();
    let token = find_token(global);
    let key = key(&mut report, global, matches!(token, Ok(Some(_)))).await;

    let anonymous = client::holding_none(global).max_retries(0).build();
    report.add("base_url", checks::base_url(global, &anonymous));
    report.add("proxy", checks::proxy(&anonymous));
    let service = match (&anonymous, &key) {
        (Err(_), _) => Service::unasked(),
        (Ok(anonymous), None) => Service::asked_without_key(anonymous).await,
        (Ok(_), Some(key)) => Service::asked_with(client::holding_key(global, key)).await,
    };
    report.add("service", service.answers());
    let (base_url, _) = checks::chosen_base_url(global);
    let is_live = key.as_ref().is_some_and(|key| key.masked().starts_with("ah_live_"));
    report.add("key_accepted", service.accepts_key(is_live && client::is_on_this_machine(&base_url)));

    report.add("contract", service.contract());

    let token = token_if_fresh(&mut report, token, global);
    report.add(
        "token_accepted",
        match &token {
            None => Check::skipped("no valid token"),
            Some(_) if !service.is_usable() => Check::skipped(service::UNUSABLE),
            Some(token) => checks::token_is_accepted(client::holding_token(global, token)).await,
        },
    );
    report.add(
        "key_age",
        match (&key, &token) {
            (Some(key), Some(token)) if service.took_key() => checks::key_age(client::holding_token(global, token), key).await,
            (_, None) => Check::skipped("no valid token, which lists the keys"),
            (_, Some(_)) => Check::skipped("no key that the service accepts"),
        },
    );

    let client = match key.filter(|_| service.took_key()) {
        Some(key) => client::holding_key(global, &key).build(),
        None => anonymous,
    };
    let headers = match client {
        Ok(client) if service.is_usable() => headers::fetch(&client, service.took_key()).await,
        _ => Err(service::UNUSABLE),
    };
    report.add("clock", checks::clock(&headers));
    report.add("rate_limit", checks::rate_limit(&headers));
    report
}

async fn key(report: &mut Report, global: &Global, has_token: bool) -> Option<ApiKey> {
    let found = find_key(global).await;
    report.add("api_key", checks::key_is_present(&found, has_token, global));
    let Ok(Some(found)) = found else {
        report.add("key_format", Check::skipped("no key"));
        return None;
    };
    let key = parse_key(&found);
    report.add("key_format", checks::key_is_well_formed(&key));
    key.ok()
}

fn token_if_fresh(report: &mut Report, found: Result<Option<Found>, Failure>, global: &Global) -> Option<Token> {
    let (check, token) = match found {
        Err(failure) => (Check::from_failure(&failure), None),
        Ok(None) => {
            let why = match global.key_option() {
                Some(option) => format!("AGENTHUMAN_TOKEN is not read if {option} is used"),
                None => format!("{}; it is required only to manage API keys", state_of(CredentialKind::Token, global)),
            };
            (Check::skipped(why), None)
        }
        Ok(Some(found)) => match Token::parse(found.text.expose()) {
            Err(error) => (Check::from_failure(&Failure::from(error).in_place(&found.place).suggest(HOW_TO_GIVE_A_TOKEN)), None),
            Ok(token) => (checks::token_is_fresh(&token, &found.place), Some(token).filter(|token| !token.has_expired())),
        },
    };
    report.add("token", check);
    token
}
