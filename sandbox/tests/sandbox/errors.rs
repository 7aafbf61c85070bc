//! The errors for invalid requests.

use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::api::{Api, As};

#[tokio::test]
async fn errors_name_the_invalid_field() {
    errors_walk(&Api::start().await).await;
}

pub async fn errors_walk(api: &Api) {
    for (method, path, body, error) in [
        ("POST", "/v1/agents", json!({}), "name is required"),
        ("POST", "/v1/agents", json!({"name": 5}), "name must be a string"),
        ("POST", "/v1/agents", json!({"name": ""}), "name must not be empty"),
        ("POST", "/v1/agents", json!({"name": "a", "language": ""}), "language must not be empty"),
        ("POST", "/v1/agents", json!({"name": "a", "context": null}), "context must be a string"),
        ("POST", "/v1/agents", json!({"name": "a", "avatar_id": "1"}), "avatar_id must be an integer"),
        ("POST", "/v1/agents", json!({"name": "a", "properties": []}), "properties must be an object"),
        ("PUT", "/v1/agents/1", json!({"status": "gone"}), "status must be one of active, archived"),
        ("PUT", "/v1/agents/1", json!({"name": null}), "name must be a string"),
        ("POST", "/v1/roles", json!({"name": "a"}), "prompt is required"),
        ("PUT", "/v1/roles/1", json!({}), "No fields to update"),
        ("POST", "/v1/api-keys", json!({"name": "", "environment": "test"}), "name must be 1 to 100 characters long"),
        (
            "POST",
            "/v1/api-keys",
            json!({"name": "x".repeat(101), "environment": "test"}),
            "name must be 1 to 100 characters long",
        ),
    ] {
        api.call(method, path, &[], &api.token, Some(body)).await.fails(400, error);
    }
    for (method, path, body, error) in [
        ("POST", "/v1/sessions", json!({"metadata": {}}), "agent_id is required"),
        ("POST", "/v1/sessions", json!({"agent_id": 1.5}), "agent_id must be an integer"),
        (
            "POST",
            "/v1/sessions",
            json!({"agent_id": 1, "session_type": "fax"}),
            "session_type must be one of voice, agent_voice, agent_video, agent_chat, webrtc_video",
        ),
        ("POST", "/v1/sessions", json!({"agent_id": 1, "metadata": [1]}), "metadata must be an object"),
        ("POST", "/v1/sessions", json!({"agent_id": 1, "metadata": null}), "metadata must be an object"),
        ("PUT", "/v1/sessions/1/end", json!({"duration": -1}), "duration must be 0 or more"),
        ("PUT", "/v1/sessions/1/end", json!({"transcript": 1}), "transcript must be a string"),
        ("POST", "/v1/sessions/1/messages", json!({}), "content is required"),
        ("POST", "/v1/sessions/1/messages", json!({"content": ""}), "content must be 1 to 32000 characters long"),
        ("POST", "/v1/sessions/1/messages", json!({"content": "x".repeat(32_001)}), "content must be 1 to 32000 characters long"),
        (
            "POST",
            "/v1/sessions/1/messages",
            json!({"content": "x", "role": "boss"}),
            "role must be one of user, assistant, system",
        ),
    ] {
        api.call(method, path, &[], &api.key, Some(body)).await.fails(400, error);
    }
    for (path, error) in [
        ("/v1/sessions?status=lost", "status must be one of all, active, completed"),
        ("/v1/sessions?agent_id=x", "agent_id must be an integer"),
        ("/v1/sessions?limit=0", "limit must be 1 to 200"),
        ("/v1/sessions?limit=201", "limit must be 1 to 200"),
        ("/v1/sessions?after=x", "after must be the \"next\" of an earlier page"),
        ("/v1/agents?after=x", "after must be the \"next\" of an earlier page"),
        ("/v1/voices?scope=all", "scope must be one of public, mine"),
        ("/v1/roles?scope=", "scope must be one of public, mine"),
    ] {
        api.call("GET", path, &[], &api.key, None).await.fails(400, error);
    }
    for (body, error) in [
        (json!({}), "email is required"),
        (json!({"email": "no address"}), "email must be an email address"),
        (json!({"email": "a@b@c"}), "email must be an email address"),
    ] {
        api.call("POST", "/v1/auth/otp/request", &[], &As::NoCredential, Some(body)).await.fails(400, error);
    }
    let code = json!({"email": "a@b.test", "code": "12345"});
    api.call("POST", "/v1/auth/otp/verify", &[], &As::NoCredential, Some(code)).await.fails(400, "code must be 6 digits");
    api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1.0}))).await.is(201);
    let key = json!({"name": "a", "environment": "prod"});
    api.call("POST", "/v1/api-keys", &[], &api.token, Some(key)).await.fails(400, "environment must be one of live, test");
}

