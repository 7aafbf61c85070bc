//! Rotates a key: creates the new one, tests it, has it stored, uses it, and deletes the old one. If a step fails, a
//! working key remains, and the error names the keys that exist.

use crate::answer::Reply;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::{Credential, Environment, Source, Sources};
use crate::error::{Error, Kind, Result};
use crate::mock;
use crate::operations::api_keys::{self, ApiKeyInfo, CreateApiKey, CreatedApiKey};
use crate::operations::sessions;
use crate::question::{HostChannel, Note};
use crate::redact::{masked, redacted};
use crate::table::{CredentialKind, Params};
use crate::{ApiKey, Id, Object};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// The function that stores the new key.
type Keep<'a> = Box<dyn FnOnce(String) -> BoxFuture<'a, std::result::Result<(), String>> + Send + 'a>;

/// Rotates for a Rust caller.
#[cfg(feature = "api")]
pub(crate) async fn rotate<F, Fut>(
    client: &Client,
    id: Id,
    grace: Duration,
    store: F,
    options: CallOptions,
) -> Result<CreatedApiKey>
where
    F: FnOnce(CreatedApiKey) -> Fut + Send,
    Fut: Future<Output = std::result::Result<(), crate::SourceError>> + Send,
{
    let keep: Keep<'_> = Box::new(|created| {
        Box::pin(async move {
            let created = serde_json::from_str(&created).map_err(|_| "failed".to_owned())?;
            store(created).await.map_err(|_| "failed".to_owned())
        })
    });
    Rotation { client, options, host: None, id, grace, note: Note::default() }.run(keep).await?.items()?.parse()
}

/// Rotates for a host, which stores the new key.
pub(crate) async fn for_host(client: &Client, params: Params, options: CallOptions, host: HostChannel) -> Result<Reply> {
    let mut params = params;
    let keeps = params.values.remove("store").is_some_and(|store| store == Value::Bool(true));
    let checked = api_keys::ROTATE.prepare(Params { values: params.values.clone(), file: None }, "/{id}")?;
    drop(checked);
    let id = params.values.get("id").and_then(Value::as_str).unwrap_or_default().into();
    let grace = Duration::from_secs_f64(params.values.get("grace").and_then(Value::as_f64).unwrap_or_default());
    let (keeper, note) = (host.clone(), host.note());
    let keep: Keep<'_> = Box::new(move |created| {
        Box::pin(
            async move { if keeps { keeper.store(Bytes::from(created)).await.map_err(|why| why.to_string()) } else { Ok(()) } },
        )
    });
    let rotation = Rotation { client, options, host: Some(host), id, grace, note };
    if mock::is_mock(client.inner()) {
        return rotation.mock(mock::call_params(&api_keys::ROTATE, &params), keep).await;
    }
    rotation.run(keep).await
}

struct Rotation<'a> {
    client: &'a Client,
    options: CallOptions,
    host: Option<HostChannel>,
    id: Id,
    grace: Duration,
    /// A note about the keys that exist, in case the rotation is interrupted.
    note: Note,
}

/// Whether a key exists, if that is known.
enum Presence {
    Exists,
    Gone,
    Unknown,
}

impl Drop for Rotation<'_> {
    fn drop(&mut self) {
        if let Some(note) = self.note.text() {
            tracing::warn!("{note}");
        }
    }
}

