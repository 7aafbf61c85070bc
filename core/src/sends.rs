//! The messages that a phone sends: their ids, by which the relay recognizes a repeat, and which of them have an unknown outcome.

use crate::error::{Error, Kind, Result};
use crate::table::{Params, plain};
use crate::values::random_id;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The parameter with the client's id of the message.
const ID: &str = "id";

/// The maximum number of messages without an outcome, and of sessions whose last message is known.
const MOST: usize = 100;
const LONGEST_ID: usize = 64;

/// The messages of a client.
#[derive(Default)]
pub(crate) struct Sends(Mutex<State>);

#[derive(Default)]
struct State {
    /// The last message that the client knows, by session.
    last: HashMap<String, String>,
    /// The messages without an outcome, the oldest first.
    open: VecDeque<Sent>,
}

/// A message that is being sent.
#[derive(Clone)]
pub(crate) struct Sent {
    session: String,
    id: String,
    /// The last message that the client knew before the first attempt, or empty.
    pub after: String,
    /// Whether an earlier call sent it, and its outcome is unknown.
    pub is_repeat: bool,
}

impl Sends {
    /// Starts to send a message, which gets an id if it has none.
    ///
    /// # Errors
    /// If the id is malformed (`invalid_argument`).
    pub fn begin(&self, params: &mut Params) -> Result<Sent> {
        let session = params.values.get("session_id").map(plain).unwrap_or_default();
        let id = match params.values.get(ID).filter(|id| !id.is_null()) {
            None => random_id(),
            Some(id) => checked(id)?,
        };
        params.values.insert(ID.into(), id.as_str().into());
        let mut state = self.state();
        if let Some(known) = state.open.iter().find(|sent| sent.id == id && sent.session == session) {
            return Ok(Sent { is_repeat: true, ..known.clone() });
        }
        let after = state.last.get(&session).cloned().unwrap_or_default();
        if state.open.len() == MOST {
            state.open.pop_front();
        }
        let sent = Sent { session, id, after, is_repeat: false };
        state.open.push_back(sent.clone());
        Ok(sent)
    }

    /// The outcome of the message is known.
    pub fn ended(&self, sent: &Sent) {
        self.state().open.retain(|open| open.id != sent.id || open.session != sent.session);
    }

    /// The last message of a session.
    pub fn learn(&self, session: &str, last: String) {
        let mut state = self.state();
        // Without one, a repeat looks at more messages.
        if state.last.len() == MOST && !state.last.contains_key(session) {
            state.last.clear();
        }
        state.last.insert(session.to_owned(), last);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checked(id: &Value) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let id = id.as_str().filter(|id| !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(is_plain));
    id.map(str::to_owned).ok_or_else(|| {
        let why = format!("{ID} must be 1 to {LONGEST_ID} letters, digits, \"_\" or \"-\"");
        Error::new(Kind::InvalidArgument, why).parameter(ID)
    })
}
