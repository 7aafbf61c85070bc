//! Grants, with which a phone may use one session. The backend's relay issues them, and they leave the client only in the stored
//! form of a session.

use super::flight::Flight;
use crate::Secret;
use crate::error::Error;
use crate::vocabulary::Surface;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Time before its expiry at which a grant is renewed; at most a quarter of its lifetime.
const AHEAD: Duration = Duration::from_secs(60);

/// The grant of a session. Only the relay decides whether it is valid; the times here are for renewing it in time.
#[derive(Clone)]
pub(crate) struct Grant {
    pub text: Secret,
    renew_from: Instant,
    ends: Instant,
}

impl Grant {
    /// Creates a grant. Its expiry counts from now on a monotonic clock, because a phone's date may be wrong.
    pub fn new(text: Secret, expires_in: Duration) -> Grant {
        let now = Instant::now();
        let ends = now + expires_in.min(Duration::from_secs(365 * 24 * 3600));
        Grant { text, renew_from: ends - AHEAD.min(expires_in / 4).min(ends - now), ends }
    }

    pub fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_from
    }

    pub fn is_good(&self) -> bool {
        Instant::now() < self.ends
    }

    pub fn is(&self, other: &Grant) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[grant]")
    }
}

/// The grant of one session.
pub(crate) struct Slot {
    grant: Mutex<Grant>,
    /// One renewal for all calls that need it; they share its failure too.
    pub renewal: Flight<Result<(), Error>>,
}

impl Slot {
    pub fn grant(&self) -> Grant {
        self.grant.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The grants of a client, by session. Two contracts may give their sessions the same ids.
#[derive(Default)]
pub(crate) struct Grants(Mutex<HashMap<Holder, Arc<Slot>>>);

/// The contract of a session, and its id.
type Holder = (Surface, String);

impl Grants {
    pub fn of(&self, contract: Surface, session: &str) -> Option<Arc<Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(contract, session.to_owned())).cloned()
    }

    pub fn adopt(&self, contract: Surface, session: String, grant: Grant) {
        let session = (contract, session);
        let mut grants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match grants.get(&session) {
            Some(slot) => *slot.grant.lock().unwrap_or_else(PoisonError::into_inner) = grant,
            None => {
                grants.insert(session, Arc::new(Slot { grant: Mutex::new(grant), renewal: Flight::default() }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_grant_is_renewed_a_minute_ahead_and_a_short_one_after_three_quarters() {
        for (expires_in, fresh_for) in [(900, 840), (20, 15), (0, 0)] {
            let grant = Grant::new(Secret::new("g"), Duration::from_secs(expires_in));
            let began = Instant::now();
            assert_eq!(grant.renew_from - began, Duration::from_secs(fresh_for));
            tokio::time::advance(Duration::from_secs(fresh_for)).await;
            assert!(!grant.is_fresh());
            assert_eq!(grant.is_good(), fresh_for < expires_in);
        }
    }
}
