//! The lists that are the same for every user (avatars, voices, agents), kept for some seconds so that phones together cost
//! the backend's key a few requests a minute. What a policy shows of them is decided for each user afterwards.

use crate::answers::Refusal;
use crate::upstream::Upstream;
use agenthuman::table::Operation;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a list is kept.
const FRESH: Duration = Duration::from_secs(10);
/// How long a failure is kept, so that those who come just after it do not all try again.
const FAILED: Duration = Duration::from_secs(1);

type Outcome = Result<Arc<Vec<Value>>, Refusal>;

/// The lists, by the name of their operation. There is one for each operation of the relay that takes no parameters.
#[derive(Default)]
pub(crate) struct Catalogues(StdMutex<HashMap<&'static str, Arc<Mutex<Option<Fetched>>>>>);

struct Fetched {
    at: Instant,
    outcome: Outcome,
}

impl Catalogues {
    /// The operation's list, from the API if it is not fresh. Those who wait for a fetch share its outcome, and if the one that
    /// fetches is dropped, the next in line does.
    pub async fn get(&self, operation: &Operation, upstream: &Upstream) -> Outcome {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(operation.name).or_default().clone()
        };
        let came = Instant::now();
        let mut fetched = slot.lock().await;
        if let Some(known) = fetched.as_ref().filter(|known| known.serves(came) && !upstream.is_closed()) {
            return known.outcome.clone();
        }
        let outcome = upstream.list(operation).await.map(Arc::new);
        *fetched = Some(Fetched { at: Instant::now(), outcome: outcome.clone() });
        outcome
    }
}

impl Fetched {
    /// Whether it serves a request that came then.
    fn serves(&self, came: Instant) -> bool {
        let kept = if self.outcome.is_ok() { FRESH } else { FAILED };
        self.at >= came || self.at.elapsed() < kept
    }
}
