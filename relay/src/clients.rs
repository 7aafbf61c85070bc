//! The clients with which a relay calls the API.

use agenthuman::error::{Error, Kind, Result};
use agenthuman::host::HostClient;
use agenthuman::table::Surface;
use agenthuman::{Client, Contract, rooms};

/// The clients with which a relay calls the API. A relay with a [`Client`] opens sessions with agents, one with a
/// [`rooms::Client`] opens sessions in rooms, and one with both opens both.
pub struct Clients {
    pub(crate) agents: Option<HostClient>,
    pub(crate) rooms: Option<HostClient>,
}

impl Clients {
    /// Of a host's clients, the second is for rooms.
    pub(crate) fn of_host(client: HostClient, rooms: Option<HostClient>) -> Result<Clients> {
        let refused = |name: &'static str, why| Err(Error::new(Kind::Configuration, why).parameter(name));
        match (client.contract(), rooms) {
            (Surface::Rooms, None) => Ok(Clients { agents: None, rooms: Some(client) }),
            (Surface::Rooms, Some(_)) => refused(
                "rooms",
                "client is a client for rooms already: pass one client for rooms, and one for agents if you have it",
            ),
            (_, Some(rooms)) if rooms.contract() != Surface::Rooms => {
                refused("rooms", "rooms must be a client for rooms: AgentHumanRooms")
            }
            (_, rooms) => Ok(Clients { agents: Some(client), rooms }),
        }
    }
}

impl From<Client> for Clients {
    fn from(client: Client) -> Clients {
        Clients { agents: Some(host(&client)), rooms: None }
    }
}

impl From<rooms::Client> for Clients {
    fn from(client: rooms::Client) -> Clients {
        Clients { agents: None, rooms: Some(host(&client)) }
    }
}

impl From<(Client, rooms::Client)> for Clients {
    fn from((agents, rooms): (Client, rooms::Client)) -> Clients {
        Clients { agents: Some(host(&agents)), rooms: Some(host(&rooms)) }
    }
}

fn host(client: &impl Contract) -> HostClient {
    HostClient::from(client.shared().clone())
}
