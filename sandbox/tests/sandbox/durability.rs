//! Acknowledged writes survive kill -9.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::command::Process;
use crate::links::new_agent;
use crate::scratch::Scratch;

/// The number of kills. AGENTHUMAN_KILLS overrides it.
const KILLS: usize = 25;
const WRITERS: usize = 6;

/// The writes that the server has acknowledged.
#[derive(Default, Clone)]
struct Acknowledged {
    agents: BTreeSet<i64>,
    deleted: BTreeSet<i64>,
    messages: BTreeSet<i64>,
    rooms: BTreeSet<(&'static str, String)>,
}

/// What the contract "rooms" lists: path, name, and the name of its id.
const ROOMS: [(&str, &str, &str); 3] = [
    ("/rooms/v1/agents", "agent", "agent_id"),
    ("/rooms/v1/links", "link", "link_id"),
    ("/rooms/v1/sessions", "session", "session_id"),
];

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kill_9() {
    let scratch = Scratch::new();
    let acknowledged = Mutex::new(Acknowledged::default());
    let mut session = None;
    let kills = kills();
    for round in 0..kills {
        let (mut process, api) = Process::with_data(&scratch.data());
        let session = match session {
            Some(session) => session,
            None => *session.insert(new_session(&api).await),
        };
        let before = acknowledged.lock().unwrap().clone();
        check(&api, session, &before, round).await;
        let kill_after = rand::random_range(1..80);
        let count = AtomicUsize::new(0);
        let kill = Mutex::new(Some(&mut process.child));
        let on_write = || {
            if count.fetch_add(1, Ordering::Relaxed) + 1 == kill_after {
                let child = kill.lock().unwrap().take().expect("it is killed once");
                child.kill().expect("it can be killed");
            }
        };
        let (api, acknowledged, on_write) = (&api, &acknowledged, &on_write);
        let writers = std::array::from_fn::<_, WRITERS, _>(|_| write_until_it_dies(api, session, acknowledged, on_write));
        let [a, b, c, d, e, f] = writers;
        tokio::join!(a, b, c, d, e, f);
        assert!(count.load(Ordering::Relaxed) >= kill_after);
    }
    let (_process, api) = Process::with_data(&scratch.data());
    let acknowledged = acknowledged.into_inner().unwrap();
    check(&api, session.expect("a session"), &acknowledged, kills).await;
    assert!(acknowledged.messages.len() > kills && !acknowledged.deleted.is_empty());
    assert!(ROOMS.iter().all(|(_, name, _)| acknowledged.rooms.iter().any(|(of, _)| of == name)));
}

fn kills() -> usize {
    match std::env::var("AGENTHUMAN_KILLS") {
        Ok(kills) => kills.parse().expect("AGENTHUMAN_KILLS is a number"),
        Err(_) => KILLS,
    }
}

async fn new_session(api: &Api) -> i64 {
    api.call("PUT", "/sandbox/account", &[], &api.key, Some(json!({"included_minutes": null}))).await.is(200);
    let created = api.call("POST", "/v1/sessions", &[], &api.key, Some(json!({"agent_id": 1}))).await.is(201);
    created.at("/session/session_id").as_i64().expect("an id")
}

async fn write_until_it_dies(api: &Api, session: i64, acknowledged: &Mutex<Acknowledged>, on_write: &impl Fn()) {
    let messages = format!("/v1/sessions/{session}/messages");
    loop {
        let Some(agent) = write(api, "POST", "/v1/agents", json!({"name": "Durable"})).await else { return };
        let agent = agent.at("/agent/agent_id").as_i64().expect("an id");
        acknowledged.lock().unwrap().agents.insert(agent);
        on_write();
        let said = json!({"content": "Durable", "role": "assistant"});
        let Some(message) = write(api, "POST", &messages, said).await else { return };
        let message = message.at("/message/message_id").as_i64().expect("an id");
        acknowledged.lock().unwrap().messages.insert(message);
        on_write();
        if agent % 3 == 0 {
            // After this request the session may be deleted, even without a response.
            acknowledged.lock().unwrap().agents.remove(&agent);
            let Some(_) = write(api, "DELETE", &format!("/v1/agents/{agent}"), Value::Null).await else { return };
            acknowledged.lock().unwrap().deleted.insert(agent);
            on_write();
        }
        let mut body = new_agent();
        for (path, name, id) in ROOMS {
            let Some(created) = write(api, "POST", path, body).await else { return };
            let id = created.text(&format!("/{name}/{id}"));
            body = if name == "agent" { json!({"agent_id": id}) } else { crate::rooms::new_session() };
            if name == "session" {
                let Some(_) = write(api, "POST", &format!("{path}/{id}/end"), Value::Null).await else { return };
            }
            acknowledged.lock().unwrap().rooms.insert((name, id));
            on_write();
        }
    }
}

async fn write(api: &Api, method: &'static str, path: &str, body: Value) -> Option<Answer> {
    let mut request = api.request(method, path, &api.key);
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = api.try_send(method, path, request).await.ok()?;
    assert!(answer.status < 300, "{method} {path}: {}", answer.body);
    Some(answer)
}

async fn check(api: &Api, session: i64, acknowledged: &Acknowledged, round: usize) {
    check_rooms(api, acknowledged, round).await;
    let agents = ids(api.call("GET", "/v1/agents", &[], &api.key, None).await.is(200).at("/agents"), "agent_id");
    let lost: Vec<_> = acknowledged.agents.difference(&agents).collect();
    assert!(lost.is_empty(), "round {round}: agents {lost:?} are lost");
    let back: Vec<_> = acknowledged.deleted.intersection(&agents).collect();
    assert!(back.is_empty(), "round {round}: agents {back:?} came back");
    let mut messages = BTreeSet::new();
    let mut after = "0".to_owned();
    loop {
        let path = format!("/v1/sessions/{session}/messages?limit=200&after={after}");
        let page = api.call("GET", &path, &[], &api.key, None).await.is(200);
        messages.extend(ids(page.at("/messages"), "message_id"));
        match page.at("/next").as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let lost: Vec<_> = acknowledged.messages.difference(&messages).collect();
    assert!(lost.is_empty(), "round {round}: messages {lost:?} are lost");
}

/// Checks what the contract "rooms" lists. Sessions whose end was not acknowledged are ended, since a plan limits them.
async fn check_rooms(api: &Api, acknowledged: &Acknowledged, round: usize) {
    for (path, name, id) in ROOMS {
        let listed = api.call("GET", path, &[], &api.key, None).await.is(200);
        let items = listed.at(&format!("/{name}s")).as_array().expect("a list");
        let found: BTreeSet<_> = items.iter().map(|item| (name, item[id].as_str().expect("an id").to_owned())).collect();
        let written = || acknowledged.rooms.iter().filter(|(of, _)| *of == name);
        let lost: Vec<_> = written().filter(|one| !found.contains(one)).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} are lost");
        for open in items.iter().filter(|item| item["status"] == "started") {
            assert!(!written().any(|(_, id)| open["session_id"] == **id), "round {round}: {open} has ended");
            api.call("POST", &format!("{path}/{{}}/end"), &[&open[id]], &api.key, None).await.is(200);
        }
    }
}

fn ids(list: &Value, field: &str) -> BTreeSet<i64> {
    list.as_array().expect("a list").iter().map(|item| item[field].as_i64().expect("an id")).collect()
}
