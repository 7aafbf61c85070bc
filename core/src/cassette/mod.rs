//! Cassettes: the HTTP exchanges of a program, recorded once and then replayed without a network.

mod file;
mod mask;
mod matching;

pub(crate) use file::{
    FileContent, Interaction, RecordedEnd, RecordedFailure, RecordedFault, RecordedRequest, RecordedResponse, RecordedUpload,
};

use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::vocabulary::CredentialKind;
use file::{MOST_BYTES, MOST_INTERACTIONS};
use mask::{MADE_UP_TEXT, MADE_UP_TOKEN, Mask};
use matching::Player;
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether a cassette records or replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CassetteMode {
    /// Replays if the file exists, and otherwise records. If the environment variable `CI` is set, it never records.
    Auto,
    /// Records, and replaces the file.
    Record,
    /// Replays. The file must exist.
    Replay,
}

impl CassetteMode {
    /// Returns the mode with this name: `auto`, `record` or `replay`.
    ///
    /// # Errors
    /// If there is none (`configuration`).
    pub fn of(name: &str) -> Result<CassetteMode> {
        match name {
            "auto" => Ok(CassetteMode::Auto),
            "record" => Ok(CassetteMode::Record),
            "replay" => Ok(CassetteMode::Replay),
            _ => Err(Error::new(Kind::Configuration, "mode must be \"auto\", \"record\" or \"replay\"").parameter("mode")),
        }
    }

    /// Returns the name of the mode.
    pub fn as_str(self) -> &'static str {
        match self {
            CassetteMode::Auto => "auto",
            CassetteMode::Record => "record",
            CassetteMode::Replay => "replay",
        }
    }
}

/// A file with the HTTP exchanges of a program. Clones share all state.
///
/// In record mode, the clients with this cassette work as others do, and [`close`](Cassette::close) writes their exchanges to
/// the file, with secrets and e-mail addresses masked. In replay mode nothing is sent: each request gets the response that was
/// recorded for an equal one.
#[derive(Clone)]
pub struct Cassette(Arc<Shared>);

struct Shared {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    deck: Deck,
    is_closed: bool,
}

enum Deck {
    Recorder(Recorder),
    Player(Player),
}

#[derive(Default)]
struct Recorder {
    /// In the order in which the attempts began. `None`: not finished yet.
    slots: Vec<Option<Interaction>>,
    mask: Mask,
    /// The approximate size of the texts so far.
    bytes: usize,
    /// Why no more can be recorded.
    full: Option<String>,
}

impl Cassette {
    /// Opens a cassette. In replay mode the file is read now, and in record mode it is written by [`close`](Cassette::close).
    ///
    /// # Errors
    /// If the file is missing, malformed or too large, or if the mode is `Auto`, the file is missing and `CI` is set
    /// (`configuration`).
    pub fn open(path: impl Into<PathBuf>, mode: CassetteMode) -> Result<Cassette> {
        let path = path.into();
        let records = match mode {
            CassetteMode::Record => true,
            CassetteMode::Replay => false,
            CassetteMode::Auto => !path.exists(),
        };
        if records && mode == CassetteMode::Auto && is_ci() {
            let why = format!("the cassette {} does not exist, and nothing is recorded in CI", path.display());
            return Err(Error::new(Kind::Configuration, why)
                .parameter("path")
                .suggestion("Record it on your machine and commit the file, or use the mode \"record\"."));
        }
        let deck = if records { Deck::Recorder(Recorder::default()) } else { Deck::Player(Player::new(file::load(&path)?)) };
        Ok(Cassette(Arc::new(Shared { path, state: Mutex::new(State { deck, is_closed: false }) })))
    }

