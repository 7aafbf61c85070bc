//! The responses and effects of each operation.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::api::{Answer, Api, As, names};

const DONE: &str = r#"{"success":true}"#;

fn done() -> Value {
    serde_json::from_str(DONE).unwrap()
}

#[tokio::test]
async fn signing_in_and_the_token() {
    sign_in_walk(&Api::start().await).await;
}

#[tokio::test]
async fn api_keys() {
    api_keys_walk(&Api::start().await).await;
}

#[tokio::test]
async fn agents() {
    agents_walk(&Api::start().await).await;
}

#[tokio::test]
async fn sessions_and_messages() {
    sessions_walk(&Api::start().await).await;
}

#[tokio::test]
async fn avatars() {
    avatars_walk(&Api::start().await).await;
}

#[tokio::test]
async fn voices_and_roles() {
    voices_and_roles_walk(&Api::start().await).await;
}

/// Calls every operation at least once.
pub async fn walk(api: &Api) {
    sign_in_walk(api).await;
    api_keys_walk(api).await;
    agents_walk(api).await;
    sessions_walk(api).await;
    avatars_walk(api).await;
    voices_and_roles_walk(api).await;
}

async fn sign_in_walk(api: &Api) {
    let requested = api.call("POST", "/v1/auth/otp/request", &[], &As::NoCredential, Some(json!({"email": "a@b.test"}))).await;
    let requested = requested.is(200);
    assert_eq!(requested.fields(""), names("success message expires_in"));
    assert_eq!(requested.at("/expires_in"), 600);

    let signed_in = api.sign_in("a@b.test").await;
    assert_eq!(signed_in.fields(""), names("success token expires_at user"));
    assert_eq!(signed_in.fields("/user"), names("id email created_at"));
    let token = As::Token(signed_in.text("/token"));

    let me = api.call("GET", "/v1/auth/me", &[], &token, None).await.is(200);
    assert_eq!(me.at("/user"), signed_in.at("/user"));
    assert!(me.at("/user/id").is_i64());

    let refreshed = api.call("POST", "/v1/auth/refresh", &[], &token, None).await.is(200);
    assert_eq!(refreshed.fields(""), names("success token expires_at"));
    api.call("GET", "/v1/auth/me", &[], &token, None).await.fails(401, "Invalid token");
    api.call("POST", "/v1/auth/refresh", &[], &token, None).await.fails(401, "Invalid token");

    let token = As::Token(refreshed.text("/token"));
    api.call("POST", "/v1/auth/logout", &[], &token, None).await.says(200, done());
    api.call("GET", "/v1/auth/me", &[], &token, None).await.fails(401, "Invalid token");
    let again = api.sign_in("A@B.test").await;
    assert_eq!(again.at("/user"), me.at("/user"), "the same account, whatever the case");
}