impl Rotation<'_> {
    async fn run(self, keep: Keep<'_>) -> Result<Reply> {
        let outcome = self.steps(keep).await;
        self.note.clear();
        outcome
    }

    async fn steps(&self, keep: Keep<'_>) -> Result<Reply> {
        self.check_grace()?;
        let before = self.list().await.map_err(|error| self.about(error, "listing the keys failed; nothing was changed", &[]))?;
        let listed = self.find(&before)?;
        let old = &NamedKey::listed(listed);
        let create = CreateApiKey { name: listed.name.clone(), environment: listed.environment.clone() };
        let name = create.name.clone();
        self.note(format!("was interrupted while the new key was being created: a key named {name:?} may exist"), old);
        let reply = match self.client.call(&api_keys::CREATE, create, self.options.clone(), self.host.clone()).await {
            Ok(reply) => reply,
            Err(error) if error.info().outcome_unknown => return Err(self.lost(error, &before, listed).await),
            Err(error) => return Err(self.about(error, "creating the new key failed; the old key still works", &[old])),
        };
        let json = reply.body.to_json();
        let created: CreatedApiKey =
            serde_json::from_str(&json).map_err(|_| Error::internal("a new API key does not match its model"))?;
        let new = &NamedKey::created(&created);
        self.note(
            format!("was interrupted: the old key and the new key {new} both exist. Delete the one that is not in use"),
            old,
        );

        let key = match self.prove(&created).await {
            Ok(key) => key,
            Err(error) => return Err(self.undo(error, "the new key did not work", old, new).await),
        };
        if let Err(error) = self.stored(keep(json)).await {
            return Err(self.undo(error, "the new key could not be stored", old, new).await);
        }
        self.swap(listed, key);
        self.client.inner().pause(self.grace).await;
        match self.delete(old).await {
            Ok(()) => Ok(reply),
            Err((error, Presence::Unknown)) => {
                let what = "the new key works and was stored, but it is unknown whether the old key was deleted: it may exist";
                Err(self.may_exist(self.about(error, what, &[new]), &old.to_json()))
            }
            Err((error, Presence::Exists | Presence::Gone)) => {
                let what = "the new key works and was stored, but deleting the old key failed: both exist";
                Err(self.about(error, what, &[old, new]))
            }
        }
    }

    /// A rotation of a client for tests: the host provides the new key, and nothing else is called.
    async fn mock(self, params: Object, keep: Keep<'_>) -> Result<Reply> {
        self.check_grace()?;
        let (inner, options) = (self.client.inner(), self.options.to_json());
        let reply = mock::respond(inner, &api_keys::ROTATE, params, &options, self.host.as_ref()).await?;
        let failed = "the new key could not be stored and was deleted; the old key still works";
        self.stored(keep(reply.body.to_json())).await.map_err(|error| self.about(error, failed, &[]))?;
        Ok(reply)
    }

    /// Checks that the token does not expire before the old key is deleted.
    fn check_grace(&self) -> Result<()> {
        let refused = |why: String| {
            let error = Error::new(Kind::InvalidArgument, why).parameter("grace").operation(api_keys::ROTATE.name);
            Err(error.suggestion("Use a shorter grace, or a token that expires later."))
        };
        let grace = self.grace.as_secs_f64();
        if grace > api_keys::LONGEST_GRACE {
            return refused(format!("grace must be 0 to {} seconds; got {grace}", api_keys::LONGEST_GRACE));
        }
        let token = self.client.inner().sources.source(CredentialKind::Token);
        match token.and_then(|source| source.fixed_token_left()) {
            Some(left) if !self.grace.is_zero() && self.grace + MARGIN > left => refused(format!(
                "grace is {grace} seconds, but the token expires in {} seconds, before the old key can be deleted; nothing was changed",
                left.as_secs()
            )),
            _ => Ok(()),
        }
    }

    async fn list(&self) -> Result<Vec<ApiKeyInfo>> {
        let reply = self.client.call(&api_keys::LIST, Params::default(), self.options.clone(), self.host.clone()).await?;
        reply.items()?.parse_all()
    }

    fn find<'k>(&self, keys: &'k [ApiKeyInfo]) -> Result<&'k ApiKeyInfo> {
        match keys.iter().find(|key| key.id == self.id) {
            Some(old) if old.revoked_at.is_none() => Ok(old),
            Some(_) => Err(self.about(
                Error::new(Kind::InvalidArgument, "the key with this id is already revoked").parameter("id"),
                "nothing was changed",
                &[],
            )),
            None => Err(Error::new(Kind::InvalidArgument, "this account has no key with this id; nothing was changed")
                .parameter("id")
                .operation(api_keys::ROTATE.name)),
        }
    }

    /// The error after the response to creating the key was lost. The list contains the key if it exists, but another process may
    /// have created it, so it is named and not deleted.
    async fn lost(&self, error: Error, before: &[ApiKeyInfo], listed: &ApiKeyInfo) -> Error {
        let (old, name) = (&NamedKey::listed(listed), &listed.name);
        let was_answered = error.info().status.is_some();
        let may_exist = json!({ "name": name });
        let Ok(now) = self.list().await else {
            let what = "it is unknown whether the new key was created, and listing the keys failed: a new key with the old \
                        key's name may exist. The old key still works";
            return self.may_exist(self.about(error, what, &[old]), &may_exist);
        };
        let is_new = |key: &&ApiKeyInfo| {
            key.revoked_at.is_none()
                && key.name == *name
                && !before.iter().any(|known| known.id == key.id)
                && key.environment == listed.environment
        };
        let new: Vec<NamedKey> = now.iter().filter(is_new).map(NamedKey::listed).collect();
        if !new.is_empty() {
            let names: Vec<String> = new.iter().map(NamedKey::to_string).collect();
            let what = format!(
                "the response to creating the new key was lost, but a new key with the same name exists: {}. The old key still works",
                names.join(" and ")
            );
            let keys: Vec<&NamedKey> = std::iter::once(old).chain(&new).collect();
            return self
                .about(error, &what, &keys)
                .suggestion("The text of that key was lost with the response. Delete the key unless another process created it, then rotate again.");
        }
        if was_answered {
            let mut error = self.about(error, "the new key was not created; the old key still works", &[old]);
            error.info_mut().outcome_unknown = false;
            return error;
        }
        let what = "the response to creating the new key was lost, and no new key is listed yet: a key with the old key's name may \
                    exist later. The old key still works";
        self.may_exist(self.about(error, what, &[old]), &may_exist)
    }

    /// Has the new key stored, within the timeout of a call.
    async fn stored(&self, keep: BoxFuture<'_, std::result::Result<(), String>>) -> Result<()> {
        let timeout = self.options.timeout().unwrap_or(self.client.inner().settings.timeout);
        match tokio::time::timeout(timeout, keep).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(Error::new(Kind::StoreFailed, format!("store {why}")).parameter("store")),
            Err(_) => {
                let why = format!("store did not return within {} seconds", timeout.as_secs_f64());
                Err(Error::new(Kind::Timeout, why).phase("store").parameter("store"))
            }
        }
    }

    /// Deletes a key. If the response is lost, looks in the list for the key.
    async fn delete(&self, key: &NamedKey) -> std::result::Result<(), (Error, Presence)> {
        let params = Params::default().with_path("id", key.id.clone());
        let error = match self.client.call(&api_keys::DELETE, params, self.options.clone(), self.host.clone()).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == Kind::NotFound => return Ok(()),
            Err(error) => error,
        };
        let kind = error.kind();
        let is_lost = matches!(kind, Kind::Timeout | Kind::InvalidResponse) || kind.is(Kind::Connection) || kind.is(Kind::Server);
        match if is_lost { self.presence(key).await } else { Presence::Exists } {
            Presence::Gone => Ok(()),
            presence => Err((error, presence)),
        }
    }

    async fn presence(&self, key: &NamedKey) -> Presence {
        match self.list().await {
            Err(_) => Presence::Unknown,
            Ok(keys) if keys.iter().any(|listed| listed.id == key.id && listed.revoked_at.is_none()) => Presence::Exists,
            Ok(_) => Presence::Gone,
        }
    }

    /// Tests the new key with one call.
    async fn prove(&self, created: &CreatedApiKey) -> Result<ApiKey> {
        let key = ApiKey::parse(created.key.expose())?;
        let sources = Sources::new(Some(Source::fixed(Credential::ApiKey(key.clone()))), None, Environment::Ignored);
        let probe = self.client.with_sources(sources);
        let list = sessions::ListSessions { agent_id: None, status: None, limit: Some(1), after: None };
        probe.call(&sessions::LIST, list, self.options.clone(), None).await?;
        Ok(key)
    }

    /// Replaces the client's own key, if it is the rotated one.
    fn swap(&self, old: &ApiKeyInfo, new: ApiKey) {
        let sources = &self.client.inner().sources;
        let source = sources.source(CredentialKind::ApiKey);
        let is_old = source
            .as_ref()
            .and_then(|source| source.fixed_key())
            .is_some_and(|key| old.environment.as_str() == key.environment().as_str() && old.last4 == key.last4());
        if is_old {
            sources.swap(CredentialKind::ApiKey, Some(Source::fixed(Credential::ApiKey(new))));
            self.client.inner().limiter.gate(Some(CredentialKind::ApiKey)).reset();
        }
    }

    /// Deletes the new key after a failure; the old key is unchanged.
    async fn undo(&self, error: Error, what: &str, old: &NamedKey, new: &NamedKey) -> Error {
        let works = "the old key still works";
        match self.delete(new).await {
            Ok(()) => self.about(error, &format!("{what} and was deleted; {works}"), &[old]),
            Err((_, Presence::Unknown)) => {
                let what = format!("{what}, and it is unknown whether it was deleted: it may exist; {works}");
                self.may_exist(self.about(error, &what, &[old]), &new.to_json())
            }
            Err((_, Presence::Exists | Presence::Gone)) => {
                self.about(error, &format!("{what} and could not be deleted; {works}"), &[old, new])
            }
        }
    }

    /// Adds the keys that exist to an error, by id and masked.
    fn about(&self, mut error: Error, what: &str, keys: &[&NamedKey]) -> Error {
        let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let exist = match names.as_slice() {
            [] => String::new(),
            [one] => format!(" (exists: {one})"),
            [..] => format!(" (exist: {})", names.join(", ")),
        };
        let keys: Vec<Value> = keys.iter().map(|key| key.to_json()).collect();
        let info = error.info_mut();
        info.message = redacted(&format!("{what}{exist}: {}", info.message), []);
        info.operation = Some(api_keys::ROTATE.name.to_owned());
        info.details = Some(json!({ "keys": keys }));
        error
    }

    /// Adds a key to an error of which it is unknown whether it exists.
    fn may_exist(&self, mut error: Error, key: &Value) -> Error {
        if let Some(details) = &mut error.info_mut().details {
            details["may_exist"] = json!([key]);
        }
        error
    }

    fn note(&self, what: String, old: &NamedKey) {
        self.note.set(redacted(&format!("the rotation of API key {old} {what}"), []));
    }
}

/// The time that a token must be valid after the grace, for the call that deletes the old key.
const MARGIN: Duration = Duration::from_secs(30);

/// A key as errors and notes name it.
struct NamedKey {
    id: Id,
    masked: String,
}

impl NamedKey {
    fn listed(key: &ApiKeyInfo) -> NamedKey {
        NamedKey { id: key.id.clone(), masked: key.masked() }
    }

    fn created(created: &CreatedApiKey) -> NamedKey {
        NamedKey { id: created.api_key.id.clone(), masked: masked(created.key.expose()) }
    }

    fn to_json(&self) -> Value {
        json!({ "id": self.id.as_str(), "masked": self.masked })
    }
}

impl fmt::Display for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.masked)
    }
}
