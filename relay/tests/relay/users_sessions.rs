//! The sessions of a user on any device: the list, and a grant for one of them.

use crate::support::mounted::serve;
use crate::support::phone::{call, phone};
use crate::support::{ALICE, Answered, BOB, Bench, PLANTED, TestBackend, allow_all, options, request, token};
use agenthuman::{Client, Kind};
use agenthuman_relay::{BoxError, Decision, OpenSession, Options, PolicyRequest, Relay, ResumeSession, UserSession};
use agenthuman_sandbox::{Options as SandboxOptions, Running, Sandbox};
use agenthuman_testing::canned::{Answer, Request as Seen};
use agenthuman_testing::made_up;
use http::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An API that keeps the metadata of its sessions, which begin at 101, one a minute.
#[derive(Clone, Default)]
struct Api(Arc<Mutex<Vec<Value>>>);

impl Api {
    fn answers(&self) -> impl FnMut(&Seen) -> Answer + Send + 'static {
        let sessions = self.0.clone();
        move |seen| {
            let mut sessions = sessions.lock().unwrap();
            if seen.method == "POST" && seen.path == "/v1/sessions" {
                let number = sessions.len() as i64;
                let mut session = made_up::session(101 + number);
                session["started_at"] = format!("2030-03-17T17:{:02}:40Z", number % 60).into();
                session["metadata"] = seen.json()["metadata"].clone();
                session["transcript"] = PLANTED.into();
                sessions.push(session.clone());
                return Answer::json(201, json!({ "success": true, "session": session }));
            }
            let id = seen.path.split('/').nth(3).and_then(|id| id.parse::<usize>().ok());
            let Some(session) = id.and_then(|id| sessions.get_mut(id.checked_sub(101)?)) else {
                return Answer::json(404, json!({ "success": false, "error": "Session not found" }));
            };
            if seen.path.ends_with("/end") {
                session["status"] = "completed".into();
            }
            Answer::json(200, json!({ "success": true, "session": session }))
        }
    }

    fn marks(&self) -> Vec<String> {
        let mark = |session: &Value| session["metadata"]["agenthuman_user"].as_str().unwrap().to_owned();
        self.0.lock().unwrap().iter().map(mark).collect()
    }
}

type Requests = Arc<Mutex<Vec<Value>>>;

/// A relay whose policy opens and resumes everything, and lists these sessions.
async fn bench(sessions: Value) -> (Bench, Api, Requests) {
    let requests = Requests::default();
    let seen = requests.clone();
    let policy = move |user: &str, request: PolicyRequest| {
        seen.lock().unwrap().push(serde_json::to_value(&request)?);
        match request {
            PolicyRequest::ListSessions { .. } => {
                let ids = sessions.as_array().unwrap().iter().map(|id| id.as_str().unwrap().into()).collect();
                Ok(Decision::ShowSessions(ids))
            }
            other => allow_all(user, other),
        }
    };
    let bench = Bench::with(Options { requests_per_minute: 0, open_sessions_per_user: 0, ..options() }, policy).await;
    let api = Api::default();
    bench.upstream.answer(api.answers());
    (bench, api, requests)
}

async fn open(bench: &Bench, user: &str) -> Answered {
    bench.send_as(user, request(Method::POST, "/v1/sessions", None, Some(json!({})))).await
}

async fn list(bench: &Bench, user: &str) -> Vec<Value> {
    let listed = bench.send_as(user, request(Method::GET, "/v1/sessions", None, None)).await;
    listed.ok(200)["sessions"].as_array().unwrap().clone()
}

async fn resume(bench: &Bench, user: &str, id: &str) -> Answered {
    bench.send_as(user, request(Method::POST, &format!("/v1/sessions/{id}/resume"), None, None)).await
}

fn ids(sessions: &[Value]) -> Vec<&str> {
    sessions.iter().map(|session| session["id"].as_str().unwrap()).collect()
}

fn fetched(bench: &Bench) -> usize {
    bench.upstream.seen().iter().filter(|seen| seen.method == "GET").count()
}

