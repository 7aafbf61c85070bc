//! The rules of a conversation, without a network.

use super::log::{Exchange, Log, Message};
use super::view::{Connection, Delivery};
use crate::error::{Error, ErrorInfo, Kind};
use crate::items::Items;
use crate::operations::messages;
use crate::table::Modelled;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn value(id: &str, role: &str, content: &str) -> Value {
    json!({ "id": id, "session_id": "1", "role": role, "content": content, "created_at": "2026-01-01T12:00:00Z" })
}

fn list(values: &[Value]) -> Vec<Message> {
    Message::list(&Items::of_canonical(json!(values).to_string(), messages::Message::MODEL, true).unwrap())
}

fn exchange(message: &Value, reply: Option<&Value>) -> Exchange {
    let json = json!({ "message": message, "reply": reply }).to_string();
    Exchange::of(&Items::of_canonical(json, messages::MessageExchange::MODEL, false).unwrap()).unwrap()
}

fn error(kind: Kind, outcome_unknown: bool) -> Box<ErrorInfo> {
    let mut error = Error::new(kind, "It failed.");
    error.info_mut().outcome_unknown = outcome_unknown;
    error.into_info()
}

/// The log of a conversation whose messages were read to the end.
fn caught_up(values: &[Value]) -> Log {
    let mut log = Log::new("1");
    log.follow(list(values), true);
    log
}

fn update(log: &Log, since: u64) -> Value {
    serde_json::to_value(log.since(since)).unwrap()
}

/// The messages as `content delivery`.
fn rows(log: &Log) -> Vec<String> {
    let update = update(log, 0);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = update["messages"].as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", text(&row["message"]["content"]), text(&row["delivery"]))).collect()
}

fn retried(log: &mut Log, id: &str) -> Option<String> {
    log.retry(id, now())
}

#[test]
fn a_message_is_there_at_once_and_keeps_its_id_when_it_is_sent() {
    let mut log = caught_up(&[]);
    let id = log.send("hello", now()).unwrap();
    assert_eq!(rows(&log), ["hello sending"]);
    let first = update(&log, 0);
    let draft = json!({ "id": id, "session_id": "1", "role": "user", "content": "hello", "created_at": now().to_string() });
    assert_eq!((&first["messages"][0]["message"], &first["awaiting_reply"]), (&draft, &json!(true)));

    let (said, reply) = (value("5", "user", "hello"), value("6", "assistant", "hi"));
    log.settle(&id, exchange(&said, Some(&reply)));
    assert_eq!(rows(&log), ["hello sent", "hi sent"]);
    let second = update(&log, first["version"].as_u64().unwrap());
    assert_eq!((&second["keep"], &second["awaiting_reply"]), (&json!(0), &json!(false)));
    assert_eq!(
        second["messages"][0],
        json!({ "id": id, "message": said, "delivery": "sent", "error": null, "can_retry": false })
    );
    assert_eq!(second["messages"][1]["id"], "6");

    // The service has nothing else, so that nothing changes.
    let version = log.version();
    log.follow(list(&[said, reply]), true);
    assert_eq!(log.version(), version);
}

#[test]
fn an_update_has_what_changed() {
    let mut log = caught_up(&[value("1", "user", "a"), value("2", "assistant", "b")]);
    let version = log.version();
    let id = log.send("c", now()).unwrap();
    let changed = update(&log, version);
    assert_eq!((&changed["keep"], changed["messages"].as_array().unwrap().len()), (&json!(2), 1));
    log.fail(&id, &error(Kind::Connection, false));
    let version = log.version();
    log.discard(&id);
    let changed = update(&log, version);
    assert_eq!((&changed["keep"], &changed["messages"]), (&json!(2), &json!([])));
    assert_eq!(update(&log, log.version())["keep"], 2);
}

