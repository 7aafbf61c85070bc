//! A relay from JSON, and the exchanges that a host steps.

use super::body::HostBody;
use crate::answers::{LogFields, Refusal};
use crate::clients::Clients;
use crate::opened::Opened;
use crate::options::Options;
use crate::questions::Question;
use crate::requests::{MOST_HEADERS, too_many_headers};
use crate::state::Service;
use agenthuman::error::Error;
use agenthuman::host::{HostClient, Next, Stepped};
use agenthuman::{ErrorInfo, Kind};
use bytes::Bytes;
use futures_util::FutureExt;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A relay for a host language. Clones share all state.
#[derive(Clone)]
pub struct HostRelay(Arc<Service>);

impl HostRelay {
    /// A relay that calls the API with `client`, and with `rooms` for rooms if there is one. `options` is JSON: `{"secrets"?: [...], "audience"?, "origins"?: [...],
    /// "grant_seconds"?, "session_seconds"?, "max_request_bytes"? (bytes), "requests_per_minute"? (0 is no limit),
    /// "open_sessions_per_user"? (0 is no limit), "function_timeout"? (seconds), "wait_seconds"? (0 is no wait)}`; see [`Options`].
    ///
    /// # Errors
    /// If an option is invalid, or if there is no secret in the options or the environment (`configuration`).
    pub fn new(client: HostClient, rooms: Option<HostClient>, options: &str) -> Result<HostRelay, Box<ErrorInfo>> {
        let clients = Clients::of_host(client, rooms).map_err(Error::into_info)?;
        let options = Options::from_json(options)?;
        Service::new(clients, options).map(Arc::new).map(HostRelay).map_err(Error::into_info)
    }

    /// Starts to handle a request; nothing happens before the first step. `path_and_query` is as received, from where the
    /// relay is mounted, with nothing decoded. A header that came twice is there twice.
    pub fn handle(&self, method: &str, path_and_query: &str, headers: Vec<(String, String)>) -> Exchange {
        let service = self.0.clone();
        Exchange(Stepped::new(|questions| {
            let request = request(method, path_and_query, headers, HostBody::new(questions.clone()));
            let work = async move {
                match request {
                    Ok(request) => service.handle(&questions, Some(&questions), request).await,
                    Err((headers, refusal)) => (service.refuse(&headers, refusal), None),
                }
            };
            work.boxed()
        }))
    }
}

impl fmt::Debug for HostRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostRelay")
    }
}

/// A response, in plain values.
pub struct HostResponse {
    /// The status.
    pub status: u16,
    /// The headers, by lower-case name. A name can be there twice.
    pub headers: Vec<(String, String)>,
    /// The whole body: JSON, or empty for a browser's preflight.
    pub body: Bytes,
    /// The cause of a failure, for the backend's log.
    pub cause: Option<String>,
    /// The session that the request opened. If the response cannot be sent, [`Opened::undelivered`] ends it.
    pub opened: Option<Opened>,
}

impl From<Served> for HostResponse {
    fn from((response, opened): Served) -> HostResponse {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let cause = parts.extensions.get::<LogFields>().and_then(|fields| fields.cause.clone()).map(Cow::into_owned);
        HostResponse { status: parts.status.as_u16(), headers, body, cause, opened }
    }
}

/// The response to a request, or a question.
pub enum Step {
    /// The relay needs an answer from the host.
    Question(Question),
    /// The response. It is the last step.
    Done(HostResponse),
}

/// A request in flight. Dropping it cancels its request to the API.
pub struct Exchange(Stepped<Question, Served>);

impl Exchange {
    /// Runs until the response or a question. A step after the response returns a
    /// 500.
    pub async fn step(&mut self) -> Step {
        Step::Done(match self.0.step().await {
            Next::Question(question) => return Step::Question(question),
            Next::Done(served) => served.into(),
            Next::Panicked | Next::Over => (
                Refusal::fault("internal error (a bug in this library): the exchange panicked, or was stepped after its end")
                    .into_response(None),
                None,
            )
                .into(),
        })
    }
}

type Served = (Response<Bytes>, Option<Opened>);

type Unreadable = (HeaderMap, Refusal);

fn request(
    method: &str,
    path_and_query: &str,
    pairs: Vec<(String, String)>,
    body: HostBody,
) -> Result<Request<HostBody>, Unreadable> {
    let bad_request = |why| Refusal::new(Kind::BadRequest, why);
    let mut headers = HeaderMap::new();
    if pairs.len() > MOST_HEADERS {
        return Err((headers, too_many_headers()));
    }
    for (name, value) in pairs {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            (Ok(name), Ok(value)) => drop(headers.append(name, value)),
            _ => return Err((headers, bad_request("a header has an invalid name or value"))),
        }
    }
    let Ok(method) = Method::from_bytes(method.as_bytes()) else {
        return Err((headers, bad_request("the HTTP method is invalid").with_status(StatusCode::METHOD_NOT_ALLOWED)));
    };
    let target = PathAndQuery::try_from(path_and_query).ok().filter(|_| !path_and_query.contains('#'));
    let Some(target) = target else {
        return Err((headers, Refusal::new(Kind::NotFound, "unknown path")));
    };
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(target);
    *request.headers_mut() = headers;
    Ok(request)
}
