//! Records the attempts of a call on a cassette, or replays them from it.

use super::exchange::{Content, Head, NoHead};
use super::observe::is_secret_header;
use super::{RequestAuth, Run};
use crate::Secret;
use crate::answer::secret_names;
use crate::cassette::{
    Cassette, FileContent, Interaction, RecordedEnd, RecordedFailure, RecordedFault, RecordedRequest, RecordedResponse,
    RecordedUpload, is_too_deep,
};
use crate::credentials::Credential;
use crate::error::{Error, Kind, known_phase};
use crate::json;
use crate::table::Outgoing;
use crate::transport::upload::{Form, Parts};
use crate::transport::{Begun, BodyFault, RequestBody, read_fault};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// An attempt on a cassette.
pub(super) struct Tape<'a> {
    run: &'a Run<'a>,
    cassette: &'a Cassette,
    request: RecordedRequest,
    upload: Option<Parts>,
    /// The secrets of the request.
    secrets: Vec<Secret>,
    recording: Option<Recording>,
}

/// An attempt that is in flight while the cassette records.
struct Recording {
    place: usize,
    begun: Begun,
}

impl Run<'_> {
    /// Returns the attempt on the client's cassette, if it has one.
    pub(super) fn tape<'a>(&'a self, outgoing: &Outgoing, auth: RequestAuth<'_>, upload: Option<&Form>) -> Option<Tape<'a>> {
        let cassette = self.client.cassette()?;
        let (path, query) = outgoing.path.split_once('?').unwrap_or((&outgoing.path, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().chain(outgoing.query.iter().cloned());
        let request = RecordedRequest {
            operation: self.operation.name.to_owned(),
            method: self.operation.method.as_str().to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish(),
            credential: auth.credential.map(Credential::kind),
            body: outgoing.body.clone(),
            upload: None,
        };
        let upload = upload.and_then(Form::parts);
        Some(Tape { run: self, cassette, request, upload, secrets: self.shown_secrets(auth), recording: None })
    }

    /// Whether the call ends because no time or no retries are left. A replay takes no time, so it does what was recorded.
    pub(super) fn gives_up(&self, measure: impl FnOnce() -> bool) -> bool {
        let progress = self.progress();
        let (place, gave_up) = (progress.place, progress.gave_up);
        drop(progress);
        match self.client.cassette() {
            Some(cassette) if cassette.replays() => gave_up,
            None => measure(),
            Some(cassette) => {
                let gives_up = measure();
                if let Some(place) = place.filter(|_| gives_up) {
                    cassette.give_up(place);
                }
                gives_up
            }
        }
    }
}

impl<'a> Tape<'a> {
    /// Sends the request, or returns what was recorded for it.
    pub async fn exchange(&mut self, request: http::Request<RequestBody>) -> Result<Head<'a>, NoHead> {
        if self.cassette.replays() {
            return self.play(request.into_body()).await;
        }
        self.secrets.extend(secrets_of(request.headers()));
        let place = self.cassette.begin();
        self.run.progress().place = Some(place);
        self.recording = Some(Recording { place, begun: request.body().begun() });
        let head = self.run.exchange(request).await;
        if let Err(NoHead { error, unsent }) = &head {
            let info = error.info();
            let failure = RecordedFailure {
                code: Some(info.kind.code().to_owned()),
                ended: None,
                message: info.message.clone(),
                suggestion: info.suggestion.clone(),
                phase: info.phase.map(str::to_owned),
                sent: !unsent,
                retryable: info.retryable,
            };
            self.finish(None, Some(failure));
        }
        head
    }

    /// Records a response.
    pub fn answered(mut self, status: u16, headers: &HeaderMap, body: &Result<(Bytes, Option<String>), BodyFault>) {
        if self.recording.is_none() {
            return;
        }
        let (text, fault) = match body {
            Ok((body, _)) => (body, None),
            Err(BodyFault::TooLarge(read)) => (read, Some(RecordedFault::TooLarge)),
            Err(BodyFault::CutShort(read)) => (read, Some(RecordedFault::CutShort)),
            Err(BodyFault::Damaged(why)) => (&Bytes::new(), Some(RecordedFault::Damaged(why.clone()))),
        };
        let text = json::mended(json::without_mark(text.clone()));
        let body: Option<Value> = serde_json::from_slice(&text).ok();
        let body = body.filter(|body| !body.is_null() && !is_too_deep(body, 0));
        let text = (body.is_none() && !text.is_empty()).then(|| String::from_utf8_lossy(&text).into_owned());
        self.finish(Some(RecordedResponse { status, headers: kept(headers), body, text, fault }), None);
    }

    /// Records how the attempt ended.
    fn finish(&mut self, response: Option<RecordedResponse>, failure: Option<RecordedFailure>) {
        let Some(Recording { place, .. }) = self.recording.take() else { return };
        let request = RecordedRequest { upload: self.upload.as_ref().map(recorded), ..self.request.clone() };
        let interaction = Interaction { request, response, failure, gave_up: false };
        let secrets: Vec<&str> = self.secrets.iter().map(Secret::expose).collect();
        self.cassette.record(place, interaction, &secrets, &self.secret_fields());
    }

    /// Returns the names of the secret fields of the operation's model.
    fn secret_fields(&self) -> Vec<&'static str> {
        secret_names(&self.run.operation.answer)
    }

    async fn play(&mut self, mut content: RequestBody) -> Result<Head<'a>, NoHead> {
        if self.upload.is_some() {
            // The file is read as if it were sent, for its progress and its errors.
            while let Some(frame) = content.frame().await {
                frame.map_err(|error| NoHead { error: read_fault(&error), unsent: false })?;
            }
        }
        let request = RecordedRequest { upload: self.upload.as_ref().map(recorded), ..self.request.clone() };
        let secrets: Vec<&str> = self.secrets.iter().map(Secret::expose).collect();
        let played = self.cassette.play(request, &secrets).map_err(|error| NoHead { error, unsent: false })?;
        self.note(&played);
        match (played.response, played.failure) {
            (Some(response), _) => Ok(head(response)),
            (None, Some(failure)) => Err(self.failure(failure).await),
            (None, None) => Err(NoHead { error: malformed("has neither a response nor a failure"), unsent: false }),
        }
    }

    fn note(&self, played: &Interaction) {
        let sent = played.failure.as_ref().is_some_and(|failure| failure.sent);
        let mut progress = self.run.progress();
        progress.gave_up = played.gave_up;
        progress.maybe_sent |= sent && self.run.doubles();
    }

    async fn failure(&self, failure: RecordedFailure) -> NoHead {
        let phase = failure.phase.as_deref().and_then(known_phase);
        let ended = |phase| NoHead { error: self.run.timeout_error(phase), unsent: false };
        match failure.ended {
            Some(RecordedEnd::TimedOut) => return ended(phase.unwrap_or("send")),
            Some(RecordedEnd::Cancelled) => {
                // The program is to cancel it again.
                tokio::time::sleep(self.run.deadline.timeout()).await;
                return ended(phase.unwrap_or("send"));
            }
            None => {}
        }
        let Some(kind) = failure.code.as_deref().and_then(Kind::of_code) else {
            return NoHead { error: malformed("has a failure without a known code"), unsent: false };
        };
        let mut error = Error::new(kind, failure.message);
        if let Some(suggestion) = failure.suggestion {
            error = error.suggestion(suggestion);
        }
        if let Some(phase) = phase {
            error = error.phase(phase);
        }
        error.info_mut().retryable = failure.retryable;
        NoHead { error, unsent: !failure.sent }
    }
}

