//! Phones that wait for new messages: one poll of the API for each page that is watched, however many phones watch it.

use crate::answers::Refusal;
use bytes::Bytes;
use http::Response;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

/// The pause between two looks at the API.
const POLL: Duration = Duration::from_secs(2);
/// Requests of one user that wait at once. Others are answered immediately.
const MOST_PER_USER: usize = 8;
/// Requests that wait at once.
const MOST: usize = 10_000;

/// The pages that are watched, as responses.
#[derive(Clone, Default)]
pub(crate) struct Watches<P = Response<Bytes>>(Arc<StdMutex<State<P>>>);

#[derive(Default)]
struct State<P> {
    /// By session, and by the parameters of the page.
    pages: HashMap<(String, String), Arc<Watched<P>>>,
    users: HashMap<String, usize>,
    waiting: usize,
}

#[derive(Default)]
struct Watched<P> {
    fetched: Mutex<Option<(Instant, Result<P, Refusal>)>>,
    /// When a message was sent last.
    sent: watch::Sender<Option<Instant>>,
}

/// A request that waits. Dropping it frees its place.
pub(crate) struct Watch<P = Response<Bytes>> {
    watches: Watches<P>,
    user: String,
    key: (String, String),
    page: Arc<Watched<P>>,
}

impl<P: Clone + Default> Watches<P> {
    /// Begins to watch a page, if the user and the relay have a place for another request that waits.
    pub fn begin(&self, user: &str, session: &str, page: String) -> Option<Watch<P>> {
        let mut state = self.state();
        let of_user = state.users.get(user).copied().unwrap_or_default();
        if of_user >= MOST_PER_USER || state.waiting >= MOST {
            return None;
        }
        state.waiting += 1;
        state.users.insert(user.to_owned(), of_user + 1);
        let key = (session.to_owned(), page);
        let page = state.pages.entry(key.clone()).or_default().clone();
        Some(Watch { watches: self.clone(), user: user.to_owned(), key, page })
    }

    /// A message was sent: those who watch the session look for it, and for its reply.
    pub fn sent(&self, session: &str) {
        let (state, now) = (self.state(), Instant::now());
        for (_, page) in state.pages.iter().filter(|((of, _), _)| of == session) {
            page.sent.send_replace(Some(now));
        }
    }
}

