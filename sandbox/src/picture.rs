//! Pictures of faces. The sandbox checks the format by the first bytes, and the size. It sees no faces: a picture has one,
//! unless its name, its URL or its bytes contain `no-face` or `two-faces`.

use axum::http::StatusCode;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::json;

use crate::error::ApiError;

const MAX_SIZE: usize = 10 * 1024 * 1024;
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));
/// Words that stand for a number of faces.
const FACES: [(&str, usize); 2] = [("no-face", 0), ("two-faces", 2)];

/// A picture that was accepted.
pub struct Picture {
    pub media_type: &'static str,
    pub data: Vec<u8>,
}

impl Picture {
    /// Checks the bytes of a picture and the name of its file.
    pub fn new(name: &str, data: Vec<u8>) -> Result<Self, ApiError> {
        if data.len() > MAX_SIZE {
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The image is larger than 10 MB"));
        }
        let Some(media_type) = media_type(&data) else {
            let message = "The image must be a JPEG, PNG, GIF or WebP file";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        };
        check_faces(name.as_bytes())?;
        check_faces(&data)?;
        Ok(Self { media_type, data })
    }

    /// Decodes a picture in base64, which may be a data URI.
    pub fn decode(text: &str) -> Result<Self, ApiError> {
        let data = text.strip_prefix("data:").map_or(Some(text), |uri| uri.split_once(";base64,").map(|(_, data)| data));
        let data = data.and_then(|data| BASE64.decode(data).ok());
        Self::new("", data.ok_or_else(|| ApiError::bad_request("The image is not valid base64"))?)
    }
}

/// Checks a picture's URL, which the sandbox does not fetch.
pub fn check_url(field: &str, url: &str) -> Result<(), ApiError> {
    if !is_url(url) {
        return Err(ApiError::bad_request(format!("{field} must be an http or https URL")));
    }
    check_faces(url.as_bytes())
}

pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}

fn media_type(data: &[u8]) -> Option<&'static str> {
    match data {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn check_faces(bytes: &[u8]) -> Result<(), ApiError> {
    let contains = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    match FACES.iter().find(|(word, _)| contains(word)) {
        None => Ok(()),
        Some((_, faces)) => Err(ApiError::bad_request("The image must show exactly one face")
            .suggest("Use a photo of one person, seen from the front")
            .code("FACE_COUNT")
            .details(json!({"faces": faces}))),
    }
}
