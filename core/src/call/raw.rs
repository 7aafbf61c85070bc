//! Requests without an operation.

use super::{CallOptions, run_prepared};
use crate::answer::Reply;
use crate::error::Result;
#[cfg(feature = "server")]
use crate::mock;
use crate::question::HostChannel;
use crate::state::Inner;
use crate::table::{Method, Operation, Prepared, Repeat};

/// A request without an operation.
pub(crate) struct RawRequest {
    pub operation: Operation,
    pub prepared: Prepared,
}

impl RawRequest {
    pub async fn send(self, client: &Inner, options: CallOptions, host: Option<HostChannel>) -> Result<Reply> {
        #[cfg(feature = "server")]
        if mock::is_mock(client) {
            let params = mock::request_params(&self.operation, &self.prepared.request);
            return mock::respond(client, &self.operation, params, &options.to_json(), host.as_ref()).await;
        }
        run_prepared(client, &self.operation, self.prepared, options, host, None).await
    }
}

/// Returns when a raw request may be retried, by its method.
pub(crate) fn repeat_of(method: Method) -> Repeat {
    match method {
        Method::Post => Repeat::IfUnsent,
        _ => Repeat::Safe,
    }
}
