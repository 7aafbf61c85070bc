//! A conversation that Swift and Kotlin publish to a screen.

use crate::call::PhoneCall;
use crate::client::PhoneFailure;
use agenthuman::host::HostConversation;
use std::sync::Arc;

/// A conversation.
#[derive(uniffi::Object)]
pub struct PhoneConversation {
    conversation: HostConversation,
}

/// A message that is to be sent.
#[derive(uniffi::Record)]
pub struct PhoneSending {
    /// The id of the message in the conversation.
    pub id: String,
    /// The call that sends it.
    pub call: Arc<PhoneCall>,
}

impl PhoneConversation {
    pub(crate) fn new(conversation: HostConversation) -> PhoneConversation {
        PhoneConversation { conversation }
    }
}

#[uniffi::export]
impl PhoneConversation {
    /// Adds a message. The call that sends it has to be run.
    pub fn send(&self, content: String) -> Result<PhoneSending, PhoneFailure> {
        let (id, call) = self.conversation.send(&content)?;
        Ok(PhoneSending { id, call: Arc::new(PhoneCall::new(call)) })
    }

    /// Returns the call that sends a message again, if that is possible.
    pub fn retry(&self, id: String) -> Option<Arc<PhoneCall>> {
        self.conversation.retry(&id).map(|call| Arc::new(PhoneCall::new(call)))
    }

    /// Removes a message that was not sent.
    pub fn discard(&self, id: String) {
        self.conversation.discard(&id);
    }

    /// Returns the call that reads what is new; nothing while the conversation is paused, and after its end.
    pub fn next(&self) -> Option<Arc<PhoneCall>> {
        self.conversation.next().map(|call| Arc::new(PhoneCall::new(call)))
    }

    /// Stops `next` while the app is in the background.
    pub fn pause(&self) {
        self.conversation.pause();
    }

    /// Continues after a pause or an error.
    pub fn resume(&self) {
        self.conversation.resume();
    }

    /// Ends the conversation.
    pub fn close(&self) {
        self.conversation.close();
    }

    /// Takes in messages without a backend, for previews and tests: a list in canonical JSON.
    pub fn received(&self, messages: String) {
        self.conversation.received(&messages);
    }

    /// Records the response to a message without a backend: an exchange in canonical JSON.
    pub fn answered(&self, id: String, exchange: String) {
        self.conversation.answered(&id, &exchange);
    }

    /// Records that a message failed without a backend.
    pub fn failed(&self, id: String, code: String, message: String, retryable: bool, outcome_unknown: bool) {
        self.conversation.failed(&id, &code, &message, retryable, outcome_unknown);
    }

    /// Returns what changed since a version, as JSON.
    pub fn update(&self, since: u64) -> String {
        self.conversation.update(since)
    }

    /// Waits for a version after `since`.
    pub async fn changed(self: Arc<Self>, since: u64) {
        self.conversation.changed(since).await;
    }
}
