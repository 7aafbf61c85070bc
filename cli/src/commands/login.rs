//! `agenthuman login`: signs in with a code sent by email.

use crate::client;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, now, plain, span};
use crate::terminal::ask;
use agenthuman::api::auth::AuthToken;
use agenthuman::{Client, Kind};
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
Prints only the line that sets AGENTHUMAN_TOKEN to stdout, and writes nothing to disk.
To sign in this shell:
  eval \"$(agenthuman login)\"

Without a terminal, in two steps:
  agenthuman login --email you@example.com < /dev/null    sends the code and exits with status 1
  agenthuman login --email you@example.com --code 123456  prints the token";

/// Maximum number of codes to ask for. The service rejects all codes after a few wrong ones.
const MAX_CODES: u32 = 3;

#[derive(clap::Args)]
pub struct Args {
    /// The email address to sign in with; asked for if omitted
    #[arg(long)]
    email: Option<String>,
    /// The code from the email; if omitted, a new code is sent and asked for
    #[arg(long, requires = "email")]
    code: Option<String>,
}

pub async fn run(global: &Global, output: &Output, args: Args) -> Result<ExitCode, Failure> {
    let client = client::holding_none(global).build()?;
    let email = match args.email {
        Some(email) => email,
        None => ask("Email:")?
            .ok_or_else(|| Failure::new(Kind::InvalidArgument, "the email address is missing").suggest("Pass --email."))?,
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
        None => {
            send_code(&client, output, &email).await?;
            ask_for_the_code(&client, output, &email).await?
        }
    };
    show(output, &email, &token)?;
    Ok(ExitCode::SUCCESS)
}

async fn send_code(client: &Client, output: &Output, email: &str) -> Result<(), Failure> {
    let sent = client.auth().request_otp(email).await?;
    let good_for = sent.expires_in.and_then(|seconds| u64::try_from(seconds).ok());
    let good_for = good_for.map(|seconds| format!("; it is valid for {}", span(seconds))).unwrap_or_default();
    output.note(&format!("Sent a code to {}{good_for}.", plain(email)));
    Ok(())
}

/// Asks for the code, and again after a wrong one, up to [`MAX_CODES`] times.
async fn ask_for_the_code(client: &Client, output: &Output, email: &str) -> Result<AuthToken, Failure> {
    for tries_left in (0..MAX_CODES).rev() {
        let code = ask("Code:")?.ok_or_else(|| {
            Failure::new(Kind::InvalidArgument, "the code is missing")
                .suggest(format!("To use the code from the email: agenthuman login --email {} --code CODE", quoted(email)))
        })?;
        match client.auth().verify_otp(email, code.as_str()).await {
            Ok(token) => return Ok(token),
            Err(error) if tries_left > 0 && matches!(error.kind(), Kind::Authentication | Kind::InvalidArgument) => {
                output.note(&format!("{} Enter the code from the email again.", sentence(&Failure::from(error).words().0)));
            }
            Err(error) => return Err(Failure::from(error).suggest("Run `agenthuman login` again to get a new code.")),
        }
    }
    Err(Failure::new(Kind::InvalidArgument, "the code is missing"))
}

fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}

fn show(output: &Output, email: &str, token: &AuthToken) -> Result<(), Failure> {
    let user = token.user.as_ref().and_then(|user| user.email.as_deref()).unwrap_or(email);
    if output.json {
        let expires_at = token.expires_at.map(|at| at.to_string());
        let document = json!({ "token": token.token.expose(), "expires_at": expires_at, "email": user });
        return Ok(output.document(&document)?);
    }
    let left = token.expires_at.and_then(|at| u64::try_from(at.as_second()).ok()).map(|at| at.saturating_sub(now()));
    let left = left.map(|left| format!(" for {}", span(left))).unwrap_or_default();
    // If a shell evaluates the line below, the user does not see it.
    let what_next = if std::io::stdout().is_terminal() { " Set the token in your shell; it is not stored anywhere:" } else { "" };
    output.note(&format!("Signed in as {}{left}.{what_next}", plain(user)));
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
