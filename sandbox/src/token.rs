//! The JWT: HS256, valid for one hour, signed with the secret in the data file.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::ApiError;
use crate::{random, time};

pub const LIFETIME_SECONDS: i64 = 3600;

/// The header of every token, `{"typ":"JWT","alg":"HS256"}`. Tokens with another header are invalid.
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// Signs and verifies tokens.
pub struct TokenKey(Hmac<Sha256>);

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// A new token. It has no `Debug`, since the token is a secret.
pub struct NewToken {
    pub token: String,
    pub expires_at: String,
}

/// The claims of a valid token.
#[derive(Clone)]
pub struct TokenClaims {
    pub user_id: i64,
    pub jti: String,
    pub expires_unix: i64,
}

impl TokenKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    pub fn issue(&self, user_id: i64, now: i64) -> Result<NewToken, ApiError> {
        let exp = now + LIFETIME_SECONDS;
        let claims = Claims { sub: user_id.to_string(), iat: now, exp, jti: random::hex_id() };
        let claims = serde_json::to_string(&claims)
            .map_err(|_| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))?;
        Ok(NewToken { token: self.sign(&claims), expires_at: time::from_unix(exp) })
    }

    /// Returns a token with these claims, which are JSON.
    pub fn sign(&self, claims: &str) -> String {
        let signed = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.0.clone().chain_update(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    pub fn read(&self, token: &str, now: i64) -> Result<TokenClaims, &'static str> {
        let claims = self.verified(token).ok_or("Invalid token")?;
        if claims.exp <= now {
            return Err("Token has expired");
        }
        let user_id = claims.sub.parse().map_err(|_| "Invalid token")?;
        Ok(TokenClaims { user_id, jti: claims.jti, expires_unix: claims.exp })
    }

    fn verified(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0.clone().chain_update(signed).verify_slice(&signature).ok()?;
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    #[test]
    fn expired_and_invalid_tokens_have_different_errors() {
        let key = TokenKey::new(&random::secret());
        let token = key.issue(7, NOW).unwrap().token;
        assert_eq!(key.read(&token, NOW + LIFETIME_SECONDS - 1).map(|claims| claims.user_id), Ok(7));
        assert_eq!(key.read(&token, NOW + LIFETIME_SECONDS).err(), Some("Token has expired"));
        let others = TokenKey::new(&random::secret());
        assert_eq!(others.read(&token, NOW).err(), Some("Invalid token"));
        assert_eq!(key.read("not.a.token", NOW).err(), Some("Invalid token"));
    }

    #[test]
    fn an_unsigned_token_is_rejected() {
        let key = TokenKey::new(&random::secret());
        // {"alg":"none"} . {"sub":"1","iat":1,"exp":99999999999,"jti":"x"} .
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiaWF0IjoxLCJleHAiOjk5OTk5OTk5OTk5LCJqdGkiOiJ4In0.";
        assert_eq!(key.read(unsigned, NOW).err(), Some("Invalid token"));
    }
}
