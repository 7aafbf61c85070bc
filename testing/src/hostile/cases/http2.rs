//! HTTP/2 frames that are wrong, late, or too many.

use crate::hostile::case::{Call, Case, FollowUp, Greeting, Layer, Step, session};
use crate::hostile::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PUSH_PROMISE, RST_STREAM, SETTINGS, STATUS_200,
    WINDOW_UPDATE, code, data, field, frame, head, response,
};
use std::time::Duration;

const CANCEL: u32 = 8;
const REFUSED_STREAM: u32 = 7;
const INTERNAL_ERROR: u32 = 2;
const ENHANCE_YOUR_CALM: u32 = 11;
const HTTP_1_1_REQUIRED: u32 = 13;
/// How a connection or a stream that breaks is reported.
const BROKEN: &[&str] = &["connection", "invalid_response"];

fn h2(name: &'static str, expect: &'static [&'static str], steps: fn(u32) -> Vec<Step>) -> Case {
    Case {
        name,
        group: "",
        call: Call::Get,
        layer: Layer::Http2(Greeting::Settings, FollowUp::NextCall, steps),
        expect,
        wait: false,
    }
}

/// A case in which the client's HTTP/2 may send the request again by itself, as the server has not looked at it.
fn again(name: &'static str, steps: fn(u32) -> Vec<Step>) -> Case {
    let layer = Layer::Http2(Greeting::Settings, FollowUp::SameRequest, steps);
    Case { name, group: "", call: Call::Get, layer, expect: &["ok"], wait: false }
}

fn send(frames: impl IntoIterator<Item = Vec<u8>>) -> Vec<Step> {
    frames.into_iter().map(Step::Send).collect()
}

fn goaway(last: u32, reason: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes().to_vec(), code(reason)].concat())
}

fn headers(stream: u32, flags: u8, fields: &[u8]) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, fields)
}

