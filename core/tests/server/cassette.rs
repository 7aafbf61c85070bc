//! Cassettes: what is recorded, what is replayed, and that no secret is in the file.

use agenthuman::api::agents::{CreateAgent, ListAgents};
use agenthuman::api::messages::CreateMessage;
use agenthuman::api::sessions::CreateSession;
use agenthuman::{Cassette, CassetteMode, Client, ClientBuilder, Error, Id, Kind};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, session_body};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = std::env::temp_dir().join(format!("agenthuman-{}-{:032x}", std::process::id(), fastrand::u128(..)));
        std::fs::create_dir(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("cassettes").join("test.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    fn write(&self, interactions: &Value) {
        std::fs::create_dir_all(self.path().parent().unwrap()).unwrap();
        let file = json!({ "agenthuman_cassette": 1, "interactions": interactions });
        std::fs::write(self.path(), file.to_string()).unwrap();
    }

    fn record(&self) -> Cassette {
        Cassette::open(self.path(), CassetteMode::Record).unwrap()
    }

    fn replay(&self) -> Cassette {
        Cassette::open(self.path(), CassetteMode::Replay).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn recording(server: &Canned, cassette: &Cassette) -> ClientBuilder {
    Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).cassette(cassette)
}

/// A client that would fail if it used its base URL or its credentials.
fn replaying(cassette: &Cassette) -> Client {
    Client::builder().base_url("http://127.0.0.1:1").cassette(cassette).build().unwrap()
}

#[tokio::test]
async fn a_request_is_recorded_and_replayed() {
    let (folder, server) = (Folder::new(), Canned::start([Answer::json(200, session_body(1)).header("x-request-id", "r1")]));
    let cassette = folder.record();
    let session = recording(&server, &cassette).build().unwrap().sessions().get("1").await.unwrap();
    cassette.close().unwrap();

    let cassette = folder.replay();
    let replayed = replaying(&cassette).sessions().get("1").await.unwrap();
    assert_eq!(format!("{replayed:?}"), format!("{session:?}"));
    assert_eq!(server.seen().len(), 1);
    cassette.check_all_played().unwrap();
    cassette.close().unwrap();
    let expected = json!({
        "request": { "operation": "sessions.get", "method": "GET", "path": "/v1/sessions/1", "credential": "api_key" },
        "response": {
            "status": 200,
            "headers": { "content-type": "application/json", "x-request-id": "r1" },
            "body": session_body(1),
        },
    });
    assert_eq!(folder.json(), json!({ "agenthuman_cassette": 1, "interactions": [expected] }));
    assert!(folder.text().ends_with("}\n"));
    assert_eq!(std::fs::read_dir(folder.path().parent().unwrap()).unwrap().count(), 1, "the temporary file is gone");
}

/// What a program sees of an outcome, without durations.
fn outcome<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => {
            let mut fields = serde_json::to_value(error.info()).unwrap();
            for attempt in fields["attempts"].as_array_mut().unwrap() {
                attempt["duration_ms"] = 0.into();
            }
            fields.to_string()
        }
    }
}

/// Reads, writes, a list, and a raw request, whatever comes back.
async fn program(client: Client) -> Vec<String> {
    vec![
        outcome(client.sessions().get("1").await),
        outcome(client.sessions().create(CreateSession::new("7")).await),
        outcome(client.agents().list(ListAgents::new().limit(2)).all().await),
        outcome(client.sessions().get("2").max_retries(0).await),
        outcome(client.request("POST", "/v1/things?b=2&a=1", Some(json!({ "x": [1, 2.50, null] })), None).await),
        outcome(client.agents().delete("3").await),
    ]
}

