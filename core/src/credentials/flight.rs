//! Single flight: callers that need the same result at the same time wait for one of them to get it.

use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Results that a caller may wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accept {
    /// The result of any flight, even one that began before the caller arrived.
    Any,
    /// Only the result of a flight that began after the caller arrived.
    BegunLater,
}

/// The result of a flight, and the callers that get it.
pub(crate) enum Landing<T> {
    /// All waiting callers.
    Shared(T),
    /// Only this caller. The next one starts another flight.
    Own(T),
}

/// The current flight, if there is one.
pub(crate) struct Flight<T>(Mutex<Option<watch::Receiver<Option<T>>>>);

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Flight(Mutex::default())
    }
}

enum Role<T> {
    Lead(watch::Sender<Option<T>>),
    Follow(watch::Receiver<Option<T>>),
}

impl<T: Clone> Flight<T> {
    /// Waits for the current flight, or starts one. If the caller that started it is dropped, the next one takes over.
    pub async fn join<F>(&self, mut accept: Accept, fly: impl Fn() -> F) -> T
    where
        F: Future<Output = Landing<T>>,
    {
        loop {
            match self.role() {
                Role::Lead(sender) => {
                    return match fly().await {
                        Landing::Shared(result) => {
                            // An error means that no other caller waits.
                            let _ = sender.send(Some(result.clone()));
                            result
                        }
                        Landing::Own(result) => result,
                    };
                }
                Role::Follow(mut receiver) => {
                    if let Ok(landed) = receiver.wait_for(Option::is_some).await
                        && accept == Accept::Any
                        && let Some(result) = landed.clone()
                    {
                        return result;
                    }
                    // Whatever flight comes next begins from here on.
                    accept = Accept::Any;
                }
            }
        }
    }

    fn role(&self) -> Role<T> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(receiver) = current.as_ref()
            // An error means that the flight has ended.
            && receiver.has_changed().is_ok()
            && receiver.borrow().is_none()
        {
            return Role::Follow(receiver.clone());
        }
        let (sender, receiver) = watch::channel(None);
        *current = Some(receiver);
        Role::Lead(sender)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn callers_share_one_result_and_a_later_one_gets_its_own() {
        let (flight, flights) = (Flight::default(), AtomicUsize::new(0));
        let fly = || async {
            let number = flights.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Landing::Shared(number)
        };
        assert_eq!(join_all((0..256).map(|_| flight.join(Accept::Any, fly))).await, [0; 256]);
        assert_eq!(flight.join(Accept::Any, fly).await, 1);
    }

    #[tokio::test]
    async fn a_caller_may_want_a_flight_that_began_after_it_arrived() {
        let (flight, flights) = (Flight::default(), AtomicUsize::new(0));
        let fly = || async {
            let number = flights.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Landing::Shared(number)
        };
        let numbers = join_all((0..256).map(|_| flight.join(Accept::BegunLater, fly))).await;
        assert_eq!((numbers[0], &numbers[1..]), (0, &[1; 255][..]));
    }

    #[tokio::test]
    async fn a_caller_that_is_dropped_or_keeps_its_result_leaves_the_flight_to_the_next() {
        let (flight, hold) = (Arc::new(Flight::default()), Arc::new(Notify::new()));
        let stuck = tokio::spawn({
            let (flight, hold) = (flight.clone(), hold.clone());
            async move {
                let fly = || async {
                    hold.notify_one();
                    std::future::pending().await
                };
                flight.join(Accept::Any, fly).await
            }
        });
        hold.notified().await;
        let next = tokio::spawn({
            let flight = flight.clone();
            async move { flight.join(Accept::Any, || async { Landing::Own(1) }).await }
        });
        tokio::task::yield_now().await;
        stuck.abort();
        assert_eq!(next.await.unwrap(), 1);
        assert_eq!(flight.join(Accept::Any, || async { Landing::Shared(2) }).await, 2);
    }
}
