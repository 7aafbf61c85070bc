//! Profiles: a base URL, an environment, and the places of the secrets for it, by name.

pub mod file;
pub mod keyring;

use crate::failure::Failure;
use agenthuman::table::CredentialKind;
use agenthuman::{KeyEnvironment, Kind, Secret};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The content of the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub base_url: String,
    /// Only keys of this environment are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Where new secrets are stored.
    pub secrets: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Stored>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Live,
    Test,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Keyring,
    File,
}

/// A secret of a profile. It has no `Debug`, because it may contain the secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    Keyring,
    Value(String),
    /// The path of a file that contains only the key.
    File(PathBuf),
    /// A command that prints the key.
    Command(String),
}

/// The profile that a command uses.
#[derive(Clone)]
pub struct Selected {
    pub name: String,
    pub profile: Profile,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        self.of_keys().as_str()
    }

    pub fn of_keys(self) -> KeyEnvironment {
        match self {
            Environment::Live => KeyEnvironment::Live,
            Environment::Test => KeyEnvironment::Test,
        }
    }
}

impl Place {
    pub fn described(self) -> &'static str {
        match self {
            Place::Keyring => "the keyring",
            Place::File => "the file of the profiles",
        }
    }
}

impl Stored {
    /// Stores a secret.
    pub fn new(place: Place, profile: &str, kind: CredentialKind, secret: &str) -> Result<Stored, Failure> {
        Ok(match place {
            Place::Keyring => {
                keyring::set(profile, kind, secret)?;
                Stored::Keyring
            }
            Place::File => Stored::Value(secret.to_owned()),
        })
    }

    /// Returns the secret itself, unless a file or a command has it.
    pub fn value(&self, profile: &str, kind: CredentialKind) -> Result<Option<Secret>, Failure> {
        match self {
            Stored::Keyring => keyring::get(profile, kind).map(Some),
            Stored::Value(text) => Ok(Some(Secret::new(text.clone()))),
            Stored::File(_) | Stored::Command(_) => Ok(None),
        }
    }

    /// Removes the secret from the keyring. The rest is in the file of the profiles.
    pub fn remove(&self, profile: &str, kind: CredentialKind) -> Result<(), Failure> {
        if *self == Stored::Keyring { keyring::remove(profile, kind) } else { Ok(()) }
    }

    pub fn described(&self) -> String {
        match self {
            Stored::Keyring => Place::Keyring.described().to_owned(),
            Stored::Value(_) => Place::File.described().to_owned(),
            Stored::File(path) => path.display().to_string(),
            Stored::Command(line) => format!("command: {line}"),
        }
    }
}

impl Profiles {
    pub fn get(&self, name: &str) -> Result<Selected, Failure> {
        let profile = self.profiles.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            let failure = Failure::new(Kind::Configuration, format!("there is no profile {name:?}"));
            match names.as_slice() {
                [] => failure.suggest("Add it: agenthuman profile add NAME"),
                names => failure.suggest(format!("Profiles: {}.", names.join(", "))),
            }
        })?;
        Ok(Selected { name: name.to_owned(), profile })
    }
}

/// Checks the name of a new profile.
pub fn name(text: &str) -> Result<String, &'static str> {
    let is_valid = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_valid.then(|| text.to_owned()).ok_or("must be 1 to 64 letters, digits, \"-\" or \"_\"")
}

/// The names of the profiles, for the completion in a shell.
pub fn candidates() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let profiles = file::load().map(|profiles| profiles.profiles).unwrap_or_default();
        let described = |(name, profile): (String, Profile)| CompletionCandidate::new(name).help(Some(profile.base_url.into()));
        profiles.into_iter().map(described).collect()
    })
}
