//! `agenthuman login`: signs in with a code sent by email.

use crate::client;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, now, plain, span};
use crate::profiles::{Place, Selected, Stored, file};
use crate::terminal::{ask, is_interactive};
use agenthuman::api::auth::AuthToken;
use agenthuman::table::CredentialKind;
use agenthuman::{Client, Error, Kind};
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

pub const AFTER_HELP: &str = "\
With a profile (`agenthuman profile`), the token is stored in it, and `agenthuman logout` ends it.
Without one, or with --print, nothing is stored: stdout is the line that sets AGENTHUMAN_TOKEN.
To sign in this shell:
  eval \"$(agenthuman login)\"

Without a terminal, `login` does not prompt. In two steps:
  agenthuman login --email you@example.com                sends the code and exits with status 1
  agenthuman login --email you@example.com --code 123456  signs in";

/// Maximum number of times that `login` prompts for a code. The service rejects a code after five wrong ones.
const MAX_CODES: u32 = 10;

/// Maximum number of codes that are sent.
const MAX_SENT: u32 = 3;

#[derive(clap::Args)]
pub struct Args {
    /// The email address to sign in with; if omitted, a prompt on a terminal
    #[arg(long)]
    email: Option<String>,
    /// The code from the email; if omitted, a new code is sent, and a prompt takes it
    #[arg(long, requires = "email")]
    code: Option<String>,
    /// Print the token, even if a profile is in use
    #[arg(long)]
    print: bool,
}

