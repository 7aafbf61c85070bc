//! Applies a fault to a request.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use super::Fault;
use super::body::{Cut, Trickle};
use crate::connection::Connection;
use crate::error::ApiError;
use crate::rate_limit::Verdict;

/// Begins like JSON, so that a client has to parse all of it to notice.
const GARBAGE: &[u8] = b"{\"success\":true,\"\xff\xfe<html>502 Bad Gateway</html>";

/// Marks a response to which the sandbox adds none of its headers.
#[derive(Clone)]
pub struct WithoutHeaders;

impl Fault {
    /// Returns the faulty response of a request whose normal response is the output of `work`. `stopped` completes when the
    /// sandbox stops, and `now` is the sandbox's Unix time.
    pub async fn apply(
        self,
        connection: &Connection,
        stopped: impl Future<Output = ()>,
        now: i64,
        work: impl Future<Output = Response>,
    ) -> Response {
        match self {
            Self::Delay(pause) => {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stopped => {}
                }
                work.await
            }
            Self::Hang => {
                stopped.await;
                reset(connection)
            }
            Self::ResetBefore => reset(connection),
            Self::ResetAfter => {
                work.await;
                reset(connection)
            }
            Self::Truncate => {
                let (response, body) = read_whole(work.await).await;
                let half = body.slice(..body.len() / 2);
                cut(response, body.len(), half)
            }
            Self::Length(difference) => {
                let (response, body) = read_whole(work.await).await;
                let length = body.len().saturating_add_signed(difference as isize);
                cut(response, length, body)
            }
            Self::Garbage => {
                let (response, _) = read_whole(work.await).await;
                response.map(|()| Body::from(GARBAGE))
            }
            Self::Status { status, headers, body } => error_response(status, headers.then_some(now), body),
            Self::Trickle(pause) => {
                let (mut response, body) = read_whole(work.await).await;
                set_length(response.headers_mut(), body.len());
                response.map(|()| Body::new(Trickle::new(body, pause)))
            }
        }
    }
}

/// The response is never sent, since the connection fails first.
fn reset(connection: &Connection) -> Response {
    connection.reset();
    Response::default()
}

async fn read_whole(response: Response) -> (axum::http::Response<()>, Bytes) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    // Bodies of the sandbox are in memory, so reading them does not fail.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    (axum::http::Response::from_parts(parts, ()), body)
}

fn cut(mut response: axum::http::Response<()>, length: usize, sent: Bytes) -> Response {
    set_length(response.headers_mut(), length);
    response.map(|()| Body::new(Cut::after(sent)))
}

fn set_length(headers: &mut HeaderMap, length: usize) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
}

/// `now` is `None` for a response without headers.
fn error_response(status: StatusCode, now: Option<i64>, body: bool) -> Response {
    let error = match status {
        StatusCode::UNAUTHORIZED => ApiError::unauthorized("Invalid API key"),
        StatusCode::TOO_MANY_REQUESTS => ApiError::too_many_requests(),
        StatusCode::SERVICE_UNAVAILABLE => ApiError::new(status, "Service unavailable"),
        _ => ApiError::new(status, "Internal server error"),
    };
    let mut response = if body { error.into_response() } else { status.into_response() };
    let Some(now) = now else {
        response.extensions_mut().insert(WithoutHeaders);
        return response;
    };
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(1));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        Verdict::exhausted(now + 1).write_to(response.headers_mut());
    }
    response
}
