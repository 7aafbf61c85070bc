//! JSON Web Signatures in compact form (RFC 7515), with HMAC and SHA-256 and one header: a header that a client chooses is
//! never read.

use agenthuman::Secret;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `{"typ":"JWT","alg":"HS256"}`
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// A secret that signs and verifies.
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    /// Makes a key of a secret. HMAC takes secrets of any length, so there always is one.
    pub fn new(secret: &Secret) -> Option<Key> {
        Hmac::new_from_slice(secret.expose().as_bytes()).ok().map(Key)
    }

    pub fn sign(&self, payload: &[u8]) -> String {
        let mut token = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let signature = self.0.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Returns the payload if this key signed the token.
    pub fn verify(&self, token: &str) -> Option<Vec<u8>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0.clone().chain_update(signed).verify_slice(&signature).ok()?;
        BASE64_URL_SAFE_NO_PAD.decode(payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_another_implementation_verifies() {
        // {"sub":"1"}, signed by Python's `hmac` module.
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.YZScQlBvdIZGLNhhWG3OYvcQxx45tn7imM1C2_cGOaU";
        let key = Key::new(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
        assert_eq!(key.sign(br#"{"sub":"1"}"#), token);
        assert_eq!(key.verify(token).as_deref(), Some(br#"{"sub":"1"}"#.as_slice()));
    }
}
