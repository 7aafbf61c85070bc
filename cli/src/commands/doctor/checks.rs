//! The checks of `agenthuman doctor`.

use super::headers::Headers;
use super::report::Check;
use crate::client::is_on_this_machine;
use crate::commands::keys::age_in_days;
use crate::credentials::{Found, state_of};
use crate::failure::{Failure, HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_A_TOKEN};
use crate::global::Global;
use crate::output::span;
use agenthuman::environment::BASE_URL;
use agenthuman::host::{DEFAULT_BASE_URL, environment_variable};
use agenthuman::table::CredentialKind;
use agenthuman::{ApiKey, Client, ClientBuilder, Kind, ProxyInForce, Token};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The tolerance of the library for a token's expiry.
const TOLERATED_SKEW: Duration = Duration::from_secs(30);
/// The clock skew at which valid tokens may seem expired, or expired ones valid.
const HARMFUL_SKEW: Duration = Duration::from_secs(300);
const SOON: Duration = Duration::from_secs(300);

pub fn key_is_present(found: &Result<Option<Found>, Failure>, has_token: bool, global: &Global) -> Check {
    match found {
        Ok(Some(found)) if found.file.as_deref().is_some_and(others_can_read) => Check::warn(
            format!("from {}, which other users of this machine can read", found.place),
            format!("Restrict its permissions: chmod 600 {}", found.place),
        ),
        Ok(Some(found)) => Check::ok(format!("from {}", found.place)),
        Ok(None) if has_token => {
            let message = format!("{}, so sessions and messages cannot be used", state_of(CredentialKind::ApiKey, global));
            Check::warn(message, HOW_TO_GIVE_A_KEY)
        }
        Ok(None) => Check::fail(state_of(CredentialKind::ApiKey, global), HOW_TO_GIVE_A_KEY),
        Err(failure) => Check::from_failure(failure),
    }
}

pub fn key_is_well_formed(key: &Result<ApiKey, Failure>) -> Check {
    match key {
        Ok(key) => Check::ok(key.masked()),
        Err(failure) => Check::from_failure(failure),
    }
}

/// Returns the base URL and its source: the profile, the option, the environment or the default.
pub fn chosen_base_url(global: &Global) -> (String, &'static str) {
    if let Some(selected) = &global.selected {
        return (selected.profile.base_url.clone(), "profile");
    }
    match (&global.base_url, environment_variable(BASE_URL.name).ok().flatten()) {
        (Some(url), _) => (url.clone(), "--base-url"),
        (None, Some(url)) => (url, BASE_URL.name),
        (None, None) => (DEFAULT_BASE_URL.to_owned(), "default"),
    }
}