#[tokio::test]
async fn every_outcome_is_replayed() {
    // The fields of a recorded body are sorted, which shows in the details of an error.
    let sorted = json!({ "session": { "agent_id": 7, "session_id": 1, "status": "active" }, "success": true });
    let ok = || Answer::json(200, sorted.clone());
    let limited = || Answer::json(429, json!({ "success": false, "error": "Too many requests." })).header("retry-after", "0");
    let hang_up = || Answer { hang_up: true, ..Answer::default() };
    let unavailable = || Answer::json(503, json!({})).header("retry-after", "0");
    let scripts: Vec<Vec<Answer>> = vec![
        vec![ok()],
        vec![unavailable(), hang_up(), ok(), limited(), ok()],
        vec![hang_up()],
        vec![limited(), limited(), ok()],
        vec![Answer::json(404, json!({ "success": false, "error": "Session not found" }))],
        vec![Answer::json(
            402,
            json!({ "success": false, "error": { "message": "no", "code": "INSUFFICIENT_MINUTES", "details": { "left": 0 } } }),
        )],
        vec![Answer::json(302, json!({})).header("location", "https://elsewhere.example/")],
        vec![Answer { cut: 10, ..ok() }],
        vec![Answer::text(200, &"x".repeat(5_000))],
        vec![Answer::text(502, "<html>Bad gateway</html>")],
        vec![Answer::text(200, "")],
        vec![Answer { body: b"\xef\xbb\xbf{\"id\":1,\"name\":\"\xff\"}".to_vec(), ..ok() }],
        vec![Answer::text(200, "null")],
        vec![Answer::text(200, &format!("{}{}", "[".repeat(120), "]".repeat(120)))],
        vec![Answer::text(200, "plain").header("content-encoding", "br")],
        vec![Answer::text(200, "\u{1f}\u{8b}").header("content-encoding", "gzip")],
        vec![Answer { hang: true, ..Answer::default() }],
        vec![Answer::json(200, json!({ "agents": [{ "id": 1 }, { "id": 2 }], "next": "c" })), ok()],
    ];
    for script in scripts {
        let (folder, server) = (Folder::new(), Canned::start(script));
        let client =
            |builder: ClientBuilder| builder.timeout(Duration::from_millis(700)).max_response_bytes(4_000).build().unwrap();
        let cassette = folder.record();
        let recorded = program(client(recording(&server, &cassette))).await;
        cassette.close().unwrap();
        let sent = server.seen().len();

        let cassette = folder.replay();
        let replayed = program(client(Client::builder().cassette(&cassette))).await;
        for (replayed, recorded) in replayed.iter().zip(&recorded) {
            assert_eq!(replayed, recorded);
        }
        cassette.check_all_played().unwrap();
        cassette.close().unwrap();
        assert_eq!(server.seen().len(), sent);
    }
}

#[tokio::test]
async fn a_refused_connection_is_replayed() {
    let folder = Folder::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cassette = folder.record();
    let client = Client::builder().base_url(format!("http://{free}")).api_key(KEY).cassette(&cassette).max_retries(1).build();
    let recorded = outcome(client.unwrap().sessions().create(CreateSession::new("7")).await);
    cassette.close().unwrap();
    assert!(recorded.contains("connect") && folder.json()["interactions"].as_array().unwrap().len() == 2);
    let client = Client::builder().cassette(&folder.replay()).max_retries(1).build().unwrap();
    assert_eq!(outcome(client.sessions().create(CreateSession::new("7")).await), recorded);
}

/// An interaction of `sessions.get`.
fn got(id: u32, status: u16, headers: &Value, gave_up: bool) -> Value {
    json!({
        "request": { "operation": "sessions.get", "method": "GET", "path": format!("/v1/sessions/{id}"), "credential": "api_key" },
        "response": { "status": status, "headers": headers, "body": session_body(i64::from(id)) },
        "gave_up": gave_up,
    })
}