    /// Returns `Record` or `Replay`.
    pub fn mode(&self) -> CassetteMode {
        if self.replays() { CassetteMode::Replay } else { CassetteMode::Record }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Ends the recording and writes the file. Later calls of its clients fail. Closing it again has no effect.
    ///
    /// # Errors
    /// If the file cannot be written, or the recording is too large (`configuration`). In replay mode, if a request was not
    /// recorded, even if the program ignored that error (`not_recorded`).
    pub fn close(&self) -> Result<()> {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_closed, true) {
            return Ok(());
        }
        match &mut state.deck {
            Deck::Player(player) => match player.unrecorded.as_slice() {
                [] => Ok(()),
                requests => {
                    let why = format!("requests that were not recorded in {}: {}", self.0.path.display(), requests.join(", "));
                    Err(Error::new(Kind::NotRecorded, why))
                }
            },
            Deck::Recorder(recorder) => {
                if let Some(why) = &recorder.full {
                    let why = format!("the cassette {} was not written: {why}", self.0.path.display());
                    return Err(Error::new(Kind::Configuration, why)
                        .parameter("path")
                        .suggestion("Record less in one cassette."));
                }
                let mask = std::mem::take(&mut recorder.mask);
                let interactions: Vec<Interaction> =
                    std::mem::take(&mut recorder.slots).into_iter().flatten().map(|slot| mask.interaction(slot, &[])).collect();
                file::save(&self.0.path, &file::text(&interactions)?)
            }
        }
    }

    /// Ends the recording without writing the file. Later calls of its clients fail.
    pub fn discard(&self) {
        self.state().is_closed = true;
    }

    /// Returns the recorded requests that were not made, such as `GET /v1/agents`. In record mode there are none.
    pub fn unplayed(&self) -> Vec<String> {
        match &self.state().deck {
            Deck::Recorder(_) => Vec::new(),
            Deck::Player(player) => player.unplayed(),
        }
    }

    /// Checks that every recorded request was made.
    ///
    /// # Errors
    /// If one was not (`not_recorded`).
    pub fn check_all_played(&self) -> Result<()> {
        let unplayed = self.unplayed();
        if unplayed.is_empty() {
            return Ok(());
        }
        let why = format!("requests of {} that were not made: {}", self.0.path.display(), unplayed.join(", "));
        Err(Error::new(Kind::NotRecorded, why))
    }

    pub(crate) fn replays(&self) -> bool {
        matches!(self.state().deck, Deck::Player(_))
    }

    /// What a replay has in place of a random text that it sent while it recorded.
    pub(crate) fn made_up_text(&self) -> Option<&'static str> {
        self.replays().then_some(MADE_UP_TEXT)
    }

    /// Returns the kinds of credentials that the recorded requests carried.
    pub(crate) fn credentials(&self) -> Vec<CredentialKind> {
        match &self.state().deck {
            Deck::Recorder(_) => Vec::new(),
            Deck::Player(player) => player.credentials(),
        }
    }

    /// # Errors
    /// If it is closed.
    pub(crate) fn refuse_if_closed(&self) -> Result<()> {
        if self.state().is_closed {
            let why = format!("the cassette {} is closed", self.0.path.display());
            return Err(Error::new(Kind::Closed, why).suggestion("Make all calls before the cassette is closed."));
        }
        Ok(())
    }

    /// Reserves the place of an attempt that begins now.
    pub(crate) fn begin(&self) -> usize {
        let mut state = self.state();
        let Deck::Recorder(recorder) = &mut state.deck else { return 0 };
        if recorder.slots.len() >= MOST_INTERACTIONS {
            recorder.full = Some(format!("it has more than {MOST_INTERACTIONS} requests"));
            return MOST_INTERACTIONS;
        }
        recorder.slots.push(None);
        recorder.slots.len() - 1
    }

    /// Records an attempt, in which these secrets were sent. The fields with these names are secrets of the response.
    pub(crate) fn record(&self, place: usize, interaction: Interaction, secrets: &[&str], names: &[&str]) {
        let mut state = self.state();
        let is_closed = state.is_closed;
        let Deck::Recorder(recorder) = &mut state.deck else { return };
        if is_closed || place >= recorder.slots.len() {
            return;
        }
        secrets.iter().for_each(|secret| recorder.mask.learn(secret));
        for body in [&interaction.request.body, &interaction.response.as_ref().and_then(|response| response.body.clone())] {
            body.iter().for_each(|body| recorder.mask.learn_fields(body, names));
        }
        let interaction = recorder.mask.interaction(interaction, names);
        recorder.bytes += file::text(std::slice::from_ref(&interaction)).map_or(0, |text| text.len());
        if recorder.bytes > MOST_BYTES {
            recorder.full = Some(format!("it has more than {MOST_BYTES} bytes"));
            recorder.slots.clear();
        } else {
            recorder.slots[place] = Some(interaction);
        }
    }

    /// Records that a call ended with this attempt because no time or no retries were left.
    pub(crate) fn give_up(&self, place: usize) {
        if let Deck::Recorder(recorder) = &mut self.state().deck
            && let Some(Some(interaction)) = recorder.slots.get_mut(place)
        {
            interaction.gave_up = true;
        }
    }

    /// Returns what was recorded for a request, in which these secrets would be sent.
    ///
    /// # Errors
    /// If there is no such request that was not used yet.
    pub(crate) fn play(&self, request: RecordedRequest, secrets: &[&str]) -> Result<Interaction> {
        let mut mask = Mask::default();
        secrets.iter().for_each(|secret| mask.learn(secret));
        request.body.iter().for_each(|body| mask.learn_fields(body, &[]));
        let request = mask.request(request);
        let mut state = self.state();
        let Deck::Player(player) = &mut state.deck else { return Err(Error::internal("a cassette records and replays")) };
        player.play(request, &self.0.path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette").field("path", &self.0.path).field("mode", &self.mode()).finish_non_exhaustive()
    }
}

