//! The state that all requests to a relay share.

use crate::answers::Refusal;
use crate::catalogues::Catalogues;
use crate::clients::Clients;
use crate::cors::Cors;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::listed::ListedSessions;
use crate::options::Options;
use crate::sent::SentMessages;
use crate::sessions::OpenSessions;
use crate::watches::Watches;
use agenthuman::Kind;
use agenthuman::error::Result as ClientResult;
use agenthuman::host::HostClient;
use agenthuman::table::Surface;

/// The state of a relay.
pub(crate) struct Service {
    pub options: Options,
    pub grants: Grants,
    pub messages: SentMessages,
    pub watches: Watches,
    pub catalogues: Catalogues,
    pub listed: ListedSessions,
    pub limits: Limits,
    pub cors: Cors,
    agents: Option<Contract>,
    rooms: Option<Contract>,
}

/// A contract of the API: the client that speaks it, and the open sessions of its users.
pub(crate) struct Contract {
    pub client: HostClient,
    pub sessions: OpenSessions,
}

impl Service {
    pub fn new(clients: Clients, options: Options) -> ClientResult<Service> {
        let options = options.checked()?;
        let contract = |client| Contract { client, sessions: OpenSessions::new(&options) };
        Ok(Service {
            agents: clients.agents.map(contract),
            rooms: clients.rooms.map(contract),
            grants: Grants::new(&options),
            messages: SentMessages::new(options.clock.clone()),
            watches: Watches::default(),
            catalogues: Catalogues::default(),
            listed: ListedSessions::default(),
            limits: Limits::new(options.requests_per_minute),
            cors: Cors::new(&options.origins),
            options,
        })
    }

    /// Returns the contract, if this relay has a client for it.
    pub fn contract(&self, contract: Surface) -> Result<&Contract, Refusal> {
        let (found, what) = match contract {
            Surface::Rooms => (&self.rooms, "this backend opens no sessions in rooms"),
            Surface::Server | Surface::Phone => (&self.agents, "this backend opens no sessions with agents"),
        };
        found.as_ref().ok_or_else(|| Refusal::new(Kind::NotFound, what))
    }
}
