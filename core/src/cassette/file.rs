//! The file of a cassette: its format, and reading and writing it.

use crate::error::{Error, Kind, Result};
use crate::vocabulary::CredentialKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The version of the format.
const VERSION: u32 = 1;

/// The maximum number of interactions.
pub(super) const MOST_INTERACTIONS: usize = 10_000;

/// The maximum size of the file, in bytes.
pub(super) const MOST_BYTES: usize = 32 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    agenthuman_cassette: u32,
    interactions: T,
}

/// A request and what came back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Interaction {
    pub request: RecordedRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<RecordedFailure>,
    /// Whether the call ended here because no time or no retries of the client were left, which a replay does not measure.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gave_up: bool,
}

/// A request. All texts are masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedRequest {
    pub operation: String,
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The pairs in alphabetical order, as in a URL.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The kind of the credential that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<RecordedUpload>,
}

/// The form of an upload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedUpload {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    pub file_name: String,
    pub content_type: String,
    /// Missing if the file was not read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<FileContent>,
}

/// The length of a file in bytes, and the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileContent {
    pub bytes: u64,
    pub sha256: String,
}

/// A response: its body is JSON, or else text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedResponse {
    pub status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why the body is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<RecordedFault>,
}

/// A body that could not be read or decoded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordedFault {
    TooLarge,
    CutShort,
    /// The message.
    Damaged(String),
}

/// The end of a call before that of its attempt.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordedEnd {
    /// The deadline passed.
    TimedOut,
    /// The program cancelled the call.
    Cancelled,
}

/// An attempt without a response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedFailure {
    /// The code of the error. Missing if the call ended before the attempt did: `ended` says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<RecordedEnd>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Whether the request may have reached the service.
    pub sent: bool,
    /// Whether the same call may succeed later.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retryable: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Returns the text of a file with these interactions.
pub(super) fn text(interactions: &[Interaction]) -> Result<String> {
    let file = File { agenthuman_cassette: VERSION, interactions };
    let text = serde_json::to_string_pretty(&file).map_err(|_| Error::internal("a cassette cannot be represented in JSON"))?;
    Ok(text + "\n")
}

/// Reads a file.
pub(super) fn load(path: &Path) -> Result<Vec<Interaction>> {
    let refused =
        |why: String| Error::new(Kind::Configuration, format!("the cassette {} {why}", path.display())).parameter("path");
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => refused("does not exist".to_owned())
            .suggestion("Record it: run the program once with the mode \"record\", against the service or a sandbox."),
        kind => refused(format!("could not be read: {kind}")),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(MOST_BYTES as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() > MOST_BYTES {
        return Err(refused(format!("has more than {MOST_BYTES} bytes")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let again = "Record it again: delete the file and run the program with the mode \"record\".";
    let version: Value = serde_json::from_str(text).map_err(|error| {
        refused(format!("is not valid JSON (line {}, column {})", error.line(), error.column())).suggestion(again)
    })?;
    if version["agenthuman_cassette"] != VERSION {
        return Err(refused(format!("has another format: expected \"agenthuman_cassette\": {VERSION}")).suggestion(again));
    }
    let file: File<Vec<Interaction>> =
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
            let place = error.path().to_string();
            refused(format!("is malformed at {place}: {}", error.into_inner())).suggestion(again)
        })?;
    if file.interactions.len() > MOST_INTERACTIONS {
        return Err(refused(format!("has more than {MOST_INTERACTIONS} interactions")));
    }
    Ok(file.interactions)
}

/// Writes a file as a whole: another name first, so that the file of before stays if this fails.
pub(super) fn save(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Configuration, format!("the cassette {} could not be written: {}", path.display(), error.kind()))
            .parameter("path")
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:08x}.tmp", fastrand::u32(..)));
    let temporary = PathBuf::from(name);
    let written = (|| {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    written.map_err(|error| {
        // It may not exist.
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}
