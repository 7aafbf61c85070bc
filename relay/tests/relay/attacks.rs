//! Attacks. Each is refused with its status and code, before the API is called, and leaves no secret in the log.

use crate::support::{ALICE, BEGIN, BOB, Bench, KEY, RETIRED, SECRET, claims_with, mounted, request, signed, signed_by, token};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SESSION: &str = "/v1/sessions/101";
const MESSAGES: &str = "/v1/sessions/101/messages";

/// Every operation about a session, with that grant.
async fn with_grant(bench: &Bench, grant: &str, status: u16, code: &str) {
    for (method, path, body) in [
        (Method::GET, SESSION.to_owned(), None),
        (Method::PUT, format!("{SESSION}/end"), None),
        (Method::POST, format!("{SESSION}/grant"), None),
        (Method::GET, MESSAGES.to_owned(), None),
        (Method::POST, MESSAGES.to_owned(), Some(json!({ "content": "Hello" }))),
    ] {
        bench.send(request(method, &path, Some(grant), body)).await.is(status, code);
    }
    bench.nothing_happened(&[grant]);
}

#[tokio::test]
async fn no_token() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for path in [SESSION, MESSAGES, "/v1/avatars", "/v1/voices", "/v1/agents"] {
        let request = Request::get(path).header("x-agenthuman-grant", &grant).body(Full::default()).unwrap();
        let answered = bench.send(request).await;
        answered.is(401, "authentication");
        assert_eq!(answered.header("www-authenticate"), Some("Bearer"));
    }
    for nobody in ["", "Bearer", "Bearer ", "Bearer stranger", "Basic YWxpY2U6cHc="] {
        let mut request = request(Method::GET, SESSION, Some(&grant), None);
        request.headers_mut().insert("authorization", HeaderValue::from_str(nobody).unwrap());
        bench.send(request).await.is(401, "invalid_token");
    }
    bench.nothing_happened(&[&grant, "stranger", "YWxpY2U6cHc="]);
}

#[tokio::test]
async fn another_users_session() {
    let bench = Bench::new().await;
    with_grant(&bench, &signed(&claims_with(json!({ "sub": BOB })), SECRET), 403, "permission_denied").await;
}

#[tokio::test]
async fn another_sessions_grant() {
    let bench = Bench::new().await;
    with_grant(&bench, &signed(&claims_with(json!({ "sid": "102" })), SECRET), 403, "permission_denied").await;
}

#[tokio::test]
async fn an_expired_grant() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for (seconds, status, code) in [(900 + 29, 404, "not_found"), (1, 401, "grant_expired")] {
        bench.time.pass(seconds);
        // Within the skew the API is asked, which does not know the session.
        bench.upstream.answer(|_| agenthuman_testing::canned::Answer::json(404, json!({ "error": "Session not found" })));
        bench.send(request(Method::GET, SESSION, Some(&grant), None)).await.is(status, code);
        assert_eq!(bench.upstream.seen().len(), 1);
    }
    bench.log_is_clean(&[&grant]);
}

#[tokio::test]
async fn a_grant_whose_algorithm_is_none() {
    let bench = Bench::new().await;
    let encoded = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    for name in ["none", "None", "NONE", "nOnE"] {
        let header = encoded(&json!({ "alg": name, "typ": "JWT" }));
        let signature = signed(&claims_with(json!({})), SECRET).rsplit('.').next().unwrap().to_owned();
        for signature in ["", &signature] {
            let grant = format!("{header}.{}.{signature}", encoded(&claims_with(json!({}))));
            with_grant(&bench, &grant, 401, "grant_invalid").await;
        }
    }
}

#[tokio::test]
async fn a_grant_of_another_algorithm() {
    let bench = Bench::new().await;
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        with_grant(&bench, &signed_by(algorithm, &claims_with(json!({})), SECRET), 401, "grant_invalid").await;
    }
}

#[tokio::test]
async fn a_grant_signed_with_a_retired_secret() {
    let bench = Bench::new().await;
    with_grant(&bench, &signed(&claims_with(json!({})), RETIRED), 401, "grant_invalid").await;
}

