//! The messages that phones have sent lately, by the ids that the phones gave them, so that a repeat sends nothing twice.

use crate::answers::Refusal;
use crate::options::Clock;
use agenthuman::{Kind, Object};
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How long the outcome of a message is remembered, in seconds. Phones repeat one sooner, or not at all.
const LIFETIME: u64 = 600;
/// Outcomes that are remembered of one user.
const MOST_PER_USER: usize = 32;
/// Messages of one user that are sent at once.
const MOST_AT_ONCE: usize = 32;
/// Outcomes that are remembered of all users.
const MOST: usize = 10_000;
/// Bytes of responses that are remembered of all users.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The response to a message: the message, and the reply.
pub(crate) type Outcome = Result<Object, Refusal>;

/// Remembers the messages of this copy of the relay.
#[derive(Clone)]
pub(crate) struct SentMessages(Arc<Shared>);

struct Shared {
    clock: Clock,
    hasher: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    users: HashMap<String, Vec<Entry>>,
    /// The messages with an outcome, the oldest first: when it came, the user, and the message's number.
    ended: VecDeque<(u64, String, u64)>,
    bytes: usize,
    last_number: u64,
}

struct Entry {
    number: u64,
    session: String,
    id: String,
    content: u64,
    progress: Progress,
}

enum Progress {
    Sending(watch::Receiver<Option<Outcome>>),
    /// The API may have stored the message.
    Unknown,
    /// The response in JSON, and the id of the message.
    Answered(Box<str>, Option<Box<str>>),
}

/// What is known of a message when it comes.
pub(crate) enum Seen {
    /// It was not seen here.
    First(Sending),
    /// It was sent before, and the API may have stored it.
    Unknown(Sending),
    /// It is being sent.
    Under(watch::Receiver<Option<Outcome>>),
    /// It was sent.
    Answered(Object),
}

/// A message that is being sent. If it is dropped, its outcome is unknown.
pub(crate) struct Sending {
    messages: SentMessages,
    user: String,
    number: u64,
    outcome: watch::Sender<Option<Outcome>>,
}

impl SentMessages {
    pub fn new(clock: Clock) -> SentMessages {
        SentMessages(Arc::new(Shared { clock, hasher: RandomState::new(), state: Mutex::default() }))
    }

    /// Begins to send a message, unless that was done before.
    ///
    /// # Errors
    /// If the id is that of another message (`bad_request`), or the user sends too many at once (`rate_limited`).
    pub fn begin(&self, user: &str, session: &str, id: &str, content: &str) -> Result<Seen, Refusal> {
        let content = self.0.hasher.hash_one(content);
        let mut state = self.state();
        state.forget(self.0.clock.now());
        let number = state.last_number + 1;
        let entries = state.users.entry(user.to_owned()).or_default();
        let known = entries.iter_mut().find(|entry| entry.id == id && entry.session == session);
        let begun = || {
            let (outcome, watched) = watch::channel(None);
            (Sending { messages: self.clone(), user: user.to_owned(), number, outcome }, Progress::Sending(watched))
        };
        if let Some(entry) = known {
            if entry.content != content {
                return Err(Refusal::new(Kind::BadRequest, "id is that of a message with another content"));
            }
            return Ok(match &entry.progress {
                Progress::Sending(outcome) => Seen::Under(outcome.clone()),
                Progress::Answered(exchange, _) => Seen::Answered(serde_json::from_str(exchange).unwrap_or_default()),
                Progress::Unknown => {
                    let (sending, progress) = begun();
                    entry.progress = progress;
                    entry.number = number;
                    state.last_number = number;
                    Seen::Unknown(sending)
                }
            });
        }
        if entries.iter().filter(|entry| matches!(entry.progress, Progress::Sending(_))).count() >= MOST_AT_ONCE {
            return Err(Refusal::new(Kind::RateLimited, "too many messages of this user are being sent").retry_after(1.0));
        }
        let (sending, progress) = begun();
        entries.push(Entry { number, session: session.to_owned(), id: id.to_owned(), content, progress });
        state.last_number = number;
        Ok(Seen::First(sending))
    }

