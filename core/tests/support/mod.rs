//! A server on a free port of this machine that records what it is asked and answers what it is told to.
#![allow(dead_code, reason = "each test file uses a part of it")]

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A made-up key of the right format.
pub const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1";
/// A made-up token that expires in the year 2100: `{"alg":"none"}`, `{"sub":"1","exp":4102444800}`.
pub const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.c2ln";

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }
}

/// A canned answer.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes that are promised and not sent.
    pub cut: usize,
    /// Close without answering.
    pub hang_up: bool,
    /// Read the request and never answer.
    pub hang: bool,
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

pub struct Canned {
    pub url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Canned {
    /// Gives the answers in their order, and the last one from then on.
    pub fn start(answers: impl IntoIterator<Item = Answer>) -> Canned {
        let answers = Mutex::new(answers.into_iter().collect::<VecDeque<_>>());
        Canned::answering(move |_| {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front().unwrap() } else { answers.front().cloned().unwrap() }
        })
    }

    /// Gives the answer to each request that the function returns for it.
    pub fn answering(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, answer) = (seen.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (record, answer) = (record.clone(), answer.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &record, &*answer));
            }
        });
        Canned { url, seen }
    }

    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    #[cfg(feature = "server")]
    pub fn client(&self) -> agenthuman::Client {
        agenthuman::Client::builder().base_url(&self.url).api_key(KEY).token(TOKEN).max_retries(0).build().unwrap()
    }
}

fn serve(mut stream: TcpStream, record: &Mutex<Vec<Request>>, answer: &(impl Fn(&Request) -> Answer + ?Sized)) {
    let Some(request) = read(&mut BufReader::new(&stream)) else {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        return;
    };
    let answer = {
        // One after another, so that the record has the order of the answers.
        let mut record = record.lock().unwrap();
        let answer = answer(&request);
        record.push(request);
        answer
    };
    if answer.hang_up {
        return;
    }
    if answer.hang {
        // Ends when the client closes its side.
        let _ = stream.read(&mut [0; 1]);
        return;
    }
    let mut head = format!("HTTP/1.1 {} Canned\r\nconnection: close\r\n", answer.status);
    let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !names.iter().any(|name| name == "content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    if answer.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", answer.body.len() + answer.cut));
    }
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(b"\r\n");
    let _ = stream.write_all(&answer.body);
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        body.resize(length.parse().ok()?, 0);
        stream.read_exact(&mut body).ok()?;
    } else if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        loop {
            let mut size = String::new();
            stream.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Some(Request { method, path: path.to_owned(), query, headers, body })
}

pub fn session_body(id: i64) -> Value {
    json!({ "success": true, "session": { "session_id": id, "agent_id": 7, "status": "active" } })
}