impl Drop for Tape<'_> {
    /// The call ended before the attempt did.
    fn drop(&mut self) {
        let Some(recording) = &self.recording else { return };
        let has_passed = self.run.deadline.outlasted_by(Duration::ZERO);
        let failure = RecordedFailure {
            code: None,
            ended: Some(if has_passed { RecordedEnd::TimedOut } else { RecordedEnd::Cancelled }),
            message: String::new(),
            suggestion: None,
            phase: Some(self.run.progress().phase.to_owned()),
            sent: recording.begun.get(),
            retryable: false,
        };
        self.finish(None, Some(failure));
    }
}

fn recorded(parts: &Parts) -> RecordedUpload {
    RecordedUpload {
        fields: parts.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        file_name: parts.file_name.clone(),
        content_type: parts.content_type.clone(),
        content: parts.file.content().map(|(bytes, sha256)| FileContent { bytes, sha256 }),
    }
}

/// The response of a cassette.
fn head(response: RecordedResponse) -> Head<'static> {
    let RecordedResponse { status, headers, body, text, fault } = response;
    let pairs = headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    });
    let text = Bytes::from(body.map(|body| body.to_string()).or(text).unwrap_or_default());
    let body = match fault {
        None => Ok(text),
        Some(RecordedFault::TooLarge) => Err(BodyFault::TooLarge(text)),
        Some(RecordedFault::CutShort) => Err(BodyFault::CutShort(text)),
        Some(RecordedFault::Damaged(why)) => Err(BodyFault::Damaged(why)),
    };
    Head { status, headers: pairs.collect(), content: Content::Recorded(body) }
}

fn malformed(why: &str) -> Error {
    Error::new(Kind::Configuration, format!("an interaction of the cassette {why}")).parameter("path")
}

/// The secrets in the headers of a request.
fn secrets_of(headers: &HeaderMap) -> impl Iterator<Item = Secret> {
    headers
        .iter()
        .filter(|(name, value)| is_secret_header(name, value))
        .filter_map(|(_, value)| value.to_str().ok().map(Secret::new))
}

/// Returns the headers that the client reads. Others would change with every recording, and may hold secrets.
fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let is_limit = |name: &str| name.starts_with("ratelimit") || name.starts_with("x-rate") || name.starts_with("retry-after");
    let has_limit = headers.keys().any(|name| is_limit(name.as_str()));
    let is_kept = |name: &str| match name {
        "content-encoding" | "content-type" | "location" | "x-request-id" => true,
        // The times of a limit are compared with it.
        "date" => has_limit,
        name => is_limit(name),
    };
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| is_kept(name.as_str())) {
        let value = String::from_utf8_lossy(value.as_bytes());
        kept.entry(name.to_string()).and_modify(|values| *values = format!("{values}, {value}")).or_insert_with(|| value.into());
    }
    kept
}