impl<P> Watches<P> {
    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Clone> Watch<P> {
    /// Fetches the page until it is another one than the phone knows, or until the time is over.
    pub async fn wait<F>(&self, limit: Duration, is_known: impl Fn(&P) -> bool, fetch: impl Fn() -> F) -> Result<P, Refusal>
    where
        F: Future<Output = Result<P, Refusal>>,
    {
        let end = Instant::now() + limit;
        let mut not_before = Instant::now();
        let mut sent = self.page.sent.subscribe();
        let mut last = None;
        loop {
            match (self.fetch(not_before, &fetch).await, &last) {
                (Ok(page), _) if is_known(&page) => last = Some(page),
                // A phone that knows a page has nothing of a failure that may be over soon.
                (Err(_), Some(_)) => {}
                (outcome, _) => return outcome,
            }
            let now = Instant::now();
            if let Some(page) = last.take_if(|_| now >= end) {
                return Ok(page);
            }
            tokio::select! {
                Ok(()) = sent.changed() => not_before = sent.borrow_and_update().unwrap_or(now),
                () = tokio::time::sleep_until(end.min(now + POLL)) => not_before = now + Duration::from_nanos(1),
            }
        }
    }

    /// The page as it was at that time or later.
    async fn fetch<F>(&self, not_before: Instant, fetch: impl Fn() -> F) -> Result<P, Refusal>
    where
        F: Future<Output = Result<P, Refusal>>,
    {
        let mut fetched = self.page.fetched.lock().await;
        if let Some((at, page)) = fetched.as_ref()
            && *at >= not_before
        {
            return page.clone();
        }
        let at = Instant::now();
        let page = fetch().await;
        *fetched = Some((at, page.clone()));
        page
    }
}

impl<P> Drop for Watch<P> {
    fn drop(&mut self) {
        let mut state = self.watches.state();
        state.waiting -= 1;
        if let Some(of_user) = state.users.get_mut(&self.user) {
            *of_user -= 1;
            if *of_user == 0 {
                state.users.remove(&self.user);
            }
        }
        // One is the map's, and one is this.
        if Arc::strong_count(&self.page) == 2 {
            state.pages.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agenthuman::Object;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn places_are_limited_and_free_again() {
        let watches: Watches = Watches::default();
        let begun: Vec<_> = (0..MOST_PER_USER).map(|_| watches.begin("alice", "1", String::new()).unwrap()).collect();
        assert!(watches.begin("alice", "2", String::new()).is_none());
        assert!(watches.begin("bob", "1", String::new()).is_some());
        assert_eq!(watches.state().pages.len(), 1);
        drop(begun);
        let state = watches.state();
        assert_eq!((state.pages.len(), state.users.len(), state.waiting), (0, 0, 0));
    }

    type Page = Result<Arc<Object>, Refusal>;

    fn page(number: usize) -> Page {
        Ok(Arc::new([("number".to_owned(), number.into())].into_iter().collect()))
    }

    /// Waits as a phone that knows page 0.
    async fn waited(watches: &Watches<Arc<Object>>, user: &str, pages: &Pages) -> u64 {
        let watch = watches.begin(user, "1", String::new()).unwrap();
        let fetch = || async {
            pages.fetched.fetch_add(1, Ordering::SeqCst);
            page(pages.current.load(Ordering::SeqCst))
        };
        let page = watch.wait(Duration::from_secs(20), |page: &Arc<Object>| page["number"] == 0, fetch).await;
        page.ok().unwrap()["number"].as_u64().unwrap()
    }

    #[derive(Default)]
    struct Pages {
        current: AtomicUsize,
        fetched: AtomicUsize,
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_sent_ends_the_wait_at_once_and_all_share_one_look() {
        let (watches, pages, began) = (Watches::default(), Pages::default(), Instant::now());
        let send = async {
            tokio::time::sleep(POLL / 2).await;
            pages.current.store(1, Ordering::SeqCst);
            watches.sent("2");
            assert_eq!(pages.fetched.load(Ordering::SeqCst), 1);
            watches.sent("1");
        };
        let waiting = ["alice", "bob", "carol"].map(|user| waited(&watches, user, &pages));
        let (numbers, ()) = tokio::join!(futures_util::future::join_all(waiting), send);
        assert_eq!((numbers, began.elapsed()), (vec![1; 3], POLL / 2));
        assert_eq!(pages.fetched.load(Ordering::SeqCst), 2);
        assert_eq!(watches.state().pages.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_watch_a_page_share_one_poll_until_their_time_is_over() {
        let (watches, pages, began) = (Watches::default(), Pages::default(), Instant::now());
        let waiting = ["alice", "bob", "carol"].map(|user| waited(&watches, user, &pages));
        assert_eq!(futures_util::future::join_all(waiting).await, [0; 3]);
        assert_eq!(began.elapsed(), Duration::from_secs(20));
        assert_eq!(pages.fetched.load(Ordering::SeqCst), 1 + 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_while_waiting_is_not_the_response_and_one_at_first_is() {
        let (watches, fetched) = (Watches::default(), AtomicUsize::new(0));
        let watch = watches.begin("alice", "1", String::new()).unwrap();
        let fetch = || async {
            match fetched.fetch_add(1, Ordering::SeqCst) {
                1 | 2 => Err(Refusal::fault("down")),
                3 => page(1),
                _ => page(0),
            }
        };
        let is_known = |page: &Arc<Object>| page["number"] == 0;
        assert_eq!(watch.wait(Duration::from_secs(20), is_known, &fetch).await.ok().unwrap()["number"], 1);
        fetched.store(1, Ordering::SeqCst);
        tokio::time::advance(POLL).await;
        assert!(watch.wait(Duration::from_secs(20), is_known, &fetch).await.is_err());
    }
}
