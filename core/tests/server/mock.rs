//! A client for tests: its calls ask the host for their responses, and nothing is sent.

use agenthuman::host::{Body, Call, HostClient, Question, Reply, Step};
use agenthuman::{ErrorInfo, Kind};
use agenthuman_testing::made_up::{canonical_session, key_info, uploaded_avatar};
use serde_json::{Value, json};

fn client() -> HostClient {
    HostClient::mock("server").unwrap()
}

/// Steps to the end, and answers each question for a response. Returns the calls that were asked about, too.
async fn finish(mut call: Call, response: &Value) -> (Vec<Value>, Result<Reply, Box<ErrorInfo>>) {
    let mut calls = Vec::new();
    loop {
        match call.step().await {
            Step::Question(Question::Response { call, answer }) => {
                calls.push(serde_json::from_str(&call).unwrap());
                answer.supply(response.to_string());
            }
            Step::Question(Question::Store { answer, .. }) => answer.fail("raised OSError"),
            Step::Question(_) => panic!("the call asked for something else"),
            Step::Done(outcome) => return (calls, outcome),
        }
    }
}

async fn outcome(operation: &str, params: Value, response: Value) -> Result<Reply, Box<ErrorInfo>> {
    finish(client().call(operation, &params.to_string(), ""), &response).await.1
}

#[tokio::test]
async fn a_call_asks_for_its_response() {
    let options = json!({ "timeout": 5, "max_retries": 0, "headers": [["x-trace", "1"]] });
    let params = json!({ "agent_id": "7", "session_type": null });
    let call = client().call("sessions.create", &params.to_string(), &options.to_string());
    let (calls, reply) = finish(call, &json!({ "body": canonical_session("5") })).await;
    let expected = json!({
        "operation": "sessions.create",
        "params": { "agent_id": "7" },
        "options": { "timeout": 5.0, "max_retries": 0, "headers": { "x-trace": "1" } },
    });
    assert_eq!(calls, [expected]);
    let reply = reply.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&reply.body.to_json()).unwrap(), canonical_session("5"));
    assert_eq!((reply.status, reply.attempts.len()), (201, 1));
}

