//! An API on a free port of this machine that records what it is asked and answers what it is told to.
#![allow(dead_code, reason = "the tests and the example each use a part of it")]

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What no log and no answer may hold, wherever it was planted.
pub const PLANTED: &str = "planted-31f0-text-of-an-inner-error";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub path: String,
    /// By lower-case name.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A canned answer.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes that are promised and not sent.
    pub cut: usize,
    /// Read the request and never answer.
    pub hang: bool,
    /// Close without an answer.
    pub hang_up: bool,
    /// Answer after this.
    pub after: Option<Arc<Notify>>,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Answer {
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }
}

type Answering = Box<dyn FnMut(&Seen) -> Answer + Send>;

struct State {
    answering: Mutex<Answering>,
    seen: Mutex<Vec<Seen>>,
    hanging: watch::Sender<usize>,
    given_up: watch::Sender<usize>,
}

/// The API. It stops with the runtime.
#[derive(Clone)]
pub struct Upstream {
    pub url: String,
    state: Arc<State>,
}

impl Upstream {
    pub async fn start(answering: impl FnMut(&Seen) -> Answer + Send + 'static) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            answering: Mutex::new(Box::new(answering)),
            seen: Mutex::default(),
            hanging: watch::Sender::new(0),
            given_up: watch::Sender::new(0),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move { drop(serve(stream, &state).await) });
            }
        });
        Upstream { url, state }
    }

    pub fn answer(&self, answering: impl FnMut(&Seen) -> Answer + Send + 'static) {
        *self.state.answering.lock().unwrap() = Box::new(answering);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Until so many requests are hanging or have hung.
    pub async fn has_hanging(&self, count: usize) {
        self.state.hanging.subscribe().wait_for(|hanging| *hanging >= count).await.unwrap();
    }

    /// Until the other side has given up so many of its requests that hung; well before the client would by itself.
    pub async fn is_given_up(&self, count: usize) {
        let mut given_up = self.state.given_up.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(20), given_up.wait_for(|given_up| *given_up >= count));
        waited.await.expect("the request is given up").unwrap();
    }
}

async fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await? else { return Ok(()) };
    let answer = (state.answering.lock().unwrap())(&request);
    state.seen.lock().unwrap().push(request);
    if answer.hang_up {
        return Ok(());
    }
    if let Some(after) = &answer.after {
        state.hanging.send_modify(|hanging| *hanging += 1);
        after.notified().await;
    }
    if answer.hang {
        state.hanging.send_modify(|hanging| *hanging += 1);
        // Ends when the other side closes.
        let _ = stream.read(&mut [0; 1]).await;
        state.given_up.send_modify(|given_up| *given_up += 1);
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {} Canned\r\nconnection: close\r\n", answer.status);
    let is_given = |name: &str| answer.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !is_given("content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len() + answer.cut));
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&answer.body).await
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request = Seen { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: String::new() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    request.body = String::from_utf8(body).unwrap();
    Ok(Some(request))
}

/// An API with one session, 101, one agent of whom much is known, and one of everything else.
pub fn api(request: &Seen) -> Answer {
    let session = json!({
        "session_id": 101, "agent_id": 7, "agent_name": "Ada", "session_type": "agent_chat", "status": "active",
        "started_at": "2030-03-17T17:46:40Z", "ended_at": null, "duration": null, "transcript": PLANTED,
        "metadata": { "note": PLANTED }, "language": "en", "avatar_id": 3, "voice_id": "v1", "secret_column": PLANTED,
    });
    let message = |id: i64, role: &str| json!({ "message_id": id, "session_id": 101, "role": role, "content": format!("{role} {id}"), "created_at": "2030-03-17T17:46:41Z", "cost": PLANTED });
    let path = request.path.split('?').next().unwrap_or_default();
    let (status, body) = match (request.method.as_str(), path) {
        ("POST", "/v1/sessions") => (201, json!({ "success": true, "session": session })),
        ("GET", "/v1/sessions/101") => (200, json!({ "success": true, "session": session })),
        ("PUT", "/v1/sessions/101/end") => {
            let mut ended = session;
            ended["status"] = "completed".into();
            ended["ended_at"] = "2030-03-17T17:50:00Z".into();
            ended["duration"] = 200.into();
            (200, json!({ "success": true, "session": ended, "message": "Session ended" }))
        }
        ("POST", "/v1/sessions/101/messages") => {
            (201, json!({ "success": true, "message": message(1, "user"), "reply": message(2, "assistant") }))
        }
        ("GET", "/v1/sessions/101/messages") => {
            let messages = json!([message(1, "user"), message(2, "system"), message(3, "assistant")]);
            (200, json!({ "success": true, "messages": messages, "next": "3" }))
        }
        ("GET", "/v1/avatars/public") => (200, json!([{ "id": 3, "user_id": 1, "name": "Sunny", "is_public": 1 }])),
        ("GET", "/v1/voices") => (
            200,
            json!({ "success": true, "voices": [{ "voice_id": "v1", "name": "Vera", "is_public": true, "cost": PLANTED }] }),
        ),
        ("GET", "/v1/agents") => {
            let agent = |id: i64| json!({ "agent_id": id, "name": format!("Agent {id}"), "context": PLANTED, "properties": { "key": PLANTED }, "user_id": 1, "avatar_id": 3 });
            (200, json!({ "success": true, "agents": [agent(7), agent(8)] }))
        }
        _ => (404, json!({ "success": false, "error": "Not found" })),
    };
    Answer::json(status, body)
}