#[test]
fn a_followed_message_of_ones_own_is_not_there_twice() {
    // It is followed before its response arrives.
    let mut log = caught_up(&[]);
    let id = log.send("hello", now()).unwrap();
    log.follow(list(&[value("5", "user", "hello")]), true);
    assert_eq!(rows(&log), ["hello sent"]);
    assert_eq!(update(&log, 0)["awaiting_reply"], true);
    log.settle(&id, exchange(&value("5", "user", "hello"), Some(&value("6", "assistant", "hi"))));
    assert_eq!(rows(&log), ["hello sent", "hi sent"]);
    assert_eq!(update(&log, 0)["messages"][0]["id"], id);

    // The same while the older messages are being loaded.
    let mut log = Log::new("1");
    let id = log.send("hello", now() + SignedDuration::from_hours(1)).unwrap();
    log.follow(list(&[value("4", "user", "hello"), value("5", "user", "hello"), value("6", "assistant", "hi")]), true);
    assert_eq!(rows(&log), ["hello sent", "hello sent", "hi sent", "hello sending"]);
    log.settle(&id, exchange(&value("5", "user", "hello"), Some(&value("6", "assistant", "hi"))));
    assert_eq!(rows(&log), ["hello sent", "hello sent", "hi sent"]);
    assert_eq!(update(&log, 0)["messages"][1]["id"], id);
}

#[test]
fn a_message_with_the_same_text_is_another_one() {
    let mut log = caught_up(&[]);
    let id = log.send("ok", now()).unwrap();
    // Of another device of the user.
    log.follow(list(&[value("5", "user", "ok")]), true);
    log.settle(&id, exchange(&value("6", "user", "ok"), None));
    assert_eq!(rows(&log), ["ok sent", "ok sent"]);
    let messages = &update(&log, 0)["messages"];
    assert_eq!((&messages[0]["id"], &messages[1]["id"], &messages[1]["message"]["id"]), (&json!("5"), &json!(id), &json!("6")));

    // The same, and the own one was not sent.
    let id = log.send("yes", now()).unwrap();
    log.follow(list(&[value("6", "user", "ok"), value("7", "user", "yes")]), true);
    log.fail(&id, &error(Kind::Connection, false));
    assert_eq!(rows(&log)[2..], ["yes sent", "yes failed"]);

    // An unknown one was taken for the next one with its text.
    let mut log = caught_up(&[]);
    let (first, second) = (log.send("ok", now()).unwrap(), log.send("ok", now()).unwrap());
    log.fail(&first, &error(Kind::Timeout, true));
    log.follow(list(&[value("5", "user", "ok")]), true);
    assert_eq!(rows(&log), ["ok sent", "ok sending"]);
    log.settle(&second, exchange(&value("5", "user", "ok"), None));
    assert_eq!(rows(&log), ["ok sent", "ok unknown"]);
}

#[test]
fn messages_are_in_the_order_of_the_service() {
    let mut log = caught_up(&[value("1", "user", "a")]);
    let id = log.send("c", now()).unwrap();
    log.follow(list(&[value("2", "assistant", "b")]), true);
    assert_eq!(rows(&log), ["a sent", "b sent", "c sending"]);
    log.settle(&id, exchange(&value("3", "user", "c"), Some(&value("5", "assistant", "e"))));
    log.follow(list(&[value("3", "user", "c"), value("4", "assistant", "d"), value("5", "assistant", "e")]), true);
    assert_eq!(rows(&log), ["a sent", "b sent", "c sent", "d sent", "e sent"]);
}

#[test]
fn a_failure_says_whether_a_retry_may_help() {
    let mut log = caught_up(&[]);
    for (kind, is_unknown, delivery, can_retry) in [
        (Kind::Connection, false, "failed", true),
        (Kind::Timeout, true, "unknown", true),
        (Kind::InvalidToken, false, "failed", true),
        (Kind::TokenUnavailable, false, "failed", true),
        (Kind::Conflict, false, "failed", false),
        (Kind::GrantExpired, false, "failed", false),
        (Kind::BadRequest, false, "failed", false),
    ] {
        let id = log.send("text", now()).unwrap();
        log.fail(&id, &error(kind, is_unknown));
        let message = update(&log, 0)["messages"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&message["delivery"], &message["can_retry"]), (&json!(delivery), &json!(can_retry)), "{kind:?}");
        assert_eq!(message["error"]["code"], kind.code());
        assert_eq!(retried(&mut log, &id).is_some(), can_retry, "{kind:?}");
        // It is on its way, or it would fail again.
        assert_eq!(retried(&mut log, &id), None);
    }
    assert_eq!(retried(&mut log, "no such message"), None);
}

