//! Sessions in rooms: a phone's own client through the relay, with the sandbox behind.

use crate::support::mounted::serve;
use crate::support::phone::{call, phone};
use crate::support::{ALICE, BOB, Bench, KEY, Log, TestBackend, allow_all, options, request, token};
use agenthuman::rooms::sessions::{ListSessions, Room};
use agenthuman::{Client, Kind, rooms};
use agenthuman_relay::{BoxError, Decision, OpenRoom, Options, PolicyRequest, Relay};
use agenthuman_sandbox::{Options as SandboxOptions, Running, Sandbox};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::relay::{AVATARS_TOKEN, PARTICIPANTS_TOKEN};
use http::Method;
use serde_json::{Value, json};

async fn sandbox() -> Running {
    Sandbox::start(SandboxOptions { port: 0, rate_limit: None, ..SandboxOptions::default() }).await.unwrap()
}

fn client(sandbox: &Running) -> rooms::Client {
    rooms::Client::builder().base_url(format!("{}/rooms", sandbox.url())).api_key(sandbox.api_key()).build().unwrap()
}

/// A relay that opens rooms only.
async fn over(
    sandbox: &Running,
    options: Options,
    policy: impl Fn(&str, PolicyRequest) -> Result<Decision, BoxError> + Send + Sync + 'static,
) -> String {
    serve(Relay::new(client(sandbox), TestBackend::new(policy), options).unwrap()).await
}

async fn started(sandbox: &Running) -> Vec<String> {
    let sessions = client(sandbox).sessions().list(ListSessions::new().status("started")).all().await.unwrap();
    sessions.into_iter().map(|session| session.id.into()).collect()
}

