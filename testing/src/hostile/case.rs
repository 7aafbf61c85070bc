//! One wire fault: what the server sends, and the outcomes that are right.

use crate::response::{JSON, response};
use crate::tls::Certificate;
use serde::Serialize;
use std::time::Duration;

/// The operation that the client calls. The call that follows is always `sessions.get("2")`, answered well.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `sessions.get("1")`
    Get,
    /// `sessions.create(agent_id="7")`
    Create,
    /// The first page of `sessions.list()`
    List,
}

/// What the server does next on a connection.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// Sends the bytes that many times.
    Repeat(Vec<u8>, usize),
    /// Sends the bytes until the client closes the connection.
    Flood(Vec<u8>),
    /// Sends the bytes one at a time, with a pause before each.
    Drip(Vec<u8>, Duration),
    Pause(Duration),
    /// Says that the next call may begin, before the steps end.
    Played,
    /// Closes the connection in order.
    Close,
    /// Closes the connection with a TCP reset.
    Reset,
    /// Sends nothing more, whatever arrives.
    Freeze,
}

/// When the steps of an HTTP/1.1 case are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When the first connection is accepted, before its request is read.
    Accepted,
    /// When the head of the request has arrived.
    HeadRead,
    /// When the whole request has arrived.
    RequestRead,
}

/// The layer that a case attacks.
#[derive(Clone)]
pub enum Layer {
    /// HTTP/1.1 without TLS.
    Http1(Moment, Vec<Step>),
    /// Raw bytes in the place of a TLS handshake.
    InsteadOfTls(Vec<Step>),
    /// A TLS server whose certificate the client must reject.
    BadCertificate(Certificate),
    /// HTTP/2 over TLS; the steps depend on the number of the request's stream.
    Http2(Greeting, FollowUp, fn(u32) -> Vec<Step>),
}

/// How an HTTP/2 connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// With an empty SETTINGS frame, as it must.
    Settings,
    /// Without the SETTINGS frame.
    Missing,
}

/// What the server answers to a request that follows the hostile steps of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// It is the next call.
    NextCall,
    /// The first one after the steps is the same request, sent again by the client's HTTP/2.
    SameRequest,
}

/// A wire fault.
#[derive(Clone)]
pub struct Case {
    pub name: &'static str,
    pub group: &'static str,
    pub call: Call,
    pub layer: Layer,
    /// The codes of the errors that are right, and `ok` for a result.
    pub expect: &'static [&'static str],
    /// Whether the next call has to wait until the steps have been played.
    pub wait: bool,
}

/// The same case; the next call waits until the steps have been played.
pub fn waiting(case: Case) -> Case {
    Case { wait: true, ..case }
}

/// A case in which `sessions.get` meets these steps after its request was read.
pub fn get(name: &'static str, expect: &'static [&'static str], steps: Vec<Step>) -> Case {
    http1(name, Call::Get, expect, Moment::RequestRead, steps)
}

/// The same with a chosen operation and moment.
pub fn http1(name: &'static str, call: Call, expect: &'static [&'static str], moment: Moment, steps: Vec<Step>) -> Case {
    Case { name, group: "", call, layer: Layer::Http1(moment, steps), expect, wait: false }
}

/// A case that sends these bytes and nothing else.
pub fn bytes(name: &'static str, expect: &'static [&'static str], response: impl Into<Vec<u8>>) -> Case {
    get(name, expect, vec![Step::Send(response.into())])
}

/// A case that sends these bytes and closes the connection.
pub fn closing(name: &'static str, expect: &'static [&'static str], response: impl Into<Vec<u8>>) -> Case {
    get(name, expect, vec![Step::Send(response.into()), Step::Close])
}

/// The fields of a session that every response has, besides its id.
pub const REQUIRED: &str = r#""agent_id":7,"session_type":"voice","status":"active","started_at":"2024-01-15T10:30:00Z""#;

/// The session of that id, as the API sends it.
pub fn session(id: u32) -> String {
    format!(r#"{{"success":true,"session":{{"session_id":{id},{REQUIRED}}}}}"#)
}

/// The usual response with that session.
pub fn ok(id: u32) -> Vec<u8> {
    response("200 OK", JSON, session(id))
}