#[tokio::test]
async fn a_forged_grant() {
    let bench = Bench::new().await;
    let good = signed(&claims_with(json!({})), SECRET);
    let parts: Vec<_> = good.split('.').collect();
    let bobs = signed(&claims_with(json!({ "sub": BOB })), RETIRED);
    let of_bob = bobs.split('.').nth(1).unwrap();
    let forged = [
        format!("{}.{of_bob}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{good}.{}", parts[2]),
        "garbage".to_owned(),
        String::new(),
        "x".repeat(9000),
        signed(&claims_with(json!({ "aud": "another-relay" })), SECRET),
        signed(&claims_with(json!({ "aud": null })), SECRET),
        signed(&claims_with(json!({ "iss": "somebody" })), SECRET),
        signed(&claims_with(json!({ "dialect": "other" })), SECRET),
        signed(&claims_with(json!({ "exp": null })), SECRET),
        signed(&claims_with(json!({ "exp": -1 })), SECRET),
        signed(&json!({ "sub": ALICE, "sid": "101" }), SECRET),
    ];
    for grant in forged {
        bench.send(request(Method::GET, SESSION, Some(&grant), None)).await.is(401, "grant_invalid");
    }
    bench.send(request(Method::GET, SESSION, None, None)).await.is(401, "grant_invalid");
    bench.nothing_happened(&[&good, "garbage"]);
}

#[tokio::test]
async fn an_operation_outside_ops() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({ "ops": ["messages.list"] })), SECRET);
    for (method, path, body) in [
        (Method::GET, SESSION, None),
        (Method::PUT, "/v1/sessions/101/end", None),
        (Method::POST, "/v1/sessions/101/grant", None),
        (Method::POST, MESSAGES, Some(json!({ "content": "Hello" }))),
    ] {
        bench.send(request(method, path, Some(&grant), body)).await.is(403, "permission_denied");
    }
    bench.nothing_happened(&[&grant]);
    bench.get(MESSAGES, Some(&grant)).await.ok(200);
}

#[tokio::test]
async fn path_tricks() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for path in [
        "/v1/sessions/101/../102",
        "/v1/sessions/..",
        "/v1/sessions/.",
        "/v1/sessions/101/./messages",
        "/v1/sessions/../../v1/api-keys",
        "/v1/sessions/%2e%2e",
        "/v1/sessions/%2E%2E/102",
        "/v1/sessions/101%2f..%2f102",
        "/v1/sessions/101%2Fmessages",
        "/v1/sessions%2f101",
        "/v1/sessions/%252e%252e",
        "/v1/sessions/101%252f102",
        "/v1/sessions/%31%30%31",
        "/v1/sessions/101%00",
        "/v1/sessions/101%0a",
        "/v1/sessions/101%5c102",
        "/v1/sessions/101;x=1",
        "/v1/sessions/101,102",
        "/v1/sessions/101+102",
        "/v1/sessions/1*",
        "/v1/sessions//101",
        "//v1/sessions/101",
        "/v1//sessions/101",
        "/v1/sessions/101/",
        "/v1/sessions/101//messages",
        "/V1/sessions/101",
        "/v1/Sessions/101",
        "/sessions/101",
        "/v1/api-keys",
        "/v1/agents/7",
        "/v1/sessions/101/transcript",
        "/",
    ] {
        bench.send(request(Method::GET, path, Some(&grant), None)).await.is(404, "not_found");
    }
    let long = format!("/v1/sessions/{}", "1".repeat(65));
    bench.send(request(Method::GET, &long, Some(&grant), None)).await.is(404, "not_found");
    // Longer than any path, with whatever in it: the time that it takes grows with the length and no faster.
    for piece in ["/%41", "/", "%", "/1", "%2f"] {
        let long = format!("/v1/sessions{}", piece.repeat(60_000 / piece.len()));
        bench.send(request(Method::GET, &long, Some(&grant), None)).await.is(404, "not_found");
    }
    bench.nothing_happened(&[&grant]);
}

#[tokio::test]
async fn more_headers_than_any_phone_sends() {
    let bench = Bench::new().await;
    let mut request = request(Method::GET, "/v1/avatars", None, None);
    for number in 0..300 {
        let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
    bench.send(request).await.is(400, "bad_request");
    bench.nothing_happened(&[]);
}

#[tokio::test]
async fn a_long_query_and_a_deep_body() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for query in [format!("x={}", "%41".repeat(18_000)), "limit=1&".repeat(7_000), "&".repeat(60_000), "%26".repeat(18_000)] {
        let answered = bench.get(&format!("{MESSAGES}?{query}"), Some(&grant)).await;
        assert!([200, 400].contains(&answered.status), "{}", answered.body);
        assert!(answered.body.to_string().len() < 1000, "{}", answered.body);
    }
    for body in ["{\"content\":".repeat(5_000), format!("{{\"content\":{}", "[".repeat(60_000)), "1".repeat(60_000)] {
        let request = crate::support::app_request(Method::POST, MESSAGES, Some(&grant)).body(Full::from(body)).unwrap();
        bench.send(request).await.is(400, "bad_request");
    }
}

