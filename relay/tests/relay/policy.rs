//! The backend's two functions: what they see, what they decide, and what becomes of their failures.

use crate::support::{ALICE, Bench, MARK, PLANTED, allow_all, options, request, token};
use agenthuman_relay::{Decision, OpenSession, PolicyRequest};
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn the_policy_gets_the_request_and_decides_what_is_opened() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    let bench = Bench::with(options(), move |user, request| {
        seen.lock().unwrap().push((user.to_owned(), serde_json::to_value(&request).unwrap()));
        Ok(Decision::Open(OpenSession {
            agent_id: "9".into(),
            session_type: Some("agent_video".to_owned()),
            metadata: json!({ "plan": "free" }).as_object().cloned(),
            ..OpenSession::default()
        }))
    })
    .await;
    let request = json!({ "agent_id": "8", "session_type": "agent_chat", "metadata": { "colour": "red" } });
    bench.post("/v1/sessions", None, request).await.ok(201);
    bench.post("/v1/sessions", None, json!({ "agent_id": null })).await.ok(201);
    let told = |request: Value| (ALICE.to_owned(), request);
    assert_eq!(
        *requests.lock().unwrap(),
        [
            told(
                json!({ "operation": "sessions.create", "agent_id": "8", "session_type": "agent_chat", "metadata": { "colour": "red" }, "open_sessions": 0 })
            ),
            told(
                json!({ "operation": "sessions.create", "agent_id": null, "session_type": null, "metadata": null, "open_sessions": 1 })
            ),
        ]
    );
    let sent: Value = bench.upstream.seen()[0].json();
    assert_eq!(
        sent,
        json!({ "agent_id": 9, "session_type": "agent_video", "metadata": { "plan": "free", "agenthuman_user": MARK } })
    );
}

#[tokio::test]
async fn what_the_policy_does_not_repeat_of_the_request_has_no_effect() {
    let bench =
        Bench::with(options(), |_, _| Ok(Decision::Open(OpenSession { agent_id: "9".into(), ..OpenSession::default() }))).await;
    let request = json!({ "agent_id": "8", "session_type": "agent_video", "metadata": { "admin": true } });
    bench.post("/v1/sessions", None, request).await.ok(201);
    let sent: Value = bench.upstream.seen()[0].json();
    assert_eq!(sent, json!({ "agent_id": 9, "metadata": { "agenthuman_user": MARK } }));
}

#[tokio::test]
async fn the_policy_refuses() {
    for (why, message) in
        [(Some("Two sessions a day are enough."), "Two sessions a day are enough."), (None, "You are not allowed to do this.")]
    {
        let bench = Bench::with(options(), move |_, _| Ok(Decision::Refuse(why.map(str::to_owned)))).await;
        let refused = bench.post("/v1/sessions", None, json!({})).await;
        refused.is(403, "policy_refused");
        assert_eq!(refused.body["error"]["message"], message);
        bench.nothing_happened(&[]);
        bench.get("/v1/agents", None).await.is(403, "policy_refused");
    }
}

#[tokio::test]
async fn a_reason_that_holds_a_key_is_redacted() {
    let why = format!("no minutes left for {}", crate::support::KEY);
    let bench = Bench::with(options(), move |_, _| Ok(Decision::Refuse(Some(why.clone())))).await;
    let refused = bench.post("/v1/sessions", None, json!({})).await;
    refused.is(403, "policy_refused");
    assert!(!refused.body.to_string().contains(crate::support::KEY), "{}", refused.body);
}

#[tokio::test]
async fn the_policy_chooses_the_operations() {
    let bench = Bench::with(options(), |_, _| {
        let operations = Some(vec!["messages.list".to_owned()]);
        Ok(Decision::Open(OpenSession { agent_id: "7".into(), operations, ..OpenSession::default() }))
    })
    .await;
    let grant = bench.opened().await;
    bench.get("/v1/sessions/101/messages", Some(&grant)).await.ok(200);
    bench.post("/v1/sessions/101/messages", Some(&grant), json!({ "content": "Hi" })).await.is(403, "permission_denied");
    bench.post("/v1/sessions/101/grant", Some(&grant), json!({})).await.is(403, "permission_denied");
}