pub async fn run(global: &Global, output: &Output, args: Args) -> Result<ExitCode, Failure> {
    let client = client::holding_none(global).build()?;
    let missing = || Failure::new(Kind::InvalidArgument, "the email address is missing").suggest("Pass --email.");
    let email = match args.email {
        Some(email) => email,
        None if !is_interactive() => return Err(missing()),
        None => ask("Email:")?.filter(|email| !email.is_empty()).ok_or_else(missing)?,
    };
    let token = match args.code {
        Some(code) => client.auth().verify_otp(email.as_str(), code.as_str()).await.map_err(|error| {
            let is_code = error.kind() == Kind::Authentication;
            let failure = Failure::from(error);
            if is_code {
                failure.suggest("Try again with --email and --code, or omit --code to get a new code.")
            } else {
                failure
            }
        })?,
        None => ask_for_the_code(&client, output, &email).await?,
    };
    match &global.selected {
        Some(selected) if !args.print => store(output, selected, &email, &token)?,
        _ => show(output, &email, &token)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A code that was sent, and when it expires.
struct Sent {
    at: Instant,
    lifetime: Option<Duration>,
}

impl Sent {
    fn has_expired(&self) -> bool {
        self.lifetime.is_some_and(|lifetime| self.at.elapsed() >= lifetime)
    }
}

async fn send_code(client: &Client, output: &Output, email: &str) -> Result<Sent, Failure> {
    let sent = client.auth().request_otp(email).await?;
    let lifetime = u64::try_from(sent.expires_in).ok();
    let good_for = lifetime.map(|seconds| format!("; it is valid for {}", span(seconds))).unwrap_or_default();
    output.note(&format!("Sent a code to {}{good_for}.", plain(email)));
    Ok(Sent { at: Instant::now(), lifetime: lifetime.map(Duration::from_secs) })
}

/// Sends a code and asks for it, again after a wrong one, and sends another one if the user wants it.
async fn ask_for_the_code(client: &Client, output: &Output, email: &str) -> Result<AuthToken, Failure> {
    let mut sent = send_code(client, output, email).await?;
    let elsewhere = format!("To use the code from the email: agenthuman login --email {} --code CODE", quoted(email));
    if !is_interactive() {
        return Err(Failure::new(Kind::InvalidArgument, "the code is missing").suggest(elsewhere));
    }
    output.note("Press Enter without a code to get a new one.");
    let mut codes_sent = 1;
    for _ in 0..MAX_CODES {
        let Some(code) = ask("Code:")? else {
            return Err(Failure::new(Kind::InvalidArgument, "the code is missing").suggest(elsewhere));
        };
        if code.is_empty() {
            if codes_sent == MAX_SENT {
                output.note(&format!("{MAX_SENT} codes were sent. Enter the newest one."));
                continue;
            }
            codes_sent += 1;
            sent = send_code(client, output, email).await?;
            continue;
        }
        match client.auth().verify_otp(email, code.as_str()).await {
            Ok(token) => return Ok(token),
            Err(error) => output.note(&what_next(error, &sent)?),
        }
    }
    Err(Failure::new(Kind::Authentication, "too many wrong codes").suggest("Run `agenthuman login` again to get a new code."))
}

/// Returns what the user can do after a wrong code, or the error if another code does not help.
fn what_next(error: Error, sent: &Sent) -> Result<String, Failure> {
    let kind = error.kind();
    let failure = Failure::from(error);
    let why = sentence(&failure.words().0);
    match kind {
        Kind::Authentication if sent.has_expired() => Ok("The code has expired. Press Enter to get a new one.".to_owned()),
        Kind::Authentication | Kind::InvalidArgument => Ok(format!("{why} Enter the code from the email again.")),
        Kind::RateLimited => Ok(format!("{why} Press Enter to get a new code.")),
        _ => Err(failure),
    }
}

/// Stores the token in the profile. A new one replaces the old one.
fn store(output: &Output, selected: &Selected, email: &str, token: &AuthToken) -> Result<(), Failure> {
    let Selected { name, .. } = selected;
    let place = file::change(|profiles| {
        let place = profiles.get(name)?.profile.secrets;
        let stored = Stored::new(place, name, CredentialKind::Token, token.token.expose())?;
        profiles.profiles.entry(name.clone()).and_modify(|profile| profile.token = Some(stored));
        Ok(place)
    })?;
    if output.json {
        let expires_at = token.expires_at.to_string();
        let place = if place == Place::Keyring { "keyring" } else { "file" };
        return Ok(output
            .document(&json!({ "profile": name, "stored_in": place, "expires_at": expires_at, "email": user(token, email) }))?);
    }
    output.note(&format!("{} The token is in {} (profile {name:?}).", signed_in(token, email), place.described()));
    Ok(())
}

fn user<'a>(token: &'a AuthToken, email: &'a str) -> &'a str {
    token.user.as_ref().map_or(email, |user| user.email.as_str())
}

fn signed_in(token: &AuthToken, email: &str) -> String {
    let left = u64::try_from(token.expires_at.as_second()).ok().map(|at| at.saturating_sub(now()));
    let left = left.map(|left| format!(" for {}", span(left))).unwrap_or_default();
    format!("Signed in as {}{left}.", plain(user(token, email)))
}

fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}

fn show(output: &Output, email: &str, token: &AuthToken) -> Result<(), Failure> {
    if output.json {
        let expires_at = token.expires_at.to_string();
        let document = json!({ "token": token.token.expose(), "expires_at": expires_at, "email": user(token, email) });
        return Ok(output.document(&document)?);
    }
    // If a shell evaluates the line below, the user does not see it.
    let what_next = if std::io::stdout().is_terminal() { " Set the token in your shell; it is not stored anywhere:" } else { "" };
    output.note(&format!("{}{what_next}", signed_in(token, email)));
    output.text(&format!("export AGENTHUMAN_TOKEN={}", quoted(token.token.expose())))?;
    Ok(())
}

/// Quotes a text as one word for a shell. The service chose the token, and a shell evaluates the line.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_token_is_one_word_whatever_it_holds() {
        assert_eq!(quoted("eyJh.b-c_d"), "eyJh.b-c_d");
        assert_eq!(quoted("$(date)"), "'$(date)'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
        assert_eq!(quoted(""), "''");
    }
}
