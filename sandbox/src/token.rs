//! The JWT: HS256, one hour, signed with the secret of the data file.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::{random, time};

pub const LIFETIME_SECONDS: i64 = 3600;

pub struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// A token that has just been made. It has no `Debug`: the token is a secret.
pub struct NewToken {
    pub token: String,
    pub expires_at: String,
}

/// What a valid token says.
#[derive(Clone)]
pub struct TokenClaims {
    pub user_id: i64,
    pub jti: String,
    pub expires_unix: i64,
}

impl TokenKeys {
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation }
    }

    pub fn issue(&self, user_id: i64) -> Result<NewToken, ApiError> {
        self.issue_at(user_id, time::now_unix())
    }

    fn issue_at(&self, user_id: i64, now: i64) -> Result<NewToken, ApiError> {
        let exp = now + LIFETIME_SECONDS;
        let claims = Claims { sub: user_id.to_string(), iat: now, exp, jti: random::hex_id() };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))?;
        Ok(NewToken { token, expires_at: time::from_unix(exp) })
    }

    pub fn read(&self, token: &str) -> Result<TokenClaims, &'static str> {
        let claims = decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => "Token has expired",
                _ => "Invalid token",
            })?
            .claims;
        let user_id = claims.sub.parse().map_err(|_| "Invalid token")?;
        Ok(TokenClaims { user_id, jti: claims.jti, expires_unix: claims.exp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_token_is_told_from_a_wrong_one() {
        let keys = TokenKeys::new(&random::secret());
        let now = time::now_unix();
        let live = keys.issue_at(7, now - LIFETIME_SECONDS + 60).unwrap().token;
        let expired = keys.issue_at(7, now - LIFETIME_SECONDS - 1).unwrap().token;
        assert_eq!(keys.read(&live).map(|claims| claims.user_id), Ok(7));
        assert_eq!(keys.read(&expired).err(), Some("Token has expired"));
        let others = TokenKeys::new(&random::secret());
        assert_eq!(others.read(&live).err(), Some("Invalid token"));
        assert_eq!(keys.read("not.a.token").err(), Some("Invalid token"));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let keys = TokenKeys::new(&random::secret());
        // {"alg":"none"} . {"sub":"1","iat":1,"exp":99999999999,"jti":"x"} .
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiaWF0IjoxLCJleHAiOjk5OTk5OTk5OTk5LCJqdGkiOiJ4In0.";
        assert_eq!(keys.read(unsigned).err(), Some("Invalid token"));
    }
}
