//! A client as Swift and Kotlin hold it.

use crate::call::PhoneCall;
use crate::conversation::PhoneConversation;
use agenthuman::ErrorInfo;
use agenthuman::host::{HostClient, HostPager, error_json};
use std::sync::Arc;
use std::time::Duration;

/// A client of a backend's relay.
#[derive(uniffi::Object)]
pub struct PhoneClient {
    client: HostClient,
}

/// Why there is no client, or no walk.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum PhoneFailure {
    #[error("{error}")]
    Refused {
        /// The error's fields, as JSON.
        error: String,
    },
}

impl From<Box<ErrorInfo>> for PhoneFailure {
    fn from(error: Box<ErrorInfo>) -> PhoneFailure {
        PhoneFailure::Refused { error: error_json(&error) }
    }
}

#[uniffi::export]
impl PhoneClient {
    /// A client from the JSON of its configuration.
    #[uniffi::constructor]
    pub fn new(config: String) -> Result<Arc<PhoneClient>, PhoneFailure> {
        Ok(Arc::new(PhoneClient { client: HostClient::phone(&config)? }))
    }

    /// Starts an operation by its name. Nothing is sent until the first step.
    pub fn call(&self, operation: String, params: String, options: String) -> Arc<PhoneCall> {
        Arc::new(PhoneCall::new(self.client.call(&operation, &params, &options)))
    }

    /// Starts walking a list, page by page.
    pub fn pages(&self, operation: String, params: String, options: String) -> Arc<PhonePager> {
        Arc::new(PhonePager { pager: self.client.pages(&operation, &params, &options) })
    }

    /// Starts walking a list, and goes on after its end: `every` so many seconds, what is new is read.
    pub fn follow(
        &self,
        operation: String,
        params: String,
        options: String,
        every: Option<f64>,
    ) -> Result<Arc<PhonePager>, PhoneFailure> {
        let pager = self.client.follow(&operation, &params, &options, every)?;
        Ok(Arc::new(PhonePager { pager }))
    }

    /// Starts a conversation with the messages of a session, which looks for new ones after `every_ms`.
    pub fn conversation(&self, session: String, every_ms: Option<u32>) -> Arc<PhoneConversation> {
        let every = every_ms.map(|every| Duration::from_millis(every.into()));
        Arc::new(PhoneConversation::new(self.client.conversation(&session, every)))
    }

    /// Returns what an app stores to resume a session in another process. It contains a secret.
    pub fn restorable(&self, session: String) -> Vec<u8> {
        self.client.restorable(&session)
    }

    /// Adopts a stored session, and returns its id. Nothing is sent.
    pub fn restore(&self, restorable: Vec<u8>) -> Result<String, PhoneFailure> {
        Ok(self.client.restore(&restorable)?)
    }

    /// Reports that the network changed, so that later attempts use new connections.
    pub fn connections_changed(&self) {
        self.client.connections_changed();
    }

    /// Refuses every later call; calls under way end as they will.
    pub fn close(&self) {
        self.client.close();
    }

    /// Returns the base URL and the masked credentials as JSON, for printing.
    pub fn describe(&self) -> String {
        self.client.summary()
    }
}

/// A walk over a list.
#[derive(uniffi::Object)]
pub struct PhonePager {
    pager: HostPager,
}

#[uniffi::export]
impl PhonePager {
    /// The call of the next page; nothing after the last.
    pub fn next(&self) -> Option<Arc<PhoneCall>> {
        self.pager.next().map(|call| Arc::new(PhoneCall::new(call)))
    }
}