#[test]
fn a_retried_message_that_the_service_had_is_in_its_place() {
    let mut log = caught_up(&[value("1", "user", "a")]);
    let id = log.send("b", now()).unwrap();
    log.fail(&id, &error(Kind::Timeout, true));
    log.follow(list(&[value("4", "assistant", "d")]), true);
    assert_eq!(retried(&mut log, &id).as_deref(), Some("b"));
    log.settle(&id, exchange(&value("2", "user", "b"), Some(&value("3", "assistant", "c"))));
    assert_eq!(rows(&log), ["a sent", "d sent", "b sent", "c sent"]);
    // A list that is read again has the right order.
    let all = [value("2", "user", "b"), value("3", "assistant", "c"), value("4", "assistant", "d")];
    log.follow(list(&all), true);
    assert_eq!(rows(&log).len(), 4);

    // One that it certainly does not have will be the last one.
    let id = log.send("e", now()).unwrap();
    log.fail(&id, &error(Kind::Connection, false));
    log.follow(list(&[value("5", "assistant", "f")]), true);
    retried(&mut log, &id).unwrap();
    assert_eq!(rows(&log)[4..], ["f sent", "e sending"]);
}

#[test]
fn an_unknown_message_is_found_by_following() {
    let mut log = caught_up(&[]);
    let id = log.send("c", now()).unwrap();
    log.interrupt(&id);
    assert_eq!(rows(&log), ["c unknown"]);
    log.follow(list(&[value("3", "user", "c"), value("4", "assistant", "d")]), true);
    assert_eq!(rows(&log), ["c sent", "d sent"]);
    // It arrived, and its response did not.
    let id = log.send("e", now()).unwrap();
    log.follow(list(&[value("5", "user", "e")]), true);
    log.fail(&id, &error(Kind::Timeout, true));
    assert_eq!(rows(&log)[2..], ["e sent"]);
}

#[test]
fn messages_are_sent_one_after_the_other() {
    let mut log = caught_up(&[]);
    let (first, second) = (log.send("a", now()).unwrap(), log.send("b", now()).unwrap());
    assert_eq!((log.is_next(&first), log.is_next(&second)), (true, false));
    log.fail(&first, &error(Kind::Connection, false));
    assert!(log.is_next(&second));
    let too_many = (0..100).find_map(|_| log.send("c", now()).err()).unwrap();
    assert_eq!(too_many.kind(), Kind::Conflict);
}

#[test]
fn the_connection_is_what_following_came_to() {
    let mut log = Log::new("1");
    assert_eq!(update(&log, 0)["connection"], "connecting");
    log.follow_failed(&error(Kind::Connection, false));
    assert_eq!(log.connection, Connection::Waiting);
    assert_eq!(update(&log, 0)["error"]["code"], "connection");
    let mut pauses = vec![log.pause()];
    for _ in 0..6 {
        log.follow_failed(&error(Kind::Connection, false));
        pauses.push(log.pause());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30].map(|seconds| Some(Duration::from_secs(seconds))));
    log.resume();
    assert_eq!(log.pause(), Some(Duration::ZERO));
    log.follow(list(&[]), true);
    assert_eq!((log.connection, log.pause()), (Connection::Connected, None));
    assert_eq!(update(&log, 0)["error"], json!(null));
    // A response that a lost network cut short, or the page of a network that wants a sign-in.
    log.follow_failed(&error(Kind::InvalidResponse, false));
    assert_eq!(log.connection, Connection::Waiting);
    log.follow_failed(&error(Kind::GrantExpired, false));
    assert_eq!(log.connection, Connection::Stopped);
    // The response of a call that began before the pause.
    log.connect(Connection::Paused);
    log.follow(list(&[value("1", "assistant", "a")]), true);
    log.follow_failed(&error(Kind::Connection, false));
    assert_eq!((log.connection, rows(&log)), (Connection::Paused, vec!["a sent".to_owned()]));
    log.connect(Connection::Closed);
    log.connect(Connection::Connecting);
    assert_eq!(log.connection, Connection::Closed);
}

#[test]
fn the_oldest_messages_are_dropped() {
    let mut log = caught_up(&[]);
    let id = log.send("mine", now()).unwrap();
    let all: Vec<_> = (0..5_001).map(|number| value(&format!("m{number}"), "assistant", &number.to_string())).collect();
    log.follow(list(&all), true);
    let rows = rows(&log);
    assert!(rows.len() <= 5_000 && rows.contains(&"5000 sent".to_owned()) && !rows.contains(&"0 sent".to_owned()));
    assert!(rows.contains(&"mine sending".to_owned()) && log.is_next(&id));
}

