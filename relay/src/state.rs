//! The state that all requests to a relay share.

use crate::catalogues::Catalogues;
use crate::cors::Cors;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::options::Options;
use crate::sessions::OpenSessions;
use agenthuman::error::Result as ClientResult;
use agenthuman::host::HostClient;

/// The state of a relay.
pub(crate) struct Service {
    pub client: HostClient,
    pub options: Options,
    pub grants: Grants,
    pub sessions: OpenSessions,
    pub catalogues: Catalogues,
    pub limits: Limits,
    pub cors: Cors,
}

impl Service {
    pub fn new(client: HostClient, options: Options) -> ClientResult<Service> {
        let options = options.checked()?;
        Ok(Service {
            client,
            grants: Grants::new(&options),
            sessions: OpenSessions::new(&options),
            catalogues: Catalogues::default(),
            limits: Limits::new(options.requests_per_minute),
            cors: Cors::new(&options.origins),
            options,
        })
    }
}
