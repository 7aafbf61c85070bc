//! A fast loopback server with prepared responses in the `agents` dialect. It has one thread.
//!
//! It prints its port, and stops when its standard input closes. `GET /n/N/v1/sessions` returns N sessions, without the prefix
//! one; `POST /v1/sessions` reads the JSON body and returns a session, and `GET /v1/sessions/ID` returns it, too. With the prefix
//! `/held/N`, the latter holds N requests: it answers only the one that follows them.

mod sessions;

use agenthuman_bench::end_with_stdin;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// High enough that no client waits for the limit.
const LIMIT: u64 = 1_000_000;
/// The maximum length of a list.
const LONGEST: usize = 100_000;

struct State {
    created: Bytes,
    lists: RefCell<HashMap<usize, Bytes>>,
    answered: Cell<u64>,
    held: Cell<usize>,
    resets: HeaderValue,
}

impl State {
    fn new() -> State {
        let hour_ahead = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() + 3600;
        State {
            created: sessions::created(),
            lists: RefCell::default(),
            answered: Cell::new(0),
            held: Cell::new(0),
            resets: HeaderValue::from(hour_ahead),
        }
    }

    fn list(&self, count: usize) -> Bytes {
        self.lists.borrow_mut().entry(count).or_insert_with(|| sessions::list(count)).clone()
    }

    fn reply(&self, status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
        let answered = self.answered.get() + 1;
        self.answered.set(answered);
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-ratelimit-limit", HeaderValue::from(LIMIT));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(LIMIT - answered % (LIMIT / 2)));
        headers.insert("x-ratelimit-reset", self.resets.clone());
        headers.insert("x-request-id", HeaderValue::from_static("8c1fbe0ad1a44f0f9a3e5c7f2b6d9e10"));
        response
    }

    /// Counts a request, and returns whether to hold it.
    fn holds(&self, most: usize) -> bool {
        let held = self.held.get();
        self.held.set(if held == most { 0 } else { held + 1 });
        held < most
    }

    fn failure(&self, status: StatusCode, why: &str) -> Response<Full<Bytes>> {
        self.reply(status, Bytes::from(format!(r#"{{"success":false,"error":"{why}"}}"#)))
    }
}

async fn answer(state: Rc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let known = request.headers().get("x-api-key").is_some_and(|key| key.as_bytes().starts_with(b"ah_test_"));
    if !known {
        return Ok(state.failure(StatusCode::UNAUTHORIZED, "API key required"));
    }
    let (prefix, path) = prefixed(request.uri().path());
    Ok(match (request.method(), path) {
        (&Method::GET, "/v1/sessions") => {
            let Prefix::Count(count) = prefix else { return Ok(state.failure(StatusCode::NOT_FOUND, "Not found")) };
            state.reply(StatusCode::OK, state.list(count))
        }
        (&Method::GET, path) if path.starts_with("/v1/sessions/") => {
            if let Prefix::Held(most) = prefix
                && state.holds(most)
            {
                std::future::pending::<()>().await;
            }
            state.reply(StatusCode::OK, state.created.clone())
        }
        (&Method::POST, "/v1/sessions") => {
            let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
                Ok(_) => state.reply(StatusCode::CREATED, state.created.clone()),
                Err(_) => state.failure(StatusCode::BAD_REQUEST, "Invalid JSON"),
            }
        }
        _ => state.failure(StatusCode::NOT_FOUND, "Not found"),
    })
}

/// The prefix of a path.
#[derive(Debug, PartialEq)]
enum Prefix {
    /// The number of sessions in a list.
    Count(usize),
    /// The number of requests to hold.
    Held(usize),
}

/// Splits `/n/N/rest` and `/held/N/rest` into the prefix and `/rest`. Without a prefix, the count is 1.
fn prefixed(path: &str) -> (Prefix, &str) {
    let split = |word: &str| {
        let (number, _) = path.strip_prefix(word)?.split_once('/')?;
        Some((number.parse::<usize>().ok()?, &path[word.len() + number.len()..]))
    };
    if let Some((count, rest)) = split("/n/") {
        (Prefix::Count(count.min(LONGEST)), rest)
    } else if let Some((most, rest)) = split("/held/") {
        (Prefix::Held(most), rest)
    } else {
        (Prefix::Count(1), path)
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?.port());
        let state = Rc::new(State::new());
        end_with_stdin();
        serve(listener, state).await
    })
}

async fn serve(listener: tokio::net::TcpListener, state: Rc<State>) -> ! {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Otherwise small responses wait for acknowledgements. If this fails, the figures show it.
        let _ = stream.set_nodelay(true);
        let state = state.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| answer(state.clone(), request));
            // A client that disconnects causes an error, which is expected.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Prefix, State, prefixed};

    #[test]
    fn the_prefix_says_how_many() {
        assert_eq!(prefixed("/n/10000/v1/sessions"), (Prefix::Count(10_000), "/v1/sessions"));
        assert_eq!(prefixed("/held/100/v1/sessions/5"), (Prefix::Held(100), "/v1/sessions/5"));
        assert_eq!(prefixed("/v1/sessions"), (Prefix::Count(1), "/v1/sessions"));
        assert_eq!(prefixed("/n/x/v1/sessions"), (Prefix::Count(1), "/n/x/v1/sessions"));
    }

    #[test]
    fn only_the_request_after_the_held_ones_is_answered() {
        let state = State::new();
        let held: Vec<bool> = (0..6).map(|_| state.holds(2)).collect();
        assert_eq!(held, [true, true, false, true, true, false]);
    }
}