async fn api_keys_walk(api: &Api) {
    let new = json!({"name": "deploy", "environment": "live"});
    let created = api.call("POST", "/v1/api-keys", &[], &api.token, Some(new)).await.is(201);
    assert_eq!(created.fields(""), names("success api_key key"));
    assert_eq!(created.fields("/api_key"), names("id name environment prefix last4 created_at last_used_at revoked_at"));
    let key = created.text("/key");
    let random = key.strip_prefix("ah_live_").expect("the prefix");
    assert!(random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(created.text("/api_key/last4"), key[key.len() - 4..]);

    let key_holder = As::Key(key.clone());
    api.call("GET", "/v1/sessions", &[], &key_holder, None).await.is(200);
    let listed = api.call("GET", "/v1/api-keys", &[], &api.token, None).await.is(200);
    assert!(!listed.body.to_string().contains(&key), "lists do not contain keys");
    assert_eq!(listed.at("/api_keys/0/id"), created.at("/api_key/id"), "newest first");
    assert!(listed.at("/api_keys/0/last_used_at").is_string());

    let id = created.at("/api_key/id");
    api.call("DELETE", "/v1/api-keys/{}", &[id], &api.token, None).await.says(200, done());
    api.call("GET", "/v1/sessions", &[], &key_holder, None).await.fails(401, "API key has been revoked");
    api.call("DELETE", "/v1/api-keys/{}", &[id], &api.token, None).await.fails(404, "API key not found");
    let listed = api.call("GET", "/v1/api-keys", &[], &api.token, None).await.is(200);
    assert!(listed.at("/api_keys/0/revoked_at").is_string(), "a revoked key stays listed");
}

async fn agents_walk(api: &Api) {
    let new = json!({"name": "Bob", "avatar_id": 2, "language": "es", "custom_greeting": "Hola", "context": "A shop",
        "properties": {"mood": "calm"}});
    let created = api.call("POST", "/v1/agents", &[], &api.token, Some(new)).await.is(201);
    assert_eq!(created.text("/message"), "Agent created successfully");
    assert_eq!(created.fields("/agent"), names("agent_id name avatar_id language custom_greeting context status created_at"));
    let id = created.at("/agent/agent_id").clone();

    let read = api.call("GET", "/v1/agents/{}", &[&id], &api.token, None).await.is(200);
    assert_eq!(
        read.fields(""),
        names(
            "id user_id name avatar_id voice_id role_id language custom_greeting context properties memories \
             knowledge_base status created_at updated_at last_used_at total_sessions avg_duration"
        )
    );
    assert_eq!(read.at("/id"), &id);
    assert_eq!(read.at("/properties"), &json!({"mood": "calm"}));
    assert_eq!(read.at("/total_sessions"), 0);

    let changes = json!({"name": "Roberto", "context": "", "memories": {"seen": 1}, "status": "archived"});
    api.call("PUT", "/v1/agents/{}", &[&id], &api.token, Some(changes)).await.says(200, done());
    let changed = api.call("GET", "/v1/agents/{}", &[&id], &api.token, None).await.is(200);
    assert_eq!(changed.text("/name"), "Roberto");
    assert_eq!(changed.text("/context"), "");
    assert_eq!(changed.at("/memories"), &json!({"seen": 1}));
    assert_eq!(changed.text("/custom_greeting"), "Hola", "fields that are not in the request are unchanged");
    assert!(changed.text("/updated_at") >= read.text("/updated_at"));
    api.call("PUT", "/v1/agents/{}", &[&id], &api.token, Some(json!({}))).await.fails(400, "No fields to update");

    let session = json!({"agent_id": id, "session_type": "agent_video"});
    let session = api.call("POST", "/v1/sessions", &[], &api.key, Some(session)).await.is(201);
    let session_id = session.at("/session/session_id");
    api.call("PUT", "/v1/sessions/{}/end", &[session_id], &api.key, Some(json!({"duration": 30}))).await.is(200);
    let sessions = api.call("GET", "/v1/agents/{}/sessions", &[&id], &api.token, None).await.is(200);
    assert_eq!(sessions.fields(""), names("success sessions"));
    assert_eq!(
        sessions.fields("/sessions/0"),
        names("id session_id agent_id call_type status started_at ended_at duration metadata created_at")
    );
    assert_eq!(sessions.at("/sessions/0/id"), sessions.at("/sessions/0/session_id"));
    assert_eq!(sessions.text("/sessions/0/call_type"), "video");

    let listed = api.call("GET", "/v1/agents", &[], &api.token, None).await.is(200);
    assert_eq!(listed.fields(""), names("success agents"));
    assert_eq!(
        listed.fields("/agents/0"),
        names(
            "agent_id name avatar_id language custom_greeting context status created_at updated_at last_used_at \
             total_sessions avg_duration avatar_name avatar_url voice_id"
        )
    );
    assert_eq!(listed.at("/agents/0/agent_id"), &id, "last updated first");
    assert_eq!(listed.at("/agents/0/total_sessions"), 1);
    assert_eq!(listed.at("/agents/0/avg_duration"), 30.0);
    assert_eq!(listed.text("/agents/0/avatar_name"), "Mateo");
    assert!(listed.at("/agents/0/last_used_at").is_string());

    agent_pages(api).await;
    api.call("DELETE", "/v1/agents/{}", &[&id], &api.token, None).await.says(200, done());
    api.call("DELETE", "/v1/agents/{}", &[&id], &api.token, None).await.fails(404, "Agent not found");
    api.call("GET", "/v1/agents/{}", &[&id], &api.token, None).await.fails(404, "Agent not found");
    api.call("PUT", "/v1/agents/{}", &[&id], &api.token, Some(json!({"name": "x"})))
        .await
        .says(404, json!({"error": "Agent not found"}));
    api.call("GET", "/v1/agents/{}/sessions", &[&id], &api.token, None).await.fails(404, "Agent not found or access denied");
    let session = api.call("GET", "/v1/sessions/{}", &[session_id], &api.key, None).await.is(200);
    assert_eq!(session.text("/session/agent_name"), "Roberto", "the sessions of a deleted agent stay");
}

/// Updating agents during pagination neither repeats nor skips one.
async fn agent_pages(api: &Api) {
    for name in ["p1", "p2", "p3", "p4"] {
        api.call("POST", "/v1/agents", &[], &api.token, Some(json!({"name": name}))).await.is(201);
    }
    let all = api.call("GET", "/v1/agents", &[], &api.token, None).await.is(200);
    let expected: Vec<Value> = ids(&all, "/agents", "agent_id");
    let mut seen = Vec::new();
    let mut path = "/v1/agents?limit=2".to_owned();
    loop {
        let page = api.call("GET", &path, &[], &api.token, None).await.is(200);
        for id in ids(&page, "/agents", "agent_id") {
            api.call("PUT", "/v1/agents/{}", &[&id], &api.token, Some(json!({"context": "seen"}))).await.is(200);
            seen.push(id);
        }
        assert!(seen.len() <= expected.len(), "a page came twice");
        match page.at("/next").as_str() {
            Some(next) => path = format!("/v1/agents?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, expected);
}

fn ids(answer: &Answer, list: &str, id: &str) -> Vec<Value> {
    answer.at(list).as_array().unwrap().iter().map(|item| item[id].clone()).collect()
}

async fn sessions_walk(api: &Api) {
    let new = json!({"agent_id": 1, "session_type": "agent_chat", "metadata": {"a": 1, "b": {"c": 2}}});
    let created = api.call("POST", "/v1/sessions", &[], &api.key, Some(new)).await.is(201);
    assert_eq!(created.text("/message"), "Session started successfully");
    assert_eq!(
        created.fields("/session"),
        names(
            "session_id agent_id agent_name session_type status started_at metadata avatar_id avatar_name avatar_url \
             voice_id"
        )
    );
    assert_eq!(created.text("/session/status"), "active");
    let id = created.at("/session/session_id").clone();

    let said = json!({"content": "Hello"});
    let exchange = api.call("POST", "/v1/sessions/{}/messages", &[&id], &api.key, Some(said)).await.is(201);
    assert_eq!(exchange.fields("/message"), names("message_id session_id role content created_at"));
    assert_eq!(exchange.text("/message/role"), "user");
    assert_eq!(exchange.text("/reply/role"), "assistant");
    let noted = json!({"content": "Be kind", "role": "system"});
    let noted = api.call("POST", "/v1/sessions/{}/messages", &[&id], &api.key, Some(noted)).await.is(201);
    assert_eq!(noted.at("/reply"), &Value::Null);
    let messages = api.call("GET", "/v1/sessions/{}/messages", &[&id], &api.key, None).await.is(200);
    assert_eq!(messages.at("/messages/0"), exchange.at("/message"));
    assert_eq!(messages.at("/messages/1"), exchange.at("/reply"));
    assert_eq!(messages.at("/messages/2"), noted.at("/message"));
    assert_eq!(messages.at("/next"), &Value::Null);
    let first = api.call("GET", "/v1/sessions/{}/messages?limit=2", &[&id], &api.key, None).await.is(200);
    let rest = format!("/v1/sessions/{{}}/messages?limit=2&after={}", first.text("/next"));
    let rest = api.call("GET", &rest, &[&id], &api.key, None).await.is(200);
    assert_eq!(rest.at("/messages"), &json!([noted.at("/message")]));

    let reply = exchange.text("/reply/content");
    let transcript = format!("User: Hello\nAssistant: {reply}\nSystem: Be kind");
    let end = json!({"metadata": {"b": 3, "d": 4}});
    let ended = api.call("PUT", "/v1/sessions/{}/end", &[&id], &api.key, Some(end)).await.is(200);
    assert_eq!(ended.text("/message"), "Session ended successfully");
    assert_eq!(
        ended.fields("/session"),
        names("session_id agent_id agent_name session_type status started_at ended_at duration transcript metadata")
    );
    assert_eq!(ended.at("/session/metadata"), &json!({"a": 1, "b": 3, "d": 4}));
    assert_eq!(ended.text("/session/transcript"), transcript);
    assert!(ended.at("/session/duration").is_i64());
    let other = json!({"duration": 9, "transcript": "other", "metadata": {"e": 5}});
    let again = api.call("PUT", "/v1/sessions/{}/end", &[&id], &api.key, Some(other)).await.is(200);
    assert_eq!(again.at("/session"), ended.at("/session"), "ending twice changes nothing");
    api.call("POST", "/v1/sessions/{}/messages", &[&id], &api.key, Some(json!({"content": "late"})))
        .await
        .fails(409, "Session is already completed");

    let read = api.call("GET", "/v1/sessions/{}", &[&id], &api.key, None).await.is(200);
    let list_fields = "session_id agent_id session_type status started_at ended_at duration created_at agent_name \
                       avatar_id avatar_name avatar_url voice_id";
    assert_eq!(read.fields("/session"), names(&format!("{list_fields} transcript metadata language")));
    assert_eq!(read.text("/session/transcript"), transcript);

    let second = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    assert_eq!(second.text("/session/session_type"), "voice");
    assert_eq!(second.at("/session/metadata"), &json!({}));
    let second_id = second.at("/session/session_id").clone();
    let listed = api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
    assert_eq!(listed.fields(""), names("success sessions"));
    assert_eq!(listed.fields("/sessions/0"), names(list_fields));
    assert_eq!(listed.at("/sessions/0/session_id"), &second_id, "newest first");
    let completed = api.call("GET", "/v1/sessions?status=completed&agent_id=1", &[], &api.key, None).await.is(200);
    assert_eq!(ids(&completed, "/sessions", "session_id"), [id]);
    let active = api.call("GET", "/v1/sessions?status=active", &[], &api.key, None).await.is(200);
    assert_eq!(ids(&active, "/sessions", "session_id"), std::slice::from_ref(&second_id));
    let none = api.call("GET", "/v1/sessions?agent_id=9999", &[], &api.key, None).await.is(200);
    assert_eq!(none.at("/sessions"), &json!([]));
    let page = api.call("GET", "/v1/sessions?limit=1", &[], &api.key, None).await.is(200);
    assert_eq!(page.at("/next").as_str(), Some(second_id.to_string().as_str()));

    let end = json!({"duration": 42, "transcript": "User: as sent"});
    let ended = api.call("PUT", "/v1/sessions/{}/end", &[&second_id], &api.key, Some(end)).await.is(200);
    assert_eq!(ended.at("/session/duration"), 42);
    assert_eq!(ended.text("/session/transcript"), "User: as sent");
}

async fn avatars_walk(api: &Api) {
    let public = api.call("GET", "/v1/avatars/public", &[], &api.key, None).await.is(200);
    let fields = names("id user_id name url voice_id is_favorite is_public created_at updated_at");
    assert_eq!(public.fields("/0"), fields);
    assert!(public.body.as_array().unwrap().len() >= 3);
    assert_eq!(public.at("/0/is_public"), 1);
    let picture = api.http.get(public.text("/0/url")).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");

    let new = json!({"name": "Mine", "url": "https://example.test/a.png", "voice_id": "v1"});
    let created = api.call("POST", "/v1/avatars", &[], &api.token, Some(new)).await.is(201);
    let id = created.at("/id").clone();
    assert_eq!(created.body, json!({"id": id, "message": "Avatar created"}));

    let file = Part::bytes(b"GIF89a".to_vec()).file_name("a.gif").mime_str("image/gif").unwrap();
    let form = Form::new().part("file", file).text("name", "Uploaded");
    let request = api.request("POST", "/v1/avatars/upload", &api.token).multipart(form);
    let uploaded = api.send("POST", "/v1/avatars/upload", request).await.is(201);
    assert_eq!(uploaded.fields(""), names("id name url voice_id cloudinary_id"));
    let stored = api.http.get(uploaded.text("/url")).send().await.unwrap();
    assert_eq!(stored.headers()["content-type"], "image/gif");
    assert_eq!(&stored.bytes().await.unwrap()[..], b"GIF89a");

    let mine = api.call("GET", "/v1/avatars", &[], &api.token, None).await.is(200);
    assert_eq!(mine.fields("/0"), fields);
    assert_eq!(mine.at("/0/id"), uploaded.at("/id"), "newest first");
    assert_eq!(mine.at("/1/id"), &id);
    assert_eq!(mine.at("/1/is_favorite"), 0);

    let changes = json!({"name": "Renamed", "voice_id": null, "is_favorite": true});
    api.call("PUT", "/v1/avatars/{}", &[&id], &api.token, Some(changes)).await.says(200, done());
    let mine = api.call("GET", "/v1/avatars", &[], &api.token, None).await.is(200);
    assert_eq!(mine.text("/1/name"), "Renamed");
    assert_eq!(mine.at("/1/voice_id"), &Value::Null);
    assert_eq!(mine.at("/1/is_favorite"), 1);

    let agent = json!({"name": "With it", "avatar_id": uploaded.at("/id")});
    let agent = api.call("POST", "/v1/agents", &[], &api.token, Some(agent)).await.is(201);
    let upload_id = uploaded.at("/id");
    api.call("DELETE", "/v1/avatars/{}", &[upload_id], &api.token, None).await.says(200, done());
    let agent = api.call("GET", "/v1/agents/{}", &[agent.at("/agent/agent_id")], &api.token, None).await.is(200);
    assert_eq!(agent.at("/avatar_id"), &Value::Null, "the agent loses the reference");
    assert_eq!(api.http.get(uploaded.text("/url")).send().await.unwrap().status(), 404);
    api.call("DELETE", "/v1/avatars/{}", &[upload_id], &api.token, None).await.says(404, json!({"error": "Avatar not found"}));
}

async fn voices_and_roles_walk(api: &Api) {
    let voices = api.call("GET", "/v1/voices?scope=public", &[], &api.key, None).await.is(200);
    assert_eq!(voices.fields("/voices/0"), names("voice_id name language gender provider preview_url is_public"));
    assert!(voices.at("/voices").as_array().unwrap().len() >= 3);
    let mine = api.call("GET", "/v1/voices?scope=mine", &[], &api.token, None).await.is(200);
    assert_eq!(mine.at("/voices/0/is_public"), false);

    let public = api.call("GET", "/v1/roles", &[], &api.key, None).await.is(200);
    let fields = names("role_id name description prompt is_public created_at updated_at");
    assert_eq!(public.fields("/roles/0"), fields);
    assert!(public.at("/roles").as_array().unwrap().len() >= 3);

    let new = json!({"name": "Guide", "prompt": "Show the way"});
    let created = api.call("POST", "/v1/roles", &[], &api.token, Some(new)).await.is(201);
    assert_eq!(created.fields("/role"), fields);
    assert_eq!(created.at("/role/description"), &Value::Null);
    let id = created.at("/role/role_id");
    let read = api.call("GET", "/v1/roles/{}", &[id], &api.token, None).await.is(200);
    assert_eq!(read.body, created.body);
    let changes = json!({"description": "Knows the city"});
    let changed = api.call("PUT", "/v1/roles/{}", &[id], &api.token, Some(changes)).await.is(200);
    assert_eq!(changed.text("/role/description"), "Knows the city");
    assert_eq!(changed.text("/role/prompt"), "Show the way");
    let mine = api.call("GET", "/v1/roles?scope=mine", &[], &api.token, None).await.is(200);
    assert_eq!(mine.at("/roles/0"), changed.at("/role"));
    api.call("DELETE", "/v1/roles/{}", &[id], &api.token, None).await.says(200, done());
    api.call("DELETE", "/v1/roles/{}", &[id], &api.token, None).await.fails(404, "Role not found");
    let public_id = public.at("/roles/0/role_id");
    api.call("GET", "/v1/roles/{}", &[public_id], &api.token, None).await.is(200);
    api.call("DELETE", "/v1/roles/{}", &[public_id], &api.token, None).await.fails(403, "Access denied to this role");
}
