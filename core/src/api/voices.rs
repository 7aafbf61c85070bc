//! Voices: what agents speak with.

use super::resource;
use crate::Pages;
use crate::operations::voices::*;
use crate::table::Params;

resource! {
    /// Voices: what agents speak with.
    voices, Voices
}

impl Voices<'_> {
    /// Lists the voices that everyone may use. Prefers an API key, takes a token. (named)
    pub fn list(&self) -> Pages<Voice> {
        Pages::new(self.0, &LIST, Params::default())
    }

    /// Lists one's own voices. Prefers a token, takes an API key. (named)
    pub fn list_mine(&self) -> Pages<Voice> {
        Pages::new(self.0, &LIST_MINE, Params::default())
    }
}