#[tokio::test]
async fn a_room_is_opened_looked_at_renewed_and_ended() {
    let sandbox = sandbox().await;
    let url = over(&sandbox, options(), allow_all).await;
    let (phone, token) = (phone(&url), token(ALICE));
    let opened = call(&phone, &token, "rooms.create", json!({ "metadata": { "lesson": 4 } })).await.unwrap();
    assert_eq!(opened["platform"], "livekit");
    assert_eq!((&opened["url"], &opened["token"]), (&json!("wss://rooms.example.com"), &json!(PARTICIPANTS_TOKEN)));
    assert_eq!(opened["session"]["status"], "started");
    assert!(!opened.to_string().contains(AVATARS_TOKEN), "the avatar's token is for the avatar: {opened}");
    let id = opened["session"]["id"].clone();
    assert_eq!(started(&sandbox).await, [id.as_str().unwrap()]);
    assert_eq!(call(&phone, &token, "rooms.get", json!({ "id": id })).await.unwrap()["status"], "started");
    assert_eq!(call(&phone, &token, "rooms.renew", json!({ "id": id })).await.unwrap()["id"], id);
    let ended = call(&phone, &token, "rooms.end", json!({ "id": id })).await.unwrap();
    assert_eq!((&ended["status"], ended["ended_at"].is_string()), (&json!("ended"), true));
    assert_eq!(started(&sandbox).await, [] as [&str; 0]);
    assert_eq!(call(&phone, &token, "rooms.end", json!({ "id": id })).await.unwrap()["status"], "ended");
    assert_eq!(call(&phone, &token, "rooms.renew", json!({ "id": id })).await.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test]
async fn a_room_of_the_services_own_says_how_to_join_it() {
    let sandbox = sandbox().await;
    let policy = |_: &str, _| Ok(Decision::OpenRoom(OpenRoom::new("PUBLIC/Avatars/sara-office", Room::proxy())));
    let url = over(&sandbox, options(), policy).await;
    let opened = call(&phone(&url), &token(ALICE), "rooms.create", json!({})).await.unwrap();
    assert_eq!(opened["platform"], "proxy");
    assert!(opened["url"].as_str().unwrap().starts_with("ws"), "{opened}");
    assert_eq!(opened["token"].as_str().unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn the_policy_decides_and_a_user_has_so_many_rooms() {
    let sandbox = sandbox().await;
    let policy = |user: &str, request| match &request {
        PolicyRequest::OpenRoom { open_sessions: 1.., .. } if user == BOB => {
            Ok(Decision::Refuse(Some("One is enough.".to_owned())))
        }
        _ => allow_all(user, request),
    };
    let url = over(&sandbox, Options { open_sessions_per_user: 2, ..options() }, policy).await;
    let phone = phone(&url);
    for user in [ALICE, ALICE, BOB] {
        call(&phone, &token(user), "rooms.create", json!({})).await.unwrap();
    }
    let full = call(&phone, &token(ALICE), "rooms.create", json!({})).await.unwrap_err();
    assert_eq!(full.kind, Kind::ConcurrencyLimit);
    let refused = call(&phone, &token(BOB), "rooms.create", json!({})).await.unwrap_err();
    assert_eq!((refused.kind, refused.message.as_str()), (Kind::PolicyRefused, "One is enough."));
    assert_eq!(started(&sandbox).await.len(), 3);
}

#[tokio::test]
async fn what_the_policy_did_wrong_is_for_the_log_and_opens_nothing() {
    let log = Log::new();
    let sandbox = sandbox().await;
    let livekit = || Room::livekit("wss://rooms.example.com", AVATARS_TOKEN);
    type Decided = Box<dyn Fn() -> OpenRoom + Send + Sync>;
    let decisions: [(&str, Decided); 5] = [
        ("participant_token", Box::new(move || OpenRoom::new("PUBLIC/Avatars/sara-office", livekit()))),
        ("avatar", Box::new(move || OpenRoom { participant_token: Some("x".into()), ..OpenRoom::new("", livekit()) })),
        ("url", Box::new(|| OpenRoom { participant_token: Some("x".into()), ..OpenRoom::new("avat_1", Room::proxy()) })),
        (
            "operations",
            Box::new(move || OpenRoom {
                operations: Some(vec!["sessions.get".to_owned()]),
                participant_token: Some("x".into()),
                ..OpenRoom::new("avat_1", livekit())
            }),
        ),
        (
            "grant_seconds",
            Box::new(move || OpenRoom {
                grant_seconds: Some(0),
                participant_token: Some("x".into()),
                ..OpenRoom::new("avat_1", livekit())
            }),
        ),
    ];
    for (what, decision) in decisions {
        let relay = Relay::new(client(&sandbox), TestBackend::new(move |_, _| Ok(Decision::OpenRoom(decision()))), options());
        let response = relay.unwrap().handle(request(Method::POST, "/v1/rooms", None, Some(json!({})))).await;
        let answered = crate::support::read(response).await;
        answered.is(500, "server");
        assert!(!answered.body.to_string().contains(what), "{}", answered.body);
        assert!(log.text().contains(what), "{what}: {}", log.text());
    }
    assert!(!log.text().contains(AVATARS_TOKEN), "{}", log.text());
    assert_eq!(started(&sandbox).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_relay_opens_what_it_has_a_client_for() {
    let sandbox = sandbox().await;
    let rooms_only = phone(&over(&sandbox, options(), allow_all).await);
    let agents = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let agents_only = serve(Relay::new(agents.clone(), TestBackend::new(allow_all), options()).unwrap()).await;
    let (agents_only, token) = (phone(&agents_only), token(ALICE));
    for (phone, operation) in [(&rooms_only, "sessions.create"), (&rooms_only, "agents.list"), (&agents_only, "rooms.create")] {
        let error = call(phone, &token, operation, json!({})).await.unwrap_err();
        assert_eq!(error.kind, Kind::NotFound, "{operation}: {error:?}");
        assert!(error.message.starts_with("this backend opens no sessions"), "{operation}: {error:?}");
    }
    let both = Relay::new((agents, client(&sandbox)), TestBackend::new(allow_all), options()).unwrap();
    let both = phone(&serve(both).await);
    call(&both, &token, "rooms.create", json!({})).await.unwrap();
    assert!(!call(&both, &token, "agents.list", json!({})).await.unwrap().as_array().unwrap().is_empty());
}

/// A relay for both contracts over an API that gives each session the id 101, whichever contract it is of.
async fn same_ids() -> (Relay<TestBackend>, Canned) {
    let upstream = Canned::on_this_runtime(|seen| {
        let is_room = seen.body.windows(6).any(|part| part == b"avatar");
        let session = if is_room {
            json!({ "session_id": "101", "status": "started", "started_at": "2030-01-01T00:00:00Z" })
        } else {
            agenthuman_testing::made_up::session(101)
        };
        Answer::json(201, json!({ "success": true, "session": session }))
    });
    let agents = Client::builder().base_url(&upstream.url).api_key(KEY).build().unwrap();
    let rooms = rooms::Client::builder().base_url(&upstream.url).api_key(KEY).build().unwrap();
    (Relay::new((agents, rooms), TestBackend::new(allow_all), options()).unwrap(), upstream)
}

#[tokio::test]
async fn a_grant_is_for_sessions_of_its_contract() {
    let (relay, upstream) = same_ids().await;
    let send = async |method, path, grant: Option<&str>, body: Option<Value>| {
        crate::support::read(relay.handle(request(method, path, grant, body)).await).await
    };
    let of_a_room = send(Method::POST, "/v1/rooms", None, Some(json!({}))).await.ok(201)["grant"].clone();
    let of_an_agent = send(Method::POST, "/v1/sessions", None, Some(json!({}))).await.ok(201)["grant"].clone();
    let sent = upstream.seen().len();
    for (path, grant) in [("/v1/sessions/101", &of_a_room), ("/v1/rooms/101", &of_an_agent)] {
        send(Method::GET, path, grant.as_str(), None).await.is(403, "permission_denied");
    }
    assert_eq!(upstream.seen().len(), sent);
}

#[tokio::test]
async fn a_phone_keeps_the_grants_of_both_contracts_apart() {
    let (relay, _upstream) = same_ids().await;
    let phone = phone(&serve(relay).await);
    let token = token(ALICE);
    call(&phone, &token, "rooms.create", json!({})).await.unwrap();
    let error = call(&phone, &token, "sessions.get", json!({ "id": "101" })).await.unwrap_err();
    assert_eq!(error.kind, Kind::MissingCredential, "{error:?}");
}

#[tokio::test]
async fn a_room_whose_opening_is_lost_is_found_and_ended() {
    let faults = vec!["rooms/sessions.create@1:reset-after".parse().unwrap()];
    let options_of_sandbox = SandboxOptions { port: 0, rate_limit: None, faults, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options_of_sandbox).await.unwrap();
    let url = over(&sandbox, options(), allow_all).await;
    let error = call(&phone(&url), &token(ALICE), "rooms.create", json!({})).await.unwrap_err();
    assert_eq!((error.kind, error.outcome_unknown), (Kind::Connection, false), "{error:?}");
    assert_eq!(started(&sandbox).await, [] as [&str; 0]);
}

#[tokio::test]
async fn the_policy_of_agents_is_not_one_of_rooms() {
    let bench = Bench::with(options(), |_, _| Ok(Decision::OpenRoom(OpenRoom::new("avat_1", Room::proxy())))).await;
    bench.post("/v1/sessions", None, json!({})).await.is(500, "server");
    bench.nothing_happened(&[]);
}
