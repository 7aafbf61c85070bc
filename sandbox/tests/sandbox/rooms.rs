//! The contract "rooms": sessions with their limits and minutes, and which contract a request is for.

use agenthuman_sandbox::{Contract, Options, Plan};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::api::{Answer, Api, As, names, unlimited};
use crate::links;

const AVATAR: &str = "avat_01KMZHXFPBVCXA5ATK85HCP8G1";

pub fn new_session() -> Value {
    json!({"avatar": AVATAR, "room": {"platform": "livekit", "url": "wss://rooms.example.test", "token": "room-token"}})
}

async fn on_plan(plan: Plan) -> Api {
    Api::with(Options { plan, ..unlimited() }).await
}

async fn open(api: &Api) -> Answer {
    api.call("POST", "/rooms/v1/sessions", &[], &api.key, Some(new_session())).await
}

async fn end(api: &Api, id: &Value) -> Answer {
    api.call("POST", "/rooms/v1/sessions/{}/end", &[id], &api.key, None).await
}

async fn usage(api: &Api) -> Value {
    api.call("GET", "/rooms/v1/usage", &[], &api.key, None).await.is(200).at("/usage").clone()
}

async fn set_account(api: &Api, account: Value) -> Value {
    api.call("PUT", "/sandbox/account", &[], &api.key, Some(account)).await.is(200).at("/usage").clone()
}

#[tokio::test]
async fn a_session_is_opened_read_listed_and_ended() {
    sessions_walk(&Api::start().await).await;
}

