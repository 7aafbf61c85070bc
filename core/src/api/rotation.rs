//! The rotation of an API key, whose function may borrow from its caller.

use super::overrides::{Overrides, override_methods};
use crate::client::Client;
use crate::credentials::SourceError;
use crate::error::Result;
use crate::operations::api_keys::{self, CreatedApiKey};
use crate::rotate::rotate;
use crate::values::Id;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

/// The rotation of an API key, which begins when it is awaited. Its methods set what differs from the client's settings, for each
/// of its calls.
#[must_use = "a rotation does not begin until it is awaited"]
pub struct Rotation<'a> {
    client: Client,
    id: Id,
    grace: Duration,
    store: Box<dyn FnOnce(CreatedApiKey) -> BoxFuture<'a, Result<(), SourceError>> + Send + 'a>,
    overrides: Overrides,
}

impl<'a> Rotation<'a> {
    override_methods! {}

    pub(super) fn new<F, Fut>(client: &Client, id: impl Into<Id>, grace: Duration, store: F) -> Rotation<'a>
    where
        F: FnOnce(CreatedApiKey) -> Fut + Send + 'a,
        Fut: Future<Output = Result<(), SourceError>> + Send + 'a,
    {
        let store = Box::new(|created| store(created).boxed());
        Rotation { client: client.clone(), id: id.into(), grace, store, overrides: Overrides::default() }
    }
}

impl<'a> IntoFuture for Rotation<'a> {
    type Output = Result<CreatedApiKey>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<CreatedApiKey>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Rotation { client, id, grace, store, overrides } = self;
        let options = overrides.check().map_err(|error| error.operation(api_keys::ROTATE.name));
        Box::pin(async move { rotate(&client, id, grace, store, options?).await })
    }
}

impl fmt::Debug for Rotation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation").field("id", &self.id).field("grace", &self.grace).finish_non_exhaustive()
    }
}
