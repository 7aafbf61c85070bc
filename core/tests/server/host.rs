//! The waist: what a host is asked for on the way, and that dropping a call ends it.

use agenthuman::host::{Call, HostClient, Question, Reply, Step, error_json};
use agenthuman::{ErrorInfo, Kind, Secret};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, key_info, session, session_body, uploaded_avatar};
use bytes::Bytes;
use serde_json::{Value, json};

fn client(server: &Canned) -> HostClient {
    HostClient::new(&json!({ "base_url": server.url, "api_key": KEY, "token": TOKEN }).to_string()).unwrap()
}

fn done(step: Step) -> Result<Reply, Box<ErrorInfo>> {
    match step {
        Step::Done(outcome) => outcome,
        _ => panic!("the call is not done"),
    }
}

async fn last(mut call: Call) -> Result<Value, Box<ErrorInfo>> {
    done(call.step().await).map(|reply| serde_json::from_str(&reply.body.to_json()).unwrap())
}

#[tokio::test]
async fn a_credential_is_asked_for_and_kept() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let config = json!({ "base_url": server.url, "api_key": { "function": true } });
    let client = HostClient::new(&config.to_string()).unwrap();
    let mut call = client.call("sessions.get", r#"{"id":"1"}"#, "");
    let Step::Question(Question::Credential { answer: request, .. }) = call.step().await else {
        panic!("no credential was asked for")
    };
    assert!(server.seen().is_empty());
    request.supply(Secret::from(KEY));
    done(call.step().await).unwrap();
    last(client.call("sessions.get", r#"{"id":"1"}"#, "")).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_credential_request_that_is_dropped_passes_to_the_next_caller() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let config = json!({ "base_url": server.url, "api_key": { "function": true } });
    let client = HostClient::new(&config.to_string()).unwrap();
    let mut first = client.call("sessions.get", r#"{"id":"1"}"#, "");
    let Step::Question(Question::Credential { answer: asked, .. }) = first.step().await else {
        panic!("no credential was asked for")
    };
    let waiting = tokio::spawn({
        let mut second = client.call("sessions.get", r#"{"id":"1"}"#, "");
        async move {
            let Step::Question(Question::Credential { answer: request, .. }) = second.step().await else {
                panic!("the second caller was not asked")
            };
            request.supply(Secret::from(KEY));
            done(second.step().await).map(drop)
        }
    });
    tokio::task::yield_now().await;
    drop((first, asked));
    waiting.await.unwrap().unwrap();

    let mut failing = HostClient::new(&config.to_string()).unwrap().call("sessions.get", r#"{"id":"1"}"#, "");
    let Step::Question(Question::Credential { answer: request, .. }) = failing.step().await else {
        panic!("no credential was asked for")
    };
    request.fail("raised KeyError");
    let error = done(failing.step().await).err().unwrap();
    assert_eq!(error.kind, Kind::MissingCredential);
    assert!(error.message.contains("raised KeyError"), "{error:?}");
}

#[tokio::test]
async fn an_upload_pulls_its_chunks_and_tells_its_progress() {
    let server = Canned::start([Answer::json(201, uploaded_avatar(1))]);
    let params = json!({ "name": "Face", "file": { "length": 6, "name": "face.png", "progress": true } });
    let mut call = client(&server).call("avatars.upload", &params.to_string(), "");
    let mut chunks = vec![Bytes::new(), Bytes::from_static(b"def"), Bytes::from_static(b"abc")];
    let mut told = Vec::new();
    let reply = loop {
        match call.step().await {
            Step::Question(Question::Chunk { answer: request }) => request.supply(chunks.pop().unwrap()),
            Step::Question(Question::Progress { sent, of }) => told.push((sent, of)),
            Step::Done(outcome) => break outcome.unwrap(),
            _ => panic!("the call asked for something else"),
        }
    };
    assert!(reply.body.to_json().starts_with(r#"{"id":"1","#));
    assert_eq!(told, [(3, Some(6)), (6, Some(6))]);
    let body = String::from_utf8(server.seen()[0].body.clone()).unwrap();
    assert!(body.contains("abcdef") && body.contains("image/png") && body.contains("face.png"), "{body}");
}

#[tokio::test]
async fn a_reader_that_fails_ends_the_upload() {
    let server = Canned::start([Answer::json(201, uploaded_avatar(1))]);
    let mut call = client(&server).call("avatars.upload", r#"{"name":"Face","file":{}}"#, "");
    let error = loop {
        match call.step().await {
            Step::Question(Question::Chunk { answer: request }) => request.fail("raised OSError"),
            Step::Done(outcome) => break outcome.err().unwrap(),
            _ => panic!("the call asked for something else"),
        }
    };
    assert_eq!(error.kind, Kind::InvalidArgument, "{error:?}");
    assert_eq!(error.parameter.as_deref(), Some("file"));
    assert!(error.message.contains("raised OSError"), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_not_as_long_as_announced_ends_the_upload() {
    for length in [2, 4] {
        let server = Canned::start([Answer::json(201, uploaded_avatar(1))]);
        let params = json!({ "name": "Face", "file": { "length": length } });
        let mut call = client(&server).call("avatars.upload", &params.to_string(), "");
        let mut chunks = vec![Bytes::new(), Bytes::from_static(b"abc")];
        let error = loop {
            match call.step().await {
                Step::Question(Question::Chunk { answer: request }) => request.supply(chunks.pop().unwrap()),
                Step::Done(outcome) => break outcome.err().unwrap(),
                _ => panic!("the call asked for something else"),
            }
        };
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::InvalidArgument, Some("file")), "{error:?}");
        assert!(error.message.contains("expected"), "{error:?}");
    }
}

#[tokio::test]
async fn a_new_key_is_handed_over() {
    let listed = json!({ "api_keys": [key_info(5, "CrT1")] });
    let created = json!({ "api_key": key_info(6, "dNew"), "key": "ah_test_Br4ndN3wBr4ndN3wBr4ndN3wBr4ndNew" });
    let server = Canned::start([
        Answer::json(200, listed),
        Answer::json(201, created),
        Answer::json(200, json!({ "sessions": [] })),
        Answer::json(200, json!({ "success": true })),
    ]);
    let mut call = client(&server).call("api_keys.rotate", r#"{"id":"5","store":true}"#, "");
    let Step::Question(Question::Store { created, answer: request }) = call.step().await else {
        panic!("the key was not handed over")
    };
    let handed: Value = serde_json::from_slice(&created).unwrap();
    assert_eq!(handed["api_key"]["id"], "6");
    assert_eq!(server.seen().len(), 3, "the old key is deleted only once the new one is stored");
    request.supply(());
    done(call.step().await).unwrap();
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn numbers_keep_their_digits() {
    let digits = "1180591620717411303424";
    let server = Canned::start([Answer::text(
        201,
        &format!(
            r#"{{"session":{{"session_id":1,"agent_id":7,"session_type":"voice","status":"active","started_at":"2024-01-15T10:30:00Z","metadata":{{"big":{digits}}}}}}}"#
        ),
    )]);
    let params = format!(r#"{{"agent_id":"7","metadata":{{"big":{digits}}}}}"#);
    let Step::Done(Ok(reply)) = client(&server).call("sessions.create", &params, "").step().await else { panic!("it failed") };
    assert!(String::from_utf8_lossy(&server.seen()[0].body).contains(digits));
    assert!(reply.body.to_json().contains(digits));
}

#[tokio::test]
async fn a_wrong_option_is_named() {
    let new = |config: Value| HostClient::new(&config.to_string()).map(drop).unwrap_err();
    for (config, parameter, says) in [
        (json!({ "timeout": KEY }), "timeout", "must be a number"),
        (json!({ "max_retries": -1 }), "max_retries", "must be a whole number from 0"),
        (json!({ "timeout": -1 }), "timeout", "greater than 0"),
        (json!({ "surface": "x" }), "surface", "surface"),
        (json!({ "surface": "rooms", "token": TOKEN }), "token", "AgentHumanRooms"),
        (json!({ "max_open": 0 }), "max_open", "0"),
        (json!({ "colour": KEY }), "colour", "unknown option"),
        (json!({ "headers": { "a": "b" } }), "headers", "must be a list"),
    ] {
        let error = new(config.clone());
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{config}: {error:?}");
        assert!(error.message.contains(says) && !format!("{error:?}").contains(&KEY[..20]), "{error:?}");
    }
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let Step::Done(Err(error)) = client(&server).call("sessions.get", r#"{"id":"1"}"#, r#"{"timeout":"5"}"#).step().await else {
        panic!("a wrong timeout was taken")
    };
    assert_eq!(error.parameter.as_deref(), Some("timeout"));
}

#[tokio::test]
async fn a_dropped_call_drops_its_request() {
    let server = Canned::start([Answer { hang: true, ..Answer::default() }]);
    let mut call = client(&server).call("sessions.get", r#"{"id":"1"}"#, "");
    tokio::select! {
        _ = call.step() => panic!("nothing answers"),
        () = async { while server.seen().is_empty() { tokio::time::sleep(std::time::Duration::from_millis(1)).await } } => {}
    }
    drop(call);
    // The canned server's thread ends its read when the client's side is closed, and a new call finds it free.
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_error_as_json_has_its_fields_and_its_line() {
    let server = Canned::start([Answer::json(404, json!({ "error": "Session\nnot found" })).header("x-request-id", "req-7")]);
    let error = last(client(&server).call("sessions.get", r#"{"id":"1"}"#, "")).await.unwrap_err();
    let mut fields: Value = serde_json::from_str(&error_json(&error)).unwrap();
    let line = fields.as_object_mut().unwrap().remove("line").unwrap();
    assert_eq!(
        line.as_str().unwrap(),
        "Session\\nnot found. Check the id, and check that the credential is for the right account. \
         (code not_found, status 404, operation sessions.get, request id req-7)"
    );
    assert_eq!(fields.as_object_mut().unwrap().remove("suggested_by_service"), Some(json!(false)));
    assert_eq!(fields, serde_json::to_value(&*error).unwrap());
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_client_lives_on() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = client(&server);
    let Step::Done(Err(error)) = client.call("debug.panic", "{}", "").step().await else { panic!("it did not fail") };
    assert_eq!(error.kind, Kind::Internal);
    assert!(!error.message.contains("on purpose"), "a panic's own text could hold anything: {error:?}");
    last(client.call("sessions.get", r#"{"id":"1"}"#, "")).await.unwrap();
}

#[tokio::test]
async fn a_walk_over_pages_stops_by_itself() {
    let page = |ids: &[i64], next: Option<&str>| {
        let items: Vec<_> = ids.iter().map(|id| session(*id)).collect();
        Answer::json(200, json!({ "sessions": items, "next": next }))
    };
    let server = Canned::start([page(&[1, 2], Some("2")), page(&[1, 2], Some("3"))]);
    let pager = client(&server).pages("sessions.list", r#"{"limit":2}"#, "");
    let first = last(pager.next().unwrap()).await.unwrap();
    assert_eq!(first.as_array().unwrap().len(), 2);
    let second = last(pager.next().unwrap()).await.unwrap();
    assert_eq!(second, json!([]), "a server that ignores `after` repeats itself");
    assert!(pager.next().is_none());
}

#[test]
fn a_thread_drives_its_own_calls_and_keeps_its_connections() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = client(&server);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let mut call = client.call("sessions.get", r#"{"id":"1"}"#, "");
                    done(agenthuman::host::drive(call.step()).unwrap()).unwrap();
                }
            });
        }
    });
    assert_eq!(server.seen().len(), 12);
    let within = agenthuman::host::drive(async { agenthuman::host::drive(async {}).map_err(|error| error.message) });
    assert!(within.unwrap().unwrap_err().contains("already running a call"));
}