#[tokio::test]
async fn a_replay_does_not_wait() {
    // If it waited for any of these, it would take hours.
    let folder = Folder::new();
    let hour = json!({ "retry-after": "3600" });
    let limit = json!({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7200" });
    let error = |id, headers| {
        let mut interaction = got(id, 429, headers, false);
        interaction["response"]["body"] = json!({ "success": false, "error": "Too many requests." });
        interaction
    };
    folder.write(&json!([
        got(1, 503, &hour, false),
        got(1, 200, &limit, false),
        error(2, &hour),
        got(2, 200, &limit, false),
        got(3, 200, &limit, false)
    ]));
    let cassette = folder.replay();
    let client = Client::builder().cassette(&cassette).max_rate_limit_wait(Duration::from_secs(86_400)).build().unwrap();
    for id in ["1", "2", "3"] {
        assert_eq!(client.sessions().get(id).await.unwrap().id, Id::from(id));
    }
    cassette.check_all_played().unwrap();
}

#[tokio::test]
async fn a_call_that_gave_up_gives_up_again() {
    let folder = Folder::new();
    folder.write(&json!([got(1, 503, &json!({}), true), got(2, 503, &json!({}), false), got(2, 200, &json!({}), false)]));
    let cassette = folder.replay();
    let client = replaying(&cassette);
    assert_eq!(client.sessions().get("1").await.unwrap_err().kind(), Kind::ServiceUnavailable);
    client.sessions().get("2").await.unwrap();

    // A pause of an hour does not fit into the time of a call.
    let server = Canned::start([Answer::json(503, json!({})).header("retry-after", "3600")]);
    let cassette = folder.record();
    recording(&server, &cassette).build().unwrap().sessions().get("1").await.unwrap_err();
    cassette.close().unwrap();
    assert_eq!(folder.json()["interactions"][0]["gave_up"], true);
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_an_error() {
    let folder = Folder::new();
    let create = json!({
        "request": {
            "operation": "sessions.create", "method": "POST", "path": "/v1/sessions", "credential": "api_key",
            "body": { "agent_id": 7, "session_type": "video" },
        },
        "response": { "status": 201, "body": session_body(1) },
    });
    folder.write(&json!([create, got(1, 200, &json!({}), false)]));
    let cassette = folder.replay();
    let client = replaying(&cassette);
    let error = client.sessions().create(CreateSession::new("8")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotRecorded);
    let info = error.info();
    assert_eq!(
        info.message,
        format!(
            "POST /v1/sessions (sessions.create) was not recorded in {}. The nearest recorded request is POST /v1/sessions \
             (sessions.create), which differs in body.agent_id, body.session_type",
            folder.path().display()
        )
    );
    assert!(!info.retryable && !info.outcome_unknown && info.attempts.len() == 1, "{info:?}");
    assert_eq!(info.operation.as_deref(), Some("sessions.create"));

    client.sessions().get("1").await.unwrap();
    let again = client.sessions().get("1").await.unwrap_err();
    assert!(again.info().message.ends_with("test.json a second time"), "{again}");
    let unplayed = cassette.check_all_played().unwrap_err();
    assert!(unplayed.info().message.ends_with("that were not made: POST /v1/sessions (sessions.create)"), "{unplayed}");
    let ignored = cassette.close().unwrap_err();
    assert_eq!(ignored.kind(), Kind::NotRecorded);
    assert!(ignored.info().message.contains("GET /v1/sessions/1 (sessions.get)"), "{ignored}");
    assert_eq!(client.sessions().get("1").await.unwrap_err().kind(), Kind::Closed);
}

#[tokio::test]
async fn concurrent_calls_get_what_was_recorded_for_each() {
    let folder = Folder::new();
    let server = Canned::answering(|request| {
        let id: i64 = request.path.rsplit('/').next().unwrap().parse().unwrap();
        Answer::json(200, session_body(id))
    });
    let ids: Vec<String> = (1..=20).map(|id| id.to_string()).collect();
    let cassette = folder.record();
    let client = recording(&server, &cassette).build().unwrap();
    futures_util::future::try_join_all(ids.iter().map(|id| client.sessions().get(id.as_str()).into_future())).await.unwrap();
    cassette.close().unwrap();

    let cassette = folder.replay();
    let client = replaying(&cassette);
    let sessions =
        futures_util::future::try_join_all(ids.iter().rev().map(|id| client.sessions().get(id.as_str()).into_future()))
            .await
            .unwrap();
    let got: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(got, ids.iter().rev().map(String::as_str).collect::<Vec<_>>());
    cassette.check_all_played().unwrap();
}

#[tokio::test]
async fn equal_requests_are_replayed_in_their_order() {
    let folder = Folder::new();
    let named = |name: &str| json!({ "agents": [agenthuman_testing::made_up::agent(1, name)] });
    let server = Canned::start(["a", "b"].map(|name| Answer::json(200, named(name))));
    let names = async |client: Client| {
        let mut names = Vec::new();
        for _ in 0..2 {
            names.push(client.agents().list(ListAgents::new()).all().await.unwrap()[0].name.clone());
        }
        names
    };
    let cassette = folder.record();
    assert_eq!(names(recording(&server, &cassette).build().unwrap()).await, ["a", "b"]);
    cassette.close().unwrap();
    assert_eq!(names(replaying(&folder.replay())).await, ["a", "b"]);
}

#[tokio::test]
async fn order_and_white_space_of_requests_do_not_matter() {
    let (folder, server) = (Folder::new(), Canned::start([Answer::json(200, json!({ "z": 1, "a": 2 }))]));
    let cassette = folder.record();
    let client = recording(&server, &cassette).build().unwrap();
    client.request("POST", "/v1/x?b=2&a=%31", Some(json!({ "p": 1, "q": 2 })), None).await.unwrap();
    cassette.close().unwrap();
    assert!(folder.text().find("\"a\": 2") < folder.text().find("\"z\": 1"), "fields are sorted");
    replaying(&folder.replay()).request("POST", "/v1/x?a=1&b=2", Some(json!({ "q": 2, "p": 1 })), None).await.unwrap();
}

#[tokio::test]
async fn nothing_is_written_unless_the_cassette_is_closed() {
    let (folder, server) = (Folder::new(), Canned::start([Answer::json(200, session_body(1))]));
    folder.write(&json!([]));
    let before = folder.text();
    let cassette = folder.record();
    let client = recording(&server, &cassette).build().unwrap();
    client.sessions().get("1").await.unwrap();
    cassette.discard();
    assert_eq!(client.sessions().get("1").await.unwrap_err().kind(), Kind::Closed);
    cassette.close().unwrap();
    drop((client, cassette));
    assert_eq!(folder.text(), before);
}

#[test]
fn a_bad_file_is_an_error() {
    let folder = Folder::new();
    let error = |mode| Cassette::open(folder.path(), mode).unwrap_err().to_string();
    assert!(error(CassetteMode::Replay).contains("does not exist"));
    folder.write(&json!([{ "request": { "operation": "x", "method": "GET", "path": "/", "pth": 1 } }]));
    assert!(
        error(CassetteMode::Auto).contains("malformed at interactions[0].request.pth: unknown field"),
        "{}",
        error(CassetteMode::Auto)
    );
    std::fs::write(folder.path(), "{\"agenthuman_cassette\": 2}").unwrap();
    assert!(error(CassetteMode::Replay).contains("has another format"));
    std::fs::write(folder.path(), "{\n  x").unwrap();
    assert!(error(CassetteMode::Replay).contains("not valid JSON (line 2, column 3)"));
    assert!(CassetteMode::of("once").unwrap_err().to_string().contains("mode must be"));
}

#[tokio::test]
async fn a_recording_that_is_too_large_is_not_written() {
    let (folder, server) = (Folder::new(), Canned::start([Answer::json(200, json!({ "text": "x".repeat(12_000_000) }))]));
    let cassette = folder.record();
    let client = recording(&server, &cassette).build().unwrap();
    for _ in 0..3 {
        client.request("GET", "/v1/x", None, None).await.unwrap();
    }
    let error = cassette.close().unwrap_err();
    assert!(error.to_string().contains("was not written: it has more than 33554432 bytes"), "{error}");
    assert!(!folder.path().exists());
}

const CODE: &str = "918273";
const OPAQUE: &str = "0paque-s3cret/value==";

#[tokio::test]
async fn no_secret_is_in_the_file() {
    let everything = format!(
        "{KEY} {TOKEN} {CODE} {OPAQUE} https://me:hunter2hunter2@host.example/ https://x.example/?X-Amz-Signature=5ignature1 Ada.L@corp.io {}",
        &KEY[..20]
    );
    let body = move |token: &str| {
        json!({
            "success": true, "token": token, "refresh_token": "r3fresh-token", "user": { "id": 1, "email": "ada.l@corp.io" }, "echo": [everything, { KEY: CODE.parse::<u32>().unwrap() }],
            "api_key": { "id": 2, "environment": "test", "last4": &KEY[KEY.len() - 4..], "name": "n" }, "key": KEY, "code": CODE, "error": everything,
        })
    };
    for status in [200, 201, 400, 401, 503] {
        for cut in [0, 10] {
            let (folder, body) = (Folder::new(), body.clone());
            let server = Canned::answering(move |_| {
                let answer = Answer { cut, ..Answer::json(status, body(TOKEN)) };
                answer
                    .header("x-request-id", KEY)
                    .header("location", &format!("https://me:hunter2hunter2@x.example/{TOKEN}?token={OPAQUE}"))
                    .header("set-cookie", "ah_session=c00kie-value")
                    .header("x-other", OPAQUE)
            });
            let cassette = folder.record();
            let client = recording(&server, &cassette).header("x-gateway-token", OPAQUE).max_retries(0).build().unwrap();
            let calls: Vec<String> = vec![
                outcome(client.auth().verify_otp("ada.l@corp.io", CODE).await),
                outcome(client.api_keys().create(agenthuman::api::api_keys::CreateApiKey::new("n", "test")).await),
                outcome(client.messages().create("1", CreateMessage::new(format!("{KEY} and {TOKEN} of ada.l@corp.io"))).await),
                outcome(client.agents().create(CreateAgent::new(format!("n{KEY}"))).await),
                outcome(client.request("POST", &format!("/v1/x/{KEY}?token={OPAQUE}&q={TOKEN}&code={CODE}"), Some(json!({ "password": "hunter2hunter2", "otp": CODE, "Authorization": format!("Bearer {TOKEN}"), "nested": [{ "client_secret": OPAQUE }] })), None).await),
            ];
            cassette.close().unwrap();
            let text = folder.text();
            let planted =
                [&KEY[8..20], "eyJzdWIiOiIxIiwi", CODE, "0paque", "hunter2", "5ignature1", "r3fresh", "c00kie", "corp.io"];
            for secret in planted {
                assert!(!text.contains(secret), "{secret} {status} {cut}: {text}");
            }

            // What a replay returns is usable, and the requests are found although their secrets differ.
            let client = Client::builder().cassette(&folder.replay()).max_retries(0).build().unwrap();
            let verified = client.auth().verify_otp("someone.else@corp.io", "111111").await;
            assert_eq!(verified.is_ok(), calls[0].starts_with("AuthToken"), "{verified:?}");
            let created = client.api_keys().create(agenthuman::api::api_keys::CreateApiKey::new("n", "test")).await;
            if let Ok(created) = created {
                let key = agenthuman::ApiKey::parse(created.key.expose()).unwrap();
                assert_eq!(Some(key.last4()), created.api_key.last4.as_deref());
            }
        }
    }
}
