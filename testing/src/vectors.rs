//! The vectors of contract/vectors. An unknown field in one is an error.

use crate::canned::Answer;
use base64::Engine;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub name: String,
    /// Where the API's documentation says so.
    pub source: String,
    pub operation: String,
    pub params: Map<String, Value>,
    pub file: Option<File>,
    pub request: Request,
    pub answer: Response,
    pub expect: Expect,
}

/// The file of an upload.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    pub content_type: Option<String>,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub query: HashMap<String, String>,
    pub credential: String,
    pub body: Option<Value>,
    pub multipart: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    status: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    /// Absent and null differ: a body can be the JSON null.
    #[serde(default, deserialize_with = "some")]
    body: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
    #[serde(default)]
    cut: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    Model(Value),
    Page { items: Vec<Value>, next: Option<String> },
    Nothing(serde::de::IgnoredAny),
    Error(Map<String, Value>),
}

fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Response {
    pub fn canned(&self) -> Answer {
        let body = match (&self.body, &self.base64) {
            (Some(body), _) => body.to_string().into_bytes(),
            (None, Some(bytes)) => base64::engine::general_purpose::STANDARD.decode(bytes).unwrap(),
            (None, None) => self.text.clone().unwrap_or_default().into_bytes(),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Answer { status: self.status, headers, body, cut: self.cut, ..Answer::default() }
    }
}

/// Every vector of the first contract, by the names of the files.
pub fn all() -> Vec<Vector> {
    of("")
}

/// Every vector in a folder below the first contract's: those of another contract.
pub fn of(folder: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/vectors").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Vector> {
    let text = std::fs::read(file).unwrap();
    let vectors: Vec<Vector> = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(!vectors.is_empty(), "{} has no vector", file.display());
    vectors
}
