//! A client as JavaScript holds it.

use crate::call::{NativeCall, json};
use agenthuman::host::{HostClient, HostPager};
use napi::Either;
use napi_derive::napi;

#[napi]
pub struct NativeClient(HostClient);

/// A client from the JSON of its configuration, or the JSON of the error.
#[napi]
pub fn open(config: String) -> Either<NativeClient, String> {
    match HostClient::new(&config) {
        Ok(client) => Either::A(NativeClient(client)),
        Err(error) => Either::B(json(&error)),
    }
}

#[napi]
impl NativeClient {
    #[napi]
    pub fn call(&self, operation: String, params: String, options: String) -> NativeCall {
        NativeCall::new(self.0.call(&operation, &params, &options))
    }

    #[napi]
    pub fn request(
        &self,
        method: String,
        path: String,
        body: Option<String>,
        credential: Option<String>,
        options: String,
    ) -> NativeCall {
        NativeCall::new(self.0.request(&method, &path, body.as_deref(), credential.as_deref(), &options))
    }

    #[napi]
    pub fn pages(&self, operation: String, params: String, options: String) -> NativePager {
        NativePager(self.0.pages(&operation, &params, &options))
    }

    #[napi]
    pub fn close(&self) {
        self.0.close();
    }

    /// What may be shown of it, as JSON.
    #[napi]
    pub fn summary(&self) -> String {
        self.0.summary()
    }
}

#[napi]
pub struct NativePager(HostPager);

#[napi]
impl NativePager {
    /// The call of the next page; nothing after the last.
    #[napi]
    pub fn next(&self) -> Option<NativeCall> {
        self.0.next().map(NativeCall::new)
    }
}
