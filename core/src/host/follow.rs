//! Follows a list that grows: the current cursor, and the known items of the last page.

use crate::answer::Reply;
use crate::call::{PAGE_HEADER, Wait};
use crate::state::Inner;
use http::HeaderValue;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The default pause before the next look for new items.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// The pause of a follower, at the end of its list or after a failure. It ends early if the client sends a message: that message and its reply
/// are new.
#[derive(Clone, Default)]
pub(super) struct Pause {
    /// How many messages the client had sent when the list was last read.
    sent: Arc<AtomicU64>,
}

impl Pause {
    /// Waits, if there is a duration. A message that is sent from here on ends the next pause.
    pub async fn wait(&self, client: &Inner, duration: Option<Duration>) {
        let mut sent = client.sent.subscribe();
        if let Some(duration) = duration {
            let seen = self.sent.load(Ordering::Relaxed);
            tokio::select! {
                () = client.pause(duration) => {}
                _ = sent.wait_for(|sent| *sent != seen) => {}
            }
        }
        self.sent.store(*sent.borrow_and_update(), Ordering::Relaxed);
    }
}

/// Requests that wait at a relay until there is something new, in the place of pauses.
#[derive(Default)]
pub(super) struct LongPoll {
    /// The tag of the last page. A relay that does not wait gives none.
    page: Option<HeaderValue>,
    /// Whether the last request was to wait.
    waits: bool,
    /// How often in a row such a request failed.
    failures: u32,
    /// Whether a request that waits needs no pause before it: the one before did not wait yet, has waited, or gave something new.
    paced: bool,
}

impl LongPoll {
    /// How long a request waits.
    const LONGEST: u64 = 20;
    /// After so many failures in a row, such as those of a proxy with a shorter limit, the follower polls.
    const MOST_FAILURES: u32 = 3;

    /// The wait of the next request, if it is one for a list of which everything is known. The call must end within `timeout`.
    pub fn next(&mut self, at_end: bool, timeout: Duration) -> Option<Wait> {
        let seconds = LongPoll::LONGEST.min(timeout.as_secs() / 2);
        let page = self.page.clone().filter(|_| at_end && seconds > 1 && self.failures < LongPoll::MOST_FAILURES);
        self.waits = page.is_some();
        page.map(|page| Wait { seconds, page })
    }

    pub fn is_paced(&self) -> bool {
        self.paced
    }

    /// Records a response. `every` is the pause without a wait.
    pub fn learn(&mut self, reply: &Reply, has_news: bool, every: Duration) {
        self.page = reply.headers.get(PAGE_HEADER).cloned();
        let waited = self.waits && reply.attempts.len() == 1;
        match (self.waits, waited) {
            (true, true) => self.failures = 0,
            (true, false) => self.failures += 1,
            (false, _) => {}
        }
        let took = reply.attempts.last().map_or(0, |attempt| attempt.duration_ms);
        self.paced = !self.waits || (waited && (has_news || u128::from(took) >= every.as_millis()));
    }
}

/// The state of a walk that continues at the end of the list.
#[derive(Default)]
pub(super) struct Tail {
    /// The cursor of the current page.
    after: Option<String>,
    /// The ids on that page, if it was the last one.
    seen: HashSet<String>,
    at_end: bool,
}

impl Tail {
    pub fn cursor(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Whether the last look found nothing new.
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Records the ids and the cursor of a page. Returns for each item whether it is new.
    pub fn learn(&mut self, ids: &[Option<String>], next: Option<String>) -> Vec<bool> {
        let is_new = ids.iter().map(|id| id.as_ref().is_none_or(|id| !self.seen.contains(id))).collect();
        self.at_end = next.is_none();
        match next {
            Some(next) => {
                self.after = Some(next);
                self.seen.clear();
            }
            None => self.seen = ids.iter().flatten().cloned().collect(),
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Body;
    use crate::error::Attempt;
    use http::HeaderMap;

    const EVERY: Duration = Duration::from_secs(2);

    fn reply(tag: Option<&'static str>, attempts: usize, duration_ms: u64) -> Reply {
        let headers = tag.map(|tag| (PAGE_HEADER, HeaderValue::from_static(tag)));
        let attempts = vec![Attempt { status: Some(200), code: None, duration_ms }; attempts];
        Reply { body: Body::Nothing, next: None, status: 200, headers: HeaderMap::from_iter(headers), request_id: None, attempts }
    }

    /// Whether the next request waits, and whether it follows without a pause.
    fn next(polls: &mut LongPoll) -> (bool, bool) {
        let waits = polls.next(true, Duration::from_secs(60)).is_some();
        (waits, waits && polls.is_paced())
    }

    #[test]
    fn a_relay_that_waits_paces_the_follower_and_another_does_not() {
        let mut polls = LongPoll::default();
        polls.learn(&reply(None, 1, 0), true, EVERY);
        assert_eq!(next(&mut polls), (false, false));
        polls.learn(&reply(Some("a"), 1, 0), true, EVERY);
        assert_eq!(next(&mut polls), (true, true));
        polls.learn(&reply(Some("a"), 1, 20_000), false, EVERY);
        assert_eq!(next(&mut polls), (true, true));
        polls.learn(&reply(Some("b"), 1, 5), true, EVERY);
        assert_eq!(next(&mut polls), (true, true));
        // It had no place for a request that waits.
        polls.learn(&reply(Some("b"), 1, 5), false, EVERY);
        assert_eq!(next(&mut polls), (true, false));
        assert!(polls.next(false, Duration::from_secs(60)).is_none());
        assert!(polls.next(true, Duration::from_secs(3)).is_none());
    }

    #[test]
    fn a_follower_whose_waits_fail_polls() {
        let mut polls = LongPoll::default();
        polls.learn(&reply(Some("a"), 1, 0), true, EVERY);
        for _ in 0..2 {
            assert!(next(&mut polls).0);
            polls.learn(&reply(Some("a"), 2, 5), false, EVERY);
        }
        assert_eq!(next(&mut polls), (true, false));
        polls.learn(&reply(Some("a"), 1, 20_000), false, EVERY);
        for _ in 0..3 {
            assert!(next(&mut polls).0);
            polls.learn(&reply(Some("a"), 2, 5), false, EVERY);
        }
        assert_eq!(next(&mut polls), (false, false));
    }

    fn ids(ids: &[&str]) -> Vec<Option<String>> {
        ids.iter().map(|id| Some((*id).to_owned())).collect()
    }

    #[test]
    fn the_last_page_is_read_again_and_gives_what_is_new() {
        let mut tail = Tail::default();
        assert_eq!(tail.learn(&ids(&["1", "2"]), Some("2".into())), [true, true]);
        assert_eq!((tail.cursor(), tail.is_at_end()), (Some("2"), false));
        assert_eq!(tail.learn(&ids(&["3"]), None), [true]);
        assert_eq!(tail.learn(&ids(&["3"]), None), [false]);
        assert_eq!((tail.cursor(), tail.is_at_end()), (Some("2"), true));
        // The page is full now, and another follows it.
        assert_eq!(tail.learn(&ids(&["3", "4"]), Some("4".into())), [false, true]);
        assert_eq!((tail.cursor(), tail.is_at_end()), (Some("4"), false));
        assert_eq!(tail.learn(&ids(&[]), None), [false; 0]);
        assert_eq!(tail.learn(&ids(&["5"]), None), [true]);
    }
}
