//! What has happened lately, for the dashboard: the last requests, and each key's calls by minute. Kept in memory, and
//! never with a secret.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::clock::Clock;

const KEPT: usize = 500;
const MINUTES: i64 = 60;
const LONGEST_SEGMENT: usize = 36;
const LONGEST_PATH: usize = 160;
const LONGEST_METHOD: usize = 20;

/// How a request said who sends it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    #[default]
    None,
    ApiKey,
    Token,
    Cookie,
}

/// Who sent a request, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller {
    pub credential: CredentialKind,
    pub key_id: Option<i64>,
    pub user_id: Option<i64>,
}

/// One request that has been answered.
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

/// A key's last hour, oldest minute first.
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
            method: shown_method(method),
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
        if state.entries.len() == KEPT {
            state.entries.pop_front();
        }
        state.entries.push_back(Entry { seq, ..entry });
    }

    /// The user's requests, and those that are nobody's, after the one numbered `after`; and the number to ask with next.
    pub fn entries(&self, user_id: i64, after: u64) -> (Vec<Entry>, u64) {
        let state = self.lock();
        // A number from before a start or a reset is from another list.
        let after = if after > state.last { 0 } else { after };
        let theirs = |entry: &&Entry| entry.seq > after && entry.user_id.is_none_or(|user| user == user_id);
        (state.entries.iter().filter(theirs).cloned().collect(), state.last)
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

/// A method may be any word of any length, a secret too.
fn shown_method(method: &Method) -> String {
    match method.as_str() {
        method if method.len() <= LONGEST_METHOD => method.to_owned(),
        method => format!("{}…", &method[..8]),
    }
}

/// A path that can be shown: parts that are as long as a secret, or look like a key, are cut.
pub fn shown_path(path: &str) -> String {
    let mut shown = String::with_capacity(path.len().min(LONGEST_PATH));
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            shown.push('/');
        }
        if segment.len() > LONGEST_SEGMENT || segment.starts_with("ah_") {
            shown.extend(segment.chars().take(8));
            shown.push('…');
        } else {
            shown.push_str(segment);
        }
        if shown.len() > LONGEST_PATH {
            shown.push('…');
            break;
        }
    }
    shown
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

    fn recorded(activity: &Activity, status: u16, user_id: Option<i64>, key_id: Option<i64>) {
        let caller = Caller { credential: CredentialKind::ApiKey, key_id, user_id };
        let status = StatusCode::from_u16(status).expect("a status");
        let id = HeaderValue::from_static("req_1");
        activity.record(&Method::GET, "/v1/agents".to_owned(), status, Duration::from_micros(1234), caller, id);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let activity = Activity::default();
        for _ in 0..KEPT + 7 {
            recorded(&activity, 200, Some(1), None);
        }
        let (entries, last) = activity.entries(1, 0);
        assert_eq!((entries.len(), last), (KEPT, KEPT as u64 + 7));
        assert_eq!(entries[0].seq, 8);
        assert_eq!(activity.entries(1, last - 2).0.len(), 2);
        assert_eq!(activity.entries(1, last + 1).0.len(), KEPT, "numbered by an earlier start");
    }

    #[test]
    fn others_requests_are_not_shown() {
        let activity = Activity::default();
        recorded(&activity, 200, Some(1), None);
        recorded(&activity, 200, Some(2), None);
        recorded(&activity, 401, None, None);
        let seen: Vec<u64> = activity.entries(2, 0).0.iter().map(|entry| entry.seq).collect();
        assert_eq!(seen, [2, 3]);
    }

    #[test]
    fn calls_and_errors_are_counted_by_key_and_minute() {
        let activity = Activity::default();
        recorded(&activity, 200, Some(1), Some(5));
        recorded(&activity, 404, Some(1), Some(5));
        recorded(&activity, 200, Some(1), Some(6));
        let usage = activity.usage(5);
        assert_eq!((usage.calls.len(), usage.errors.len()), (60, 60));
        assert_eq!((usage.calls.iter().sum::<u32>(), usage.errors.iter().sum::<u32>()), (2, 1));
        assert_eq!(activity.usage(7).calls.iter().sum::<u32>(), 0);
    }

    #[test]
    fn a_path_shows_no_secret() {
        let key = format!("ah_test_{}", "aB3".repeat(10));
        assert_eq!(shown_path(&format!("/v1/sessions/{key}/end")), "/v1/sessions/ah_test_…/end");
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{}", "x".repeat(60));
        assert_eq!(shown_path(&format!("/v1/{token}")), "/v1/eyJhbGci…");
        assert_eq!(shown_path("/v1/agents/12/sessions"), "/v1/agents/12/sessions");
        assert!(shown_path(&"/abcdefgh".repeat(1000)).len() < LONGEST_PATH + 20);
    }
}
