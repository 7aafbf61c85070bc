//! Signing in by a one-time code, and the token that it gives.

use super::Resource;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, SUCCESS, instant, int, nested, text};
use crate::table::{
    Answer, Effect, Evidence, Method, Modelled, NO_CREDENTIAL, OPERATION, Operation, Repeat, Rule, TOKEN_ONLY, Wire, WireObject,
    body, model, params,
};
use crate::{Id, Secret};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "auth",
    doc: "Signing in by a one-time code, and the token that it gives.",
    operations: &[&REQUEST_OTP, &VERIFY_OTP, &ME, &REFRESH, &LOGOUT],
};

model! {
    /// A user of the service.
    User {
        /// The user's id.
        id: Id = ["user_id", "id"],
        /// The address that signs in.
        email: Option<String>,
        /// When the account was made.
        created_at: Option<Timestamp>,
    }
}

model! {
    /// That a one-time code is on its way.
    OtpRequested {
        /// What the service says about it.
        message: Option<String>,
        /// For how many seconds the code is good.
        expires_in: Option<i64>,
    }
}

model! {
    /// A token, and whose it is.
    AuthToken {
        /// The token. It is shown here only; keep it out of logs.
        token: Secret,
        /// When it expires.
        expires_at: Option<Timestamp>,
        /// Whose it is, where the answer says so.
        user: Option<User>,
    }
}

params! {
    /// What `auth.request_otp` takes.
    RequestOtp {
        /// The address to send the code to.
        email: String => body(Rule::Email).required(),
    }
}

params! {
    /// What `auth.verify_otp` takes.
    VerifyOtp {
        /// The address that the code was sent to.
        email: String => body(Rule::Email).required(),
        /// The code: 6 digits.
        code: Secret => body(Rule::Code { digits: 6 }).required(),
    }
}

/// A user, in every answer.
static USER_OBJECT: WireObject = WireObject { name: "User", fields: &[int("id"), text("email"), instant("created_at")] };

/// `POST /v1/auth/otp/request`
pub static REQUEST_OTP: Operation = Operation {
    name: "auth.request_otp",
    summary: "Sends a one-time code to an email address. Whether the address has an account is never told.",
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
    summary: "Signs in with the code that was sent: the client holds the token from then on. A code serves once, and five wrong ones end it.",
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
    summary: "The user whose token the client holds.",
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
    summary: "Exchanges the token for a new one, which the client holds from then on. The old token ends.",
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
    summary: "Ends the token, and the client forgets it.",
    evidence: Evidence::Named,
    method: Method::Post,
    path: "/v1/auth/logout",
    auth: TOKEN_ONLY,
    repeat: Repeat::Never,
    effect: Effect::ForgetToken,
    ..OPERATION
};
