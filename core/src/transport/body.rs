//! Reading an answer's body, up to the cap.

use bytes::{Bytes, BytesMut};

pub(crate) enum BodyFault {
    /// The body is larger than the cap; what had been read.
    TooLarge(Bytes),
    /// The connection broke before the end; what had been read.
    CutShort(Bytes),
}

/// The whole body, decoded, if it is at most `cap` bytes.
pub(crate) async fn read_capped(mut response: reqwest::Response, cap: usize) -> Result<Bytes, BodyFault> {
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default().min(cap);
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    loop {
        match response.chunk().await {
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
