//! The mark of a session: whose it is. The API keeps it in the session's metadata, so that every copy of the relay knows it.

use crate::answers::Refusal;
use agenthuman::{Kind, Object};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The key in the metadata that is the relay's own.
const KEY: &str = "agenthuman_user";

/// The mark of a user's sessions: a digest, so that the API's dashboard has no id of a user that it does not need. It has no secret, since
/// the relay's secrets are rotated, and a session can be older than all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark(String);

impl Mark {
    pub fn of(audience: &str, user: &str) -> Mark {
        let mut digest = Sha256::new();
        // A user's id has no control characters, so that no two pairs are the same bytes.
        for part in [KEY, "\0", audience, "\0", user] {
            digest.update(part);
        }
        Mark(BASE64_URL_SAFE_NO_PAD.encode(digest.finalize()))
    }

    /// Adds the mark to the metadata that the policy chose.
    pub fn added_to(&self, metadata: Option<Object>) -> Result<Object, Refusal> {
        let mut metadata = metadata.unwrap_or_default();
        if metadata.insert(KEY.to_owned(), self.0.as_str().into()).is_some() {
            return Err(Refusal::fault(format!("policy returned metadata with {KEY:?}, which is reserved for the relay")));
        }
        Ok(metadata)
    }

    /// Whether the session, as the API returns it, has this mark.
    pub fn is_on(&self, session: &Value) -> bool {
        session["metadata"][KEY] == self.0.as_str()
    }
}

/// The metadata of a session without its mark, as the policy chose it.
pub(crate) fn without_mark(session: &Value) -> Option<Object> {
    let mut metadata = session["metadata"].as_object().cloned();
    if let Some(metadata) = &mut metadata {
        metadata.remove(KEY);
    }
    metadata.filter(|metadata| !metadata.is_empty())
}

/// Rejects a phone's metadata that has a mark, which a policy could pass on.
pub(crate) fn check_metadata(params: &Object) -> Result<(), Refusal> {
    match params.get("metadata").and_then(|metadata| metadata.get(KEY)) {
        Some(_) => Err(Refusal::new(Kind::BadRequest, format!("metadata must not have the key {KEY:?}, which is reserved"))),
        None => Ok(()),
    }
}
