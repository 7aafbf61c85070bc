//! The contract "rooms": avatars, agents, links and OpenClaw.

use agenthuman_sandbox::{Options, Plan};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::api::{Answer, Api, As, names, unlimited};
use crate::rooms::new_session;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";
const MIB: usize = 1024 * 1024;

fn object(message: &str) -> Value {
    json!({"success": false, "error": {"message": message}})
}

async fn post(api: &Api, path: &str, body: Value) -> Answer {
    api.call("POST", path, &[], &api.key, Some(body)).await
}

async fn upload(api: &Api, name: &'static str, data: Vec<u8>) -> Answer {
    let form = Form::new().part("file", Part::bytes(data).file_name(name).mime_str("image/png").unwrap());
    let request = api.request("POST", "/rooms/v1/avatars/upload-face", &api.key).multipart(form);
    api.send("POST", "/rooms/v1/avatars/upload-face", request).await
}

pub fn new_agent() -> Value {
    json!({"name": "Support", "avatar_image_url": "https://cdn.example.test/a.jpg",
        "voice_agent": {"provider": "ElevenLabs", "agent_id": "el_1", "auth_method": "public"}})
}

async fn agent(api: &Api, body: Value) -> Value {
    post(api, "/rooms/v1/agents", body).await.is(201).at("/agent/agent_id").clone()
}

async fn start(api: &Api, link: &Value) -> Answer {
    let body = json!({"link_id": link});
    api.call("POST", "/rooms/v1/links/start-session", &[], &As::NoCredential, Some(body)).await
}

#[tokio::test]
async fn avatars() {
    avatars_walk(&Api::start().await).await;
}

