//! Reads request bodies, with a maximum size and a timeout.

use crate::answers::Refusal;
use crate::backend::BoxError;
use crate::options::Options;
use agenthuman::Kind;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The whole body.
pub(crate) async fn read<B>(body: B, headers: &HeaderMap, options: &Options) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        let why = format!("the body must have at most {} bytes", options.max_request_bytes);
        Refusal::new(Kind::BadRequest, why).with_status(StatusCode::PAYLOAD_TOO_LARGE)
    };
    let promised = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let cap = u64::try_from(options.max_request_bytes).unwrap_or(u64::MAX);
    if promised.is_some_and(|length| length > cap) || body.size_hint().lower() > cap {
        return Err(too_large());
    }
    let whole = std::pin::pin!(Limited::new(body, options.max_request_bytes).collect());
    match tokio::time::timeout(options.body_timeout, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Refusal::new(Kind::BadRequest, "the connection closed before the end of the body")),
        Err(_) => {
            let why = "timed out while reading the body";
            Err(Refusal::new(Kind::Timeout, why).with_status(StatusCode::REQUEST_TIMEOUT))
        }
    }
}
