//! Avatars: the faces that agents show.

use super::resource;
use crate::Upload;
use crate::error::Result;
use crate::operations::avatars::*;
use crate::table::Params;
use crate::{CallOptions, Id, Pages};

resource! {
    /// Avatars: the faces that agents show.
    avatars, Avatars
}

impl Avatars<'_> {
    /// Lists the avatars that everyone may use. Prefers an API key, takes a token. (documented)
    pub fn list(&self) -> Pages<Avatar> {
        Pages::new(self.0, &LIST, Params::default())
    }

    /// Lists one's own avatars, the newest first. Prefers a token, takes an API key. (documented)
    pub fn list_mine(&self) -> Pages<Avatar> {
        Pages::new(self.0, &LIST_MINE, Params::default())
    }

    /// Makes an avatar of a picture that is on the web. Prefers a token, takes an API key. (documented)
    pub async fn create(&self, params: CreateAvatar) -> Result<Avatar> {
        self.0.call(&CREATE, params, CallOptions::default(), None).await?.parse()
    }

    /// Makes an avatar of a picture or video file, which is streamed. Prefers a token, takes an API key. (documented)
    pub async fn upload(&self, file: Upload, params: UploadAvatar) -> Result<Avatar> {
        let params = Params { file: Some(file), ..params.into() };
        self.0.call(&UPLOAD, params, CallOptions::default(), None).await?.parse()
    }

    /// Changes what is given of one's own avatar. Prefers a token, takes an API key. (documented)
    pub async fn update(&self, id: impl Into<Id>, params: UpdateAvatar) -> Result<()> {
        let params = Params::from(params).with_path("id", id);
        self.0.call(&UPDATE, params, CallOptions::default(), None).await.map(drop)
    }

    /// Deletes one's own avatar. Prefers a token, takes an API key. (documented)
    pub async fn delete(&self, id: impl Into<Id>) -> Result<()> {
        let params = Params::default().with_path("id", id);
        self.0.call(&DELETE, params, CallOptions::default(), None).await.map(drop)
    }
}
