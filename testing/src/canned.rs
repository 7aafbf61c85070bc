//! A server on a free port of this machine that records its requests and sends canned responses.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// The path and the query, as they were sent.
    pub target: String,
    pub path: String,
    pub query: HashMap<String, String>,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// The body as JSON; null if it is empty.
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// A canned response.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes that are promised and not sent.
    pub cut: usize,
    /// Read the request and never answer.
    pub hang: bool,
    /// Close without answering.
    pub hang_up: bool,
    /// Answer after this.
    pub after: Option<Arc<Notify>>,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Answer {
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    pub fn text(status: u16, text: &str) -> Answer {
        Answer { status, body: text.as_bytes().to_vec(), ..Answer::default() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Answering = Box<dyn FnMut(&Request) -> Answer + Send>;

struct State {
    /// Locked while it answers, so that `seen` has the order of the answers.
    answering: Mutex<Answering>,
    seen: Mutex<Vec<Request>>,
    hanging: watch::Sender<usize>,
    abandoned: watch::Sender<usize>,
}

/// The server. It runs until its runtime or the process ends.
#[derive(Clone)]
pub struct Canned {
    pub url: String,
    state: Arc<State>,
}

impl Canned {
    /// Sends the answers in their order, and the last one from then on.
    pub fn start(answers: impl IntoIterator<Item = Answer>) -> Canned {
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        Canned::answering(
            move |_| {
                if answers.len() > 1 { answers.pop_front().unwrap() } else { answers.front().cloned().unwrap() }
            },
        )
    }

    /// Sends what the function returns for each request. Runs on a thread of its own.
    pub fn answering(answering: impl FnMut(&Request) -> Answer + Send + 'static) -> Canned {
        let (canned, listener) = Canned::bind(answering);
        let state = canned.state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, state));
        });
        canned
    }

    /// The same on the caller's runtime: a paused clock does not advance before the server has answered.
    pub fn on_this_runtime(answering: impl FnMut(&Request) -> Answer + Send + 'static) -> Canned {
        let (canned, listener) = Canned::bind(answering);
        tokio::spawn(accept(listener, canned.state.clone()));
        canned
    }

    fn bind(answering: impl FnMut(&Request) -> Answer + Send + 'static) -> (Canned, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            answering: Mutex::new(Box::new(answering)),
            seen: Mutex::default(),
            hanging: watch::Sender::new(0),
            abandoned: watch::Sender::new(0),
        };
        (Canned { url, state: Arc::new(state) }, listener)
    }

    /// Answers by another function from now on.
    pub fn answer(&self, answering: impl FnMut(&Request) -> Answer + Send + 'static) {
        *self.state.answering.lock().unwrap() = Box::new(answering);
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Waits until that many requests hang or have hung.
    pub async fn has_hanging(&self, count: usize) {
        self.state.hanging.subscribe().wait_for(|hanging| *hanging >= count).await.unwrap();
    }

    /// Waits until the client has closed the connections of that many requests that hung. The limit is well below the
    /// client's own timeout.
    pub async fn is_abandoned(&self, count: usize) {
        let mut abandoned = self.state.abandoned.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(20), abandoned.wait_for(|abandoned| *abandoned >= count));
        waited.await.expect("the client closes the connection").unwrap();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        // The client may hang up at any time.
        tokio::spawn(async move { drop(serve(stream, &state).await) });
    }
}

async fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await? else {
        return stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    };
    let answer = {
        let mut answering = state.answering.lock().unwrap();
        let answer = answering(&request);
        state.seen.lock().unwrap().push(request);
        answer
    };
    if answer.hang_up {
        return Ok(());
    }
    if let Some(after) = &answer.after {
        state.hanging.send_modify(|hanging| *hanging += 1);
        after.notified().await;
    }
    if answer.hang {
        state.hanging.send_modify(|hanging| *hanging += 1);
        // Ends when the client closes its side.
        let _ = stream.read(&mut [0; 1]).await;
        state.abandoned.send_modify(|abandoned| *abandoned += 1);
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {} Canned\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        head.push_str("content-type: application/json\r\n");
    }
    if answer.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", answer.body.len() + answer.cut));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&answer.body).await
}

/// Reads a request; `None` if it is none.
async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        let Ok(length) = length.parse() else { return Ok(None) };
        body.resize(length, 0);
        stream.read_exact(&mut body).await?;
    } else if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        loop {
            let mut size = String::new();
            stream.read_line(&mut size).await?;
            let Ok(size) = usize::from_str_radix(size.trim(), 16) else { return Ok(None) };
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).await?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Ok(Some(Request { method: method.to_owned(), target: target.to_owned(), path: path.to_owned(), query, headers, body }))
}
