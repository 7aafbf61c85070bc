//! Pictures of faces: the formats and the size that the service accepts, and the ways to pass one in place of an avatar's id.

use crate::values::Id;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The maximum size of a picture, in bytes.
pub(crate) const LARGEST: u64 = 10 * 1024 * 1024;

/// The number of bytes that tell the format.
pub(crate) const SIGNATURE: usize = 12;

/// The longest text that counts as an avatar's id, in bytes. Anything longer is a picture in base64.
const LONGEST_ID: usize = 256;

/// An avatar for a session: its id, or a picture of a face.
///
/// A text is an id, the URL of a picture, or a picture in base64 (a data URI or bare). A path and bytes are a picture, which is
/// checked (JPEG, PNG, GIF or WebP, at most 10 MB) and encoded when the call is made.
#[derive(Clone, PartialEq)]
pub struct AvatarSource(Kind);

#[derive(Clone, PartialEq)]
enum Kind {
    Text(String),
    Path(PathBuf),
    Bytes(Vec<u8>),
}

impl AvatarSource {
    /// The form in which hosts pass it.
    pub(crate) fn into_json(self) -> Value {
        match self.0 {
            Kind::Text(text) => Value::String(text),
            Kind::Path(path) => json!({ "path": path }),
            Kind::Bytes(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
        }
    }
}

/// The picture is not printed.
impl fmt::Debug for AvatarSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(text) if text.len() <= LONGEST_ID => write!(f, "AvatarSource({text:?})"),
            Kind::Text(_) => f.write_str("AvatarSource(base64)"),
            Kind::Path(path) => write!(f, "AvatarSource({})", path.display()),
            Kind::Bytes(bytes) => write!(f, "AvatarSource({} bytes)", bytes.len()),
        }
    }
}

macro_rules! from {
    ($($type:ty, $value:ident => $kind:expr);+ $(;)?) => {
        $(impl From<$type> for AvatarSource {
            fn from($value: $type) -> AvatarSource {
                AvatarSource($kind)
            }
        })+
    };
}
from! {
    &str, text => Kind::Text(text.to_owned());
    String, text => Kind::Text(text);
    Id, id => Kind::Text(id.into());
    &Id, id => Kind::Text(id.as_str().to_owned());
    &Path, path => Kind::Path(path.to_owned());
    PathBuf, path => Kind::Path(path);
    Vec<u8>, bytes => Kind::Bytes(bytes);
    &[u8], bytes => Kind::Bytes(bytes.to_owned());
}

/// Returns the text that the service takes for an avatar: what [`AvatarSource::into_json`] makes, with a picture as a data URI.
///
/// # Errors
/// If a picture cannot be read, or is not one that the service accepts.
pub(crate) fn avatar(value: Value) -> Result<Value, String> {
    let bytes = match &value {
        Value::String(text) if text.is_empty() => return Err("must not be empty".to_owned()),
        Value::String(text) if is_web_url(text) => return Ok(value),
        Value::String(text) if text.len() > LONGEST_ID || text.starts_with("data:") => return base64_text(value),
        Value::String(text) if text.chars().any(char::is_control) => {
            return Err("must not contain control characters".to_owned());
        }
        Value::String(_) => return Ok(value),
        Value::Object(fields) => match (fields.get("path"), fields.get("base64")) {
            (Some(Value::String(path)), None) => read(Path::new(path))?,
            (None, Some(Value::String(text))) => STANDARD.decode(text).map_err(|_| "is not valid base64".to_owned())?,
            _ => return Err(WRONG_TYPE.to_owned()),
        },
        _ => return Err(WRONG_TYPE.to_owned()),
    };
    let kind = check(&bytes)?;
    Ok(format!("data:image/{kind};base64,{}", STANDARD.encode(bytes)).into())
}

const WRONG_TYPE: &str = "must be an avatar's id, the URL of a picture, a path, or bytes";

