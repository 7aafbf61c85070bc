//! One-time codes and their mails.

use rusqlite::params;
use serde::Serialize;

use super::users::{self, User};
use super::{Store, change, many, one};
use crate::error::ApiError;
use crate::random;

const MAX_WRONG: i64 = 5;
const MAILS_KEPT: i64 = 500;

#[derive(Serialize)]
pub struct Mail {
    pub id: i64,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub code: String,
    pub sent_at: String,
}

pub enum Checked {
    Right(User),
    Wrong,
    TooManyWrong,
}

impl Store {
    /// Replaces the last code, and stores the mail.
    pub fn save_otp(&self, email: &str, code: &str, expires_unix: i64, subject: &str, text: &str) -> Result<(), ApiError> {
        self.write(|db| {
            let sql = "INSERT OR REPLACE INTO otp_codes (email, code_hash, expires_unix) VALUES (?, ?, ?)";
            change(db, sql, params![email, random::sha256(code.as_bytes()), expires_unix])?;
            let sql = "INSERT INTO mails (recipient, subject, text, code, sent_at) VALUES (?, ?, ?, ?, ?)";
            change(db, sql, params![email, subject, text, code, self.clock.now_text()])?;
            change(db, "DELETE FROM mails WHERE id <= ?", [db.last_insert_rowid() - MAILS_KEPT])?;
            Ok(())
        })
    }

    /// Checks a code. A correct code is used up; wrong codes are counted.
    pub fn check_otp(&self, email: &str, code: &str) -> Result<Checked, ApiError> {
        self.write(|db| {
            let sql = "SELECT code_hash, wrong FROM otp_codes WHERE email = ? AND expires_unix > ?";
            let found = one(db, sql, params![email, self.clock.now_unix()], |row| {
                Ok((row.get::<_, [u8; 32]>("code_hash")?, row.get::<_, i64>("wrong")?))
            })?;
            let Some((hash, wrong)) = found else {
                return Ok(Checked::Wrong);
            };
            if wrong >= MAX_WRONG {
                return Ok(Checked::TooManyWrong);
            }
            if hash == random::sha256(code.as_bytes()) {
                change(db, "DELETE FROM otp_codes WHERE email = ?", [email])?;
                return Ok(Checked::Right(users::find_or_create(db, email, &self.clock.now_text())?));
            }
            change(db, "UPDATE otp_codes SET wrong = wrong + 1 WHERE email = ?", [email])?;
            Ok(if wrong + 1 >= MAX_WRONG { Checked::TooManyWrong } else { Checked::Wrong })
        })
    }

    pub fn mails(&self, to: Option<&str>) -> Result<Vec<Mail>, ApiError> {
        let sql = "SELECT * FROM mails WHERE ?1 IS NULL OR recipient = ?1 ORDER BY id DESC";
        Ok(self.read(|db| many(db, sql, [to], mail))?)
    }
}

fn mail(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mail> {
    Ok(Mail {
        id: row.get("id")?,
        to: row.get("recipient")?,
        subject: row.get("subject")?,
        text: row.get("text")?,
        code: row.get("code")?,
        sent_at: row.get("sent_at")?,
    })
}
