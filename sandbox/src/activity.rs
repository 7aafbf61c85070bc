//! Recent activity for the dashboard: the last requests, and the calls of each key by minute. It is in memory only, and
//! contains no secrets.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Clock;

const MAX_ENTRIES: usize = 500;
const MINUTES: i64 = 60;
const MAX_SEGMENT: usize = 36;
const MAX_PATH: usize = 160;
const MAX_METHOD: usize = 20;

/// The kind of credential of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    #[default]
    None,
    ApiKey,
    Token,
    Cookie,
}

/// The sender of a request, if known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller {
    pub credential: CredentialKind,
    pub key_id: Option<i64>,
    pub user_id: Option<i64>,
}

/// A request in the log.
#[derive(Clone, Serialize)]
pub struct Entry {
    seq: u64,
    #[serde(serialize_with = "instant")]
    at: Timestamp,
    method: String,
    path: String,
    status: u16,
    milliseconds: f64,
    credential: CredentialKind,
    key_id: Option<i64>,
    #[serde(serialize_with = "header")]
    request_id: HeaderValue,
    #[serde(skip)]
    user_id: Option<i64>,
}

/// The part of the log that is wanted.
#[derive(Deserialize)]
pub struct LogQuery {
    /// The number of the last request that is known already.
    #[serde(default)]
    after: u64,
}

#[derive(Serialize)]
pub struct Log {
    entries: Vec<Entry>,
    /// The number to pass as `after` for what comes next.
    last: u64,
    /// The sandbox's clock, which may be ahead of the reader's.
    now: String,
}

/// The calls and errors of a key in the last hour, oldest minute first.
#[derive(Default, Serialize)]
pub struct Usage {
    pub calls: Vec<u32>,
    pub errors: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Minute {
    number: i64,
    calls: u32,
    errors: u32,
}

#[derive(Default)]
pub struct Activity {
    clock: Arc<Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    entries: VecDeque<Entry>,
    usage: HashMap<i64, [Minute; MINUTES as usize]>,
}

impl Activity {
    pub fn new(clock: Arc<Clock>) -> Self {
        Self { clock, ..Self::default() }
    }

    pub fn record(
        &self,
        method: &Method,
        path: String,
        status: StatusCode,
        took: Duration,
        caller: Caller,
        request_id: HeaderValue,
    ) {
        let at = self.clock.now();
        let entry = Entry {
            seq: 0,
            at,
            method: shortened_method(method),
            path,
            status: status.as_u16(),
            milliseconds: (took.as_secs_f64() * 100_000.0).round() / 100.0,
            credential: caller.credential,
            key_id: caller.key_id,
            request_id,
            user_id: caller.user_id,
        };
        let mut state = self.lock();
        if let Some(key_id) = caller.key_id {
            let minute = minute(at);
            let slot = &mut state.usage.entry(key_id).or_insert([Minute::default(); MINUTES as usize])
                [minute.rem_euclid(MINUTES) as usize];
            if slot.number != minute {
                *slot = Minute { number: minute, ..Minute::default() };
            }
            slot.calls += 1;
            slot.errors += u32::from(entry.status >= 400);
        }
        state.last += 1;
        let seq = state.last;
        if state.entries.len() == MAX_ENTRIES {
            state.entries.pop_front();
        }
        state.entries.push_back(Entry { seq, ..entry });
    }

    /// The log of one user's requests and of those without a user, or of all requests.
    pub fn log(&self, of: Option<i64>, query: &LogQuery) -> Log {
        let (entries, last) = self.entries(of, query.after);
        Log { entries, last, now: self.clock.now_text() }
    }

    fn entries(&self, of: Option<i64>, after: u64) -> (Vec<Entry>, u64) {
        let state = self.lock();
        // A larger number is from before a restart or a reset.
        let after = if after > state.last { 0 } else { after };
        let is_wanted = |entry: &&Entry| {
            let is_visible = of.is_none() || entry.user_id.is_none() || entry.user_id == of;
            entry.seq > after && is_visible
        };
        (state.entries.iter().filter(is_wanted).cloned().collect(), state.last)
    }