#[tokio::test]
async fn parameters_are_checked_before_the_host_is_asked() {
    let call = client().call("sessions.create", r#"{"agent":"7"}"#, "");
    let (calls, outcome) = finish(call, &Value::Null).await;
    assert_eq!((calls.len(), outcome.unwrap_err().kind), (0, Kind::InvalidArgument));
}

#[tokio::test]
async fn a_null_that_has_a_meaning_is_shown() {
    let call = client().call("avatars.update", r#"{"id":"1","voice_id":null,"name":null}"#, "");
    let (calls, _) = finish(call, &json!({ "body": { "id": "1" } })).await;
    assert_eq!(calls[0]["params"], json!({ "id": "1", "voice_id": null }));
}

#[tokio::test]
async fn a_file_is_described_and_not_opened() {
    let params =
        json!({ "name": "Face", "file": { "path": "/nowhere/face.png", "content_type": "image/png", "progress": true } });
    let (calls, reply) =
        finish(client().call("avatars.upload", &params.to_string(), ""), &json!({ "body": uploaded_avatar(1) })).await;
    let file = json!({ "content_type": "image/png", "path": "/nowhere/face.png" });
    assert_eq!(calls[0]["params"], json!({ "name": "Face", "file": file }));
    reply.unwrap();
}

#[tokio::test]
async fn a_list_is_walked_by_its_cursors() {
    let pages = client().pages("sessions.list", r#"{"limit":1}"#, "");
    let mut walked = Vec::new();
    for response in [json!({ "body": [canonical_session("1")], "next": "c1" }), json!({ "body": [canonical_session("2")] })] {
        let (calls, reply) = finish(pages.next().unwrap(), &response).await;
        walked.push((calls[0]["params"].clone(), serde_json::from_str::<Value>(&reply.unwrap().body.to_json()).unwrap()));
    }
    assert!(pages.next().is_none());
    assert_eq!(
        walked,
        [
            (json!({ "limit": 1 }), json!([canonical_session("1")])),
            (json!({ "limit": 1, "after": "c1" }), json!([canonical_session("2")])),
        ]
    );
}

#[tokio::test]
async fn an_operation_without_a_model_and_a_request_work() {
    let deleted = outcome("agents.delete", json!({ "id": "1" }), json!({})).await.unwrap();
    assert!(matches!(deleted.body, Body::Nothing));
    let call = client().request("POST", "/v1/usage?days=7", Some("[1]"), Some("token"), "");
    let (calls, reply) = finish(call, &json!({ "body": { "minutes": 3 } })).await;
    assert_eq!(calls[0]["operation"], "request");
    assert_eq!(calls[0]["params"], json!({ "method": "POST", "path": "/v1/usage?days=7", "body": [1] }));
    assert_eq!(reply.unwrap().body.to_json(), r#"{"minutes":3}"#);
}

#[tokio::test]
async fn an_error_has_the_defaults_of_its_kind() {
    let error = |fields: Value| async move {
        outcome("sessions.create", json!({ "agent_id": "7" }), json!({ "error": fields })).await.unwrap_err()
    };
    let limited = error(json!({ "code": "rate_limited", "retry_after": 3 })).await;
    assert_eq!((limited.kind, limited.status, limited.retry_after), (Kind::RateLimited, Some(429), Some(3.0)));
    assert_eq!((limited.message.as_str(), limited.retryable), ("Too many requests", true));
    assert_eq!(limited.operation.as_deref(), Some("sessions.create"));
    assert_eq!(limited.suggestion.as_deref(), Some(Kind::RateLimited.entry().suggestion));
    let own = error(json!({ "code": "not_found", "message": "Agent not found", "status": 410, "request_id": "r1" })).await;
    assert_eq!((own.message.as_str(), own.status, own.request_id.as_deref()), ("Agent not found", Some(410), Some("r1")));
    let lost = error(json!({ "code": "timeout", "phase": "read", "outcome_unknown": true })).await;
    assert_eq!((lost.phase, lost.retryable, lost.attempts.len()), (Some("read"), false, 1));
    assert!(lost.suggestion.unwrap().contains("sessions.list"));
    assert_eq!(error(json!({ "code": "no_such_code" })).await.kind, Kind::Configuration);
    assert_eq!(error(json!({ "code": "timeout", "phase": "lunch" })).await.kind, Kind::Configuration);
}

#[tokio::test]
async fn a_response_that_does_not_fit_is_an_error() {
    let get = |response: Value| outcome("sessions.get", json!({ "id": "1" }), response);
    let error = get(json!({ "body": { "status": "active" } })).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Kind::InvalidResponse, "the mock response does not fit the operation: Session.id is missing")
    );
    assert_eq!(get(json!({ "body": [] })).await.unwrap_err().kind, Kind::InvalidResponse);
    assert_eq!(get(json!({ "boby": {} })).await.unwrap_err().kind, Kind::Configuration);
}

#[tokio::test]
async fn a_question_without_an_answer_fails_the_call() {
    let mut call = client().call("sessions.get", r#"{"id":"1"}"#, "");
    let Step::Question(question) = call.step().await else { panic!("no response was asked for") };
    drop(question);
    let Step::Done(Err(error)) = call.step().await else { panic!("the call did not fail") };
    assert_eq!((error.kind, error.operation.as_deref()), (Kind::Configuration, Some("sessions.get")));
}

#[tokio::test]
async fn a_rotation_is_one_question_and_stores_the_key() {
    let created = json!({ "body": { "api_key": key_info(2, "0000"), "key": "ah_test_exampleexampleexampleexample0000" } });
    let call = client().call("api_keys.rotate", r#"{"id":"1","grace":60,"store":false}"#, "");
    let (calls, reply) = finish(call, &created).await;
    assert_eq!(calls[0]["params"], json!({ "id": "1", "grace": 60 }));
    assert!(reply.unwrap().body.to_json().contains("0000"));
    // `finish` fails to store.
    let stored = outcome("api_keys.rotate", json!({ "id": "1", "store": true }), created).await;
    assert_eq!(stored.unwrap_err().kind, Kind::StoreFailed);
    let long = outcome("api_keys.rotate", json!({ "id": "1", "grace": 99_999 }), Value::Null).await;
    assert_eq!(long.unwrap_err().kind, Kind::InvalidArgument);
}

#[tokio::test]
async fn a_closed_client_rejects_calls() {
    let client = client();
    client.close();
    let (calls, outcome) = finish(client.call("auth.logout", "{}", ""), &json!({})).await;
    assert_eq!((calls.len(), outcome.unwrap_err().kind), (0, Kind::Closed));
}