    /// The ids of the messages of a session that were answered here, so that a repeat of another one does not take them for its own.
    pub fn answered(&self, user: &str, session: &str) -> HashSet<String> {
        let state = self.state();
        let entries = state.users.get(user).into_iter().flatten().filter(|entry| entry.session == session);
        let id = |entry: &Entry| match &entry.progress {
            Progress::Answered(_, id) => id.as_deref().map(str::to_owned),
            Progress::Sending(_) | Progress::Unknown => None,
        };
        entries.filter_map(id).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sending {
    /// Records the outcome. A message that was certainly not stored is forgotten, so that a repeat sends it.
    pub fn finish(self, outcome: &Outcome) {
        self.end(match outcome {
            Ok(exchange) => {
                let id = exchange.get("message").and_then(|message| message["id"].as_str());
                Some(Progress::Answered(Value::Object(exchange.clone()).to_string().into(), id.map(Into::into)))
            }
            Err(refusal) if refusal.outcome_unknown() => Some(Progress::Unknown),
            Err(_) => None,
        });
        self.outcome.send_replace(Some(outcome.clone()));
    }

    fn end(&self, progress: Option<Progress>) {
        let now = self.messages.0.clock.now();
        let mut state = self.messages.state();
        match progress {
            None => state.remove(&self.user, self.number),
            Some(progress) => state.set(&self.user, self.number, progress, now),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if self.outcome.borrow().is_none() {
            self.end(Some(Progress::Unknown));
        }
    }
}

impl State {
    fn set(&mut self, user: &str, number: u64, progress: Progress, now: u64) {
        let Some(entries) = self.users.get_mut(user) else { return };
        let Some(entry) = entries.iter_mut().find(|entry| entry.number == number) else { return };
        entry.progress = progress;
        self.bytes += entry.bytes();
        let ended = entries.iter().filter(|entry| !matches!(entry.progress, Progress::Sending(_)));
        let oldest = (ended.clone().count() > MOST_PER_USER).then(|| ended.map(|entry| entry.number).min()).flatten();
        if let Some(oldest) = oldest {
            self.remove(user, oldest);
        }
        self.ended.push_back((now, user.to_owned(), number));
        self.forget(now);
    }

    fn remove(&mut self, user: &str, number: u64) {
        let Some(entries) = self.users.get_mut(user) else { return };
        if let Some(place) = entries.iter().position(|entry| entry.number == number) {
            self.bytes -= entries.swap_remove(place).bytes();
        }
        if entries.is_empty() {
            self.users.remove(user);
        }
    }

    /// Forgets what is too old or too much.
    fn forget(&mut self, now: u64) {
        while let Some((at, ..)) = self.ended.front()
            && (at.saturating_add(LIFETIME) <= now || self.ended.len() > MOST || self.bytes > MOST_BYTES)
        {
            if let Some((_, user, number)) = self.ended.pop_front() {
                self.remove(&user, number);
            }
        }
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        match &self.progress {
            Progress::Answered(exchange, _) => exchange.len(),
            Progress::Sending(_) | Progress::Unknown => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn messages() -> (SentMessages, Arc<AtomicU64>) {
        let now = Arc::new(AtomicU64::new(1000));
        let time = now.clone();
        (SentMessages::new(Clock::new(move || time.load(Ordering::SeqCst))), now)
    }

    fn first(messages: &SentMessages, user: &str, id: &str) -> Sending {
        match messages.begin(user, "1", id, "Hello") {
            Ok(Seen::First(sending)) => sending,
            _ => panic!("{user} has sent {id} before"),
        }
    }

    fn answered(content: &str) -> Outcome {
        Ok(json!({ "message": { "id": "5", "content": content } }).as_object().unwrap().clone())
    }

    #[test]
    fn outcomes_are_forgotten_after_their_lifetime() {
        let (messages, now) = messages();
        first(&messages, "alice", "a").finish(&answered("Hello"));
        assert!(matches!(messages.begin("alice", "1", "a", "Hello"), Ok(Seen::Answered(_))));
        now.fetch_add(LIFETIME, Ordering::SeqCst);
        drop(first(&messages, "alice", "b"));
        assert!(matches!(messages.begin("alice", "1", "b", "Hello"), Ok(Seen::Unknown(_))));
        drop(first(&messages, "alice", "a"));
    }

    #[test]
    fn one_user_has_a_share_and_all_have_a_limit() {
        let (messages, _) = messages();
        for id in 0..100 {
            first(&messages, "alice", &id.to_string()).finish(&answered("Hello"));
        }
        assert_eq!(messages.state().users["alice"].len(), MOST_PER_USER);
        first(&messages, "alice", "0").finish(&answered("Hello"));
        let large = "x".repeat(MOST_BYTES / 8);
        for user in 0..20 {
            first(&messages, &user.to_string(), "a").finish(&answered(&large));
        }
        let state = messages.state();
        assert!(state.bytes <= MOST_BYTES && state.users.len() <= 8, "{} {}", state.bytes, state.users.len());
        drop(state);
        for user in 0..2 * MOST {
            first(&messages, &format!("user {user}"), "a").finish(&answered("Hello"));
        }
        let state = messages.state();
        assert_eq!((state.ended.len(), state.users.len()), (MOST, MOST));
    }

    #[test]
    fn a_user_sends_a_limited_number_at_once() {
        let (messages, _) = messages();
        let sending: Vec<_> = (0..MOST_AT_ONCE).map(|id| first(&messages, "alice", &id.to_string())).collect();
        let refused = messages.begin("alice", "1", "more", "Hello").err().unwrap();
        assert_eq!(refused.kind(), Kind::RateLimited);
        assert!(messages.begin("bob", "1", "more", "Hello").is_ok());
        drop(sending);
        assert!(matches!(messages.begin("alice", "1", "more", "Hello"), Ok(Seen::First(_))));
    }
}