#[tokio::test]
async fn a_user_lists_own_sessions_only_the_newest_first() {
    let (bench, api, requests) = bench(json!(["101", "102", "103", "104", "103", "999", "../x", "", "ä"])).await;
    for user in [ALICE, BOB, ALICE, ALICE] {
        open(&bench, user).await.ok(201);
    }
    let sessions = list(&bench, ALICE).await;
    assert_eq!(ids(&sessions), ["104", "103", "101"]);
    assert!(sessions.iter().all(|session| session["metadata"].is_null() && session["transcript"].is_null()), "{sessions:?}");
    assert_eq!(ids(&list(&bench, BOB).await), ["102"]);
    let asked = requests.lock().unwrap().iter().find(|request| request["operation"] == "sessions.list").cloned().unwrap();
    assert_eq!(asked, json!({ "operation": "sessions.list", "sessions": ["104", "103", "101"], "limit": 20 }));
    let marks = api.marks();
    assert_eq!((marks[0] == marks[2], marks[0] == marks[1]), (true, false));
    assert!(!marks.concat().contains(ALICE));
    bench.log_is_clean(&marks.iter().map(String::as_str).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_costs_few_requests() {
    let (bench, ..) = bench(json!(["101", "102", "103"])).await;
    for _ in 0..3 {
        open(&bench, ALICE).await.ok(201);
    }
    for _ in 0..10 {
        assert_eq!(list(&bench, ALICE).await.len(), 3);
    }
    assert_eq!(fetched(&bench), 3);
    // One that ends here is not listed as open.
    let resumed = resume(&bench, ALICE, "102").await;
    let grant = resumed.ok(200)["grant"].as_str().unwrap();
    bench.put("/v1/sessions/102/end", Some(grant)).await.ok(200);
    let status = |sessions: Vec<Value>| sessions.iter().map(|session| session["status"].clone()).collect::<Vec<_>>();
    assert_eq!(status(list(&bench, ALICE).await), ["active", "completed", "active"]);
    assert_eq!(list(&bench, BOB).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_list_has_a_bound() {
    let many: Vec<String> = (101..141).map(|id| id.to_string()).collect();
    let (bench, ..) = self::bench(json!(many)).await;
    for _ in 0..40 {
        open(&bench, ALICE).await.ok(201);
    }
    assert_eq!((list(&bench, ALICE).await.len(), fetched(&bench)), (20, 20));

    let (bench, ..) = self::bench((0..10_000).map(|id| json!(id.to_string())).collect()).await;
    bench.get("/v1/sessions", None).await.is(500, "server");
    let log = bench.log.text();
    assert!(log.contains("policy returned 10000 sessions; the maximum is 1000"), "{log}");
    bench.nothing_happened(&[]);
}

#[tokio::test]
async fn a_list_is_whole_or_an_error() {
    let (bench, api, _) = bench(json!(["101", "102"])).await;
    for _ in 0..2 {
        open(&bench, ALICE).await.ok(201);
    }
    let mut answers = api.answers();
    bench.upstream.answer(move |seen| match seen.path.as_str() {
        "/v1/sessions/102" => Answer::json(503, json!({ "success": false, "error": "Down" })),
        _ => answers(seen),
    });
    bench.get("/v1/sessions", None).await.is(503, "service_unavailable");
    bench.upstream.answer(api.answers());
    assert_eq!(list(&bench, ALICE).await.len(), 2);
}

#[tokio::test]
async fn a_session_is_resumed_by_its_user_if_the_policy_allows_it() {
    let (bench, _, requests) = bench(json!([])).await;
    open(&bench, ALICE).await.ok(201);
    let resumed = resume(&bench, ALICE, "101").await;
    assert_eq!((&resumed.ok(200)["session"]["id"], &resumed.body["expires_in"]), (&json!("101"), &json!(900)));
    let grant = resumed.body["grant"].as_str().unwrap();
    bench.get("/v1/sessions/101", Some(grant)).await.ok(200);
    let asked = requests.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        asked,
        json!({
            "operation": "sessions.resume", "session_id": "101", "agent_id": "7", "session_type": "voice", "status": "active",
            "metadata": null,
        })
    );
    let count = requests.lock().unwrap().len();
    let unknown = resume(&bench, BOB, "102").await;
    unknown.is(404, "not_found");
    for (user, id) in [(BOB, "101"), (ALICE, "102")] {
        let refused = resume(&bench, user, id).await;
        refused.is(404, "not_found");
        assert_eq!(refused.body, unknown.body, "it does not tell whether there is one");
    }
    assert_eq!(requests.lock().unwrap().len(), count, "the policy is not asked about sessions of others");
    for id in ["..", "%2e%2e", "a%20b", "101?x=1", &"1".repeat(65)] {
        assert!([404, 405].contains(&resume(&bench, ALICE, id).await.status), "{id}");
    }
}

#[tokio::test]
async fn the_policy_chooses_what_a_resumed_session_allows() {
    let decision = Arc::new(Mutex::new(Decision::Refuse(Some("Not on this device.".to_owned()))));
    let decided = decision.clone();
    let policy = move |user: &str, request: PolicyRequest| match request {
        PolicyRequest::ResumeSession(session) => {
            assert_eq!(session.metadata, json!({ "plan": "free" }).as_object().cloned());
            Ok(decided.lock().unwrap().clone())
        }
        PolicyRequest::OpenSession { .. } => Ok(Decision::Open(OpenSession {
            agent_id: "7".into(),
            metadata: json!({ "plan": "free" }).as_object().cloned(),
            ..OpenSession::default()
        })),
        other => allow_all(user, other),
    };
    let bench = Bench::with(options(), policy).await;
    bench.upstream.answer(Api::default().answers());
    open(&bench, ALICE).await.ok(201);
    let refused = resume(&bench, ALICE, "101").await;
    refused.is(403, "policy_refused");
    assert_eq!(refused.body["error"]["message"], "Not on this device.");

    let operations = Some(vec!["sessions.get".to_owned()]);
    let terms = ResumeSession { operations, grant_seconds: Some(60), session_seconds: Some(3600) };
    *decision.lock().unwrap() = Decision::Resume(terms.clone());
    let resumed = resume(&bench, ALICE, "101").await;
    assert_eq!(resumed.ok(200)["expires_in"], 60);
    let grant = resumed.body["grant"].as_str().unwrap();
    bench.get("/v1/sessions/101", Some(grant)).await.ok(200);
    bench.put("/v1/sessions/101/end", Some(grant)).await.is(403, "permission_denied");

    let open = OpenSession { agent_id: "7".into(), ..OpenSession::default() };
    for wrong in [
        Decision::Open(open),
        Decision::Show(Vec::new()),
        Decision::Resume(ResumeSession { operations: Some(vec!["sessions.create".to_owned()]), ..terms.clone() }),
        Decision::Resume(ResumeSession { grant_seconds: Some(0), ..terms }),
    ] {
        *decision.lock().unwrap() = wrong;
        resume(&bench, ALICE, "101").await.is(500, "server");
    }
}

#[tokio::test]
async fn policies_that_do_not_know_these_operations_refuse_them() {
    let bench = Bench::with(options(), |user, request| match request {
        PolicyRequest::OpenSession { .. } => allow_all(user, request),
        _ => Ok(Decision::Refuse(None)),
    })
    .await;
    bench.upstream.answer(Api::default().answers());
    open(&bench, ALICE).await.ok(201);
    bench.get("/v1/sessions", None).await.is(403, "policy_refused");
    resume(&bench, ALICE, "101").await.is(403, "policy_refused");
}

#[tokio::test]
async fn a_mark_cannot_be_forged() {
    let bench = Bench::with(options(), |_, request| match request {
        PolicyRequest::OpenSession { metadata, .. } => {
            let forged = json!({ "agenthuman_user": "forged" }).as_object().cloned();
            let metadata = metadata.or(forged);
            Ok(Decision::Open(OpenSession { agent_id: "7".into(), metadata, ..OpenSession::default() }))
        }
        other => allow_all("", other),
    })
    .await;
    bench.post("/v1/sessions", None, json!({})).await.is(500, "server");
    let log = bench.log.text();
    assert!(log.contains("policy returned metadata with \\\"agenthuman_user\\\", which is reserved"), "{log}");
    // Of the phone, it does not even reach the policy.
    for mark in [json!("forged"), json!(null), json!({})] {
        let body = json!({ "metadata": { "agenthuman_user": mark } });
        let refused = bench.post("/v1/sessions", None, body).await;
        refused.is(400, "bad_request");
        assert!(refused.body["error"]["message"].as_str().unwrap().contains("agenthuman_user"), "{}", refused.body);
    }
    bench.nothing_happened(&[]);
    let api = Api::default();
    bench.upstream.answer(api.answers());
    bench.post("/v1/sessions", None, json!({ "metadata": { "plan": "free" } })).await.ok(201);
    // One of another audience, and one that is no text.
    for forged in [json!("forged"), json!(1), json!(null), json!([api.marks()[0]])] {
        api.0.lock().unwrap()[0]["metadata"]["agenthuman_user"] = forged;
        resume(&bench, ALICE, "101").await.is(404, "not_found");
    }
}

#[tokio::test]
async fn a_mark_outlives_the_secrets_and_is_of_one_audience() {
    let api = Api::default();
    let relay = async |secret: &str, audience: &str| {
        let options = Options { secrets: vec![secret.into()], audience: audience.to_owned(), ..options() };
        let bench = Bench::with(options, allow_all).await;
        bench.upstream.answer(api.answers());
        bench
    };
    let retired = relay(crate::support::RETIRED, "phones").await;
    open(&retired, ALICE).await.ok(201);
    resume(&relay(crate::support::SECRET, "phones").await, ALICE, "101").await.ok(200);
    resume(&relay(crate::support::SECRET, "tablets").await, ALICE, "101").await.is(404, "not_found");
}

#[tokio::test]
async fn a_resumed_session_has_a_place_and_one_that_has_ended_has_none() {
    let api = Api::default();
    let relay = async || {
        let bench = Bench::with(Options { open_sessions_per_user: 2, ..options() }, allow_all).await;
        bench.upstream.answer(api.answers());
        bench
    };
    let first = relay().await;
    open(&first, ALICE).await.ok(201);
    let grant = open(&first, ALICE).await.ok(201)["grant"].as_str().unwrap().to_owned();
    first.put("/v1/sessions/102/end", Some(&grant)).await.ok(200);
    // Another copy of the relay.
    let bench = relay().await;
    for id in ["101", "101", "102"] {
        resume(&bench, ALICE, id).await.ok(200);
    }
    open(&bench, ALICE).await.ok(201);
    open(&bench, ALICE).await.is(429, "concurrency_limit");
    // A session can be resumed again after all of its grants have expired.
    bench.time.pass(30 * 24 * 3600);
    let resumed = resume(&bench, ALICE, "101").await;
    let grant = resumed.ok(200)["grant"].as_str().unwrap().to_owned();
    bench.time.pass(600);
    bench.post("/v1/sessions/101/grant", Some(&grant), json!({})).await.ok(200);
    assert_eq!(ids(&list(&bench, ALICE).await), ["101"]);
}

#[tokio::test]
async fn the_backend_notes_each_session_before_the_phone_has_it() {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let notes = noted.clone();
    let on_open = move |user: &str, session: UserSession| -> Result<(), BoxError> {
        if session.metadata.is_some() {
            return Err("the database is down".into());
        }
        notes.lock().unwrap().push((user.to_owned(), serde_json::to_value(session)?));
        Ok(())
    };
    let bench = Bench::of(options(), TestBackend::new(allow_all).on_open(on_open)).await;
    let api = Api::default();
    bench.upstream.answer(api.answers());
    open(&bench, ALICE).await.ok(201);
    let session = json!({ "session_id": "101", "agent_id": "7", "session_type": "voice", "status": "active", "metadata": null });
    assert_eq!(*noted.lock().unwrap(), [(ALICE.to_owned(), session)]);
    // One that is not noted is ended.
    bench.post("/v1/sessions", None, json!({ "metadata": { "plan": "free" } })).await.is(500, "server");
    for _ in 0..2000 {
        if api.0.lock().unwrap()[1]["status"] == "completed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(api.0.lock().unwrap()[1]["status"], "completed");
    assert!(bench.log.text().contains("on_open failed: the database is down"), "{}", bench.log.text());
    assert_eq!(noted.lock().unwrap().len(), 1);
}

async fn sandbox() -> Running {
    Sandbox::start(SandboxOptions { port: 0, rate_limit: None, ..SandboxOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn another_device_goes_on_with_a_conversation() {
    let sandbox = sandbox().await;
    let client = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let agent = client.agents().list(Default::default()).next().await.unwrap().unwrap().id;
    let database: Arc<Mutex<HashMap<String, Vec<String>>>> = Arc::default();
    let (noting, listing) = (database.clone(), database);
    let policy = move |user: &str, request: PolicyRequest| {
        Ok(match request {
            PolicyRequest::OpenSession { .. } => Decision::Open(OpenSession { agent_id: agent.clone(), ..Default::default() }),
            PolicyRequest::ListSessions { .. } => {
                let database = listing.lock().unwrap();
                Decision::ShowSessions(database.get(user).into_iter().flatten().map(|id| id.as_str().into()).collect())
            }
            other => allow_all(user, other)?,
        })
    };
    let backend = TestBackend::new(policy).on_open(move |user, session| {
        noting.lock().unwrap().entry(user.to_owned()).or_default().push(session.session_id);
        Ok(())
    });
    let url = serve(Relay::new(client, backend, options()).unwrap()).await;
    let [first, second] = [phone(&url), phone(&url)];
    let alice = token(ALICE);
    let session = call(&first, &alice, "sessions.create", json!({})).await.unwrap();
    let said = async |phone, content| {
        call(phone, &alice, "messages.create", json!({ "session_id": session["id"], "content": content })).await
    };
    said(&first, "Hello").await.unwrap();

    let listed = call(&second, &alice, "sessions.list", json!({})).await.unwrap();
    assert_eq!(listed[0]["id"], session["id"]);
    let unknown = said(&second, "no grant").await.unwrap_err();
    assert_eq!(unknown.kind, Kind::MissingCredential);
    let resumed = call(&second, &alice, "sessions.resume", json!({ "id": session["id"] })).await.unwrap();
    assert_eq!((&resumed["id"], &resumed["status"]), (&session["id"], &json!("active")));
    said(&second, "and on").await.unwrap();
    let history = call(&first, &alice, "messages.list", json!({ "session_id": session["id"] })).await.unwrap();
    assert_eq!(history.as_array().unwrap().len(), 4);

    let bob = token(BOB);
    assert_eq!(call(&second, &bob, "sessions.list", json!({})).await.unwrap(), json!([]));
    let missing = call(&second, &bob, "sessions.resume", json!({ "id": session["id"] })).await.unwrap_err();
    assert_eq!((missing.kind, missing.status), (Kind::NotFound, Some(404)));

    // After its end there is the history, and no more.
    call(&first, &alice, "sessions.end", json!({ "id": session["id"] })).await.unwrap();
    let third = phone(&url);
    let listed = call(&third, &alice, "sessions.list", json!({})).await.unwrap();
    assert_eq!(listed[0]["status"], "completed");
    let resumed = call(&third, &alice, "sessions.resume", json!({ "id": session["id"] })).await.unwrap();
    assert_eq!(resumed["status"], "completed");
    let history = call(&third, &alice, "messages.list", json!({ "session_id": session["id"] })).await.unwrap();
    assert_eq!(history.as_array().unwrap().len(), 4);
    assert_eq!(said(&third, "too late").await.unwrap_err().kind, Kind::Conflict);
}
