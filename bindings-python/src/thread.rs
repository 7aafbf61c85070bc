//! Calls that the calling thread drives itself, and what a thread owes its connections between two calls.

use agenthuman::host::{self, Step};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long a waiting thread leaves a Ctrl-C unseen.
const SIGNALS: Duration = Duration::from_millis(50);
/// After how long without a call the connections are looked at first: a server may have hung up in the meantime.
const IDLE: Duration = Duration::from_millis(10);

thread_local! {
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The next step, or nothing yet.
pub fn step(call: &mut host::Call) -> std::io::Result<Option<Step>> {
    let idle = LAST.take().is_some_and(|last| last.elapsed() > IDLE);
    let step = host::drive(async {
        if idle {
            catch_up().await;
        }
        tokio::time::timeout(SIGNALS, call.step()).await.ok()
    })?;
    LAST.set(Some(Instant::now()));
    Ok(step)
}

/// Lets go of the connection of a call that was given up, which nobody drives from here on.
pub fn settle() {
    // Where the thread has no runtime it has no connections.
    let _ = host::drive(catch_up());
}

/// Sees what came on the connections while nobody drove them: a server that has hung up, most of all.
async fn catch_up() {
    // One turn hears of it, the next lets the connections act on it.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}
