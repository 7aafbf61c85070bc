//! What lies on a connection between two calls, and connections that end between them.

use crate::hostile::case::{Case, Step, bytes, get, ok, session, waiting};
use crate::response::response;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(2);

/// A case in which these steps follow a good response, and come before the next call.
fn between(name: &'static str, steps: Vec<Step>) -> Case {
    // The pause lets the client read the response by itself.
    waiting(get(name, &["ok"], [vec![Step::Send(ok(1)), Step::Pause(SOON)], steps].concat()))
}

pub fn cases() -> Vec<Case> {
    vec![
        bytes("two responses at once", &["ok", "invalid_response"], [ok(1), ok(666)].concat()),
        between("unsolicited response", vec![Step::Send(ok(666))]),
        between(
            "408 between two calls",
            vec![Step::Send(response("408 Request Timeout", "connection: close\r\n", "")), Step::Close],
        ),
        between("bytes between two calls", vec![Step::Send(b"zz".to_vec())]),
        between("empty lines between two calls", vec![Step::Send(b"\r\n\r\n".to_vec())]),
        bytes("bytes after the body", &["ok", "invalid_response"], [ok(1), b"zz".to_vec()].concat()),
        waiting(get("closed after the response", &["ok"], vec![Step::Send(ok(1)), Step::Close])),
        between("closed a moment after the response", vec![Step::Close]),
        waiting(get("reset after the response", &["ok", "invalid_response", "connection"], {
            vec![Step::Send(ok(1)), Step::Reset]
        })),
        get(
            "frozen after the response",
            &["ok"],
            vec![Step::Send(response("200 OK", "connection: close\r\n", session(1))), Step::Freeze],
        ),
        between("flood after the response", vec![Step::Send(ok(666)), Step::Played, Step::Flood(ok(666))]),
    ]
}
