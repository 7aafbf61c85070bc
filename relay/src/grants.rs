//! Grants: signed tokens that let one user do some things with one session for a while.

use crate::answers::Refusal;
use crate::jws::Key;
use crate::options::{Clock, Options};
use agenthuman::table::{Operation, Surface};
use agenthuman::{Kind, Secret};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ISSUER: &str = "agenthuman-relay";
/// The tolerated difference between the clocks of two copies of the relay, in seconds.
const SKEW: u64 = 30;
/// The maximum length of a grant. Longer texts are rejected without verification.
const LONGEST: usize = 8 * 1024;

/// The claims of a grant. It has no Debug, so that it is never printed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    /// The user.
    #[serde(borrow)]
    sub: Cow<'a, str>,
    /// The session.
    #[serde(borrow)]
    sid: Cow<'a, str>,
    /// The operations that it allows.
    #[serde(borrow)]
    ops: Vec<Name<'a>>,
    iat: u64,
    exp: u64,
    /// The time after which it is not renewed.
    pub until: u64,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    /// The contract of the API that the session belongs to.
    #[serde(borrow)]
    dialect: Cow<'a, str>,
}

/// The name of an operation. In a list, serde borrows only what has an attribute.
#[derive(Serialize, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The terms of a new grant.
pub(crate) struct Terms {
    pub contract: Surface,
    pub user: String,
    pub session: String,
    pub operations: Vec<String>,
    /// The lifetime in seconds, unless `until` is earlier.
    pub seconds: u64,
    pub until: u64,
}

impl Claims<'_> {
    /// The terms of the grant that comes after this one: the same, from now on.
    pub fn again(&self, contract: Surface) -> Terms {
        Terms {
            contract,
            user: self.sub.to_string(),
            session: self.sid.to_string(),
            operations: self.ops.iter().map(|name| name.0.to_string()).collect(),
            seconds: self.exp.saturating_sub(self.iat),
            until: self.until,
        }
    }
}

/// The names of the contracts in a grant.
const AGENTS: &str = "agents";
const ROOMS: &str = "rooms";
const CONTRACTS: [&str; 2] = [AGENTS, ROOMS];

fn claimed(contract: Surface) -> &'static str {
    match contract {
        Surface::Rooms => ROOMS,
        Surface::Server | Surface::Phone => AGENTS,
    }
}

/// A new grant and its lifetime in seconds.
pub(crate) struct Granted {
    pub grant: Secret,
    pub expires_in: u64,
    /// When it expires, by the relay's clock.
    pub exp: u64,
}

/// Issues and verifies grants.
pub(crate) struct Grants {
    /// The first signs, all verify.
    keys: Vec<Key>,
    audience: String,
    clock: Clock,
}

impl Grants {
    pub fn new(options: &Options) -> Grants {
        Grants {
            keys: options.secrets.iter().filter_map(Key::new).collect(),
            audience: options.audience.clone(),
            clock: options.clock.clone(),
        }
    }

    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    pub fn issue(&self, terms: Terms) -> Result<Granted, Refusal> {
        let now = self.now();
        let exp = now.saturating_add(terms.seconds).min(terms.until);
        let claims = Claims {
            iss: ISSUER.into(),
            aud: self.audience.as_str().into(),
            sub: terms.user.into(),
            sid: terms.session.into(),
            ops: terms.operations.into_iter().map(|name| Name(name.into())).collect(),
            iat: now,
            exp,
            until: terms.until,
            jti: format!("{:032x}", rand::random::<u128>()).into(),
            dialect: claimed(terms.contract).into(),
        };
        let unsigned = || Refusal::fault("signing a grant failed");
        let claims = serde_json::to_vec(&claims).map_err(|_| unsigned())?;
        let grant = Secret::new(self.keys.first().ok_or_else(unsigned)?.sign(&claims));
        Ok(Granted { grant, expires_in: exp.saturating_sub(now), exp })
    }

    /// Returns the payload of a grant that one of the secrets signed.
    pub fn payload(&self, grant: &str) -> Result<Vec<u8>, Refusal> {
        let payload = if grant.len() > LONGEST { None } else { self.keys.iter().find_map(|key| key.verify(grant)) };
        payload.ok_or_else(not_issued_here)
    }

    /// Returns the claims of a grant, expired or not, that allows `operation` on `session` to `user`.
    pub fn verify<'a>(&self, payload: &'a [u8], user: &str, session: &str, operation: &Operation) -> Result<Claims<'a>, Refusal> {
        let claims = self.claims(payload).ok_or_else(not_issued_here)?;
        let why = if claims.sub != user {
            "the grant was issued to another user"
        } else if claims.sid != session || claims.dialect != claimed(operation.contract) {
            "the grant is for another session"
        } else if !claims.ops.iter().any(|allowed| allowed.0 == operation.name) {
            "the grant does not allow this operation"
        } else {
            return Ok(claims);
        };
        Err(Refusal::new(Kind::PermissionDenied, why))
    }

    /// Rejects an expired grant.
    pub fn refuse_expired(&self, claims: &Claims) -> Result<(), Refusal> {
        if self.now() >= claims.exp.saturating_add(SKEW) {
            return Err(Refusal::new(Kind::GrantExpired, "the grant has expired"));
        }
        Ok(())
    }

    /// Rejects a grant that is too old to be renewed.
    pub fn refuse_over(&self, claims: &Claims) -> Result<(), Refusal> {
        if self.now() >= claims.until {
            return Err(Refusal::new(Kind::GrantExpired, "the session is too old to renew its grant; open a new session"));
        }
        Ok(())
    }

    fn claims<'a>(&self, payload: &'a [u8]) -> Option<Claims<'a>> {
        let claims: Claims = serde_json::from_slice(payload).ok()?;
        let is_own = claims.iss == ISSUER && claims.aud == self.audience && CONTRACTS.contains(&&*claims.dialect);
        is_own.then_some(claims)
    }
}

fn not_issued_here() -> Refusal {
    Refusal::new(Kind::GrantInvalid, "the grant was not issued by this relay")
}
