//! The sessions that were listed lately, so that a list costs the backend's key few requests.

use crate::marks::Mark;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an open session is remembered.
const OPEN: Duration = Duration::from_secs(10);
/// How long a session that has ended is remembered. It does not change any more.
const ENDED: Duration = Duration::from_secs(3600);
/// Sessions that are remembered.
const MOST: usize = 10_000;
/// Bytes of a session that is remembered. Others are a few hundred.
const LARGEST: usize = 4096;

/// Remembers sessions as phones see them, each for its user only.
#[derive(Default)]
pub(crate) struct ListedSessions(Mutex<State>);

#[derive(Default)]
struct State {
    sessions: HashMap<String, Listed>,
    /// Every insertion, the oldest first.
    inserted: VecDeque<(u64, String)>,
    last_number: u64,
}

struct Listed {
    number: u64,
    mark: Mark,
    session: Value,
    is_over: bool,
    until: Instant,
}

impl ListedSessions {
    /// Returns the session if it was remembered for that user.
    pub fn get(&self, id: &str, mark: &Mark) -> Option<Value> {
        let state = self.state();
        let listed = state.sessions.get(id).filter(|listed| listed.mark == *mark && Instant::now() < listed.until);
        listed.map(|listed| listed.session.clone())
    }

    /// Remembers a session of that user.
    pub fn insert(&self, id: &str, mark: &Mark, session: &Value, is_over: bool) {
        if session.to_string().len() > LARGEST {
            return;
        }
        let until = Instant::now() + if is_over { ENDED } else { OPEN };
        let mut state = self.state();
        state.last_number += 1;
        let number = state.last_number;
        let listed = Listed { number, mark: mark.clone(), session: session.clone(), is_over, until };
        state.sessions.insert(id.to_owned(), listed);
        state.inserted.push_back((number, id.to_owned()));
        while state.inserted.len() > MOST
            && let Some((number, id)) = state.inserted.pop_front()
        {
            if state.sessions.get(&id).is_some_and(|listed| listed.number == number) {
                state.sessions.remove(&id);
            }
        }
    }

    /// Learns that the session is over, so that it is not listed as open.
    pub fn ended(&self, id: &str) {
        let mut state = self.state();
        if state.sessions.get(id).is_some_and(|listed| !listed.is_over) {
            state.sessions.remove(id);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn open_sessions_are_remembered_for_seconds_and_ended_ones_for_an_hour() {
        let (listed, mark) = (ListedSessions::default(), Mark::of("relay", "alice"));
        listed.insert("1", &mark, &json!({ "id": "1" }), false);
        listed.insert("2", &mark, &json!({ "id": "2" }), true);
        listed.insert("3", &mark, &json!({ "id": "3", "name": "x".repeat(LARGEST) }), true);
        let known = || ["1", "2", "3"].map(|id| listed.get(id, &mark).is_some());
        assert_eq!(known(), [true, true, false]);
        assert_eq!(listed.get("1", &Mark::of("relay", "bob")), None);
        listed.insert("4", &mark, &json!({ "id": "4" }), false);
        listed.ended("2");
        listed.ended("4");
        assert_eq!((known(), listed.get("4", &mark)), ([true, true, false], None));
        tokio::time::advance(OPEN).await;
        assert_eq!(known(), [false, true, false]);
        tokio::time::advance(ENDED).await;
        assert_eq!(known(), [false; 3]);
    }

    #[tokio::test]
    async fn the_oldest_are_forgotten_first() {
        let (listed, mark) = (ListedSessions::default(), Mark::of("relay", "alice"));
        listed.insert("first", &mark, &json!({}), true);
        for id in 0..2 * MOST {
            listed.insert(&id.to_string(), &mark, &json!({}), true);
            listed.insert("often", &mark, &json!({}), true);
        }
        let state = listed.state();
        assert_eq!(state.inserted.len(), MOST);
        assert!(state.sessions.len() <= MOST && state.sessions.contains_key("often") && !state.sessions.contains_key("first"));
    }
}