/// Prints the URL only after the library has checked that it contains no password.
pub fn base_url(global: &Global, client: &agenthuman::Result<Client>) -> Check {
    let (url, chosen_by) = chosen_base_url(global);
    if let Err(error) = client {
        let failure = Failure::from(error.clone()).in_place(chosen_by);
        return Check::from_failure(&match &error.info().suggestion {
            Some(_) => failure,
            None => failure.suggest("Set it to the URL of the service, such as https://api.agenthuman.com."),
        });
    }
    let text = format!("{url} ({chosen_by})");
    if url.get(..5).is_none_or(|scheme| !scheme.eq_ignore_ascii_case("http:")) {
        return Check::ok(text);
    }
    if is_on_this_machine(&url) {
        return Check::ok(format!("{text}; plain http to this machine"));
    }
    Check::warn(format!("{text}; plain http, which can be read on the network"), "Use it with test keys only.")
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

/// The check of the proxy for the base URL. The password is not printed.
pub fn proxy(client: &agenthuman::Result<Client>) -> Check {
    let Ok(client) = client else { return Check::skipped("no valid base URL") };
    match client.proxy_in_force() {
        Ok(ProxyInForce::None) => Check::ok("none"),
        Ok(ProxyInForce::NotForPlainHttp) => Check::ok("none; plain http is always direct"),
        Ok(ProxyInForce::Exempt) => Check::ok("none; NO_PROXY includes the service"),
        Ok(ProxyInForce::Proxy(url, from)) => Check::ok(format!("{url} (from {})", from.unwrap_or("the system settings"))),
        Err(error) => Check::from_failure(&Failure::from(error)),
    }
}

pub fn token_is_fresh(token: &Token, place: &str) -> Check {
    let Some(expires) = token.expires() else {
        return Check::ok(format!("from {place}; it has no expiry time"));
    };
    let now = SystemTime::now();
    match expires.duration_since(now) {
        Ok(left) if left < SOON => Check::warn(format!("from {place}; expires in {}", span(left.as_secs())), HOW_TO_GIVE_A_TOKEN),
        Ok(left) => Check::ok(format!("from {place}; expires in {}", span(left.as_secs()))),
        Err(_) => {
            let since = now.duration_since(expires).unwrap_or_default();
            let message = format!("from {place}; expired {} ago by this machine's clock", span(since.as_secs()));
            Check::fail(message, HOW_TO_GIVE_A_TOKEN)
        }
    }
}

pub async fn token_is_accepted(client: ClientBuilder) -> Check {
    let user = match client.max_retries(0).build() {
        Ok(client) => client.auth().me().await,
        Err(error) => Err(error),
    };
    match user {
        Ok(user) => Check::ok(format!("as {}", user.email)),
        Err(error) if error.kind() == Kind::NotFound => Check::skipped("the service does not have /v1/auth/me"),
        Err(error) => Check::from_failure(&error.into()),
    }
}

pub fn clock(headers: &Result<Headers, &'static str>) -> Check {
    let headers = match headers {
        Ok(headers) => headers,
        Err(reason) => return Check::skipped(*reason),
    };
    let Some(theirs) = headers.date() else {
        return Check::skipped("the service sends no Date header");
    };
    let (skew, direction) = match headers.at.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let skew_text = span(skew.as_secs());
    // A date has whole seconds only.
    if skew < Duration::from_secs(2) {
        Check::ok("the same as the service's")
    } else if skew <= TOLERATED_SKEW {
        Check::ok(format!("within {skew_text} of the service's"))
    } else if skew <= HARMFUL_SKEW {
        Check::warn(format!("{skew_text} {direction} the service's"), "Set this machine's clock, preferably with NTP.")
    } else {
        Check::fail(
            format!("{skew_text} {direction} the service's, so the expiry of tokens cannot be checked here"),
            "Set this machine's clock, preferably with NTP.",
        )
    }
}

pub fn rate_limit(headers: &Result<Headers, &'static str>) -> Check {
    let headers = match headers {
        Ok(headers) => headers,
        Err(reason) => return Check::skipped(*reason),
    };
    let Some(remaining) = headers.number("x-ratelimit-remaining") else {
        return Check::skipped("the service sends no x-ratelimit-remaining header");
    };
    let of = headers.number("x-ratelimit-limit").map(|limit| format!(" of {limit}")).unwrap_or_default();
    let now = headers.date().unwrap_or(headers.at).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let reset = headers.number("x-ratelimit-reset").and_then(|reset| reset.checked_sub(now));
    let reset = reset.map(|seconds| format!("; resets in {}", span(seconds))).unwrap_or_default();
    let whose = if headers.with_key { "" } else { " for this IP address, without a key" };
    let message = format!("{remaining}{of} requests left{whose}{reset}");
    if remaining == 0 { Check::warn(message, "Wait until the limit resets.") } else { Check::ok(message) }
}

/// The age in days after which a key is due for rotation.
const OLDEST: i64 = 90;

/// Finds the key among those of the token's account.
pub async fn key_age(client: ClientBuilder, key: &ApiKey) -> Check {
    let keys = match client.max_retries(0).build() {
        Ok(client) => client.api_keys().list().all().await,
        Err(error) => Err(error),
    };
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) if error.kind() == Kind::NotFound => return Check::skipped("the service does not have /v1/api-keys"),
        Err(error) => return Check::from_failure(&error.into()),
    };
    let Some(listed) = keys.iter().find(|listed| listed.revoked_at.is_none() && listed.masked() == key.masked()) else {
        return Check::skipped("the key belongs to another account than the token");
    };
    match age_in_days(listed) {
        Some(days) if days > OLDEST => {
            Check::warn(format!("{days} days: due for rotation"), format!("Replace it: agenthuman keys rotate {}", listed.id))
        }
        Some(days) => Check::ok(format!("{days} days")),
        None => Check::skipped("this machine's clock is wrong"),
    }
}