#[tokio::test]
async fn path_tricks_that_no_http_library_would_send() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    let url = mounted::serve(bench.relay.clone()).await;
    let address = url.trim_start_matches("http://").trim_end_matches("/phones");
    for path in ["/v1/sessions/101\\..\\102", "/v1/sessions/..\\101", "/v1/sessions/\\\\101", "/v1/../v1/sessions/101"] {
        let answer = raw(
            address,
            &format!(
                "GET /phones{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\nx-agenthuman-grant: {grant}\r\n\r\n",
                token(ALICE)
            ),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    bench.nothing_happened(&[&grant]);
}

async fn raw(address: &str, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_method_that_is_not_the_paths() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for (method, path, allowed) in [
        (Method::DELETE, SESSION, "GET"),
        (Method::PATCH, SESSION, "GET"),
        (Method::HEAD, SESSION, "GET"),
        (Method::OPTIONS, SESSION, "GET"),
        (Method::PUT, MESSAGES, "POST, GET"),
        (Method::PUT, "/v1/sessions", "POST, GET"),
        (Method::GET, "/v1/sessions/101/resume", "POST"),
        (Method::POST, "/v1/agents", "GET"),
        (Method::from_bytes(b"GET_IT").unwrap(), "/v1/agents", "GET"),
    ] {
        let answered = bench.send(request(method, path, Some(&grant), None)).await;
        answered.is(405, "bad_request");
        assert_eq!(answered.header("allow"), Some(allowed));
    }
    bench.nothing_happened(&[&grant, "GET_IT"]);
}

#[tokio::test]
async fn smuggled_api_keys() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    for (name, value) in [("x-api-key", KEY), ("X-API-Key", "anything"), ("x-api-key", "")] {
        let mut request = request(Method::GET, SESSION, Some(&grant), None);
        request.headers_mut().append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
        bench.send(request).await.is(400, "bad_request");
    }
    for value in [format!("Bearer {KEY}"), KEY.to_owned(), "Bearer ah_live_x".to_owned(), format!("ApiKey {KEY}")] {
        let mut request = request(Method::GET, SESSION, Some(&grant), None);
        request.headers_mut().insert("authorization", HeaderValue::from_str(&value).unwrap());
        bench.send(request).await.is(400, "bad_request");
    }
    bench.nothing_happened(&[&grant, "anything", "ah_live_x"]);
}

#[tokio::test]
async fn headers_that_came_twice() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    let second = signed(&claims_with(json!({ "sid": "102" })), SECRET);
    let (alice, bob) = (format!("Bearer {}", token(ALICE)), format!("Bearer {}", token(BOB)));
    for (name, values) in [
        ("authorization", vec![alice.clone(), bob.clone()]),
        ("authorization", vec![alice.clone(), alice.clone()]),
        ("authorization", vec![format!("{alice}, {bob}")]),
        ("x-agenthuman-grant", vec![grant.clone(), second.clone()]),
        ("x-agenthuman-grant", vec![grant.clone(), grant.clone()]),
        ("x-agenthuman-grant", vec![format!("{grant},{second}")]),
    ] {
        let mut request = request(Method::GET, SESSION, Some(&grant), None);
        request.headers_mut().remove(name);
        for value in values {
            request.headers_mut().append(name, HeaderValue::from_str(&value).unwrap());
        }
        bench.send(request).await.is(400, "bad_request");
    }
    let mut odd = request(Method::GET, SESSION, Some(&grant), None);
    odd.headers_mut().insert("authorization", HeaderValue::from_bytes(b"Bearer \xff").unwrap());
    bench.send(odd).await.is(400, "bad_request");
    bench.nothing_happened(&[&grant, &second]);
}

#[tokio::test]
async fn nothing_of_the_phones_headers_reaches_the_api() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({})), SECRET);
    let mut request = request(Method::POST, MESSAGES, Some(&grant), Some(json!({ "content": "Hello" })));
    let smuggled = ["x-forwarded-for", "x-request-id", "cookie", "user-agent", "x-api_key", "idempotency-key", "forwarded", "te"];
    for name in smuggled {
        request.headers_mut().insert(name, HeaderValue::from_static("smuggled-7731"));
    }
    bench.send(request).await.ok(201);
    let seen = bench.upstream.seen();
    assert_eq!(seen.len(), 1);
    let all = format!("{seen:?}");
    for secret in ["smuggled-7731", &token(ALICE), &grant, ALICE] {
        assert!(!all.contains(secret), "{secret} reached the API: {all}");
    }
    assert!(seen[0].headers["x-api-key"] == KEY);
    bench.log_is_clean(&[&grant]);
}

#[tokio::test]
async fn a_grant_from_the_future_of_another_copy_is_good() {
    let bench = Bench::new().await;
    let grant = signed(&claims_with(json!({ "iat": BEGIN + 20, "exp": BEGIN + 920 })), SECRET);
    bench.get(SESSION, Some(&grant)).await.ok(200);
}
