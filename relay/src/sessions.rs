//! The sessions that each user has open, as far as this copy of the relay knows: opened, renewed or used here, and neither
//! ended nor expired.

use crate::options::{Clock, Options};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Users that are remembered before the first look for expired sessions.
const FIRST_SWEEP: usize = 1024;
/// Users that are remembered at most. With so many, the ones whose grants have expired are forgotten.
const MOST_USERS: usize = 100_000;
/// Sessions that are remembered of a user without a limit.
const MOST_SESSIONS: usize = 1000;

/// Counts the open sessions of each user.
#[derive(Clone)]
pub(crate) struct OpenSessions(Arc<Shared>);

struct Shared {
    limit: Option<usize>,
    clock: Clock,
    users: Mutex<Users>,
}

struct Users {
    open: HashMap<String, Vec<Entry>>,
    sweep_at: usize,
    last_place: u64,
}

struct Entry {
    place: u64,
    session: Option<Session>,
}

#[derive(Clone)]
struct Session {
    id: String,
    /// When its last grant expires. After that the phone does not use it, unless it renews the grant.
    idle_at: u64,
    /// When no grant of it can be renewed any more.
    until: u64,
}

/// A user's place for one session. Dropping it frees the place, or gives it back to the session that had it before.
pub(crate) struct Place {
    sessions: OpenSessions,
    user: String,
    number: u64,
    before: Option<Session>,
}

/// The user has no free place.
#[derive(Debug, PartialEq)]
pub(crate) struct Full {
    pub limit: usize,
    /// Seconds until a place can be free, if no session ends before.
    pub retry_after: u64,
}

impl OpenSessions {
    pub fn new(options: &Options) -> OpenSessions {
        let limit = usize::try_from(options.open_sessions_per_user).unwrap_or(usize::MAX);
        let users = Users { open: HashMap::new(), sweep_at: FIRST_SWEEP, last_place: 0 };
        let shared = Shared { limit: (limit > 0).then_some(limit), clock: options.clock.clone(), users: Mutex::new(users) };
        OpenSessions(Arc::new(shared))
    }

    /// Takes a place for a session that is to be opened, and counts the user's other sessions.
    pub fn take_place(&self, user: &str) -> Result<(Place, usize), Full> {
        let now = self.0.clock.now();
        let mut users = self.users();
        users.make_room(now);
        users.last_place += 1;
        let number = users.last_place;
        let entries = users.open.entry(user.to_owned()).or_default();
        entries.retain(|entry| !entry.is_over(now));
        let limit = self.0.limit.unwrap_or(MOST_SESSIONS);
        if entries.len() < limit {
            entries.push(Entry { place: number, session: None });
            let others = entries.len() - 1;
            return Ok((self.place(user, number, None), others));
        }
        let idle_at = |entry: &Entry| entry.session.as_ref().map_or(u64::MAX, |session| session.idle_at);
        let Some(idlest) = entries.iter_mut().min_by_key(|entry| idle_at(entry)) else {
            return Err(Full { limit, retry_after: 1 });
        };
        match &idlest.session {
            Some(session) if session.idle_at <= now => {
                idlest.place = number;
                let before = idlest.session.take();
                let others = entries.len() - 1;
                Ok((self.place(user, number, before), others))
            }
            Some(session) => Err(Full { limit, retry_after: session.idle_at - now }),
            // Each is being opened, and soon it is known which of them are.
            None => Err(Full { limit, retry_after: 1 }),
        }
    }

    fn place(&self, user: &str, number: u64, before: Option<Session>) -> Place {
        Place { sessions: self.clone(), user: user.to_owned(), number, before }
    }

    /// Records that a grant of the session was issued, here or by another copy of the relay.
    pub fn renewed(&self, user: &str, id: &str, idle_at: u64, until: u64) {
        let now = self.0.clock.now();
        let mut users = self.users();
        users.make_room(now);
        users.last_place += 1;
        let place = users.last_place;
        let entries = users.open.entry(user.to_owned()).or_default();
        entries.retain(|entry| !entry.is_over(now));
        let known = entries.iter_mut().filter_map(|entry| entry.session.as_mut()).find(|session| session.id == id);
        if let Some(session) = known {
            session.idle_at = session.idle_at.max(idle_at);
            session.until = session.until.max(until);
        } else if entries.len() < MOST_SESSIONS {
            entries.push(Entry { place, session: Some(Session { id: id.to_owned(), idle_at, until }) });
        }
    }

    /// Returns the ids of the user's open sessions, the last opened first.
    pub fn ids(&self, user: &str) -> Vec<String> {
        let now = self.0.clock.now();
        let users = self.users();
        let mut open: Vec<&Entry> = users.open.get(user).into_iter().flatten().filter(|entry| !entry.is_over(now)).collect();
        open.sort_by_key(|entry| Reverse(entry.place));
        open.into_iter().filter_map(|entry| Some(entry.session.as_ref()?.id.clone())).collect()
    }

