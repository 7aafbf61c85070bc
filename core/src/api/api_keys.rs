//! API keys: made, listed, rotated, revoked.

use super::resource;
use crate::SourceError;
use crate::error::Result;
use crate::operations::api_keys::*;
use crate::rotate;
use crate::table::Params;
use crate::{CallOptions, Id};
use std::time::Duration;

resource! {
    /// API keys: made, listed, rotated, revoked.
    api_keys, ApiKeys
}

impl ApiKeys<'_> {
    /// Makes a new API key, shown in the answer only. Needs a token. (named)
    pub async fn create(&self, params: CreateApiKey) -> Result<CreatedApiKey> {
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Lists the account's API keys, revoked ones too. Needs a token. (named)
    pub fn list(&self) -> crate::Pages<ApiKeyInfo> {
        crate::Pages::new(self.0, &LIST, Params::default())
    }

    /// Revokes an API key, at once. Needs a token. (assumed)
    pub async fn delete(&self, id: impl Into<Id>) -> Result<()> {
        let params = Params::default().with_path("id", id);
        self.0.call(&DELETE, params, CallOptions::default(), None).await.map(drop)
    }

    /// Replaces an API key: creates, proves, has it stored, goes on with it, and deletes the old one after `grace`.
    /// Needs a token. (named)
    ///
    /// # Errors
    /// Those of the step that failed; `details.keys` says which keys exist. A working key is always left.
    pub async fn rotate<F, Fut>(&self, id: impl Into<Id>, grace: Duration, store: F) -> Result<CreatedApiKey>
    where
        F: FnOnce(CreatedApiKey) -> Fut + Send,
        Fut: Future<Output = std::result::Result<(), SourceError>> + Send,
    {
        rotate::rotate(self.0, id.into(), grace, store).await
    }
}