    pub fn usage(&self, key_id: i64) -> Usage {
        let now = minute(self.clock.now());
        let state = self.lock();
        let minutes = state.usage.get(&key_id);
        let mut usage = Usage::default();
        for number in now - MINUTES + 1..=now {
            let slot = minutes.map(|minutes| minutes[number.rem_euclid(MINUTES) as usize]).filter(|slot| slot.number == number);
            let slot = slot.unwrap_or_default();
            usage.calls.push(slot.calls);
            usage.errors.push(slot.errors);
        }
        usage
    }

    pub fn reset(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// Shortens a long method: a method may be any word, and so a secret.
fn shortened_method(method: &Method) -> String {
    match method.as_str() {
        method if method.len() <= MAX_METHOD => method.to_owned(),
        method => format!("{}…", &method[..8]),
    }
}

/// Returns the path for the log: segments that are as long as a secret, or look like a key, are cut.
pub fn redacted_path(path: &str) -> String {
    let mut redacted = String::with_capacity(path.len().min(MAX_PATH));
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            redacted.push('/');
        }
        if segment.len() > MAX_SEGMENT || segment.starts_with("ah_") {
            redacted.extend(segment.chars().take(8));
            redacted.push('…');
        } else {
            redacted.push_str(segment);
        }
        if redacted.len() > MAX_PATH {
            redacted.push('…');
            break;
        }
    }
    redacted
}

fn instant<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::time::text(*at))
}

fn header<S: Serializer>(value: &HeaderValue, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(activity: &Activity, status: u16, user_id: Option<i64>, key_id: Option<i64>) {
        let caller = Caller { credential: CredentialKind::ApiKey, key_id, user_id };
        let status = StatusCode::from_u16(status).expect("a status");
        let id = HeaderValue::from_static("req_1");
        activity.record(&Method::GET, "/v1/agents".to_owned(), status, Duration::from_micros(1234), caller, id);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let activity = Activity::default();
        for _ in 0..MAX_ENTRIES + 7 {
            record(&activity, 200, Some(1), None);
        }
        let (entries, last) = activity.entries(Some(1), 0);
        assert_eq!((entries.len(), last), (MAX_ENTRIES, MAX_ENTRIES as u64 + 7));
        assert_eq!(entries[0].seq, 8);
        assert_eq!(activity.entries(Some(1), last - 2).0.len(), 2);
        assert_eq!(activity.entries(Some(1), last + 1).0.len(), MAX_ENTRIES, "a number from before a restart");
    }

    #[test]
    fn requests_of_other_users_are_hidden() {
        let activity = Activity::default();
        record(&activity, 200, Some(1), None);
        record(&activity, 200, Some(2), None);
        record(&activity, 401, None, None);
        let seen: Vec<u64> = activity.entries(Some(2), 0).0.iter().map(|entry| entry.seq).collect();
        assert_eq!(seen, [2, 3]);
        assert_eq!(activity.entries(None, 0).0.len(), 3);
    }

    #[test]
    fn calls_and_errors_are_counted_by_key_and_minute() {
        let activity = Activity::default();
        record(&activity, 200, Some(1), Some(5));
        record(&activity, 404, Some(1), Some(5));
        record(&activity, 200, Some(1), Some(6));
        let usage = activity.usage(5);
        assert_eq!((usage.calls.len(), usage.errors.len()), (60, 60));
        assert_eq!((usage.calls.iter().sum::<u32>(), usage.errors.iter().sum::<u32>()), (2, 1));
        assert_eq!(activity.usage(7).calls.iter().sum::<u32>(), 0);
    }

    #[test]
    fn secrets_in_paths_are_redacted() {
        let key = format!("ah_test_{}", "aB3".repeat(10));
        assert_eq!(redacted_path(&format!("/v1/sessions/{key}/end")), "/v1/sessions/ah_test_…/end");
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{}", "x".repeat(60));
        assert_eq!(redacted_path(&format!("/v1/{token}")), "/v1/eyJhbGci…");
        assert_eq!(redacted_path("/v1/agents/12/sessions"), "/v1/agents/12/sessions");
        assert!(redacted_path(&"/abcdefgh".repeat(1000)).len() < MAX_PATH + 20);
    }
}
