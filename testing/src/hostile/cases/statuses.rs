//! Statuses with bodies and headers that do not fit them.

use crate::hostile::case::{Call, Case, Moment, Step, bytes, closing, http1};
use crate::response::{JSON, response};

fn answered(status: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response(status, JSON, body)
}

pub fn cases() -> Vec<Case> {
    let create = |name, expect, bytes| http1(name, Call::Create, expect, Moment::RequestRead, vec![Step::Send(bytes)]);
    vec![
        bytes("302 to another host", &["redirect"], response("302 Found", "location: http://other.example/\r\n", "")),
        create("303 after a create", &["redirect"], response("303 See Other", "location: /v1/sessions/1\r\n", "")),
        bytes("unrequested 304", &["redirect"], response("304 Not Modified", "", "")),
        bytes("401 as HTML", &["authentication"], response("401 Unauthorized", "content-type: text/html\r\n", "<h1>no</h1>")),
        bytes("403 with a list as its body", &["permission_denied"], answered("403 Forbidden", "[1,2]")),
        bytes("404 with an empty body", &["not_found"], answered("404 Not Found", "")),
        bytes("404 with a number as its error", &["not_found"], answered("404 Not Found", r#"{"error":7}"#)),
        bytes("407 from the service", &["bad_request"], answered("407 Proxy Authentication Required", "{}")),
        bytes("429 with an absurd Retry-After", &["rate_limited"], {
            response("429 Too Many Requests", "retry-after: 99999999999999999999\r\n", "{}")
        }),
        bytes("429 with a reset in the past", &["rate_limited"], {
            response("429 Too Many Requests", "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n", "{}")
        }),
        bytes("500 as HTML", &["server"], response("500 Oops", "content-type: text/html\r\n", "<html>".repeat(1000))),
        closing(
            "502 cut short",
            &["server"],
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 500\r\nconnection: close\r\n\r\n<html>",
        ),
        bytes("503 with a date far away", &["service_unavailable"], {
            response("503 Busy", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "{}")
        }),
        bytes("520 from a proxy", &["server"], answered("520 Unknown", "")),
        bytes("599", &["server"], answered("599 Odd", "{}")),
        bytes(
            "success status with a body that says failure",
            &["rejected"],
            answered("200 OK", r#"{"success":false,"error":"no"}"#),
        ),
        bytes("error text of 900 kB", &["bad_request"], {
            answered("400 Bad Request", format!(r#"{{"error":"{}"}}"#, "://a".repeat(225_000)))
        }),
        bytes("error text of a million colons and slashes", &["bad_request"], {
            answered("400 Bad Request", format!(r#"{{"error":"{}"}}"#, "://".repeat(330_000)))
        }),
        bytes("error body over the size cap", &["bad_request"], answered("400 Bad Request", vec![b'x'; 4_000_000])),
        bytes("error details nested 10,000 deep", &["bad_request"], {
            let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
            answered("400 Bad Request", format!(r#"{{"error":{{"message":"no","details":{nested}}}}}"#))
        }),
        bytes("error details of 50,000 keys", &["bad_request"], {
            let fields: Vec<String> = (0..50_000).map(|n| format!(r#""k{n}":{n}"#)).collect();
            answered("400 Bad Request", format!(r#"{{"error":{{"message":"no","details":{{{}}}}}}}"#, fields.join(",")))
        }),
    ]
}