/// The first message that may be sent again.
fn failed(log: &Log) -> Option<String> {
    let update = update(log, 0);
    let row = update["messages"].as_array().unwrap().iter().find(|row| row["can_retry"] == true);
    row.map(|row| row["id"].as_str().unwrap().to_owned())
}

/// Whatever the order in which responses and followed messages arrive, the messages of the service are there once, in its order.
#[test]
fn messages_of_the_service_are_there_once_and_in_its_order() {
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut log = Log::new("1");
        let mut service: Vec<Value> = Vec::new();
        let mut stored: HashMap<String, (Value, Value)> = HashMap::new();
        let mut followed = 0;
        let mut waiting: Vec<(String, Option<(Value, Value)>)> = Vec::new();
        let mut version = 0;
        let mut screen: Vec<Value> = Vec::new();
        for _ in 0..60 {
            match random.u8(0..8) {
                0 | 1 => {
                    let content = ["ok", "yes", "no"][random.usize(0..3)].to_owned();
                    let (id, content) = match failed(&log).filter(|_| random.bool()) {
                        Some(id) => {
                            let content = retried(&mut log, &id).unwrap();
                            (id, content)
                        }
                        None => (log.send(&content, now()).unwrap(), content),
                    };
                    if !stored.contains_key(&id) && random.bool() {
                        let (at, next) = (service.len().to_string(), (service.len() + 1).to_string());
                        let (said, reply) = (value(&at, "user", &content), value(&next, "assistant", "well"));
                        service.extend([said.clone(), reply.clone()]);
                        stored.insert(id.clone(), (said, reply));
                    }
                    // A repeat has the response of the first.
                    let arrives = stored.get(&id).cloned();
                    waiting.push((id, arrives));
                }
                2 | 3 if !waiting.is_empty() => {
                    let (id, arrived) = waiting.remove(random.usize(0..waiting.len()));
                    match arrived {
                        Some((said, reply)) if random.u8(0..3) > 0 => log.settle(&id, exchange(&said, Some(&reply))),
                        Some(_) => log.fail(&id, &error(Kind::Timeout, true)),
                        None => log.fail(&id, &error(Kind::Connection, random.bool())),
                    }
                }
                4 => {
                    let role = if random.bool() { "user" } else { "assistant" };
                    service.push(value(&service.len().to_string(), role, "ok"));
                }
                _ => {
                    let until = random.usize(followed..=service.len());
                    log.follow(list(&service[followed..until]), until == service.len());
                    followed = until;
                }
            }
            let update = update(&log, version);
            version = update["version"].as_u64().unwrap();
            screen.truncate(usize::try_from(update["keep"].as_u64().unwrap()).unwrap());
            screen.extend(update["messages"].as_array().unwrap().iter().cloned());
        }
        log.follow(list(&service[followed..]), true);
        let whole = update(&log, 0)["messages"].as_array().unwrap().clone();
        let sent = whole.iter().filter(|row| row["delivery"] == "sent").map(|row| row["message"]["id"].clone());
        let all: Vec<_> = service.iter().map(|message| message["id"].clone()).collect();
        assert_eq!(sent.collect::<Vec<_>>(), all, "seed {seed}");
        let last = update(&log, version);
        screen.truncate(usize::try_from(last["keep"].as_u64().unwrap()).unwrap());
        screen.extend(last["messages"].as_array().unwrap().iter().cloned());
        assert_eq!(screen, whole, "seed {seed}");
    }
}

#[test]
fn the_states_are_named_as_hosts_know_them() {
    let names = |values: Vec<Value>| values.iter().map(|value| value.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    use Connection::{Closed, Connected, Connecting, Paused, Stopped, Waiting};
    let all = [Connecting, Connected, Waiting, Stopped, Paused, Closed].map(|state| json!(state)).to_vec();
    assert_eq!(names(all), ["connecting", "connected", "waiting", "stopped", "paused", "closed"]);
    let all = [Delivery::Sending, Delivery::Sent, Delivery::Failed, Delivery::Unknown].map(|state| json!(state)).to_vec();
    assert_eq!(names(all), ["sending", "sent", "failed", "unknown"]);
}
