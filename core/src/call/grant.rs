//! The grants that a phone's requests carry.

use super::{Run, run};
use crate::answer::Reply;
use crate::credentials::{Accept, Grant, Landing};
use crate::error::{Error, Kind, Result};
use crate::operations::phone;
use crate::table::Params;
use futures_util::future::BoxFuture;

impl Run<'_> {
    /// Returns the grant of the session, and renews it first if it expires soon or was `refused`.
    pub(super) async fn grant(&self, session: &str, refused: Option<&Grant>) -> Result<Grant> {
        let slot = self.client.grants.of(self.operation.contract, session).ok_or_else(|| {
            Error::new(Kind::MissingCredential, "this client has no grant for the session")
                .suggestion("Use the client that opened the session, or open a new session.")
        })?;
        let usable = |grant: &Grant| grant.is_fresh() && refused.is_none_or(|refused| !refused.is(grant));
        let current = slot.grant();
        if self.renews() || usable(&current) {
            return Ok(current);
        }
        self.enter("grant");
        let renewed = slot.renewal.join(Accept::Any, || async { Landing::Shared(self.renewal(session).await.map(drop)) }).await;
        let current = slot.grant();
        match renewed {
            Ok(()) => Ok(current),
            // It was ahead of time, and the grant is still good.
            Err(_) if refused.is_none() && current.is_good() => Ok(current),
            Err(error) => Err(error),
        }
    }

    pub(super) fn renewal<'a>(&'a self, session: &str) -> BoxFuture<'a, Result<Reply>> {
        let params = Params::default().with_path("id", session);
        Box::pin(run(self.client, phone::renewal(self.operation.contract), params, self.options.clone(), self.host.clone()))
    }

    /// Whether this call is a renewal, which uses the existing grant.
    pub(super) fn renews(&self) -> bool {
        std::ptr::eq(self.operation, phone::renewal(self.operation.contract))
    }
}
