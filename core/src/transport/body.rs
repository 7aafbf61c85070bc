//! Reads the body of a response up to the maximum size, and decodes its content encoding.

use bytes::{Bytes, BytesMut};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures_util::FutureExt;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::io::{ErrorKind, Read};

pub(crate) enum BodyFault {
    /// The body is larger than the maximum; the bytes read so far.
    TooLarge(Bytes),
    /// The connection was lost before the end; the bytes read so far.
    CutShort(Bytes),
    /// The body does not match its `Content-Encoding`: the message.
    Damaged(String),
}

/// The maximum number of content encodings of a body. Servers apply one.
const MOST_CODINGS: usize = 3;

/// Decodes the content encodings of a body, and returns it with the unsupported one, if there is one: the body may be
/// plain anyway, since some services write a character set or their own words there. `cap` is the limit of the result.
pub(crate) fn decoded(headers: &mut HeaderMap, body: Bytes, cap: usize) -> Result<(Bytes, Option<String>), BodyFault> {
    let codings: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| String::from_utf8_lossy(value.as_bytes()).split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    if codings.is_empty() || body.is_empty() {
        return Ok((body, None));
    }
    if codings.len() > MOST_CODINGS {
        return Ok((body, Some(codings.join(", "))));
    }
    let mut body = body;
    for coding in codings.iter().rev() {
        body = match coding.as_str() {
            // If the magic number is missing, a proxy has decoded the body and left the header.
            "gzip" | "x-gzip" if !body.starts_with(b"\x1f\x8b") => body,
            "gzip" | "x-gzip" => inflated(MultiGzDecoder::new(&*body), "gzip", cap)?,
            // The low half of the first byte says whether it has the zlib header, which some servers omit.
            "deflate" if body[0] & 0x0f == 8 => inflated(ZlibDecoder::new(&*body), "deflate", cap)?,
            "deflate" if starts_as_json(&body) => body,
            "deflate" => match inflated(DeflateDecoder::new(&*body), "deflate", cap) {
                // Compressed data may begin with a printable byte, too.
                Err(BodyFault::Damaged(_)) if body[0].is_ascii_graphic() || body[0].is_ascii_whitespace() => body,
                inflated => inflated?,
            },
            _ => return Ok((body, Some(coding.clone()))),
        };
        if body.is_empty() {
            break;
        }
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    Ok((body, None))
}

/// Whether a body is a plain JSON object or array, which no compressed JSON begins like.
fn starts_as_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn inflated(decoder: impl Read, coding: &str, cap: usize) -> Result<Bytes, BodyFault> {
    let mut body = Vec::new();
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(limit).read_to_end(&mut body) {
        Ok(_) if body.len() > cap => {
            body.truncate(cap);
            Err(BodyFault::TooLarge(body.into()))
        }
        Ok(_) => Ok(body.into()),
        Err(error) => {
            let why = if error.kind() == ErrorKind::UnexpectedEof { ": it is incomplete" } else { "" };
            Err(BodyFault::Damaged(format!("the response body is not valid {coding}{why}")))
        }
    }
}

/// Reads a body of at most `cap` bytes.
pub(crate) async fn read_capped(mut body: Incoming, cap: usize) -> Result<Bytes, BodyFault> {
    let expected = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or_default();
    if expected > cap {
        // The bytes that arrived with the head, for the details of the error.
        let read = chunk(&mut body).now_or_never().and_then(Result::ok).flatten();
        return Err(BodyFault::TooLarge(read.unwrap_or_default()));
    }
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    loop {
        match chunk(&mut body).await {
            Ok(Some(chunk)) => {
                let have = first.as_ref().map_or(0, Bytes::len) + rest.len();
                if have + chunk.len() > cap {
                    let read = if rest.is_empty() { chunk } else { rest.freeze() };
                    return Err(BodyFault::TooLarge(first.unwrap_or(read)));
                }
                // Most responses arrive in one piece, which is not copied.
                if first.is_none() && rest.is_empty() {
                    first = Some(chunk);
                    continue;
                }
                if let Some(first) = first.take() {
                    // Reserved at once, so that a long body is not copied each time the buffer grows.
                    rest.reserve(expected.max(first.len() + chunk.len()));
                    rest.extend_from_slice(&first);
                }
                rest.extend_from_slice(&chunk);
            }
            Ok(None) => return Ok(first.unwrap_or_else(|| rest.freeze())),
            Err(_) => return Err(BodyFault::CutShort(first.unwrap_or_else(|| rest.freeze()))),
        }
    }
}

/// Returns the next piece of a body, or `None` at its end. Trailers are skipped.
async fn chunk(body: &mut Incoming) -> hyper::Result<Option<Bytes>> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use http::HeaderValue;
    use std::io::Write;

    fn from_deflate(body: impl Into<Bytes>) -> Bytes {
        let mut headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("deflate"))]);
        let Ok((body, None)) = decoded(&mut headers, body.into(), 1 << 20) else { panic!("it is not decoded") };
        body
    }

    #[test]
    fn deflate_without_a_zlib_header_may_begin_with_any_byte() {
        let mut first_bytes = std::collections::BTreeSet::new();
        for count in 1..400 {
            let words: Vec<String> = (0..count).map(|word| format!("\"field_{word}\":{}", word * 7919 % 1000)).collect();
            let text = format!("{{{}}}", words.join(","));
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            let compressed = encoder.finish().unwrap();
            first_bytes.insert(compressed[0]);
            assert_eq!(from_deflate(compressed), text);
        }
        assert!(first_bytes.iter().any(u8::is_ascii_graphic), "{first_bytes:?}");
    }

    #[test]
    fn a_plain_body_that_is_called_deflate_is_kept() {
        for plain in [r#"{"success":true}"#, "  [1]", "<html>Bad gateway</html>", "Bad gateway"] {
            assert_eq!(from_deflate(plain), plain);
        }
    }
}