#[tokio::test]
async fn errors_of_avatars_have_no_success_field() {
    let api = Api::start().await;
    for (body, error) in [
        (json!({}), "name and url required"),
        (json!({"name": "a"}), "name and url required"),
        (json!({"name": "", "url": "https://a"}), "name and url required"),
        (json!({"name": "a", "url": "a/b"}), "url must be a URL"),
        (json!({"name": "a", "url": "https://a", "voice_id": ""}), "voice_id must not be empty"),
        (json!({"name": 1, "url": "https://a"}), "name must be a string"),
    ] {
        api.call("POST", "/v1/avatars", &[], &api.token, Some(body)).await.says(400, json!({"error": error}));
    }
    api.call("PUT", "/v1/avatars/1", &[], &api.token, Some(json!({}))).await.says(400, json!({"error": "No fields to update"}));
    api.call("PUT", "/v1/avatars/1", &[], &api.token, Some(json!({"name": "a public one"})))
        .await
        .says(404, json!({"error": "Avatar not found"}));

    let file = |size: usize, content_type: &str| Part::bytes(vec![0; size]).file_name("a").mime_str(content_type).unwrap();
    for (form, status, error) in [
        (Form::new().text("name", "a"), 400, "No file uploaded"),
        (Form::new().text("name", "a").part("file", Part::bytes(vec![])), 400, "No file uploaded"),
        (Form::new().part("file", file(9, "image/png")), 400, "name required"),
        (Form::new().text("name", "a").part("file", file(9, "text/html")), 415, "file must be an image or a video"),
        (Form::new().text("name", "a").part("file", file(10 * 1024 * 1024 + 1, "video/mp4")), 413, "file must be at most 10 MiB"),
        (Form::new().text("name", "a").part("file", file(17 * 1024 * 1024, "video/mp4")), 413, "The body must be at most 16 MiB"),
    ] {
        let request = api.request("POST", "/v1/avatars/upload", &api.token).multipart(form);
        api.send("POST", "/v1/avatars/upload", request).await.says(status, json!({"error": error}));
    }
    let largest = Form::new().text("name", "a").part("file", file(10 * 1024 * 1024, "video/mp4"));
    let request = api.request("POST", "/v1/avatars/upload", &api.token).multipart(largest);
    api.send("POST", "/v1/avatars/upload", request).await.is(201);
    api.call("POST", "/v1/avatars/upload", &[], &api.token, Some(json!({})))
        .await
        .says(415, json!({"error": "Content-Type must be multipart/form-data"}));
}

/// There are no limits except those of the contract.
#[tokio::test]
async fn long_texts_are_accepted() {
    let api = Api::start().await;
    let long = "é".repeat(300_000);
    let post = |path: &'static str, body| api.call("POST", path, &[], &api.token, Some(body));
    let agent = json!({"name": long, "language": long, "custom_greeting": long, "context": long});
    post("/v1/agents", agent).await.is(201);
    post("/v1/roles", json!({"name": long, "description": long, "prompt": long})).await.is(201);
    post("/v1/avatars", json!({"name": long, "url": format!("https://a/{}", "x".repeat(300_000)), "voice_id": long}))
        .await
        .is(201);
    post("/v1/auth/otp/request", json!({"email": format!("{}@b.test", "a".repeat(300))})).await.is(200);
    post("/v1/api-keys", json!({"name": "é".repeat(100), "environment": "test"})).await.is(201);
    let form = Form::new().text("name", long.clone()).text("voice_id", long.clone());
    let form = form.part("file", Part::bytes(vec![0]).file_name("a").mime_str("image/png").unwrap());
    let upload = api.request("POST", "/v1/avatars/upload", &api.token).multipart(form);
    api.send("POST", "/v1/avatars/upload", upload).await.is(201);
    let session = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let id = session.at("/session/session_id");
    let said = json!({"content": "é".repeat(32_000)});
    api.call("POST", "/v1/sessions/{}/messages", &[id], &api.key, Some(said)).await.is(201);
    api.call("PUT", "/v1/sessions/{}/end", &[id], &api.key, Some(json!({"transcript": long.repeat(5)}))).await.is(200);
}

#[tokio::test]
async fn malformed_bodies_are_rejected() {
    let api = Api::start().await;
    let send = |content_type: Option<&str>, body: Vec<u8>| {
        let mut request = api.request("POST", "/v1/agents", &api.token).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        api.send("POST", "/v1/agents", request)
    };
    let json_type = Some("application/json; charset=utf-8");
    send(json_type, b"{\"name\":".to_vec()).await.fails(400, "The body is not valid JSON");
    send(json_type, b"{\"name\":\"\xff\"}".to_vec()).await.fails(400, "The body is not valid JSON");
    send(json_type, b"[]".to_vec()).await.fails(400, "The body must be a JSON object");
    send(json_type, Vec::new()).await.fails(400, "name is required");
    send(json_type, b"{\"name\":\"Right\"}".to_vec()).await.is(201);
    send(Some("text/plain"), b"{}".to_vec()).await.fails(415, "Content-Type must be application/json");
    send(None, b"{}".to_vec()).await.fails(415, "Content-Type must be application/json");
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    send(json_type, large).await.fails(413, "The body must be at most 16 MiB");
}

#[tokio::test]
async fn unknown_routes_and_methods() {
    let api = Api::start().await;
    for path in ["/v1/nowhere", "/v1", "/v1/agents/1/2/3", "/nowhere", "/media/none"] {
        api.call("GET", path, &[], &api.token, None).await.fails(404, "Not found");
    }
    for (method, path) in [("PATCH", "/v1/agents/1"), ("PUT", "/v1/agents"), ("POST", "/v1/sessions/1/end")] {
        let answer = api.call(method, path, &[], &api.token, None).await.fails(405, "Method not allowed");
        assert!(answer.header("allow").is_some());
    }
    for id in ["0", "x", "9999999999999999999999", "..%2F1", "%00"] {
        let path = format!("/v1/agents/{id}");
        api.call("GET", &path, &[], &api.token, None).await.fails(404, "Agent not found");
    }
}

#[tokio::test]
async fn every_response_has_a_unique_request_id() {
    let api = Api::start().await;
    let mut ids = std::collections::HashSet::new();
    for (method, path) in [("GET", "/v1/agents"), ("GET", "/nowhere"), ("GET", "/mailbox"), ("PATCH", "/v1/agents")] {
        let who = As::Headers(vec![("x-request-id", "the client's".to_owned())]);
        let answer = api.call(method, path, &[], &who, None).await;
        ids.insert(answer.header("x-request-id").expect("an id").to_owned());
    }
    assert_eq!(ids.len(), 4);
    assert!(!ids.contains("the client's"));
}
