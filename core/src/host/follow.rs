//! Follows a list that grows: the current cursor, and the known items of the last page.

use crate::state::Inner;
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
