//! Rotating a key: create the new one, prove it, have it stored, use it, delete the old one. Whatever step fails, a
//! working key is left, and the error says which keys exist.

use crate::answer::Reply;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::{Held, Source, SourceError, Sources};
use crate::error::{Error, Kind, Result};
use crate::host::HostChannel;
use crate::operations::api_keys::{self, ApiKeyInfo, CreateApiKey, CreatedApiKey};
use crate::operations::sessions;
use crate::table::{CredentialKind, Params};
use crate::{ApiKey, Id};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::time::Duration;

/// What is handed the new key to keep it.
type Keep<'a> = Box<dyn FnOnce(String) -> BoxFuture<'a, std::result::Result<(), String>> + Send + 'a>;

/// Rotates for a Rust caller.
pub(crate) async fn rotate<F, Fut>(client: &Client, id: Id, grace: Duration, store: F) -> Result<CreatedApiKey>
where
    F: FnOnce(CreatedApiKey) -> Fut + Send,
    Fut: Future<Output = std::result::Result<(), SourceError>> + Send,
{
    let keep: Keep<'_> = Box::new(|created| {
        Box::pin(async move {
            let created = serde_json::from_str(&created).map_err(|_| "failed".to_owned())?;
            store(created).await.map_err(|_| "failed".to_owned())
        })
    });
    Rotation { client, options: CallOptions::default(), host: None, id, grace }.run(keep).await?.parse()
}

/// Rotates for a host, which is asked to keep the new key.
pub(crate) async fn for_host(client: &Client, params: Params, options: CallOptions, host: HostChannel) -> Result<Reply> {
    let mut params = params;
    let keeps = params.values.remove("store").is_some_and(|store| store == Value::Bool(true));
    let checked = api_keys::ROTATE.prepare(Params { values: params.values.clone(), file: None }, "/{id}")?;
    drop(checked);
    let id = params.values.get("id").and_then(Value::as_str).unwrap_or_default().into();
    let grace = Duration::from_secs_f64(params.values.get("grace").and_then(Value::as_f64).unwrap_or_default());
    let keeper = host.clone();
    let keep: Keep<'_> =
        Box::new(move |created| Box::pin(async move { if keeps { keeper.store(Bytes::from(created)).await } else { Ok(()) } }));
    Rotation { client, options, host: Some(host), id, grace }.run(keep).await
}

struct Rotation<'a> {
    client: &'a Client,
    options: CallOptions,
    host: Option<HostChannel>,
    id: Id,
    grace: Duration,
}

impl Rotation<'_> {
    async fn run(self, keep: Keep<'_>) -> Result<Reply> {
        let old = self.find().await?;
        let create = CreateApiKey {
            name: old.name.clone().unwrap_or_else(|| "rotated".to_owned()),
            environment: old.environment.clone().unwrap_or_else(|| environment_of(&old).to_owned()),
        };
        let reply = self
            .client
            .call(&api_keys::CREATE, create, self.options.clone(), self.host.clone())
            .await
            .map_err(|error| self.told(error, "creating the new key failed, and the old one still works", &[&old]))?;
        let json = reply.body.to_json();
        let created: CreatedApiKey =
            serde_json::from_str(&json).map_err(|_| Error::new(Kind::Internal, "a new key does not fit its own model"))?;
        let new = &created.api_key;

        let key = match self.prove(&created).await {
            Ok(key) => key,
            Err(error) => return Err(self.undo(error, "the new key did not work", &old, new).await),
        };
        if let Err(why) = keep(json).await {
            let error = Error::new(Kind::InvalidArgument, format!("store {why}")).parameter("store");
            return Err(self.undo(error, "the new key could not be stored", &old, new).await);
        }
        self.swap(&old, key);
        tokio::time::sleep(self.grace).await;
        let delete = Params::default().with_path("id", old.id.clone());
        match self.client.call(&api_keys::DELETE, delete, self.options.clone(), self.host.clone()).await {
            Ok(_) => Ok(reply),
            Err(error) => Err(self.told(
                error,
                "the new key works and was stored, but deleting the old one failed, so both exist",
                &[&old, new],
            )),
        }
    }

    async fn find(&self) -> Result<ApiKeyInfo> {
        let reply = self.client.call(&api_keys::LIST, Params::default(), self.options.clone(), self.host.clone()).await?;
        let keys: Vec<ApiKeyInfo> = reply.parse()?;
        let old = keys.into_iter().find(|key| key.id == self.id);
        match old {
            Some(old) if old.revoked_at.is_none() => Ok(old),
            Some(old) => Err(self.told(
                Error::new(Kind::InvalidArgument, "id names a key that is already revoked").parameter("id"),
                "nothing was changed",
                &[&old],
            )),
            None => Err(Error::new(Kind::InvalidArgument, "id names no key of this account; nothing was changed")
                .parameter("id")
                .operation(api_keys::ROTATE.name)),
        }
    }

    /// One call with the new key, and it alone.
    async fn prove(&self, created: &CreatedApiKey) -> Result<ApiKey> {
        let key = ApiKey::parse(created.key.expose())?;
        let sources = Sources::new(Some(Source::fixed(Held::ApiKey(key.clone()))), None);
        let probe = self.client.with_sources(sources);
        let list = sessions::ListSessions { limit: Some(1), ..Default::default() };
        probe.call(&sessions::LIST, list, self.options.clone(), None).await?;
        Ok(key)
    }

    /// Where the client's own fixed key is the one rotated, it goes on with the new one.
    fn swap(&self, old: &ApiKeyInfo, new: ApiKey) {
        let sources = &self.client.inner().sources;
        let held = sources.held(CredentialKind::ApiKey);
        let is_old = held.as_ref().and_then(|source| source.fixed_key()).is_some_and(|key| {
            old.environment.as_deref() == Some(key.environment()) && old.last4.as_deref() == Some(key.last4())
        });
        if is_old {
            sources.swap(CredentialKind::ApiKey, Some(Source::fixed(Held::ApiKey(new))));
            self.client.inner().limiter.gate(Some(CredentialKind::ApiKey)).reset();
        }
    }

    /// The new key is taken back; the old one was not touched.
    async fn undo(&self, error: Error, what: &str, old: &ApiKeyInfo, new: &ApiKeyInfo) -> Error {
        let delete = Params::default().with_path("id", new.id.clone());
        match self.client.call(&api_keys::DELETE, delete, self.options.clone(), self.host.clone()).await {
            Ok(_) => self.told(error, &format!("{what} and was deleted; the old key still works"), &[old]),
            Err(_) => self.told(error, &format!("{what} and could not be deleted; the old key still works"), &[old, new]),
        }
    }

    /// The error with what became of the keys: by id, masked.
    fn told(&self, mut error: Error, what: &str, keys: &[&ApiKeyInfo]) -> Error {
        let keys: Vec<Value> = keys.iter().map(|key| json!({ "id": key.id.as_str(), "masked": key.masked() })).collect();
        let info = error.info_mut();
        info.message = format!("{what}: {}", info.message);
        info.operation = Some(api_keys::ROTATE.name.to_owned());
        info.details = Some(json!({ "keys": keys }));
        error
    }
}

/// Where the list names no environment, the key's prefix does.
fn environment_of(key: &ApiKeyInfo) -> &'static str {
    if key.prefix.as_deref().is_some_and(|prefix| prefix.starts_with("ah_test_")) { "test" } else { "live" }
}
