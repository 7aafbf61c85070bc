//! Roles: prompts that agents can play.

use super::resource;
use crate::error::Result;
use crate::operations::roles::*;
use crate::table::Params;
use crate::{CallOptions, Id, Pages};

resource! {
    /// Roles: prompts that agents can play.
    roles, Roles
}

impl Roles<'_> {
    /// Lists the roles that everyone may use. Prefers an API key, takes a token. (named)
    pub fn list(&self) -> Pages<Role> {
        Pages::new(self.0, &LIST, Params::default())
    }

    /// Lists one's own roles. Prefers a token, takes an API key. (named)
    pub fn list_mine(&self) -> Pages<Role> {
        Pages::new(self.0, &LIST_MINE, Params::default())
    }

    /// Makes a role. Prefers a token, takes an API key. (named)
    pub async fn create(&self, params: CreateRole) -> Result<Role> {
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// One role. Prefers a token, takes an API key. (assumed)
    pub async fn get(&self, id: impl Into<Id>) -> Result<Role> {
        let params = Params::default().with_path("id", id);
        self.0.call(&GET, params, CallOptions::default(), None).await?.parse()
    }

    /// Changes what is given of one's own role. Prefers a token, takes an API key. (assumed)
    pub async fn update(&self, id: impl Into<Id>, params: UpdateRole) -> Result<Role> {
        let params = Params::from(params).with_path("id", id);
        self.0.call(&UPDATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Deletes one's own role. Prefers a token, takes an API key. (assumed)
    pub async fn delete(&self, id: impl Into<Id>) -> Result<()> {
        let params = Params::default().with_path("id", id);
        self.0.call(&DELETE, params, CallOptions::default(), None).await.map(drop)
    }
}
