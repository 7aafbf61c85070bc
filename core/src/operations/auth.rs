//! Authentication: sign in with a one-time code to get a token.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, SUCCESS, instant, int, nested, text};
use crate::table::{
    Answer, Effect, Evidence, Method, Modelled, NO_CREDENTIAL, OPERATION, Operation, Repeat, Rule, TOKEN_ONLY, Wire, WireObject,
    body,
};
use crate::{Id, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "auth",
    doc: "Authentication: sign in with a one-time code to get a token.",
    operations: &[&REQUEST_OTP, &VERIFY_OTP, &ME, &REFRESH, &LOGOUT],
};

model! {
    /// A user of the service.
    User {
        /// The user's id.
        id: Id = ["user_id", "id"],
        /// The email address.
        email: String,
        /// The time at which the account was created.
        created_at: Timestamp,
    }
}

model! {
    /// The confirmation that a one-time code was sent.
    OtpRequested {
        /// A message from the service.
        message: String,
        /// The lifetime of the code, in seconds.
        expires_in: i64,
    }
}

model! {
    /// A token and its user.
    AuthToken {
        /// The token. Keep it out of logs.
        token: Secret,
        /// The time at which the token expires.
        expires_at: Timestamp,
        /// The user, if the response contains it.
        user: Option<User>,
    }
}

params! {
    /// Parameters of `auth.request_otp`.
    RequestOtp {
        /// The email address to send the code to.
        email: String => body(Rule::Email).required(),
    }
}

params! {
    /// Parameters of `auth.verify_otp`.
    VerifyOtp {
        /// The email address that the code was sent to.
        email: String => body(Rule::Email).required(),
        /// The code: 6 digits.
        code: Secret => body(Rule::Code { digits: 6 }).required(),
    }
}

/// A user, in every response.
static USER_OBJECT: WireObject = WireObject { name: "User", fields: &[int("id"), text("email"), instant("created_at")] };

/// `POST /v1/auth/otp/request`
pub static REQUEST_OTP: Operation = Operation {
    name: "auth.request_otp",
    summary: "Sends a one-time code to an email address. The response does not say whether the address has an account.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/auth/otp/request",
    auth: NO_CREDENTIAL,
    repeat: Repeat::IfUnsent,
    params: RequestOtp::PARAMS,
    answer: Answer::One { model: OtpRequested::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, MESSAGE, int("expires_in")]),
    ..OPERATION
};

/// `POST /v1/auth/otp/verify`
pub static VERIFY_OTP: Operation = Operation {
    name: "auth.verify_otp",
    summary: "Signs in with a one-time code. The client uses the new token from then on. A code is valid once, and becomes invalid after five wrong codes.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/auth/otp/verify",
    auth: NO_CREDENTIAL,
    repeat: Repeat::Never,
    params: VerifyOtp::PARAMS,
    answer: Answer::One { model: AuthToken::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, text("token"), instant("expires_at"), nested("user", &USER_OBJECT)]),
    errors: &[Kind::Authentication],
    effect: Effect::AdoptToken,
    ..OPERATION
};

/// `GET /v1/auth/me`
pub static ME: Operation = Operation {
    name: "auth.me",
    summary: "Returns the user of the client's token.",
    evidence: Evidence::Named,
    path: "/v1/auth/me",
    auth: TOKEN_ONLY,
    answer: Answer::One { model: User::MODEL, under: &["user"] },
    wire: Wire::Object(&[SUCCESS, nested("user", &USER_OBJECT)]),
    ..OPERATION
};

/// `POST /v1/auth/refresh`
pub static REFRESH: Operation = Operation {
    name: "auth.refresh",
    summary: "Exchanges the client's token for a new token, which the client uses from then on. The old token becomes invalid.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/auth/refresh",
    auth: TOKEN_ONLY,
    repeat: Repeat::Never,
    answer: Answer::One { model: AuthToken::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, text("token"), instant("expires_at")]),
    effect: Effect::AdoptToken,
    ..OPERATION
};

/// `POST /v1/auth/logout`
pub static LOGOUT: Operation = Operation {
    name: "auth.logout",
    summary: "Signs out: the token becomes invalid, and the client removes it.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/auth/logout",
    auth: TOKEN_ONLY,
    repeat: Repeat::Never,
    effect: Effect::ForgetToken,
    ..OPERATION
};
