//! The keyring of the operating system: Secret Service, the keychain of macOS, the credential manager of Windows.

use crate::failure::Failure;
use agenthuman::table::CredentialKind;
use agenthuman::{Kind, Secret};
use keyring_core::{CredentialStore, Entry, Error};
use std::sync::{Arc, mpsc};
use std::time::Duration;

const SERVICE: &str = "agenthuman";

/// How long an operation may take. A keyring that is locked asks its user.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn is_available() -> bool {
    within(|| store().map(drop)).is_ok()
}

pub fn set(profile: &str, kind: CredentialKind, secret: &str) -> Result<(), Failure> {
    let (user, secret) = (user(profile, kind), Secret::new(secret));
    within(move || entry(&user)?.set_password(secret.expose())).map_err(|why| failed("could not store the secret", &why))
}

pub fn get(profile: &str, kind: CredentialKind) -> Result<Secret, Failure> {
    let user = user(profile, kind);
    within(move || entry(&user)?.get_password().map(Secret::new)).map_err(|why| failed("could not be read", &why))
}

/// Removes a secret. One that is missing is no error.
pub fn remove(profile: &str, kind: CredentialKind) -> Result<(), Failure> {
    let user = user(profile, kind);
    within(move || match entry(&user)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        result => result,
    })
    .map_err(|why| failed("could not remove the secret", &why))
}

fn user(profile: &str, kind: CredentialKind) -> String {
    format!("{profile}/{}", kind.as_str())
}

fn entry(user: &str) -> Result<Entry, Error> {
    Entry::new_in_store(&store()?, SERVICE, user)
}

/// The store of a test, or that of the platform.
fn store() -> Result<Arc<CredentialStore>, Error> {
    if let Some(store) = keyring_core::get_default_store() {
        return Ok(store);
    }
    #[cfg(target_os = "linux")]
    let store = zbus_secret_service_keyring_store::Store::new()?;
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(windows)]
    let store = windows_native_keyring_store::Store::new()?;
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    return Err(Error::NoDefaultStore);
    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    Ok(store)
}

/// Runs on a thread of its own, because the keyring's client waits for its own runtime.
fn within<T: Send + 'static>(operation: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(operation()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(Ok(value)) => Ok(value),
        // An error's own text may have the secret in it.
        Ok(Err(error)) => Err(described(&error).to_owned()),
        Err(_) => Err("it did not answer".to_owned()),
    }
}

fn described(error: &Error) -> &'static str {
    match error {
        Error::NoEntry => "it has no such secret",
        Error::NoStorageAccess(_) => "it is locked or not running",
        _ => "it reported an error",
    }
}

fn failed(what: &str, why: &str) -> Failure {
    let suggestion = "Unlock the keyring, or add the profile again with --secrets file.";
    Failure::new(Kind::Configuration, format!("the keyring {what}: {why}")).suggest(suggestion)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::{Place, Stored};

    /// One test, since the store belongs to the process.
    #[test]
    fn secrets_are_stored_read_and_removed() {
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        assert!(is_available());
        let kind = CredentialKind::ApiKey;
        let stored = Stored::new(Place::Keyring, "work", kind, "hunter2").unwrap();
        assert!(stored == Stored::Keyring);
        assert_eq!(stored.value("work", kind).unwrap().unwrap().expose(), "hunter2");
        let (missing, _) = stored.value("work", CredentialKind::Token).unwrap_err().words();
        assert_eq!(missing, "the keyring could not be read: it has no such secret");
        stored.remove("work", kind).unwrap();
        stored.remove("work", kind).unwrap();
        assert!(stored.value("work", kind).is_err());
    }
}
