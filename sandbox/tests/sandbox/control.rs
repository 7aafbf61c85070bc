//! Reset, the clock, and requests of other web pages.

use agenthuman_sandbox::Options;
use serde_json::{Value, json};

use crate::api::{Api, As, unlimited};
use crate::scratch::Scratch;

async fn seen(api: &Api) -> Vec<Value> {
    let mut seen = Vec::new();
    for (path, who) in [
        ("/v1/agents", &api.key),
        ("/v1/sessions", &api.key),
        ("/v1/avatars", &api.key),
        ("/v1/avatars/public", &api.key),
        ("/v1/voices", &api.key),
        ("/v1/voices?scope=mine", &api.key),
        ("/v1/roles", &api.key),
        ("/v1/roles?scope=mine", &api.key),
        ("/v1/api-keys", &api.token),
        ("/v1/auth/me", &api.token),
        ("/sandbox/mailbox", &As::NoCredential),
        ("/sandbox/faults", &As::NoCredential),
    ] {
        seen.push(without_times(api.call("GET", path, &[], who, None).await.is(200).body));
    }
    seen
}

fn without_times(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("_at") && name != "by_header");
            fields.values_mut().for_each(|field| *field = without_times(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_times(item.take())),
        _ => {}
    }
    value
}

async fn reset_walk(options: Options) {
    let fault = "sessions.get:status=500";
    let api = Api::with(Options {
        faults: vec![fault.parse().unwrap()],
        rate_limit: Some(agenthuman_sandbox::RateLimit::per_minute(1000)),
        ..options
    })
    .await;
    let at_the_start = seen(&api).await;
    let (stranger, their_key) = api.stranger("stranger@example.test").await;
    api.call("POST", "/v1/agents", &[], &api.key, Some(json!({"name": "Gone"}))).await.is(201);
    api.call("DELETE", "/v1/agents/1", &[], &api.key, None).await.is(200);
    api.call("POST", "/v1/roles", &[], &api.key, Some(json!({"name": "Gone", "prompt": "Gone"}))).await.is(201);
    let avatar = json!({"name": "Gone", "url": "https://example.test/a.png"});
    api.call("POST", "/v1/avatars", &[], &api.key, Some(avatar)).await.is(201);
    let keys = api.call("GET", "/v1/api-keys", &[], &api.token, None).await.is(200);
    api.call("DELETE", "/v1/api-keys/{}", &[keys.at("/api_keys/0/id")], &api.token, None).await.is(200);
    api.call("GET", "/v1/agents", &[], &api.key, None).await.fails(401, "API key has been revoked");
    api.call("POST", "/v1/auth/logout", &[], &api.token, None).await.is(200);
    api.call("DELETE", "/sandbox/faults", &[], &As::NoCredential, None).await.is(200);
    api.advance(7200).await;

    let reset = api.call("POST", "/sandbox/reset", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(seen(&api).await, at_the_start, "the first key and token are valid again");
    let clock = api.call("GET", "/sandbox/clock", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(clock.at("/ahead_seconds"), 0);
    let new = As::Token(reset.text("/token"));
    api.call("GET", "/v1/auth/me", &[], &new, None).await.is(200);
    api.call("GET", "/v1/sessions", &[], &their_key, None).await.fails(401, "Invalid API key");
    api.call("GET", "/v1/agents", &[], &stranger, None).await.fails(401, "Invalid token");
    let session = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    assert_eq!(session.at("/session/session_id"), 1, "ids start over");
    let next = api.sign_in("next@example.test").await;
    assert_ne!(next.at("/user/id"), 2, "ids of users are not reused");
    api.call("GET", "/v1/agents", &[], &stranger, None).await.fails(401, "Invalid token");
}

#[tokio::test]
async fn a_reset_in_memory() {
    reset_walk(unlimited()).await;
}

#[tokio::test]
async fn a_reset_with_data() {
    let scratch = Scratch::new();
    reset_walk(Options { data: Some(scratch.data()), ..unlimited() }).await;
}

#[tokio::test]
async fn advancing_the_clock_expires_everything() {
    let api = Api::with(Options { rate_limit: Some(agenthuman_sandbox::RateLimit::per_minute(3)), ..unlimited() }).await;
    let before = api.call("GET", "/sandbox/clock", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(before.at("/ahead_seconds"), 0);
    let session = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    for _ in 0..2 {
        api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    }
    let refused = api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(429);
    let reset: i64 = refused.header("x-ratelimit-reset").unwrap().parse().unwrap();

    let moved = api.advance(60).await;
    assert_eq!(moved.at("/ahead_seconds"), 60);
    assert!(moved.text("/now") > before.text("/now"));
    let id = session.at("/session/session_id");
    let ended = api.call("PUT", "/v1/sessions/{}/end", &[id], &api.key, None).await.is(200);
    assert!(ended.at("/session/duration").as_i64().unwrap() >= 60);
    assert!(ended.header("x-ratelimit-reset").unwrap().parse::<i64>().unwrap() >= reset + 59);

    api.call("GET", "/v1/auth/me", &[], &api.token, None).await.is(200);
    api.advance(3600).await;
    api.call("GET", "/v1/auth/me", &[], &api.token, None).await.fails(401, "Token has expired");
    let fresh = api.sign_in("dev@agenthuman.test").await;
    assert!(fresh.text("/expires_at") > moved.text("/now"));
    api.call("GET", "/v1/auth/me", &[], &As::Token(fresh.text("/token")), None).await.is(200);

    for (body, error) in [
        (json!({}), "advance_seconds is required"),
        (json!({"advance_seconds": "1"}), "advance_seconds must be an integer"),
        (json!({"advance_seconds": -1}), "advance_seconds must be 0 to 1000000000"),
        (json!({"advance_seconds": 1_000_000_001}), "advance_seconds must be 0 to 1000000000"),
    ] {
        api.call("POST", "/sandbox/clock", &[], &As::NoCredential, Some(body)).await.fails(400, error);
    }
}

#[tokio::test]
async fn all_times_use_the_same_clock() {
    let api = Api::with(Options { rate_limit: Some(agenthuman_sandbox::RateLimit::per_minute(100)), ..unlimited() }).await;
    let unix = |answer: &crate::api::Answer| {
        let date = answer.header("date").expect("a date");
        httpdate::parse_http_date(date).expect("an HTTP date").duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    };
    let before = unix(&api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200));
    api.advance(7200).await;
    for (path, status) in
        [("/v1/sessions", 200), ("/v1/nothing", 404), ("/sandbox/clock", 200), ("/", 200), ("/media/ada.svg", 200)]
    {
        let answer = api.call("GET", path, &[], &api.key, None).await.is(status);
        assert!((7200..7400).contains(&(unix(&answer) - before)), "{path}");
    }
    let answer = api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    let reset: u64 = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!((0..=61).contains(&(reset - unix(&answer))));
    let created = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let fault = As::Headers(vec![("x-sandbox-fault", "status=429,no-headers".to_owned())]);
    let bare = api.call("GET", "/v1/sessions", &[], &fault, None).await.is(429);
    assert!(unix(&bare) >= before + 7200);
    api.call("POST", "/sandbox/reset", &[], &As::NoCredential, None).await.is(200);
    let after = unix(&api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200));
    assert!(after < before + 3600);
    drop(created);
}

#[tokio::test]
async fn other_host_names_and_origins_are_rejected() {
    let api = Api::start().await;
    let port = api.url.rsplit(':').next().unwrap();
    let with = |name, value: &str| As::Headers(vec![(name, value.to_owned())]);
    for path in ["/v1/auth/me", "/sandbox/mailbox", "/mailbox", "/openapi.json"] {
        for host in ["evil.test".to_owned(), format!("evil.test:{port}"), "localhost.evil.test".to_owned(), "10.0.0.1".to_owned()]
        {
            let answer = api.call("GET", path, &[], &with("host", &host), None).await.is(403);
            let name = host.split(':').next().unwrap();
            assert_eq!(
                answer.text("/error"),
                format!(
                    "The sandbox accepts requests for localhost and loopback addresses only, not for \"{host}\". Start it with \
                     --allow-host {name} to allow this name."
                )
            );
        }
    }
    // A forwarded port: the browser's port differs from the sandbox's.
    for host in ["localhost:9999", "127.0.0.1:1", "[::1]:5", "localhost", "LOCALHOST:80", "app.localhost:3000", "127.1.2.3"] {
        api.call("GET", "/sandbox/mailbox", &[], &with("host", host), None).await.is(200);
    }

    let foreign = with("origin", "https://evil.test");
    let cross_site = with("sec-fetch-site", "cross-site");
    for (method, path) in [
        ("POST", "/sandbox/reset"),
        ("POST", "/sandbox/clock"),
        ("PUT", "/sandbox/faults"),
        ("PUT", "/sandbox/replies"),
        ("POST", "/mailbox"),
    ] {
        for page in [&foreign, &cross_site] {
            let refused = api.call(method, path, &[], page, None).await;
            refused.fails(403, "The sandbox rejects changes by pages of other origins.");
        }
    }
    for path in ["/", "/dashboard/log", "/sandbox/mailbox", "/mailbox", "/openapi.json", "/playground"] {
        let refused = api.call("GET", path, &[], &cross_site, None).await;
        refused.fails(403, "The sandbox rejects requests of pages of other sites.");
    }
    api.call("POST", "/v1/agents", &[], &cross_site, None).await.is(403);
    let link = |mode: &str, dest: &str| {
        let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        As::Headers(headers.map(|(name, value)| (name, value.to_owned())).to_vec())
    };
    for path in ["/", "/playground", "/mailbox"] {
        api.call("GET", path, &[], &link("navigate", "document"), None).await.is(200);
        api.call("GET", path, &[], &link("navigate", "iframe"), None).await.is(403);
        api.call("GET", path, &[], &link("no-cors", "image"), None).await.is(403);
    }
    api.call("GET", "/dashboard/log", &[], &link("navigate", "document"), None).await.is(403);
    api.call("GET", "/media/ada.svg", &[], &link("no-cors", "image"), None).await.is(200);
    for site in ["same-origin", "none"] {
        api.call("POST", "/sandbox/reset", &[], &with("sec-fetch-site", site), None).await.is(200);
    }
    api.call("POST", "/sandbox/reset", &[], &with("origin", &api.url.clone()), None).await.is(200);
    for (method, path) in
        [("GET", "/v1/agents"), ("OPTIONS", "/v1/agents"), ("GET", "/openapi.json"), ("GET", "/sandbox/mailbox")]
    {
        let answer = api.call(method, path, &[], &foreign, None).await;
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{method} {path}");
    }
}

/// Sends a raw request, and returns the status of the response.
fn raw_status(url: &str, request: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(url.trim_start_matches("http://")).expect("it listens");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_must_have_one_host() {
    let api = Api::start().await;
    let status = |target: &str, hosts: &str| {
        let request = format!("GET {target} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        tokio::task::block_in_place(|| raw_status(&api.url, &request))
    };
    assert_eq!(status("/sandbox/clock", "host: localhost\r\n"), "200");
    assert_eq!(status("/sandbox/clock", "host: localhost\r\nhost: evil.test\r\n"), "400");
    assert_eq!(status("/sandbox/clock", "host: localhost\r\nHost: localhost\r\n"), "400");
    assert_eq!(status("/v1/agents", "host: evil.test\r\nHost: localhost\r\n"), "400");
    assert_eq!(status("/sandbox/clock", ""), "400");
    assert_eq!(status("http://evil.test/sandbox/clock", "host: localhost\r\n"), "403");
    for host in
        ["me@localhost", "localhost:80:80", "localhost:http", "localhost:99999", "evil.test#localhost", "", "[::1", "[::2]:80"]
    {
        assert_ne!(status("/sandbox/clock", &format!("host: {host}\r\n")), "200", "{host}");
    }
}
