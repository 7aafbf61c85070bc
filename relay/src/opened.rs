//! A session that the API has opened and the phone does not know of yet. If the phone never gets to know of it, nobody else
//! will end it, and it costs minutes; so the relay does.

use crate::sessions::Place;
use crate::upstream::Upstream;
use agenthuman::operations::phone;
use std::time::Duration;
use tokio::runtime::Handle;

/// Maximum wait for the id of a session that is being opened after its phone has disconnected. What comes of it is an undelivered
/// session, which ends itself.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// A session that was opened and not delivered. Dropping it ends the session.
pub(crate) struct Undelivered {
    opened: Option<Opened>,
}

/// A session that was opened, with what is needed to end it.
pub struct Opened {
    upstream: Upstream,
    runtime: Handle,
    id: String,
    user: String,
    place: Place,
}

impl Undelivered {
    /// # Panics
    /// Outside of tokio.
    pub fn new(upstream: Upstream, id: String, user: String, place: Place) -> Undelivered {
        Undelivered { opened: Some(Opened { upstream, runtime: Handle::current(), id, user, place }) }
    }

    pub fn place(&self) -> Option<&Place> {
        self.opened.as_ref().map(|opened| &opened.place)
    }

    /// Hands the session to the one who delivers it.
    pub fn into_opened(mut self) -> Option<Opened> {
        self.opened.take()
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        if let Some(opened) = self.opened.take() {
            opened.undelivered();
        }
    }
}

impl Opened {
    /// The phone did not get the response, so the session is ended.
    pub fn undelivered(self) {
        let Opened { upstream, runtime, id, user, place } = self;
        runtime.spawn(async move {
            let ended = upstream.end_unattended(&id).await;
            if ended.is_ok() {
                place.sessions().ended(&user, &id);
            }
            // Neither the id nor the user is for the log.
            match ended {
                Ok(()) => {
                    tracing::debug!(operation = phone::END_SESSION.name, "ended a session whose response could not be sent")
                }
                Err(kind) => {
                    tracing::warn!(
                        operation = phone::END_SESSION.name,
                        code = kind.code(),
                        "the response with a new session could not be sent, and ending the session failed"
                    );
                }
            }
        });
    }
}
