//! Signing in with a one-time code sent by mail.

use axum::http::StatusCode;

use crate::app::App;
use crate::error::ApiError;
use crate::random;
use crate::store::otp::Checked;
use crate::store::users::User;

pub const LIFETIME_SECONDS: i64 = 600;
/// Longer than any real address. It limits the size of stored mails.
const MAX_EMAIL: usize = 1000;

pub fn request(app: &App, email: &str) -> Result<(), ApiError> {
    let code = random::otp_code();
    let subject = "Your AgentHuman code";
    let text = format!("Your code is {code}. It is valid for 10 minutes and can be used once.");
    app.store.save_otp(email, &code, app.clock.now_unix() + LIFETIME_SECONDS, subject, &text)?;
    if app.print_mail {
        println!("Mail to {email}: {text}");
    }
    Ok(())
}

pub fn verify(app: &App, email: &str, code: &str) -> Result<User, ApiError> {
    match app.store.check_otp(email, code)? {
        Checked::Right(user) => Ok(user),
        Checked::Wrong => Err(ApiError::unauthorized("Invalid or expired code")),
        Checked::TooManyWrong => {
            Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too many wrong codes. Please request a new code."))
        }
    }
}

/// Returns the normal form of an address, which identifies an account.
pub fn normal_email(address: &str) -> Result<String, ApiError> {
    let email = address.trim().to_lowercase();
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    match email.split_once('@') {
        Some((name, domain)) if plain(name) && plain(domain) && email.len() <= MAX_EMAIL => Ok(email),
        _ => Err(ApiError::bad_request("email must be an email address")),
    }
}

pub fn check_code(code: &str) -> Result<(), ApiError> {
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(ApiError::bad_request("code must be 6 digits"))
}
