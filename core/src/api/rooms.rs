//! The service for callers with a Daily or LiveKit room of their own: an avatar joins the room, is paid by the minute, and has to be
//! ended.
//!
//! ```no_run
//! # async fn example() -> agenthuman::Result<()> {
//! use agenthuman::rooms::Client;
//! use agenthuman::rooms::sessions::{CreateSession, Room};
//!
//! let client = Client::from_env()?;
//! let room = Room::livekit("wss://example.livekit.cloud", "the avatar's token");
//! let session = client.sessions().open(CreateSession::new("PUBLIC/Avatars/sara-office", room)).await?;
//! println!("{}", session.id);
//! session.close().await?;
//! # Ok(())
//! # }
//! ```

pub use super::generated::rooms::*;
pub use crate::places::MaxOpen;

use super::Request;
use crate::builder::{ClientBuilder, Contract};
use crate::call::CallOptions;
use crate::error::Result;
use crate::open::{self, Unclaimed};
use crate::operations::rooms::sessions::END;
use crate::table::{Params, Surface};
use crate::{Id, Secret};
use sessions::{CreateSession, Room, Session, Sessions};
use std::ops::Deref;
use std::time::Duration;

/// A client of the service for callers with a room of their own. It sends an API key with every call. Cloning it is cheap; clones
/// share all state.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Contract for Client {
    const SURFACE: Surface = Surface::Rooms;

    fn over(client: crate::Client) -> Client {
        Client(client)
    }

    fn shared(&self) -> &crate::Client {
        &self.0
    }
}

impl Client {
    /// Creates a client with the API key and base URL from the environment.
    ///
    /// # Errors
    /// If [`ClientBuilder::build`] fails.
    pub fn from_env() -> Result<Client> {
        Client::builder().build()
    }

    /// Returns a builder for a client with other settings.
    pub fn builder() -> ClientBuilder<Client> {
        ClientBuilder::default()
    }

    /// Closes the client. Later calls fail with `closed`; calls in flight are not affected.
    pub fn close(&self) {
        self.0.close();
    }

    /// Sends a request for which this version has no method: see [`Client::request`](crate::Client::request).
    pub fn request(&self, method: &str, path: &str, body: Option<serde_json::Value>) -> Request<serde_json::Value> {
        self.0.request(method, path, body, None)
    }

    pub(super) fn core(&self) -> &crate::Client {
        &self.0
    }
}

impl ClientBuilder<Client> {
    /// The maximum number of sessions that [`open`](Sessions::open) keeps open at the same time. Further calls wait for their turn, in
    /// the order in which they were made. Default: any number.
    #[must_use]
    pub fn max_open(self, max: MaxOpen) -> Self {
        self.places(max)
    }
}

impl Room {
    /// A LiveKit room: its URL (`wss://…`), and a token with which the avatar joins it.
    pub fn livekit(url: impl Into<String>, token: impl Into<Secret>) -> Room {
        Room::new("livekit").url(url).token(token)
    }

    /// A Daily room: its URL (`https://…`), and a token with which the avatar joins it.
    pub fn daily(url: impl Into<String>, token: impl Into<Secret>) -> Room {
        Room::new("daily").url(url).token(token)
    }

    /// A room of the service's own, which its documentation does not describe. The session says how to join it.
    pub fn proxy() -> Room {
        Room::new("proxy")
    }
}

/// How a session is opened, beside its parameters.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    without_mark: bool,
    max_wait: Option<Duration>,
}

impl OpenOptions {
    /// Writes no mark into the metadata. If the response is lost, the session is not looked for.
    #[must_use]
    pub fn without_mark(mut self) -> Self {
        self.without_mark = true;
        self
    }

    /// Sets the longest time to wait for a place, if the client has [`max_open`](ClientBuilder::max_open). Default and maximum: 24
    /// hours.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = Some(wait);
        self
    }
}

impl Sessions<'_> {
    /// Opens a session that is going to be ended by [`OpenSession::close`], or when it is dropped.
    ///
    /// A random mark is written into the metadata, under `agenthuman_open`. If the response is lost or the future is dropped, the
    /// call looks once for it among the started sessions, and ends what it finds.
    ///
    /// Credential: the API key. Evidence: documented.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Sessions::create); [`Timeout`](crate::Kind::Timeout), with phase `queue`, if no place becomes free.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: agenthuman::rooms::Client) -> agenthuman::Result<()> {
    /// use agenthuman::rooms::sessions::{CreateSession, Room};
    ///
    /// let room = Room::livekit("wss://example.livekit.cloud", "the avatar's token");
    /// let open = client.sessions().open(CreateSession::new("PUBLIC/Avatars/sara-office", room)).await?;
    /// println!("{}", open.id);
    /// open.close().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(&self, params: CreateSession) -> Request<OpenSession> {
        self.open_with(params, OpenOptions::default())
    }

    /// The same as [`open`](Sessions::open), with options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Sessions::open).
    pub fn open_with(&self, params: CreateSession, options: OpenOptions) -> Request<OpenSession> {
        let client = self.0.clone();
        let mut params = Params::from(params);
        if options.without_mark {
            params.set("mark", false);
        }
        params.set("max_wait", options.max_wait.map(|wait| wait.as_secs_f64()));
        Request::new("sessions.open", move |options| async move {
            let session: Session = open::open(&client, params, options, None).await?.items()?.parse()?;
            let unclaimed = Unclaimed::new(&client, session.id.as_str().to_owned());
            Ok(OpenSession { client, session, unclaimed })
        })
    }

    /// Waits until a session has ended, and returns it. It looks at the session every 5 seconds, which counts against the rate
    /// limit, for at most 24 hours.
    ///
    /// Credential: the API key. Evidence: documented.
    ///
    /// # Errors
    ///
    /// - [`NotFound`](crate::Kind::NotFound): If there is no such session.
    /// - Any other [`Kind`](crate::Kind), if a call fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: agenthuman::rooms::Client) -> agenthuman::Result<()> {
    /// let session = client.sessions().wait_until_ended("sess_1").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_until_ended(&self, id: impl Into<Id>) -> Request<Session> {
        let (client, params) = (self.0.clone(), Params::default().with_path("id", id));
        Request::new("sessions.wait_until_ended", move |options| async move {
            open::wait_until_ended(&client, params, options, None).await?.items()?.parse()
        })
    }
}

/// A session that is open, and that this value's owner is going to end.
///
/// Dropping it ends the session, too, in the background and without a report of errors; if the program ends before that, the session
/// stays open, and costs money. So call [`close`](OpenSession::close).
#[derive(Debug)]
#[must_use = "an open session costs money until it is closed"]
pub struct OpenSession {
    client: crate::Client,
    session: Session,
    unclaimed: Unclaimed,
}

impl OpenSession {
    /// Ends the session, and returns it as the service describes it then.
    ///
    /// # Errors
    ///
    /// If the call fails. The session may still be open then, and is not ended when this value is dropped.
    pub async fn close(self) -> Result<Session> {
        let params = Params::default().with_path("id", self.session.id.clone());
        let outcome = self.client.call(&END, params, CallOptions::default(), None).await;
        self.unclaimed.claim();
        outcome?.items()?.parse()
    }
}

impl Deref for OpenSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
