//! Early, late and slow: mute peers, drips, responses before their request.

use crate::hostile::case::{Call, Case, Moment, Step, closing, get, http1, ok, session};
use crate::response::{JSON, response};
use std::time::Duration;

const DRIP: Duration = Duration::from_millis(20);
/// Longer than the timeout of the clients that are tried.
const LATE: Duration = Duration::from_secs(5);

pub fn cases() -> Vec<Case> {
    let accepted = |name, expect, steps| http1(name, Call::Get, expect, Moment::Accepted, steps);
    let early = |name, expect, steps| http1(name, Call::Create, expect, Moment::HeadRead, steps);
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 500\r\n\r\n");
    vec![
        get("mute after the request", &["timeout"], vec![Step::Freeze]),
        accepted("mute from the start", &["timeout"], vec![Step::Freeze]),
        get("mute after the status line", &["timeout"], vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Freeze]),
        get("mute after the head", &["timeout"], vec![Step::Send(head.clone().into()), Step::Freeze]),
        get("mute within the body", &["timeout"], vec![Step::Send((head.clone() + "{\"succ").into()), Step::Freeze]),
        get("head, a byte each 20 ms", &["timeout"], vec![Step::Drip(ok(1), DRIP)]),
        get("body, a byte each 20 ms", &["timeout"], vec![Step::Send(head.into()), Step::Drip(vec![b' '; 500], DRIP)]),
        get("response in single bytes", &["ok"], vec![Step::Drip(ok(1), Duration::ZERO)]),
        get("response after the deadline", &["timeout"], vec![Step::Pause(LATE), Step::Send(ok(1))]),
        get("interim responses, one each 20 ms", &["timeout"], {
            let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec();
            std::iter::repeat_n([Step::Send(interim), Step::Pause(DRIP)], 100).flatten().collect()
        }),
        closing("closed without a response", &["connection"], ""),
        get("reset without a response", &["connection"], vec![Step::Reset]),
        accepted("closed when accepted", &["connection"], vec![Step::Close]),
        accepted("reset when accepted", &["connection"], vec![Step::Reset]),
        closing("closed within the status line", &["connection", "invalid_response"], "HTTP/1.1 2"),
        closing("closed within the head", &["connection", "invalid_response"], format!("HTTP/1.1 200 OK\r\n{JSON}")),
        get("reset within the head", &["connection"], vec![Step::Send(b"HTTP/1.1 200".to_vec()), Step::Reset]),
        accepted("response before the request", &["ok", "invalid_response", "connection"], vec![Step::Send(ok(1))]),
        accepted(
            "408 before the request, then closed",
            &["connection", "timeout", "invalid_response"],
            vec![Step::Send(response("408 Request Timeout", "connection: close\r\n", "")), Step::Close],
        ),
        early(
            "rejected before its body was read",
            &["bad_request", "connection"],
            vec![Step::Send(response("413 Too Large", "connection: close\r\n", "{}")), Step::Close],
        ),
        early("response before its body was read", &["ok"], vec![Step::Send(ok(1))]),
        early("closed before its body was read", &["connection"], vec![Step::Close]),
        get("body with a pause in it", &["ok"], {
            let text = session(1);
            let (left, right) = text.split_at(20);
            let head = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: {}\r\n\r\n{left}", text.len());
            vec![Step::Send(head.into()), Step::Pause(Duration::from_millis(100)), Step::Send(right.into())]
        }),
    ]
}
