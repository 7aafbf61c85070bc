//! The grant to a session, with which a phone's calls go.

use super::{Run, run};
use crate::answer::Reply;
use crate::credentials::{Accept, Grant, Landing};
use crate::error::{Error, Kind, Result};
use crate::operations::phone::RENEW_GRANT;
use crate::table::Params;
use futures_util::future::BoxFuture;

impl Run<'_> {
    /// The session's grant, renewed where it is about to run out or was `refused`.
    pub(super) async fn grant(&self, session: &str, refused: Option<&Grant>) -> Result<Grant> {
        let slot = self.client.grants.of(session).ok_or_else(|| {
            Error::new(Kind::MissingCredential, "this client has no grant for the session")
                .suggestion("Use the client that opened the session, or open a new session.")
        })?;
        let usable = |grant: &Grant| grant.is_fresh() && refused.is_none_or(|refused| !refused.is(grant));
        let held = slot.grant();
        if self.renews() || usable(&held) {
            return Ok(held);
        }
        self.enter("grant");
        let renewed = slot.renewal.join(Accept::Any, || async { Landing::Shared(self.renewal(session).await.map(drop)) }).await;
        let held = slot.grant();
        match renewed {
            Ok(()) => Ok(held),
            // It was ahead of time, and the grant is still good.
            Err(_) if refused.is_none() && held.is_good() => Ok(held),
            Err(error) => Err(error),
        }
    }

    pub(super) fn renewal<'a>(&'a self, session: &str) -> BoxFuture<'a, Result<Reply>> {
        let params = Params::default().with_path("id", session);
        Box::pin(run(self.client, &RENEW_GRANT, params, self.options.clone(), self.host.clone()))
    }

    /// Whether this is the renewal itself, which goes with the grant that there is.
    pub(super) fn renews(&self) -> bool {
        std::ptr::eq(self.operation, &RENEW_GRANT)
    }
}
