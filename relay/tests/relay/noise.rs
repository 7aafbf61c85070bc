//! Requests at random: every one is answered, in JSON, with a known code, and none gets at a session without a grant.

use crate::support::{ALICE, BOB, Bench, RETIRED, SECRET, claims_with, options, signed, token};
use agenthuman::Kind;
use agenthuman_relay::{Decision, Options, PolicyRequest};
use fastrand::Rng;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use serde_json::json;

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
const PIECES: [&str; 26] = [
    "v1", "sessions", "sessions", "101", "102", "messages", "end", "grant", "avatars", "voices", "agents", "api-keys", "..", ".",
    "%2e%2e", "%2f", "%252e", "%00", "", "7", "x", "auth", "otp", "-", "_", "%ff",
];
const PATHS: [&str; 9] = [
    "/v1/sessions",
    "/v1/sessions/101",
    "/v1/sessions/101/end",
    "/v1/sessions/101/grant",
    "/v1/sessions/101/messages",
    "/v1/avatars",
    "/v1/voices",
    "/v1/agents",
    "/v1/sessions/102/messages",
];
const BODIES: [&str; 8] = [
    "",
    "{}",
    "{\"content\":\"Hello\"}",
    "{\"agent_id\":\"7\"}",
    "[",
    "null",
    "{\"content\":\"\\ud800\"}",
    "{\"metadata\":{\"a\":1}}",
];

struct Noise {
    rng: Rng,
    grants: Vec<String>,
}

impl Noise {
    fn text(&mut self, longest: usize) -> Vec<u8> {
        (0..self.rng.usize(..=longest)).map(|_| self.rng.u8(..)).collect()
    }

    fn path(&mut self) -> String {
        let mut path = if self.rng.bool() {
            PATHS[self.rng.usize(..PATHS.len())].to_owned()
        } else {
            (0..self.rng.usize(1..6)).map(|_| format!("/{}", PIECES[self.rng.usize(..PIECES.len())])).collect()
        };
        if self.rng.u8(..5) == 0 {
            path.push_str(["?", "?limit=1", "?after=1", "?limit=x", "?&&=&", "?after=%00"][self.rng.usize(..6)]);
        }
        path
    }

    fn request(&mut self) -> Request<Full<bytes::Bytes>> {
        let method = Method::from_bytes(METHODS[self.rng.usize(..METHODS.len())].as_bytes()).unwrap();
        let mut request = Request::builder().method(method).uri(self.path());
        let headers = request.headers_mut().unwrap();
        let mut add = |name: &'static str, value: Vec<u8>| {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        };
        if self.rng.u8(..4) > 0 {
            let user = [ALICE, ALICE, ALICE, BOB][self.rng.usize(..4)];
            add("authorization", format!("Bearer {}", token(user)).into_bytes());
        }
        if self.rng.u8(..10) == 0 {
            add("authorization", self.text(40));
        }
        if self.rng.bool() {
            add("x-agenthuman-grant", self.grants[self.rng.usize(..self.grants.len())].clone().into_bytes());
        }
        if self.rng.u8(..10) == 0 {
            add("x-agenthuman-grant", self.text(200));
        }
        if self.rng.u8(..20) == 0 {
            add("x-api-key", self.text(40));
        }
        if self.rng.u8(..3) > 0 {
            add("content-type", b"application/json".to_vec());
        }
        if self.rng.u8(..10) == 0 {
            add("origin", b"https://app.example.com".to_vec());
        }
        if self.rng.u8(..10) == 0 {
            add("x-request-id", self.text(80));
        }
        if self.rng.u8(..20) == 0 {
            add("content-length", self.text(8));
        }
        let body =
            if self.rng.u8(..3) == 0 { self.text(300) } else { BODIES[self.rng.usize(..BODIES.len())].as_bytes().to_vec() };
        request.body(Full::from(body)).unwrap()
    }
}

/// Grants that are nearly good, and none that is.
fn grants(rng: &mut Rng) -> Vec<String> {
    let good = signed(&claims_with(json!({})), SECRET);
    let mut grants = vec![
        signed(&claims_with(json!({})), RETIRED),
        signed(&claims_with(json!({ "sub": "user-carol" })), SECRET),
        signed(&claims_with(json!({ "sid": "103" })), SECRET),
        signed(&claims_with(json!({ "ops": [] })), SECRET),
        signed(&claims_with(json!({ "aud": "other" })), SECRET),
        signed(&claims_with(json!({ "exp": 1, "until": 1 })), SECRET),
    ];
    for _ in 0..50 {
        let mut bytes = good.clone().into_bytes();
        // The last character of a signature carries bits that mean nothing, so it is left alone.
        let at = rng.usize(..bytes.len() - 1);
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        grants.push(String::from_utf8(bytes).unwrap());
    }
    grants
}

#[tokio::test]
async fn ten_thousand_requests() {
    let refuse = |_: &str, request: PolicyRequest| {
        Ok(match request {
            PolicyRequest::ListAgents { .. } => Decision::Show(Vec::new()),
            _ => Decision::Refuse(None),
        })
    };
    let options = Options { requests_per_minute: 0, origins: vec!["https://app.example.com".to_owned()], ..options() };
    let bench = Bench::with(options, refuse).await;
    let mut rng = Rng::with_seed(5);
    let grants = grants(&mut rng);
    let mut noise = Noise { rng, grants: grants.clone() };
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..10_000 {
        let request = noise.request();
        let shown = format!("{} {}", request.method(), request.uri());
        let is_preflight = request.method() == Method::OPTIONS;
        let answered = bench.send(request).await;
        *statuses.entry(answered.status).or_insert(0) += 1;
        assert!(answered.status < 500, "{shown}: {answered:?}");
        if answered.status >= 400 {
            assert!(Kind::of_code(answered.code()).is_some(), "{shown}: {answered:?}");
        } else if !is_preflight {
            answered.ok(200);
        }
    }
    // The catalogue needs no grant. Nothing else reached the API.
    for seen in bench.upstream.seen() {
        let path = seen.path.as_str();
        assert!(["/v1/avatars/public", "/v1/voices", "/v1/agents"].contains(&path), "{} {}", seen.method, seen.target);
    }
    for status in [200, 400, 401, 403, 404, 405, 415] {
        assert!(statuses.contains_key(&status), "none was answered with {status}: {statuses:?}");
    }
    let grants: Vec<_> = grants.iter().map(String::as_str).collect();
    bench.log_is_clean(&grants);
}