/// Returns the made-up credential of a client that replays.
pub(crate) fn made_up_credential(kind: CredentialKind, environment: &str) -> String {
    match kind {
        CredentialKind::ApiKey => format!("ah_{environment}_exampleexampleexampleexample0000"),
        CredentialKind::Token => MADE_UP_TOKEN.to_owned(),
    }
}

/// Whether this is a run of continuous integration.
fn is_ci() -> bool {
    std::env::var_os(environment::CI.name).is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
}

impl Mask {
    fn interaction(&self, interaction: Interaction, names: &[&str]) -> Interaction {
        let Interaction { request, response, failure, gave_up } = interaction;
        let response = response.map(|response| RecordedResponse {
            headers: response.headers.into_iter().map(|(name, value)| (name, self.text(&value))).collect(),
            body: response.body.map(|body| self.json(&body, names)),
            text: response.text.map(|text| self.text(&text)),
            ..response
        });
        let failure = failure.map(|failure| RecordedFailure {
            message: self.text(&failure.message),
            suggestion: failure.suggestion.map(|text| self.text(&text)),
            ..failure
        });
        Interaction { request: self.request(request), response, failure, gave_up }
    }

    fn request(&self, request: RecordedRequest) -> RecordedRequest {
        RecordedRequest {
            path: self.text(&request.path),
            query: self.query(&request.query),
            body: request.body.map(|body| self.json(&body, &[])),
            upload: request.upload.map(|upload| RecordedUpload {
                fields: upload.fields.into_iter().map(|(name, value)| (name, self.text(&value))).collect(),
                file_name: self.text(&upload.file_name),
                ..upload
            }),
            ..request
        }
    }

    /// Masks the values of a query, and sorts its pairs.
    fn query(&self, query: &str) -> String {
        let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| {
                // A secret may be known by the name of its parameter.
                let pair = self.text(&format!("{name}={value}"));
                pair.split_once('=')
                    .map_or_else(|| (pair.clone(), String::new()), |(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect();
        pairs.sort();
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

/// The maximum depth of a body that is recorded as JSON. A deeper one is recorded as text, since the file adds to its depth.
const DEEPEST: usize = 100;

/// Whether a value is nested more deeply than that.
pub(crate) fn is_too_deep(value: &Value, depth: usize) -> bool {
    match value {
        _ if depth > DEEPEST => true,
        Value::Array(items) => items.iter().any(|item| is_too_deep(item, depth + 1)),
        Value::Object(fields) => fields.values().any(|field| is_too_deep(field, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