/// Checks a picture in base64, as a data URI or bare, and leaves it as it is.
pub(crate) fn base64_text(value: Value) -> Result<Value, String> {
    let Some(text) = value.as_str() else { return Err("must be a picture in base64".to_owned()) };
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    let encoded = match text.strip_prefix("data:") {
        Some(uri) => uri.split_once(";base64,").map(|(_, encoded)| encoded).ok_or("must be a data URI in base64")?,
        None => text,
    };
    // Four characters encode three bytes.
    if encoded.len() as u64 / 4 * 3 > LARGEST + 3 {
        return Err(too_large(encoded.len() as u64 / 4 * 3));
    }
    check(&STANDARD.decode(encoded).map_err(|_| "is not valid base64")?)?;
    Ok(value)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    // Opening a pipe would wait for its other end.
    let data = std::fs::metadata(path).map_err(unreadable)?;
    if !data.is_file() {
        return Err(format!("{} is not a regular file", path.display()));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

/// Returns the format of a picture, such as `png`.
fn check(bytes: &[u8]) -> Result<&'static str, String> {
    check_size(bytes.len() as u64)?;
    format(bytes).ok_or_else(|| WRONG_FORMAT.to_owned())
}

/// The reason for content that is no picture.
pub(crate) const WRONG_FORMAT: &str = "must be a JPEG, PNG, GIF or WebP picture";

/// Checks the size of a picture, in bytes.
pub(crate) fn check_size(bytes: u64) -> Result<(), String> {
    match bytes {
        0 => Err("must not be empty".to_owned()),
        1..=LARGEST => Ok(()),
        _ => Err(too_large(bytes)),
    }
}

fn too_large(bytes: u64) -> String {
    format!("must have at most {LARGEST} bytes (10 MiB); got {bytes}")
}

/// Tells the format by the first bytes.
pub(crate) fn format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

fn is_web_url(text: &str) -> bool {
    text.len() <= 8_192 && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0];

    #[test]
    fn what_is_sent_for_an_avatar() {
        for text in
            ["avat_1", "PUBLIC/Avatars/sara-office", "https://cdn.example.com/a.jpg", "data:image/jpeg;base64,/9j/4AAQSkZJRg=="]
        {
            assert_eq!(avatar(AvatarSource::from(text).into_json()), Ok(Value::from(text)));
        }
        assert_eq!(avatar(AvatarSource::from(JPEG).into_json()), Ok("data:image/jpeg;base64,/9j/4A==".into()));
        let path = std::env::temp_dir().join(format!("agenthuman-picture-{:x}", fastrand::u64(..)));
        std::fs::write(&path, b"GIF89a...").unwrap();
        assert_eq!(avatar(AvatarSource::from(path.as_path()).into_json()), Ok("data:image/gif;base64,R0lGODlhLi4u".into()));
        std::fs::write(&path, b"%PDF-1.7").unwrap();
        assert_eq!(avatar(AvatarSource::from(path.as_path()).into_json()), Err(WRONG_FORMAT.to_owned()));
        std::fs::remove_file(&path).unwrap();
        assert!(avatar(AvatarSource::from(path).into_json()).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn what_is_rejected() {
        for (value, why) in [
            (json!(""), "must not be empty"),
            (json!(7), WRONG_TYPE),
            (json!({ "path": 7 }), WRONG_TYPE),
            (json!("a\nb"), "must not contain control characters"),
            (json!("data:image/png;base64,%%%"), "is not valid base64"),
            (json!("data:image/png,abc"), "must be a data URI in base64"),
            (AvatarSource::from(Vec::new()).into_json(), "must not be empty"),
            (AvatarSource::from(&b"%PDF-1.7"[..]).into_json(), WRONG_FORMAT),
            (json!("A".repeat(400)), WRONG_FORMAT),
        ] {
            assert_eq!(avatar(value.clone()), Err(why.to_owned()), "{value}");
        }
        let mut large = JPEG.to_vec();
        large.resize(10 * 1024 * 1024 + 1, 0);
        let why = "must have at most 10485760 bytes (10 MiB); got 10485761";
        assert_eq!(avatar(AvatarSource::from(large.clone()).into_json()), Err(why.to_owned()));
        large.pop();
        assert!(avatar(AvatarSource::from(large).into_json()).is_ok());
        assert_eq!(base64_text(json!("%%%")), Err("is not valid base64".to_owned()));
        assert_eq!(base64_text(json!("")), Err("must not be empty".to_owned()));
    }

    #[test]
    fn a_picture_is_not_printed() {
        assert_eq!(format!("{:?}", AvatarSource::from(JPEG)), "AvatarSource(4 bytes)");
        assert_eq!(format!("{:?}", AvatarSource::from("avat_1")), "AvatarSource(\"avat_1\")");
    }
}
