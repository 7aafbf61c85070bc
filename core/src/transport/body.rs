//! Reads the body of a response, up to the cap, and undoes its content coding.

use bytes::{Bytes, BytesMut};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures_util::FutureExt;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::io::{ErrorKind, Read};

pub(crate) enum BodyFault {
    /// The body is larger than the cap; what had been read.
    TooLarge(Bytes),
    /// The connection broke before the end; what had been read.
    CutShort(Bytes),
    /// The body is not what `Content-Encoding` says: the whole sentence.
    Damaged(String),
}

/// How many codings are undone of one body; servers apply one.
const MOST_CODINGS: usize = 3;

/// The body without its content codings, and the coding that is not supported, if there is one: the body may be as it
/// should be all the same, since some services write a character set or their own words there. `cap` is of the result.
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
            // Without its magic number it has been decoded on the way, and the header left.
            "gzip" | "x-gzip" if !body.starts_with(b"\x1f\x8b") => body,
            "gzip" | "x-gzip" => inflated(MultiGzDecoder::new(&*body), "gzip", cap)?,
            // The low half of the first byte says that it has the zlib header, which some servers leave out.
            "deflate" if body[0] & 0x0f == 8 => inflated(ZlibDecoder::new(&*body), "deflate", cap)?,
            "deflate" if body[0].is_ascii_graphic() || body[0].is_ascii_whitespace() => body,
            "deflate" => inflated(DeflateDecoder::new(&*body), "deflate", cap)?,
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

/// The whole body as it was sent, if it is at most `cap` bytes.
pub(crate) async fn read_capped(mut body: Incoming, cap: usize) -> Result<Bytes, BodyFault> {
    let expected = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or_default();
    if expected > cap {
        // Of what has arrived with the head, for the error's details.
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
                // Most answers come in one piece, which is then handed on without a copy.
                if first.is_none() && rest.is_empty() {
                    first = Some(chunk);
                    continue;
                }
                if let Some(first) = first.take() {
                    // In one piece, so that a long answer is not copied each time that it outgrows its room.
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

/// The next piece of a body, and nothing at its end. Trailers are skipped.
async fn chunk(body: &mut Incoming) -> hyper::Result<Option<Bytes>> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