pub async fn sessions_walk(api: &Api) {
    let mut new = new_session();
    new["metadata"] = json!({"user_name": "John"});
    new["anything"] = json!([1]);
    let created = api.call("POST", "/rooms/v1/sessions", &[], &api.key, Some(new)).await.is(201);
    let fields = "session_id status session_token started_at ended_at expiration aspect_ratio metadata";
    assert_eq!(created.fields("/session"), names(fields));
    assert_eq!(created.fields(""), names("success session usage message"));
    assert_eq!(created.at("/session/status"), "started");
    assert_eq!(created.at("/session/aspect_ratio"), "4:3");
    assert_eq!(created.at("/usage/minutes/total_remaining").as_i64(), usage(api).await["total_remaining"].as_i64());
    let id = created.at("/session/session_id");
    assert!(id.as_str().is_some_and(|id| id.len() == 31 && id.starts_with("sess_")), "{id}");

    let read = api.call("GET", "/rooms/v1/sessions/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.at("/session/metadata"), &json!({"user_name": "John"}));
    assert_eq!(read.at("/session/billing"), &Value::Null);
    assert!(read.at("/session/duration").is_i64() && read.body.pointer("/session/session_token").is_none());
    assert!(!read.body.to_string().contains("room-token"), "the room's token is not returned");
    let ended = end(api, id).await.is(200);
    assert_eq!(ended.fields("/session"), names("session_id status started_at ended_at"));
    assert_eq!(ended.at("/session/status"), "ended");
    let again = api.call("POST", "/rooms/v1/sessions/{}/end", &[id], &api.key, Some(json!({}))).await.is(200);
    assert_eq!(again.body, ended.body, "ending twice changes nothing");
    let read = api.call("GET", "/rooms/v1/sessions/{}", &[id], &api.key, None).await.is(200);
    assert_eq!(read.at("/session/billing"), &json!({"minutes": 1, "from_plan": 1, "from_purchased": 0}));

    let second = open(api).await.is(201);
    let second = second.at("/session/session_id");
    for (query, first) in [("", second), ("?status=started", second), ("?status=ended", id), ("?status=lost", second)] {
        let listed = api.call("GET", &format!("/rooms/v1/sessions{query}"), &[], &api.key, None).await.is(200);
        assert_eq!(listed.at("/sessions/0/session_id"), first, "{query}");
    }
    end(api, second).await.is(200);
}

/// Calls every operation at least once, and some with errors.
pub async fn walk(api: &Api) {
    sessions_walk(api).await;
    errors_walk(api).await;
    links::avatars_walk(api).await;
    links::agents_walk(api).await;
    links::errors_walk(api).await;
}

#[tokio::test]
async fn errors_are_objects_except_of_credentials() {
    let api = Api::start().await;
    errors_walk(&api).await;
    api.call("GET", "/rooms/v1/nowhere", &[], &api.key, None)
        .await
        .says(404, json!({"success": false, "error": {"message": "Not found"}}));
}

async fn errors_walk(api: &Api) {
    for (body, error) in [
        (json!({}), "avatar is required"),
        (json!({"avatar": ""}), "avatar must not be empty"),
        (json!({"avatar": AVATAR}), "room is required"),
        (json!({"avatar": AVATAR, "room": {}}), "room.platform is required"),
        (json!({"avatar": AVATAR, "room": {"platform": "zoom"}}), "room.platform must be one of daily, livekit, proxy"),
        (json!({"avatar": AVATAR, "room": {"platform": "livekit", "url": null, "token": null}}), "room.url must be a string"),
        (json!({"avatar": AVATAR, "room": {"platform": "daily", "url": "https://a.test"}}), "room.token is required"),
        (
            json!({"avatar": AVATAR, "room": {"platform": "proxy"}, "aspect_ratio": "auto"}),
            "aspect_ratio must be one of 4:3, 3:4, 1:1",
        ),
        (json!({"avatar": AVATAR, "room": {"platform": "proxy"}, "metadata": []}), "metadata must be an object"),
    ] {
        api.call("POST", "/rooms/v1/sessions", &[], &api.key, Some(body))
            .await
            .says(400, json!({"success": false, "error": {"message": error}}));
    }
    let unknown = json!({"success": false, "error": {"message": "Session not found"}});
    for id in ["sess_1", "1", "%20", "PUBLIC%2Fx"] {
        api.call("GET", "/rooms/v1/sessions/{}", &[&json!(id)], &api.key, None).await.says(404, unknown.clone());
        api.call("POST", "/rooms/v1/sessions/{}/end", &[&json!(id)], &api.key, None).await.says(404, unknown.clone());
    }
    for (who, error) in [
        (As::NoCredential, "API key required"),
        (api.token.clone(), "API key required"),
        (As::Key("ah_test_guess".to_owned()), "Invalid API key"),
    ] {
        api.call("GET", "/rooms/v1/sessions", &[], &who, None).await.fails(401, error);
    }
    let (theirs, key) = api.stranger("other@example.test").await;
    api.call("GET", "/rooms/v1/usage", &[], &theirs, None).await.is(200);
    let id = open(api).await.is(201).at("/session/session_id").clone();
    api.call("GET", "/rooms/v1/sessions/{}", &[&id], &key, None).await.says(404, unknown);
    let keys = api.call("GET", "/v1/api-keys", &[], &theirs, None).await.is(200);
    api.call("DELETE", "/v1/api-keys/{}", &[keys.at("/api_keys/0/id")], &theirs, None).await.is(200);
    api.call("GET", "/rooms/v1/sessions", &[], &key, None).await.fails(401, "API key has been deactivated");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_limit_one_of_two_creates_succeeds() {
    let api = on_plan(Plan::Free).await;
    let (first, second) = tokio::join!(open(&api), open(&api));
    let (created, refused) = if first.status == 201 { (first, second) } else { (second, first) };
    created.is(201);
    assert_eq!(refused.header("retry-after"), None);
    refused.says(
        429,
        json!({"success": false, "error": {"code": "CONCURRENCY_LIMIT", "message": "Your plan allows 1 session at a time",
            "suggestion": "End a session first", "details": {"current": 1, "max": 1, "available": 0}}}),
    );
    set_account(&api, json!({"plan": "explorer"})).await;
    let created = open(&api).await.is(201);
    assert_eq!(created.at("/usage/concurrency"), &json!({"current": 2, "max": 5, "available": 3}));
}

#[tokio::test]
async fn minutes_are_rounded_up_and_taken_from_the_plan_first() {
    let api = Api::with(Options { minutes: "3".parse().unwrap(), ..unlimited() }).await;
    // From the second day of a month, so that no session ends in the next one.
    let month_ends: Timestamp = usage(&api).await["period"]["end"].as_str().unwrap().parse().unwrap();
    let left = month_ends.as_second() - Timestamp::now().as_second();
    api.advance(u32::try_from(left.max(0)).unwrap() + 86_400).await;
    for (seconds, minutes, from_plan, from_purchased, left) in [(60, 1, 1, 0, 12), (61, 2, 2, 0, 10), (121, 3, 0, 3, 7)] {
        set_account(&api, json!({"purchased_minutes": 10})).await;
        let session = open(&api).await.is(201);
        let id = session.at("/session/session_id");
        api.advance(seconds).await;
        let during = usage(&api).await;
        assert_eq!(during["active_minutes"], minutes, "{seconds} s");
        assert_eq!(during["active_sessions"][0]["session_id"], *id);
        assert_eq!(during["active_sessions"][0]["status"], "active");
        end(&api, id).await.is(200);
        let read = api.call("GET", "/rooms/v1/sessions/{}", &[id], &api.key, None).await.is(200);
        let billing = json!({"minutes": minutes, "from_plan": from_plan, "from_purchased": from_purchased});
        assert_eq!(read.at("/session/billing"), &billing);
        assert_eq!(read.at("/session/duration"), seconds);
        assert_eq!(usage(&api).await["total_remaining"], left, "{seconds} s");
    }
    let used_up = set_account(&api, json!({"purchased_minutes": 0})).await;
    assert_eq!(used_up["included_minutes"], json!({"total": 3, "used": 3, "remaining": 0}));
    assert_eq!(used_up["total_remaining"], 0);
    open(&api).await.says(
        402,
        json!({"success": false, "error": {"code": "INSUFFICIENT_MINUTES",
            "message": "No minutes remaining. Please purchase additional minutes or upgrade your plan.",
            "details": {"included_remaining": 0, "purchased_remaining": 0}}}),
    );
    let unlimited = set_account(&api, json!({"included_minutes": null})).await;
    assert_eq!(unlimited["total_remaining"], Value::Null);
    open(&api).await.is(201);
    let bad = api.call("PUT", "/sandbox/account", &[], &api.key, Some(json!({"included_minutes": -1}))).await;
    bad.fails(400, "included_minutes must be 0 to 4294967295");
    // The next month begins with new minutes.
    set_account(&api, json!({"included_minutes": 3})).await;
    api.advance(31 * 86_400).await;
    let next = usage(&api).await;
    assert_eq!(next["included_minutes"]["used"], 0);
    assert_eq!(next["concurrency"]["current"], 0, "the open session has expired");
}

#[tokio::test]
async fn sessions_end_by_expiry_and_when_everybody_has_left() {
    let api = Api::start().await;
    let leave = |id: Value, body| {
        let (path, key) = (format!("/sandbox/sessions/{}/leave", id.as_str().unwrap()), api.key.clone());
        let api = &api;
        async move { api.call("POST", &path, &[], &key, body).await.is(200) }
    };
    let session = open(&api).await.is(201);
    let id = session.at("/session/session_id").clone();
    api.advance(240 * 60).await;
    let expired = api.call("GET", "/rooms/v1/sessions/{}", &[&id], &api.key, None).await.is(200);
    assert_eq!(expired.at("/session/status"), "ended");
    assert_eq!(expired.at("/session/ended_at"), session.at("/session/expiration"));
    assert_eq!(expired.at("/session/billing/minutes"), 240);

    let left = leave(open(&api).await.is(201).at("/session/session_id").clone(), None).await;
    assert_eq!(left.at("/session/status"), "ended");

    let id = open(&api).await.is(201).at("/session/session_id").clone();
    let silent = leave(id.clone(), Some(json!({"gone": "silently"}))).await;
    assert_eq!(silent.at("/session/status"), "started");
    api.advance(170).await;
    assert_eq!(usage(&api).await["concurrency"]["current"], 1, "the sweeper has not looked yet");
    api.advance(10).await;
    let swept = api.call("GET", "/rooms/v1/sessions/{}", &[&id], &api.key, None).await.is(200);
    assert_eq!(swept.at("/session/status"), "ended");
    assert_eq!(swept.at("/session/billing/minutes"), 1, "the time without anybody is not paid");
    let path = "/sandbox/sessions/sess_1/leave";
    api.call("POST", path, &[], &api.key, None).await.fails(404, "Session not found");
    api.call("POST", path, &[], &As::NoCredential, None).await.fails(401, "API key required");
}

#[tokio::test]
async fn a_request_chooses_its_contract() {
    let api = Api::start().await;
    let rooms = Api::with(Options { contract: Contract::Rooms, ..unlimited() }).await;
    let id = open(&api).await.is(201).text("/session/session_id");
    let number = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    let number = number.at("/session/session_id").to_string();
    let list_of_agents = |answer: &Answer| answer.body.pointer("/sessions/0/agent_id").is_some();
    // The request's shape.
    for (method, path, body, status) in [
        ("POST", "/v1/sessions", Some(new_session()), 201),
        ("POST", "/api/v1/sessions", Some(new_session()), 201),
        ("GET", "/v1/sessions?status=started", None, 200),
        ("GET", "/v1/usage", None, 200),
        ("GET", &format!("/v1/sessions/{id}"), None, 200),
        ("POST", &format!("/v1/sessions/{id}/end"), None, 200),
        ("GET", &format!("/v1/sessions/{number}"), None, 200),
    ] {
        api.call(method, path, &[], &api.key, body).await.is(status);
    }
    // The option decides for the rest.
    assert!(list_of_agents(&api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200)));
    rooms.call("POST", "/v1/sessions", &[], &rooms.key, Some(json!({"agent_id": 1}))).await.is(201);
    rooms.call("POST", "/v1/sessions", &[], &rooms.key, Some(new_session())).await.is(201);
    assert!(!list_of_agents(&rooms.call("GET", "/v1/sessions", &[], &rooms.key, None).await.is(200)));
    // The prefix comes first, and then the header.
    let As::Key(key) = &api.key else { unreachable!() };
    let with = |contract: &str| As::Headers(vec![("x-api-key", key.clone()), ("x-sandbox-contract", contract.to_owned())]);
    for (path, who, is_of_agents) in [
        ("/v1/sessions", with("rooms"), false),
        ("/v1/sessions", with("agents"), true),
        ("/rooms/v1/sessions", with("agents"), false),
        ("/api/rooms/v1/sessions", with("agents"), false),
        ("/agents/v1/sessions", with("rooms"), true),
    ] {
        let listed = api.call("GET", path, &[], &who, None).await.is(200);
        assert_eq!(list_of_agents(&listed), is_of_agents, "{path}");
    }
    api.call("GET", "/v1/sessions", &[], &with("zoo"), None).await.fails(400, "x-sandbox-contract must be agents or rooms");
    for (path, title) in [
        ("/openapi.json", "agents"),
        ("/agents/openapi.json", "agents"),
        ("/rooms/openapi.json", "rooms"),
        ("/openapi.rooms.json", "rooms"),
    ] {
        let document = api.call("GET", path, &[], &As::NoCredential, None).await.is(200);
        assert_eq!(document.text("/info/title"), format!("AgentHuman API, contract {title}"));
    }
    for path in ["/rooms", "/rooms/playground", "/rooms/sandbox/clock"] {
        api.call("GET", path, &[], &As::NoCredential, None).await.is(200);
    }
}

#[tokio::test]
async fn a_large_picture_without_prefix_reaches_its_handler_once() {
    let api = Api::start().await;
    let mut new = new_session();
    new["metadata"] = json!({"text": "x".repeat(3_000_000)});
    let answers = futures_of(&api, &new).await;
    assert!(answers.iter().all(|status| *status == 201), "{answers:?}");
}

/// More large bodies at once than there are shares.
async fn futures_of(api: &Api, body: &Value) -> Vec<u16> {
    let send = || api.call("POST", "/v1/sessions", &[], &api.key, Some(body.clone()));
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    [a, b, c, d, e].iter().map(|answer| answer.status).collect()
}

#[tokio::test]
async fn faults_name_operations_of_both_contracts() {
    let api = Api::start().await;
    let rules = json!({"faults": ["rooms/sessions.create@1:status=503", "sessions.list:status=500"]});
    api.call("PUT", "/sandbox/faults", &[], &As::NoCredential, Some(rules)).await.is(200);
    open(&api).await.says(503, json!({"success": false, "error": {"message": "Service unavailable"}}));
    open(&api).await.is(201);
    api.call("GET", "/rooms/v1/sessions", &[], &api.key, None).await.is(200);
    api.call("GET", "/v1/sessions", &[], &api.key, None).await.fails(500, "Internal server error");
    let limited = As::Headers(vec![("x-sandbox-fault", "status=429".to_owned())]);
    api.call("GET", "/rooms/v1/sessions", &[], &limited, None)
        .await
        .fails(429, "Too many requests. Please retry after 1 minute.");
}

fn claims(token: &str) -> Value {
    let key = jsonwebtoken::DecodingKey::from_secret(b"secret");
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    rules.set_issuer(&["devkey"]);
    jsonwebtoken::decode::<Value>(token, &key, &rules).expect("a token of the development pair").claims
}

/// Speaks as the LiveKit plugin does: it sends no ratio, reads only the status, and repeats all failures that are not 4xx.
#[tokio::test]
async fn the_livekit_plugin_works_unmodified() {
    let api = on_plan(Plan::Free).await;
    let body = |room: Value| json!({"avatar": "avat_01KMZJ4WE5QCD9G3EK21QW8NJK", "room": room});
    let livekit = body(json!({"platform": "livekit", "url": "wss://rooms.example.test", "token": "eyJ.room.token"}));
    let create = |body| api.call("POST", "/v1/sessions", &[], &api.key, Some(body));
    create(livekit.clone()).await.is(201);
    for (failing, status) in [(livekit.clone(), 429), (body(json!({"platform": "livekit", "url": null, "token": null})), 400)] {
        let answer = create(failing).await;
        assert_eq!(answer.status, status);
        assert!((400..500).contains(&answer.status), "the plugin would repeat it");
    }
    set_account(&api, json!({"included_minutes": 0})).await;
    let answer = create(livekit).await;
    assert!((400..500).contains(&answer.status), "the plugin would repeat it");
}

/// Speaks as the Pipecat service does: a room of the service's own, a strict model of the response, and `{}` to end.
#[tokio::test]
async fn the_pipecat_service_works_unmodified() {
    let api = Api::start().await;
    let new = json!({"avatar": AVATAR, "aspect_ratio": "4:3", "room": {"platform": "proxy"}});
    let created = api.call("POST", "/v1/sessions", &[], &api.key, Some(new)).await.is(201);
    let session = created.at("/session");
    for text in ["session_id", "status", "session_token", "started_at", "expiration", "aspect_ratio"] {
        assert!(session[text].is_string(), "{text}");
    }
    assert_eq!(session["duration"], json!(0));
    assert!(session["metadata"].is_object());
    assert!(created.text("/session/room/roomURL").starts_with("ws://"));
    let claims = claims(&created.text("/session/room/participantToken"));
    assert_eq!(claims["video"]["roomJoin"], true);
    assert!(claims["video"]["room"].as_str().is_some_and(|room| room.starts_with("ah-")));
    let path = format!("/v1/sessions/{}/end", created.text("/session/session_id"));
    let ended = api.call("POST", &path, &[], &api.key, Some(json!({}))).await.is(200);
    assert_eq!(ended.at("/session/status"), "ended");
}

#[tokio::test]
async fn the_request_limit_counts_both_contracts() {
    let limit = agenthuman_sandbox::RateLimit::per_minute(2);
    let api = Api::with(Options { rate_limit: Some(limit), ..unlimited() }).await;
    let remaining = |headers: &HeaderMap| headers["x-ratelimit-remaining"].to_str().unwrap().to_owned();
    assert_eq!(remaining(&api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200).headers), "1");
    assert_eq!(remaining(&api.call("GET", "/rooms/v1/sessions", &[], &api.key, None).await.is(200).headers), "0");
    let refused = api.call("GET", "/rooms/v1/usage", &[], &api.key, None).await;
    refused.fails(429, "Too many requests. Please retry after 1 minute.");
}
