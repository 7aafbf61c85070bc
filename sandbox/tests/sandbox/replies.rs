//! Replies of the agent that a test sets.

use serde_json::{Value, json};

use crate::api::{Answer, Api, As};

async fn put(api: &Api, replies: Value) -> Answer {
    api.call("PUT", "/sandbox/replies", &[], &As::NoCredential, Some(json!({"replies": replies}))).await
}

async fn session(api: &Api) -> Value {
    let created = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    created.at("/session/session_id").clone()
}

async fn reply_to(api: &Api, session: &Value, content: &str) -> String {
    let body = json!({"content": content});
    let exchange = api.call("POST", "/v1/sessions/{}/messages", &[session], &api.key, Some(body)).await.is(201);
    exchange.text("/reply/content")
}

#[tokio::test]
async fn replies_are_used_in_order_and_then_the_default_ones() {
    let api = Api::start().await;
    let (first, second) = (session(&api).await, session(&api).await);
    put(&api, json!(["One", "Zwei 🚲"])).await.says(200, json!({"replies": ["One", "Zwei 🚲"]}));
    assert_eq!(reply_to(&api, &first, "a").await, "One");
    api.call("GET", "/sandbox/replies", &[], &As::NoCredential, None).await.says(200, json!({"replies": ["Zwei 🚲"]}));
    assert_eq!(reply_to(&api, &second, "b").await, "Zwei 🚲");
    assert!(reply_to(&api, &first, "c").await.starts_with("You said: \"c\""));
    let listed = api.call("GET", "/v1/sessions/{}/messages", &[&first], &api.key, None).await.is(200);
    assert_eq!(listed.text("/messages/1/content"), "One");
}

#[tokio::test]
async fn only_a_message_that_gets_a_reply_uses_one() {
    let api = Api::start().await;
    let open = session(&api).await;
    let ended = session(&api).await;
    api.call("PUT", "/v1/sessions/{}/end", &[&ended], &api.key, None).await.is(200);
    put(&api, json!(["Kept"])).await.is(200);
    let hello = json!({"content": "Hello!"});
    api.call("POST", "/v1/sessions/{}/messages", &[&ended], &api.key, Some(hello.clone())).await.is(409);
    api.call("POST", "/v1/sessions/{}/messages", &[&json!(999)], &api.key, Some(hello)).await.is(404);
    let system = json!({"content": "A note", "role": "system"});
    let noted = api.call("POST", "/v1/sessions/{}/messages", &[&open], &api.key, Some(system)).await.is(201);
    assert_eq!(noted.at("/reply"), &Value::Null);
    assert_eq!(reply_to(&api, &open, "Hello!").await, "Kept");
}

#[tokio::test]
async fn put_replaces_and_delete_and_reset_clear() {
    let api = Api::start().await;
    let one = session(&api).await;
    put(&api, json!(["Old"])).await.is(200);
    put(&api, json!(["New"])).await.is(200);
    assert_eq!(reply_to(&api, &one, "a").await, "New");
    put(&api, json!(["Cleared"])).await.is(200);
    api.call("DELETE", "/sandbox/replies", &[], &As::NoCredential, None).await.says(200, json!({"replies": []}));
    assert!(reply_to(&api, &one, "b").await.starts_with("You said"));
    put(&api, json!(["Reset"])).await.is(200);
    api.call("POST", "/sandbox/reset", &[], &As::NoCredential, None).await.is(200);
    let one = session(&api).await;
    assert!(reply_to(&api, &one, "c").await.starts_with("You said"));
}

#[tokio::test]
async fn replies_are_bounded_and_a_rejected_list_changes_nothing() {
    let api = Api::start().await;
    put(&api, json!(["Kept"])).await.is(200);
    for (replies, error) in [
        (json!("One"), "replies must be an array"),
        (json!([1]), "replies must be an array of strings"),
        (json!([""]), "each reply must be 1 to 16384 bytes long"),
        (json!(["x".repeat(16_385)]), "each reply must be 1 to 16384 bytes long"),
        (json!(vec!["x"; 1001]), "replies must have at most 1000 items"),
    ] {
        put(&api, replies).await.fails(400, error);
    }
    api.call("PUT", "/sandbox/replies", &[], &As::NoCredential, Some(json!({}))).await.fails(400, "replies is required");
    api.call("GET", "/sandbox/replies", &[], &As::NoCredential, None).await.says(200, json!({"replies": ["Kept"]}));
    put(&api, json!(vec!["x"; 1000])).await.is(200);
    put(&api, json!(["x".repeat(16_384)])).await.is(200);
}
