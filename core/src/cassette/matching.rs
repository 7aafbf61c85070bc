//! Finds the recorded exchange of a request.

use super::{Interaction, RecordedRequest, RecordedUpload};
use crate::error::{Error, Kind, Result};
use crate::vocabulary::CredentialKind;
use serde_json::Value;
use std::path::Path;

/// The maximum number of unrecorded requests that are remembered.
const MOST_UNRECORDED: usize = 20;

/// The exchanges of a replay. Each is used once, equal ones in their order.
pub(super) struct Player {
    interactions: Vec<(Interaction, IsPlayed)>,
    /// The requests that were not recorded.
    pub unrecorded: Vec<String>,
}

type IsPlayed = bool;

impl Player {
    pub fn new(interactions: Vec<Interaction>) -> Player {
        Player {
            interactions: interactions.into_iter().map(|interaction| (interaction, false)).collect(),
            unrecorded: Vec::new(),
        }
    }

    pub fn play(&mut self, request: RecordedRequest, path: &Path) -> Result<Interaction> {
        let found = self.interactions.iter_mut().find(|(recorded, played)| !played && is_equal(&recorded.request, &request));
        if let Some((interaction, played)) = found {
            *played = true;
            return Ok(interaction.clone());
        }
        let line = line(&request);
        let error =
            Error::new(Kind::NotRecorded, format!("{line} was not recorded in {}{}", path.display(), self.nearest(&request)));
        if self.unrecorded.len() < MOST_UNRECORDED {
            self.unrecorded.push(line);
        }
        Err(error)
    }

    pub fn unplayed(&self) -> Vec<String> {
        self.interactions.iter().filter(|(_, played)| !played).map(|(interaction, _)| line(&interaction.request)).collect()
    }

    pub fn credentials(&self) -> Vec<CredentialKind> {
        let is_used = |kind: &CredentialKind| {
            self.interactions.iter().any(|(interaction, _)| interaction.request.credential == Some(*kind))
        };
        [CredentialKind::ApiKey, CredentialKind::Token].into_iter().filter(is_used).collect()
    }

    /// Describes the recorded request that is nearest to one that was not recorded.
    fn nearest(&self, request: &RecordedRequest) -> String {
        let nearest = self.interactions.iter().min_by_key(|(recorded, played)| distance(&recorded.request, request, *played));
        let Some((nearest, _)) = nearest else { return ": it is empty".to_owned() };
        let equal = self.interactions.iter().filter(|(recorded, _)| is_equal(&recorded.request, request)).count();
        match equal {
            0 => {
                let differences = differences(&nearest.request, request);
                format!(
                    ". The nearest recorded request is {}, which differs in {}",
                    line(&nearest.request),
                    differences.join(", ")
                )
            }
            1 => " a second time".to_owned(),
            times => format!(" more than {times} times"),
        }
    }
}

/// A request in one line.
fn line(request: &RecordedRequest) -> String {
    let RecordedRequest { operation, method, path, query, .. } = request;
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{method} {path}{query} ({operation})")
}

fn is_equal(recorded: &RecordedRequest, request: &RecordedRequest) -> bool {
    recorded.method == request.method
        && recorded.path == request.path
        && recorded.query == request.query
        && recorded.body == request.body
        && is_same_upload(recorded.upload.as_ref(), request.upload.as_ref())
}

/// The content counts if the recorded file was read to its end.
fn is_same_upload(recorded: Option<&RecordedUpload>, upload: Option<&RecordedUpload>) -> bool {
    match (recorded, upload) {
        (None, None) => true,
        (Some(recorded), Some(upload)) => {
            recorded.fields == upload.fields
                && recorded.file_name == upload.file_name
                && recorded.content_type == upload.content_type
                && (recorded.content.is_none() || recorded.content == upload.content)
        }
        _ => false,
    }
}

/// The smaller, the nearer: the operation counts most, then the path, and then the rest.
fn distance(recorded: &RecordedRequest, request: &RecordedRequest, is_played: bool) -> (bool, bool, usize, usize, bool) {
    (
        recorded.operation != request.operation,
        recorded.method != request.method,
        strsim::osa_distance(beginning(&recorded.path), beginning(&request.path)),
        differences(recorded, request).len(),
        is_played,
    )
}

/// The part of a path that is compared. Longer ones would take long.
fn beginning(path: &str) -> &str {
    &path[..path.floor_char_boundary(256)]
}

/// The names of the parts that differ. Their values could be long or private.
fn differences(recorded: &RecordedRequest, request: &RecordedRequest) -> Vec<String> {
    let mut names = Vec::new();
    let mut part = |name: &str, differs: bool| {
        if differs {
            names.push(name.to_owned());
        }
    };
    part("method", recorded.method != request.method);
    part("path", recorded.path != request.path);
    part("query", recorded.query != request.query);
    part("file", !is_same_upload(recorded.upload.as_ref(), request.upload.as_ref()));
    match (&recorded.body, &request.body) {
        (Some(Value::Object(recorded)), Some(Value::Object(body))) => {
            let fields = recorded.keys().chain(body.keys().filter(|name| !recorded.contains_key(*name)));
            for name in fields.filter(|name| recorded.get(*name) != body.get(*name)).take(MOST_FIELDS) {
                part(&format!("body.{name}"), true);
            }
        }
        (recorded, body) => part("body", recorded != body),
    }
    names
}

/// The maximum number of fields of a body that are named.
const MOST_FIELDS: usize = 8;
