//! The JWT: HS256, one hour, signed with the secret of the data file.

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
        // The expiry is compared with the sandbox's own clock.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation }
    }

    pub fn issue(&self, user_id: i64, now: i64) -> Result<NewToken, ApiError> {
        let exp = now + LIFETIME_SECONDS;
        let claims = Claims { sub: user_id.to_string(), iat: now, exp, jti: random::hex_id() };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))?;
        Ok(NewToken { token, expires_at: time::from_unix(exp) })
    }

    pub fn read(&self, token: &str, now: i64) -> Result<TokenClaims, &'static str> {
        let claims = decode::<Claims>(token, &self.decoding, &self.validation).map_err(|_| "Invalid token")?.claims;
        if claims.exp <= now {
            return Err("Token has expired");
        }
        let user_id = claims.sub.parse().map_err(|_| "Invalid token")?;
        Ok(TokenClaims { user_id, jti: claims.jti, expires_unix: claims.exp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    #[test]
    fn an_expired_token_is_told_from_a_wrong_one() {
        let keys = TokenKeys::new(&random::secret());
        let token = keys.issue(7, NOW).unwrap().token;
        assert_eq!(keys.read(&token, NOW + LIFETIME_SECONDS - 1).map(|claims| claims.user_id), Ok(7));
        assert_eq!(keys.read(&token, NOW + LIFETIME_SECONDS).err(), Some("Token has expired"));
        let others = TokenKeys::new(&random::secret());
        assert_eq!(others.read(&token, NOW).err(), Some("Invalid token"));
        assert_eq!(keys.read("not.a.token", NOW).err(), Some("Invalid token"));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let keys = TokenKeys::new(&random::secret());
        // {"alg":"none"} . {"sub":"1","iat":1,"exp":99999999999,"jti":"x"} .
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiaWF0IjoxLCJleHAiOjk5OTk5OTk5OTk5LCJqdGkiOiJ4In0.";
        assert_eq!(keys.read(unsigned, NOW).err(), Some("Invalid token"));
    }
}