pub async fn avatars_walk(api: &Api) {
    let list = || api.call("GET", "/rooms/v1/avatars", &[], &api.key, None);
    let listed = list().await.is(200);
    assert_eq!(listed.fields("/public_avatars/0"), names("avatar_id tags preview_url image_url"));
    assert_eq!(listed.at("/my_avatars"), &json!([]));
    let public: Vec<&Value> =
        listed.at("/public_avatars").as_array().unwrap().iter().map(|avatar| &avatar["avatar_id"]).collect();
    for id in ["PUBLIC/Avatars/sara-office", "avat_01KMZJ4WE5QCD9G3EK21QW8NJK", "avat_01KMZHXFPBVCXA5ATK85HCP8G1"] {
        assert!(public.contains(&&json!(id)), "{id}");
    }
    for url in ["/public_avatars/0/preview_url", "/public_avatars/6/image_url"] {
        assert_eq!(api.http.get(listed.text(url)).send().await.unwrap().status(), 200, "pictures need no key");
    }

    let uploaded = upload(api, "face.png", PNG.to_vec()).await.is(201);
    assert_eq!(uploaded.fields(""), names("success avatar_id preview_url image_url"));
    let id = uploaded.at("/avatar_id");
    let picture = api.http.get(uploaded.text("/image_url")).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert_eq!(picture.bytes().await.unwrap(), PNG);
    let listed = list().await.is(200);
    assert_eq!(listed.at("/my_avatars/0/avatar_id"), id);
    assert_eq!(listed.at("/my_avatars/0/tags/0"), "user_exclusive");
    for body in [
        json!({"image_url": "https://cdn.example.test/new.jpg"}),
        json!({"image_base64": "data:image/jpeg;base64,/9j/4AAQSkZJRg=="}),
        json!({"image_base64": "/9j/4AAQSkZJRg"}),
    ] {
        post(api, "/rooms/v1/avatars/upload-face", body).await.is(201);
    }
    let mut session = new_session();
    session["avatar"] = id.clone();
    let opened = post(api, "/rooms/v1/sessions", session).await.is(201);
    api.call("POST", "/rooms/v1/sessions/{}/end", &[opened.at("/session/session_id")], &api.key, None).await.is(200);

    let preview = post(api, "/rooms/v1/avatars/preview", json!({"avatar_id": "Avatars/sara-office"})).await.is(200);
    let (_, link) = preview.at("/url").as_str().unwrap().rsplit_once('/').unwrap();
    let page = api.http.get(preview.text("/url")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let started = start(api, &json!(link)).await.is(201);
    api.call("POST", "/rooms/v1/sessions/{}/end", &[started.at("/session_id")], &api.key, None).await.is(200);
    let again = start(api, &json!(link)).await.is(403);
    assert_eq!(again.at("/error/code"), "LINK_USED_UP");
    let listed = api.call("GET", "/rooms/v1/links", &[], &api.key, None).await.is(200);
    assert!(!listed.body.to_string().contains(link), "links of previews are not listed");

    let delete = |id: &str| {
        let path = format!("/rooms/v1/avatars/{id}");
        async move { api.call("DELETE", &path, &[], &api.key, None).await }
    };
    delete(id.as_str().unwrap()).await.says(200, json!({"success": true}));
    delete(id.as_str().unwrap()).await.says(404, object("Avatar not found"));
    delete("PUBLIC%2FAvatars%2Fsara-office").await.says(403, object("Access denied to this avatar"));
    assert_eq!(api.http.get(uploaded.text("/image_url")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn pictures_are_checked() {
    let api = Api::start().await;
    let faces = |faces: usize| {
        json!({"success": false, "error": {"message": "The image must show exactly one face",
            "suggestion": "Use a photo of one person, seen from the front", "code": "FACE_COUNT", "details": {"faces": faces}}})
    };
    upload(&api, "two-faces.png", PNG.to_vec()).await.says(400, faces(2));
    upload(&api, "a.png", [PNG, b"no-face"].concat()).await.says(400, faces(0));
    let not_a_picture = object("The image must be a JPEG, PNG, GIF or WebP file");
    upload(&api, "a.png", b"%PDF-1.4".to_vec()).await.says(415, not_a_picture.clone());
    upload(&api, "a.png", Vec::new()).await.says(415, not_a_picture);
    let large = [PNG, &vec![0; 10 * MIB + 1 - PNG.len()]].concat();
    upload(&api, "a.png", large.clone()).await.says(413, object("The image is larger than 10 MB"));
    upload(&api, "a.png", large[1..].to_vec()).await.is(415);
    upload(&api, "a.png", large[..10 * MIB].to_vec()).await.is(201);
    let largest = json!({"image_base64": BASE64_STANDARD.encode(&large[..10 * MIB])});
    post(&api, "/rooms/v1/avatars/upload-face", largest).await.is(201);
    for (body, status, error) in [
        (json!({}), 400, object("Either image_url or image_base64 is required")),
        (json!({"image_url": "ftp://a"}), 400, object("image_url must be an http or https URL")),
        (json!({"image_url": "https://a.test/two-faces.jpg"}), 400, faces(2)),
        (json!({"image_base64": "%%%"}), 400, object("The image is not valid base64")),
    ] {
        post(&api, "/rooms/v1/avatars/upload-face", body).await.says(status, error);
    }
    let no_form = api.request("POST", "/rooms/v1/avatars/upload-face", &api.key).body("x");
    api.send("POST", "/rooms/v1/avatars/upload-face", no_form).await.is(415);

    let session = |avatar: &str| {
        let mut new = new_session();
        new["avatar"] = json!(avatar);
        new
    };
    let data_uri = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(PNG));
    for (avatar, status) in [
        ("https://cdn.example.test/a.jpg", 201),
        (&data_uri, 201),
        (&BASE64_STANDARD.encode(PNG), 201),
        ("https://cdn.example.test/no-face.jpg", 400),
        ("data:image/png;base64,AAAA", 415),
        ("avat_9", 404),
        ("AAAA", 404),
        ("Avatars/sara-office", 201),
    ] {
        post(&api, "/rooms/v1/sessions", session(avatar)).await.is(status);
    }
    let free = Api::with(Options { plan: Plan::Free, ..unlimited() }).await;
    upload(&free, "face.png", PNG.to_vec()).await.is(201);
    for avatar in [&data_uri, "https://cdn.example.test/a.jpg"] {
        post(&free, "/rooms/v1/sessions", session(avatar)).await.says(
            403,
            json!({"success": false, "error": {"message": "Avatars of your own are for paid plans",
                "suggestion": "Use an avatar id"}}),
        );
    }
    let (_, theirs) = api.stranger("third@example.test").await;
    let own = upload(&api, "face.png", PNG.to_vec()).await.is(201);
    let refused = api.call("POST", "/rooms/v1/sessions", &[], &theirs, Some(session(&own.text("/avatar_id")))).await.is(403);
    assert_eq!(refused.text("/error/message"), "Access denied to this avatar");
    let nothing = post(&api, "/rooms/v1/avatars/preview", json!({})).await.is(400);
    assert_eq!(nothing.text("/error/suggestion"), "Include avatar_id in the request body");
}

#[tokio::test]
async fn agents_and_links() {
    agents_walk(&Api::start().await).await;
}

pub async fn agents_walk(api: &Api) {
    let created = post(api, "/rooms/v1/agents", new_agent()).await.is(201);
    assert_eq!(created.fields("/agent"), names("agent_id name avatar_image_url created_at voice_agent"));
    let id = created.at("/agent/agent_id");
    let read = api.call("GET", "/rooms/v1/agents/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.body, created.body);
    let changes = json!({"name": "New", "avatar_image_url": null, "voice_agent": {"auth_method": "api_key"}});
    let changed = api.call("PUT", "/rooms/v1/agents/{}", &[id], &api.key, Some(changes)).await.is(200);
    assert_eq!(changed.at("/agent/avatar_image_url"), &Value::Null);
    let voice = json!({"provider": "ElevenLabs", "agent_id": "el_1", "auth_method": "api_key"});
    assert_eq!(changed.at("/agent/voice_agent"), &voice, "fields that are not sent stay");
    let listed = api.call("GET", "/rooms/v1/agents", &[], &api.key, None).await.is(200);
    assert_eq!(listed.at("/agents/0"), changed.at("/agent"));

    let new = json!({"agent_id": id, "name": "Demo", "expires_at": "2100-01-01T00:00:00+01:00", "use_limit": 2});
    let link = post(api, "/rooms/v1/links", new).await.is(201);
    assert_eq!(link.fields("/link"), names("link_id name url agent status uses use_limit created_at expires_at"));
    assert_eq!(link.text("/link/expires_at"), "2099-12-31T23:00:00.000Z");
    let link_id = link.at("/link/link_id");
    start(api, link_id).await.says(
        400,
        json!({"success": false, "error": {"message": "The agent of this link has no picture", "code": "LINK_HAS_NO_AVATAR"}}),
    );
    let picture = json!({"avatar_image_url": "https://cdn.example.test/b.jpg"});
    api.call("PUT", "/rooms/v1/agents/{}", &[id], &api.key, Some(picture)).await.is(200);
    let started = start(api, link_id).await.is(201);
    assert_eq!(started.fields(""), names("success session_id livekit_url participant_token agent_identity"));
    assert_eq!(started.text("/agent_identity"), "agenthuman-avatar-agent");
    let session = api.call("GET", "/rooms/v1/sessions/{}", &[started.at("/session_id")], &api.key, None).await.is(200);
    assert_eq!(session.at("/session/status"), "started", "it is a session of the link's owner");
    let read = api.call("GET", "/rooms/v1/links/{}", &[link_id], &api.key, None).await.is(200);
    assert_eq!(read.at("/link/uses"), 1);

    let update = async |body| api.call("PUT", "/rooms/v1/links/{}", &[link_id], &api.key, Some(body)).await;
    update(json!({"use_limit": 1})).await.says(
        400,
        json!({"success": false, "error": {"message": "use_limit must be greater than the current uses", "details": {"uses": 1}}}),
    );
    let paused = update(json!({"status": "paused", "name": null, "expires_at": null, "use_limit": null})).await.is(200);
    for cleared in ["name", "expires_at", "use_limit"] {
        assert_eq!(paused.at("/link")[cleared], Value::Null, "{cleared}");
    }
    assert_eq!(start(api, link_id).await.is(403).at("/error/code"), "LINK_PAUSED");
    for (status, found) in [("paused", true), ("active", false), ("expired", false), ("other", true)] {
        let listed = api.call("GET", &format!("/rooms/v1/links?status={status}"), &[], &api.key, None).await.is(200);
        let ids: Vec<&Value> = listed.at("/links").as_array().unwrap().iter().map(|link| &link["link_id"]).collect();
        assert_eq!(ids.contains(&link_id), found, "{status}");
    }
    update(json!({"status": "active"})).await.is(200);
    start(api, link_id).await.is(201);
    let unnamed = post(api, "/rooms/v1/links", json!({"agent_id": id})).await.is(201);
    assert!(unnamed.text("/link/name").starts_with("Link 20"));
    let deleted = api.call("DELETE", "/rooms/v1/agents/{}", &[id], &api.key, None).await;
    deleted.says(200, json!({"success": true, "message": "Agent deleted successfully"}));
    start(api, link_id).await.says(404, object("Agent not found"));
    let read = api.call("GET", "/rooms/v1/links/{}", &[link_id], &api.key, None).await.is(200);
    assert_eq!(read.at("/link/agent"), &Value::Null);
    let deleted = api.call("DELETE", "/rooms/v1/links/{}", &[link_id], &api.key, None).await;
    deleted.says(200, json!({"success": true, "message": "Link deleted successfully"}));
    start(api, link_id).await.says(404, object("Link not found"));
    let room = api.call("POST", "/rooms/v1/openclaw/initiate", &[], &api.key, None).await.is(200);
    assert_eq!(room.fields("/room"), names("name url token"));
    assert!(room.text("/room/name").starts_with("ah-"));
}

#[tokio::test]
async fn errors_name_the_field() {
    errors_walk(&Api::start().await).await;
}

pub async fn errors_walk(api: &Api) {
    let id = agent(api, new_agent()).await;
    let link = post(api, "/rooms/v1/links", json!({"agent_id": id})).await.is(201).text("/link/link_id");
    let agent_path = format!("/rooms/v1/agents/{}", id.as_str().unwrap());
    let link_path = format!("/rooms/v1/links/{link}");
    let without = |field: &str| {
        let mut new = new_agent();
        new["voice_agent"].as_object_mut().unwrap().remove(field);
        new
    };
    for (method, path, body, error) in [
        ("POST", "/rooms/v1/agents", json!({}), "voice_agent is required"),
        ("POST", "/rooms/v1/agents", without("auth_method"), "voice_agent.auth_method is required"),
        ("POST", "/rooms/v1/agents", without("provider"), "voice_agent.provider is required"),
        ("PUT", &agent_path, json!({}), "No fields to update"),
        ("PUT", &agent_path, json!({"name": ""}), "name must be 1 to 100 characters long"),
        ("POST", "/rooms/v1/links", json!({}), "agent_id is required"),
        ("POST", "/rooms/v1/links", json!({"agent_id": id, "use_limit": 0}), "use_limit must be 1 or more"),
        ("POST", "/rooms/v1/links", json!({"agent_id": id, "use_limit": 1.5}), "use_limit must be an integer"),
        (
            "POST",
            "/rooms/v1/links",
            json!({"agent_id": id, "expires_at": "tomorrow"}),
            "expires_at must be an instant, such as 2024-02-15T10:30:00Z",
        ),
        ("PUT", &link_path, json!({}), "No fields to update"),
        ("PUT", &link_path, json!({"status": "expired"}), "status must be one of active, paused"),
        ("POST", "/rooms/v1/links/start-session", json!({}), "link_id is required"),
        ("POST", "/rooms/v1/openclaw/initiate", json!({"avatar": "x"}), "avatar must be an id that starts with avat_"),
        ("POST", "/rooms/v1/openclaw/initiate", json!({"enable_transcription": 1}), "enable_transcription must be true or false"),
    ] {
        api.call(method, path, &[], &api.key, Some(body)).await.says(400, object(error));
    }
    for (method, path, error) in [
        ("GET", "/rooms/v1/agents/agnt_1", "Agent not found"),
        ("DELETE", "/rooms/v1/agents/agnt_1", "Agent not found"),
        ("GET", "/rooms/v1/links/lnk_1", "Link not found"),
        ("DELETE", "/rooms/v1/links/lnk_1", "Link not found"),
    ] {
        api.call(method, path, &[], &api.key, None).await.says(404, object(error));
    }
    let (_, theirs) = api.stranger("third@example.test").await;
    let foreign = api.call("POST", "/rooms/v1/links", &[], &theirs, Some(json!({"agent_id": id}))).await;
    foreign.says(404, object("Agent not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_starts_at_the_last_use_one_succeeds() {
    let api = Api::start().await;
    let id = agent(&api, new_agent()).await;
    let link = post(&api, "/rooms/v1/links", json!({"agent_id": id, "use_limit": 1})).await.is(201);
    let link_id = link.at("/link/link_id");
    let start = || start(&api, link_id);
    let (a, b, c, d, e, f, g, h, i, j) =
        tokio::join!(start(), start(), start(), start(), start(), start(), start(), start(), start(), start());
    let mut statuses: Vec<u16> = [a, b, c, d, e, f, g, h, i, j].iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403, 403, 403, 403, 403, 403, 403, 403]);
    let read = api.call("GET", "/rooms/v1/links/{}", &[link_id], &api.key, None).await.is(200);
    assert_eq!((read.at("/link/uses"), read.text("/link/status")), (&json!(1), "expired".to_owned()));
}

#[tokio::test]
async fn links_expire_and_a_failed_start_is_no_use() {
    let api = Api::with(Options { plan: Plan::Free, ..unlimited() }).await;
    let id = agent(&api, new_agent()).await;
    let link = post(&api, "/rooms/v1/links", json!({"agent_id": id, "use_limit": 5})).await.is(201);
    let link_id = link.at("/link/link_id").clone();
    start(&api, &link_id).await.is(201);
    let refused = start(&api, &link_id).await.is(429);
    assert_eq!(refused.at("/error/code"), "CONCURRENCY_LIMIT");
    let no_minutes = json!({"included_minutes": 0});
    api.call("PUT", "/sandbox/account", &[], &api.key, Some(no_minutes)).await.is(200);
    assert_eq!(start(&api, &link_id).await.is(402).at("/error/code"), "INSUFFICIENT_MINUTES");
    let read = api.call("GET", "/rooms/v1/links/{}", &[&link_id], &api.key, None).await.is(200);
    assert_eq!(read.at("/link/uses"), 1);
    let soon = json!({"expires_at": "2001-01-01T00:00:00Z"});
    let expired = api.call("PUT", "/rooms/v1/links/{}", &[&link_id], &api.key, Some(soon)).await.is(200);
    assert_eq!(expired.at("/link/status"), "expired");
    assert_eq!(start(&api, &link_id).await.is(403).at("/error/code"), "LINK_EXPIRED");
    let preview = post(&api, "/rooms/v1/avatars/preview", json!({"avatar_id": "PUBLIC/Avatars/sara-office"})).await.is(200);
    api.advance(300).await;
    let (_, link) = preview.at("/url").as_str().unwrap().rsplit_once('/').unwrap();
    assert_eq!(start(&api, &json!(link)).await.is(403).at("/error/code"), "LINK_EXPIRED");
}