#[tokio::test]
async fn a_decision_that_cannot_be_is_a_fault_of_the_backends() {
    let open = |opening: OpenSession| Decision::Open(OpenSession { agent_id: "7".into(), ..opening });
    let decisions = [
        Decision::Show(vec!["7".into()]),
        open(OpenSession { operations: Some(vec!["api_keys.list".to_owned()]), ..OpenSession::default() }),
        open(OpenSession { operations: Some(vec!["sessions.create".to_owned()]), ..OpenSession::default() }),
        open(OpenSession { grant_seconds: Some(0), ..OpenSession::default() }),
        open(OpenSession { session_seconds: Some(u64::MAX), ..OpenSession::default() }),
        open(OpenSession { session_type: Some("telepathy".to_owned()), ..OpenSession::default() }),
        Decision::Open(OpenSession::default()),
    ];
    for decision in decisions {
        let bench = Bench::with(options(), move |_, _| Ok(decision.clone())).await;
        bench.post("/v1/sessions", None, json!({})).await.is(500, "server");
        bench.nothing_happened(&[]);
    }
}

#[tokio::test]
async fn a_failure_of_the_backend_is_for_its_developer_and_not_for_the_phone() {
    let bench = Bench::with(options(), |_, _| Err(PolicyError(std::io::Error::other("connection refused")).into())).await;
    for (method, path, body) in [(Method::POST, "/v1/sessions", Some(json!({}))), (Method::GET, "/v1/agents", None)] {
        let failed = bench.send(request(method.clone(), path, None, body.clone())).await;
        failed.is(500, "server");
        assert!(!failed.body.to_string().contains(PLANTED), "{}", failed.body);
        for token in ["raises", "panics"] {
            let mut request = request(method.clone(), path, None, body.clone());
            request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
            let failed = bench.send(request).await;
            failed.is(500, "server");
            assert!(!failed.body.to_string().contains(PLANTED), "{}", failed.body);
        }
    }
    let log = bench.log.text();
    for line in ["authorize failed: the vault is shut", "policy failed: no plan known: connection refused", "panic in a function"]
    {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert!(log.contains("ERROR"), "{log}");
    bench.log_is_clean(&["raises"]);
    // It goes on.
    bench.get("/v1/avatars", None).await.ok(200);
}

#[derive(Debug)]
struct PolicyError(std::io::Error);

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no plan known")
    }
}

impl std::error::Error for PolicyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_logged_failure_has_neither_the_requests_token_nor_a_key() {
    let quoting = |_: &str, _| Err(format!("no plan for {} by {}", token(ALICE), crate::support::KEY).into());
    let bench = Bench::with(options(), quoting).await;
    bench.post("/v1/sessions", None, json!({})).await.is(500, "server");
    assert!(bench.log.text().contains("policy failed: no plan for [token] by ah_test_"), "{}", bench.log.text());
    bench.log_is_clean(&[]);
}

#[tokio::test]
async fn a_panic_of_the_policy_takes_nothing_down() {
    let bench = Bench::with(options(), |_, request| match request {
        PolicyRequest::OpenSession { .. } => panic!("a panic on purpose"),
        agents => allow_all("", agents),
    })
    .await;
    bench.post("/v1/sessions", None, json!({})).await.is(500, "server");
    bench.get("/v1/agents", None).await.ok(200);
}

#[tokio::test]
async fn a_user_without_an_id_is_nobody_and_one_with_a_huge_one_a_fault() {
    let bench = Bench::new().await;
    for (user, status, code) in [
        (String::new(), 401, "invalid_token"),
        ("x".repeat(257), 500, "server"),
        ("x".repeat(256), 200, ""),
        ("a\u{fffd}b".to_owned(), 500, "server"),
        ("Zoë".to_owned(), 200, ""),
    ] {
        let mut request = request(Method::GET, "/v1/avatars", None, None);
        request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {}", token("of-a-list"))).unwrap());
        request.extensions_mut().insert(crate::support::User(user));
        bench.send(request).await.is(status, code);
    }
}

#[tokio::test]
async fn only_the_agents_that_the_policy_shows_are_shown() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let bench = Bench::with(options(), move |_, request| {
        let PolicyRequest::ListAgents { agents } = request else { panic!("another request") };
        told.lock().unwrap().extend(agents);
        Ok(Decision::Show(vec!["8".into(), "99".into()]))
    })
    .await;
    let answered = bench.get("/v1/agents", None).await;
    assert_eq!(answered.ok(200)["agents"], json!([{ "id": "8", "name": "Agent 8", "language": "en", "avatar_id": "3" }]));
    assert_eq!(seen.lock().unwrap().len(), 2);
    assert!(!format!("{:?}", seen.lock().unwrap()).contains(PLANTED));
}
