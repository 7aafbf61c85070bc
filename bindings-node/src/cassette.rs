//! A cassette, as JavaScript holds it. Errors are returned as JSON.

use crate::client::{Args, NativeClient, opened};
use agenthuman::host::{HostClient, error_json};
use agenthuman::{Cassette, CassetteMode, Error};
use napi::Result;
use napi::bindgen_prelude::{Either, Function};
use napi_derive::napi;

#[napi]
pub struct NativeCassette {
    cassette: Cassette,
}

/// Opens a cassette, or returns the JSON of the error.
#[napi]
pub fn open_cassette(path: String, mode: String) -> Either<NativeCassette, String> {
    let open = || Cassette::open(path, CassetteMode::of(&mode)?);
    match open() {
        Ok(cassette) => Either::A(NativeCassette { cassette }),
        Err(error) => Either::B(error_json(error.info())),
    }
}

#[napi]
impl NativeCassette {
    /// Creates a client that records or replays, or returns the JSON of the error.
    #[napi(ts_args_type = "config: string, told: (call: number, step: string | NativeStep) => void")]
    pub fn open(&self, config: String, on_step: Function<'_, Args, ()>) -> Result<Either<NativeClient, String>> {
        opened(HostClient::with_cassette(&config, &self.cassette), on_step)
    }

    #[napi]
    pub fn mode(&self) -> &'static str {
        self.cassette.mode().as_str()
    }

    #[napi]
    pub fn unplayed(&self) -> Vec<String> {
        self.cassette.unplayed()
    }

    #[napi]
    pub fn check_all_played(&self) -> Option<String> {
        failure(self.cassette.check_all_played())
    }

    #[napi]
    pub fn close(&self) -> Option<String> {
        failure(self.cassette.close())
    }

    #[napi]
    pub fn discard(&self) {
        self.cassette.discard();
    }
}

fn failure(outcome: std::result::Result<(), Error>) -> Option<String> {
    outcome.err().map(|error| error_json(error.info()))
}