    /// Learns that the session is over.
    pub fn ended(&self, user: &str, id: &str) {
        let mut users = self.users();
        users.remove(user, |entry| entry.session.as_ref().is_some_and(|session| session.id == id));
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.0.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The session that had the place before, and whose grant has expired. It is to be ended before another is opened.
    pub fn before(&self) -> Option<&str> {
        self.before.as_ref().map(|session| session.id.as_str())
    }

    pub fn sessions(&self) -> &OpenSessions {
        &self.sessions
    }

    /// The session that had the place before is over.
    pub fn emptied(&mut self) {
        self.before = None;
    }

    /// Records that the session was opened and a grant was issued.
    pub fn fill(&self, id: &str, idle_at: u64, until: u64) {
        let mut users = self.sessions.users();
        let entries = users.open.get_mut(&self.user);
        if let Some(entry) = entries.and_then(|entries| entries.iter_mut().find(|entry| entry.place == self.number)) {
            entry.session = Some(Session { id: id.to_owned(), idle_at, until });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut users = self.sessions.users();
        let before = self.before.take();
        if let Some(entries) = users.open.get_mut(&self.user)
            && let Some(entry) = entries.iter_mut().find(|entry| entry.place == self.number)
            && entry.session.is_none()
        {
            if before.is_some() {
                entry.session = before;
            } else {
                let number = self.number;
                users.remove(&self.user, |entry| entry.place == number);
            }
        }
    }
}

impl Entry {
    fn is_over(&self, now: u64) -> bool {
        self.session.as_ref().is_some_and(|session| session.until <= now)
    }

    fn is_idle(&self, now: u64) -> bool {
        self.session.as_ref().is_some_and(|session| session.idle_at <= now)
    }
}

impl Users {
    fn remove(&mut self, user: &str, is_it: impl Fn(&Entry) -> bool) {
        if let Some(entries) = self.open.get_mut(user) {
            entries.retain(|entry| !is_it(entry));
            if entries.is_empty() {
                self.open.remove(user);
            }
        }
    }

    /// Memory grows with the users who have sessions open, and not with those of all time.
    fn make_room(&mut self, now: u64) {
        if self.open.len() < self.sweep_at {
            return;
        }
        self.keep(|entry| !entry.is_over(now));
        if self.open.len() >= MOST_USERS {
            self.keep(|entry| !entry.is_idle(now));
        }
        self.open.shrink_to_fit();
        self.sweep_at = FIRST_SWEEP.max(2 * self.open.len()).min(MOST_USERS.max(self.open.len() + FIRST_SWEEP));
    }

    fn keep(&mut self, is_kept: impl Fn(&Entry) -> bool) {
        self.open.retain(|_, entries| {
            entries.retain(|entry| is_kept(entry));
            !entries.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn counting(limit: u32) -> (OpenSessions, Arc<AtomicU64>) {
        let now = Arc::new(AtomicU64::new(1000));
        let time = now.clone();
        let clock = Clock::new(move || time.load(Ordering::SeqCst));
        (OpenSessions::new(&Options { open_sessions_per_user: limit, clock, ..Options::default() }), now)
    }

    fn open(sessions: &OpenSessions, user: &str, id: &str) {
        let (place, _) = sessions.take_place(user).unwrap();
        place.fill(id, 1900, 9000);
    }

    #[test]
    fn a_place_is_free_again_when_it_is_dropped_or_its_session_ends() {
        let (sessions, _) = counting(2);
        let (first, others) = sessions.take_place("alice").unwrap();
        assert_eq!(others, 0);
        open(&sessions, "alice", "1");
        assert_eq!(sessions.take_place("alice").err(), Some(Full { limit: 2, retry_after: 900 }));
        assert!(sessions.take_place("bob").is_ok());
        drop(first);
        open(&sessions, "alice", "2");
        assert!(sessions.take_place("alice").is_err());
        sessions.ended("bob", "2");
        assert!(sessions.take_place("alice").is_err());
        sessions.ended("alice", "2");
        assert_eq!(sessions.take_place("alice").unwrap().1, 1);
    }

    #[test]
    fn a_session_whose_grant_has_expired_gives_up_its_place_and_gets_it_back() {
        let (sessions, now) = counting(1);
        open(&sessions, "alice", "1");
        now.store(1899, Ordering::SeqCst);
        assert_eq!(sessions.take_place("alice").err(), Some(Full { limit: 1, retry_after: 1 }));
        now.store(1900, Ordering::SeqCst);
        let (place, others) = sessions.take_place("alice").unwrap();
        assert_eq!((place.before(), others), (Some("1"), 0));
        assert!(sessions.take_place("alice").is_err());
        drop(place);
        let (mut place, _) = sessions.take_place("alice").unwrap();
        assert_eq!(place.before(), Some("1"));
        place.emptied();
        drop(place);
        let (place, _) = sessions.take_place("alice").unwrap();
        assert_eq!(place.before(), None);
        place.fill("2", 2000, 9000);
        drop(place);
        sessions.renewed("alice", "2", 3000, 9000);
        now.store(2999, Ordering::SeqCst);
        assert!(sessions.take_place("alice").is_err());
        // Too old for another renewal, so it is no longer usable.
        now.store(9000, Ordering::SeqCst);
        assert_eq!(sessions.take_place("alice").unwrap().0.before(), None);
    }

    #[test]
    fn sessions_of_other_copies_are_counted_once_they_are_used_here() {
        let (sessions, _) = counting(1);
        sessions.renewed("alice", "1", 1900, 9000);
        sessions.renewed("alice", "1", 1950, 9000);
        assert_eq!(sessions.take_place("alice").err(), Some(Full { limit: 1, retry_after: 950 }));
    }

    #[test]
    fn users_whose_sessions_are_over_are_forgotten() {
        let (sessions, now) = counting(3);
        for user in 0..20_000 {
            now.fetch_add(10_000, Ordering::SeqCst);
            let (place, _) = sessions.take_place(&user.to_string()).unwrap();
            let begin = now.load(Ordering::SeqCst);
            place.fill("1", begin + 900, begin + 8000);
        }
        assert!(sessions.users().open.len() < 4 * FIRST_SWEEP);
    }

    #[test]
    fn a_user_without_a_limit_is_counted_all_the_same() {
        let (sessions, _) = counting(0);
        for id in 0..10 {
            open(&sessions, "alice", &id.to_string());
        }
        assert_eq!(sessions.take_place("alice").unwrap().1, 10);
    }
}
