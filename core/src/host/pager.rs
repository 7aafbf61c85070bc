//! Walking a list from a host: the next page's call, until there is none. The guard against servers that ignore
//! `after` lives here, once for every language.

use super::client::{Call, HostBody, HostClient, HostReply};
use crate::page::Guard;
use crate::record::Record;
use std::sync::{Arc, Mutex, PoisonError};

/// The state of one walk.
pub struct HostPager {
    client: HostClient,
    operation: String,
    params: String,
    options: String,
    shared: Shared,
}

/// What a page's call tells the pager when it ends.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Guard>>);

impl Shared {
    pub(super) fn learn(&self, reply: &mut HostReply) {
        let HostBody::Record(record) = &reply.body else { return };
        let first = record.text(0, "id");
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !guard.learn(first.as_deref(), reply.next.take()) {
            reply.body = HostBody::Record(Record::empty(record.model()));
        }
        reply.next = guard.cursor().map(str::to_owned);
    }
}

impl HostPager {
    pub(super) fn new(client: HostClient, operation: String, params: String, options: String) -> HostPager {
        HostPager { client, operation, params, options, shared: Shared::default() }
    }

    /// The call of the next page, or nothing after the last.
    pub fn next(&self) -> Option<Call> {
        let after = {
            let guard = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            if guard.is_done() {
                return None;
            }
            guard.cursor().map(str::to_owned)
        };
        let mut call = match self.client.prepare(&self.operation, &self.params, &self.options) {
            Ok((operation, mut params, options)) => {
                if let Some(after) = after {
                    params.values.insert("after".into(), after.into());
                }
                self.client.start(operation, params, options)
            }
            Err(error) => Call::failed(error.operation(&self.operation)),
        };
        call.pager = Some(self.shared.clone());
        Some(call)
    }
}
