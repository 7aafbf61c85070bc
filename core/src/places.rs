//! Places for open sessions: a client opens no more sessions than it has places, and further calls wait for their turn.

use crate::answer::{Body, Reply};
use crate::error::{Error, Kind, Result};
use crate::table::Operation;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

/// The maximum number of sessions that `sessions.open` keeps open at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxOpen {
    /// The maximum of the account's plan, which is read once, at the first use.
    Auto,
    /// This number, from 1.
    Sessions(u32),
}

impl<'de> Deserialize<'de> for MaxOpen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<MaxOpen, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u32),
            Word(Word),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Word {
            Auto,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Number(number) => MaxOpen::Sessions(number),
            Written::Word(Word::Auto) => MaxOpen::Auto,
        })
    }
}

/// The places of a client. Waiting for one is fair, and a waiter that is dropped takes none.
pub(crate) struct Places {
    max: MaxOpen,
    free: OnceCell<Arc<Semaphore>>,
    /// The places of open sessions, by the session's id.
    taken: Mutex<HashMap<String, Place>>,
}

/// A place that is taken until this is dropped.
pub(crate) struct Place(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Places {
    /// # Errors
    /// If there would be none.
    pub fn new(max: MaxOpen) -> Result<Places> {
        if max == MaxOpen::Sessions(0) {
            let why = "max_open must be a whole number from 1, or \"auto\"; got 0";
            return Err(Error::new(Kind::Configuration, why).parameter("max_open"));
        }
        Ok(Places { max, free: OnceCell::new(), taken: Mutex::default() })
    }

    /// Waits for a place, for at most `limit`. `of_plan` reads the maximum of the plan; `None` means unlimited.
    pub async fn take(&self, limit: Duration, of_plan: impl Future<Output = Result<Option<i64>>>) -> Result<Place> {
        let count = async {
            let count = match self.max {
                MaxOpen::Sessions(count) => Some(i64::from(count)),
                MaxOpen::Auto => of_plan.await?,
            };
            let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(Semaphore::MAX_PERMITS);
            Ok::<_, Error>(Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS))))
        };
        let free = self.free.get_or_try_init(|| count).await?.clone();
        match tokio::time::timeout(limit, free.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            Ok(Err(_)) => Err(Error::internal("the places were closed")),
            Err(_) => {
                let why = format!("no place for another session became free within {} s", limit.as_secs_f64());
                let error = Error::new(Kind::Timeout, why).phase("queue");
                Err(error.suggestion("End a session, raise max_open, or allow a longer wait (max_wait)."))
            }
        }
    }

    /// Keeps a place until the session has ended.
    pub fn keep(&self, session: String, place: Place) {
        self.taken().insert(session, place);
    }

    /// Frees the places of the sessions of which a response says that they have ended. After an attempt to end a session its place
    /// is free in any case: if it is still open, the service says so to the next one.
    pub fn learn(&self, operation: &Operation, id: Option<&str>, outcome: &Result<Reply>) {
        if operation.verb() == "end"
            && let Some(id) = id
        {
            self.free(id);
        }
        let Ok(Reply { body: Body::Items(items), .. }) = outcome else { return };
        for item in 0..items.len() {
            if let (Some(id), Some("ended")) = (items.text(item, "id"), items.text(item, "status").as_deref()) {
                self.free(&id);
            }
        }
    }

    /// Frees the place of a session.
    pub fn free(&self, session: &str) {
        self.taken().remove(session);
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::future::ready;

    const LONG: Duration = Duration::from_secs(60);

    fn plan(max: Option<i64>) -> std::future::Ready<Result<Option<i64>>> {
        ready(Ok(max))
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_when_its_session_has_ended_or_its_waiter_is_dropped() {
        let places = Places::new(MaxOpen::Auto).unwrap();
        places.keep("sess_1".to_owned(), places.take(LONG, plan(Some(1))).await.unwrap());
        let error = places.take(Duration::from_secs(1), plan(Some(9))).await.err().unwrap();
        assert_eq!((error.kind(), error.info().phase), (Kind::Timeout, Some("queue")));
        let mut dropped = Box::pin(places.take(LONG, plan(None)));
        assert!(dropped.as_mut().now_or_never().is_none());
        let mut second = Box::pin(places.take(LONG, plan(None)));
        assert!(second.as_mut().now_or_never().is_none());
        drop(dropped);
        places.free("sess_1");
        let place = second.await.unwrap();
        drop(place);
        assert!(places.take(LONG, plan(None)).await.is_ok());
    }

    #[test]
    fn how_many_there_may_be() {
        let read = |json: &str| serde_json::from_str::<MaxOpen>(json).ok();
        assert_eq!(read("\"auto\""), Some(MaxOpen::Auto));
        assert_eq!(read("3"), Some(MaxOpen::Sessions(3)));
        assert_eq!((read("\"some\""), read("-1"), read("1.5")), (None, None, None));
        assert!(Places::new(MaxOpen::Sessions(0)).is_err());
    }
}