pub fn cases() -> Vec<Case> {
    vec![
        h2("a good response", &["ok"], |id| send([response(id, &session(1))])),
        h2("trailers", &["ok"], |id| {
            let trailers = headers(id, END_STREAM, &field("x-trailer", "1"));
            send([head(id), frame(DATA, 0, id, session(1).as_bytes()), trailers])
        }),
        h2("mute after the request", &["timeout"], |_| vec![Step::Freeze]),
        h2("mute after the head", &["timeout"], |id| vec![Step::Send(head(id)), Step::Freeze]),
        h2("closed after the request", BROKEN, |_| vec![Step::Close]),
        h2("reset after the request", BROKEN, |_| vec![Step::Reset]),
        h2("closed within the body", BROKEN, |id| {
            vec![Step::Send(head(id)), Step::Send(frame(DATA, 0, id, b"{\"s")), Step::Close]
        }),
        again("stream refused, then a response", |id| send([frame(RST_STREAM, 0, id, &code(REFUSED_STREAM))])),
        h2("stream cancelled", BROKEN, |id| send([frame(RST_STREAM, 0, id, &code(CANCEL))])),
        h2("internal error on the stream", BROKEN, |id| send([frame(RST_STREAM, 0, id, &code(INTERNAL_ERROR))])),
        h2("stream reset with ENHANCE_YOUR_CALM", BROKEN, |id| send([frame(RST_STREAM, 0, id, &code(ENHANCE_YOUR_CALM))])),
        h2("stream reset with HTTP_1_1_REQUIRED", BROKEN, |id| send([frame(RST_STREAM, 0, id, &code(HTTP_1_1_REQUIRED))])),
        h2("stream of unknown error", BROKEN, |id| send([frame(RST_STREAM, 0, id, &code(0xdead_beef))])),
        h2("stream cancelled after the head", BROKEN, |id| send([head(id), frame(RST_STREAM, 0, id, &code(CANCEL))])),
        h2("GOAWAY with the response", &["ok"], |id| send([response(id, &session(1)), goaway(id, 0)])),
        h2("GOAWAY before the response", &["ok"], |id| send([goaway(id, 0), response(id, &session(1))])),
        again("GOAWAY that excludes the request", |_| vec![Step::Send(goaway(0, 0)), Step::Close]),
        h2("GOAWAY with an error", BROKEN, |_| vec![Step::Send(goaway(0, INTERNAL_ERROR)), Step::Close]),
        h2("frame over the size limit", BROKEN, |id| send([frame(DATA, 0, id, &vec![b' '; 20_000])])),
        h2("body before the head", BROKEN, |id| send([data(id, "{}")])),
        h2("data on stream 0", BROKEN, |_| send([frame(DATA, 0, 0, b"{}")])),
        h2("response on a stream that was not opened", BROKEN, |id| send([response(id + 100, &session(666))])),
        h2("response on an even stream", BROKEN, |_| send([response(2, &session(666))])),
        h2("no status", BROKEN, |id| send([headers(id, END_STREAM, &field("content-type", "application/json"))])),
        h2("two statuses", BROKEN, |id| send([headers(id, END_STREAM, &[STATUS_200, STATUS_200])])),
        h2("status is a word", BROKEN, |id| send([headers(id, END_STREAM, &field(":status", "abc"))])),
        h2("name in upper case", BROKEN, |id| {
            send([headers(id, END_STREAM, &[vec![STATUS_200], field("X-Upper", "1")].concat())])
        }),
        h2("line break in a value", BROKEN, |id| {
            send([headers(id, END_STREAM, &[vec![STATUS_200], field("x-a", "b\r\nc: d")].concat())])
        }),
        h2("header of the connection", BROKEN, |id| {
            send([headers(id, END_STREAM, &[vec![STATUS_200], field("connection", "close")].concat())])
        }),
        h2("head that does not decode", BROKEN, |id| send([headers(id, END_STREAM, &[0xff, 0xff, 0xff, 0xff, 0xff])])),
        h2("length that does not fit", BROKEN, |id| {
            let head = headers(id, 0, &[vec![STATUS_200], field("content-length", "500")].concat());
            send([head, data(id, &session(1))])
        }),
        h2("empty response", &["invalid_response"], |id| send([headers(id, END_STREAM, &[STATUS_200])])),
        h2("push although it is disabled", BROKEN, |id| {
            let promise = [2u32.to_be_bytes().to_vec(), vec![0x82, 0x84, 0x86]].concat();
            send([frame(PUSH_PROMISE, END_HEADERS, id, &promise)])
        }),
        h2("window that overflows", BROKEN, |id| {
            let most = 0x7fff_ffffu32.to_be_bytes();
            send([frame(WINDOW_UPDATE, 0, id, &most), frame(WINDOW_UPDATE, 0, id, &most), frame(WINDOW_UPDATE, 0, 0, &most)])
        }),
        h2("window of zero", BROKEN, |id| send([frame(WINDOW_UPDATE, 0, id, &[0; 4])])),
        h2("settings of five bytes", BROKEN, |_| send([frame(SETTINGS, 0, 0, &[0; 5])])),
        h2("ping of seven bytes", BROKEN, |_| send([frame(PING, 0, 0, &[0; 7])])),
        h2("frames of an unknown type", &["ok"], |id| send([frame(0xee, 0xff, 0, b"hello"), response(id, &session(1))])),
        h2("other frames within a head", BROKEN, |id| send([frame(HEADERS, 0, id, &[STATUS_200]), frame(PING, 0, 0, &[0; 8])])),
        h2("endless head", BROKEN, |id| {
            let piece = field("x-more", &"a".repeat(100)).repeat(100);
            vec![Step::Send(frame(HEADERS, 0, id, &[STATUS_200])), Step::Flood(frame(CONTINUATION, 0, id, &piece))]
        }),
        h2("endless empty continuations", BROKEN, |id| {
            vec![Step::Send(frame(HEADERS, 0, id, &[STATUS_200])), Step::Flood(frame(CONTINUATION, 0, id, &[]))]
        }),
        h2("endless body", &["invalid_response"], |id| {
            vec![Step::Send(head(id)), Step::Flood(frame(DATA, 0, id, &[b' '; 8_000]))]
        }),
        h2("endless empty data", &["timeout", "connection", "invalid_response"], |id| {
            vec![Step::Send(head(id)), Step::Flood(frame(DATA, 0, id, &[]))]
        }),
        h2("flood of settings", &["timeout", "connection", "invalid_response"], |_| {
            vec![Step::Flood(frame(SETTINGS, 0, 0, &[]))]
        }),
        h2("flood of pings", &["timeout", "connection", "invalid_response"], |_| vec![Step::Flood(frame(PING, 0, 0, &[7; 8]))]),
        h2("flood of resets", &["connection", "invalid_response"], |id| {
            vec![Step::Flood(frame(RST_STREAM, 0, id, &code(CANCEL)))]
        }),
        h2("body, a byte each 20 ms", &["timeout"], |id| {
            let drip = [Step::Send(frame(DATA, 0, id, b" ")), Step::Pause(Duration::from_millis(20))];
            std::iter::once(Step::Send(head(id))).chain(std::iter::repeat_n(drip, 100).flatten()).collect()
        }),
        h2("HTTP/1.1 in the place of HTTP/2", BROKEN, |_| send([b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()])),
        Case {
            name: "no settings",
            group: "",
            call: Call::Get,
            layer: Layer::Http2(Greeting::Missing, FollowUp::NextCall, |id| send([response(id, &session(1))])),
            expect: &["ok", "connection", "invalid_response"],
            wait: false,
        },
    ]
}
