//! Signing in by a one-time code, and the token that it gives.

use super::resource;
use crate::CallOptions;
use crate::Secret;
use crate::error::Result;
use crate::operations::auth::*;
use crate::table::Params;

resource! {
    /// Signing in by a one-time code, and the token that it gives.
    auth, Auth
}

impl Auth<'_> {
    /// Sends a one-time code to an email address. Needs no credential. (named)
    pub async fn request_otp(&self, email: impl Into<String>) -> Result<OtpRequested> {
        let params = RequestOtp { email: email.into() };
        self.0.call(&REQUEST_OTP, params, CallOptions::default(), None).await?.parse()
    }

    /// Signs in with the code that was sent; the client holds the token from then on. Needs no credential. (named)
    pub async fn verify_otp(&self, email: impl Into<String>, code: impl Into<Secret>) -> Result<AuthToken> {
        let params = VerifyOtp { email: email.into(), code: code.into() };
        self.0.call(&VERIFY_OTP, params, CallOptions::default(), None).await?.parse()
    }

    /// The user whose token the client holds. Needs a token. (named)
    pub async fn me(&self) -> Result<User> {
        self.0.call(&ME, Params::default(), CallOptions::default(), None).await?.parse()
    }

    /// Exchanges the token for a new one, which the client holds from then on. Needs a token. (named)
    pub async fn refresh(&self) -> Result<AuthToken> {
        self.0.call(&REFRESH, Params::default(), CallOptions::default(), None).await?.parse()
    }

    /// Ends the token, and the client forgets it. Needs a token. (named)
    pub async fn logout(&self) -> Result<()> {
        self.0.call(&LOGOUT, Params::default(), CallOptions::default(), None).await.map(drop)
    }
}
