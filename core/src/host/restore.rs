//! Resuming a session in another process: what an app stores of it.

use super::HostClient;
use crate::Secret;
use crate::credentials::Grant;
use crate::error::{Error, ErrorInfo, Kind, Result};
use crate::table::Surface;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const VERSION: u8 = 1;

/// The maximum length of the stored form, in bytes.
const LONGEST: usize = 16 * 1024;

/// The stored form of a session. The grant alone is worthless: the relay accepts it from the user whom it was issued to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u8,
    backend: String,
    session: String,
    grant: String,
}

/// Whether an error of resuming a stored session says that it is over for this user: an app forgets it, and opens another. After other
/// errors it keeps it.
pub fn is_over(code: &str) -> bool {
    use Kind::{Conflict, GrantExpired, GrantInvalid, InvalidArgument, NotFound, PermissionDenied};
    [Conflict, GrantExpired, GrantInvalid, InvalidArgument, NotFound, PermissionDenied].iter().any(|kind| kind.code() == code)
}

impl HostClient {
    /// Returns what an app stores to [restore](Self::restore) a session in another process. It contains the session's grant, so
    /// it is not to be printed. It is empty if this client has no grant for the session.
    pub fn restorable(&self, session: &str) -> Vec<u8> {
        let inner = self.client.inner();
        let Some(slot) = inner.grants.of(Surface::Server, session) else { return Vec::new() };
        let stored = Stored {
            version: VERSION,
            backend: inner.base.url.to_string(),
            session: session.to_owned(),
            grant: slot.grant().text.expose().to_owned(),
        };
        // A struct of texts can always be serialized.
        serde_json::to_vec(&stored).unwrap_or_default()
    }

    /// Adopts the grant of a stored session, and returns the session's id. Nothing is sent: the next call of the session renews
    /// the grant.
    ///
    /// # Errors
    /// If the bytes are not what [`restorable`](Self::restorable) returned, or the session is of another backend
    /// (`invalid_argument`).
    pub fn restore(&self, bytes: &[u8]) -> std::result::Result<String, Box<ErrorInfo>> {
        let Stored { session, grant, .. } = self.stored(bytes).map_err(|error| error.into_info_on(Surface::Phone))?;
        self.client.inner().grants.adopt(Surface::Server, session.clone(), Grant::new(Secret::new(grant), Duration::ZERO));
        Ok(session)
    }

    fn stored(&self, bytes: &[u8]) -> Result<Stored> {
        let refused = |why: &str| Error::new(Kind::InvalidArgument, why).parameter("restorable");
        if bytes.len() > LONGEST {
            return Err(refused(&format!("restorable must have at most {LONGEST} bytes")));
        }
        // The reason could quote the grant.
        let stored = serde_json::from_slice::<Stored>(bytes).ok().filter(|stored| stored.version == VERSION);
        let stored = stored.ok_or_else(|| refused("restorable is not the stored form of a session"))?;
        if stored.backend != self.client.inner().base.url.as_str() {
            return Err(refused("restorable is a session of another backend")
                .suggestion("Resume the session with a client of the backend that opened it, or open a new session."));
        }
        Ok(stored)
    }
}
