//! Calls that the calling thread drives itself: a runtime a thread, since handing a call to another thread and waiting
//! for it costs more than the call.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Weak;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// What a thread has of its own; it goes when the thread does.
struct Local {
    /// A forked child has its parent's thread, and must not touch its parent's sockets.
    process: u32,
    runtime: Option<Runtime>,
    /// A pooled connection lives on the runtime that made it, so each client has connections for each thread.
    clients: HashMap<usize, (Weak<()>, reqwest::Client)>,
}

impl Local {
    fn new() -> std::io::Result<Local> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Local { process: std::process::id(), runtime: Some(runtime), clients: HashMap::new() })
    }
}

/// Runs a future to its end on this thread's own runtime.
///
/// # Errors
/// When the operating system gives no runtime, or one is running on this thread already.
pub fn drive<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = LOCAL.with_borrow_mut(|slot| -> std::io::Result<Option<Runtime>> {
        let mine = slot.as_ref().is_some_and(|local| local.process == std::process::id());
        if !mine && let Some(parents) = slot.replace(Local::new()?) {
            std::mem::forget(parents);
        }
        Ok(slot.as_mut().and_then(|local| local.runtime.take()))
    })?;
    // Taken out while it runs: what runs may come back here for its connections.
    let runtime = runtime.ok_or_else(|| std::io::Error::other("this thread is driving a call already"))?;
    let output = runtime.block_on(future);
    LOCAL.with_borrow_mut(|slot| {
        if let Some(local) = slot {
            local.runtime = Some(runtime);
        }
    });
    Ok(output)
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
