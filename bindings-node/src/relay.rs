//! A relay as JavaScript holds it. A request that it answers is numbered and stepped through as the client's own calls are.

use crate::call::Work;
use crate::client::Calls;
use agenthuman_relay::host::HostRelay;
use napi::Result;
use napi_derive::napi;
use std::sync::Arc;

#[napi]
pub struct NativeRelay {
    relay: HostRelay,
    calls: Arc<Calls>,
}

impl NativeRelay {
    pub(crate) fn new(relay: HostRelay, calls: Arc<Calls>) -> NativeRelay {
        NativeRelay { relay, calls }
    }
}

#[napi]
impl NativeRelay {
    /// Begins to answer a request, and its first step. `target` is the path and the query as they came; in `headers` each
    /// name is followed by its value, and a header that came twice is there twice.
    #[napi]
    pub fn handle(&self, method: String, target: String, headers: Vec<String>) -> Result<u32> {
        let (pairs, _) = headers.as_chunks::<2>();
        let pairs = pairs.iter().map(|[name, value]| (name.clone(), value.clone())).collect();
        self.calls.begin(Work::Exchange(Box::new(self.relay.handle(&method, &target, pairs))))
    }

    /// Says whether the answer that opened a session was sent. If it was not, the session is ended.
    #[napi]
    pub fn delivered(&self, opened: u32, was_sent: bool) {
        if let Some(opened) = self.calls.opened().remove(&opened)
            && !was_sent
        {
            opened.undelivered();
        }
    }
}
