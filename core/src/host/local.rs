//! Calls that the calling thread drives itself: a runtime a thread, since handing a call to another thread and waiting
//! for it costs more than the call.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Weak;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// After how long without a call the connections are looked at first: a server may have hung up in the meantime.
const IDLE: Duration = Duration::from_millis(10);

/// What a thread has of its own; it goes when the thread does.
struct Local {
    /// A forked child has its parent's thread, and must not touch its parent's sockets.
    process: u32,
    runtime: Option<Runtime>,
    /// A pooled connection lives on the runtime that made it, so each client has connections for each thread.
    clients: HashMap<usize, (Weak<()>, reqwest::Client)>,
    last_driven: Option<Instant>,
}

impl Local {
    fn new() -> std::io::Result<Local> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Local { process: std::process::id(), runtime: Some(runtime), clients: HashMap::new(), last_driven: None })
    }
}

/// Runs a future to its end on this thread's own runtime.
///
/// # Errors
/// When the operating system gives no runtime, or one is running on this thread already.
pub fn drive<F: Future>(future: F) -> std::io::Result<F::Output> {
    let (runtime, was_idle) = LOCAL.with_borrow_mut(|slot| -> std::io::Result<_> {
        let mine = slot.as_ref().is_some_and(|local| local.process == std::process::id());
        if !mine && let Some(parents) = slot.replace(Local::new()?) {
            std::mem::forget(parents);
        }
        let taken =
            slot.as_mut().map(|local| (local.runtime.take(), local.last_driven.is_some_and(|last| last.elapsed() > IDLE)));
        Ok(taken.unwrap_or_default())
    })?;
    // Taken out while it runs: what runs may come back here for its connections.
    let runtime = runtime.ok_or_else(|| std::io::Error::other("this thread is driving a call already"))?;
    let output = runtime.block_on(async {
        if was_idle {
            catch_up().await;
        }
        future.await
    });
    LOCAL.with_borrow_mut(|slot| {
        if let Some(local) = slot {
            local.runtime = Some(runtime);
            local.last_driven = Some(Instant::now());
        }
    });
    Ok(output)
}

/// Lets go of the connection of a call that was given up, which nobody drives from here on.
pub fn settle() {
    // Where the thread has no runtime it has no connections.
    let _ = drive(catch_up());
}

/// Sees what came on the connections while nobody drove them: a server that has hung up, most of all.
async fn catch_up() {
    // One turn hears of it, the next lets the connections act on it.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// The HTTP client that this thread has for the owner of `token`, if this thread is driving a call.
pub(crate) fn client<E>(
    token: &std::sync::Arc<()>,
    make: impl FnOnce() -> Result<reqwest::Client, E>,
) -> Option<Result<reqwest::Client, E>> {
    LOCAL.with_borrow_mut(|slot| {
        let local = slot.as_mut().filter(|local| local.runtime.is_none())?;
        let key = std::sync::Arc::as_ptr(token) as usize;
        if let Some((owner, client)) = local.clients.get(&key)
            && owner.strong_count() > 0
        {
            return Some(Ok(client.clone()));
        }
        local.clients.retain(|_, (owner, _)| owner.strong_count() > 0);
        Some(make().inspect(|client| {
            local.clients.insert(key, (std::sync::Arc::downgrade(token), client.clone()));
        }))
    })
}
