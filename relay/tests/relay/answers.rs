//! What a phone gets of a success: the fields of the table and no others.

use crate::support::{Bench, MARK, PLANTED, SECRET, claims_with, request, signed};
use agenthuman_testing::made_up::{TIME, agent, message};
use http::{HeaderValue, Method};
use serde_json::{Value, json};

fn good() -> String {
    signed(&claims_with(json!({})), SECRET)
}

#[tokio::test]
async fn every_operation_gives_what_is_known_and_nothing_of_the_backends_own() {
    let bench = Bench::new().await;
    let good = good();
    let grant = Some(good.as_str());
    let session = json!({
        "id": "101", "agent_id": "7", "agent_name": "Ada", "session_type": "agent_chat", "status": "active",
        "started_at": "2030-03-17T17:46:40Z", "ended_at": null, "duration": null, "language": "en", "avatar_id": "3", "voice_id": "v1",
    });
    let message = |id: &str, role: &str| json!({ "id": id, "session_id": "101", "role": role, "content": format!("{role} {id}"), "created_at": "2030-03-17T17:46:41Z" });
    let opened = bench.post("/v1/sessions", None, json!({})).await;
    assert_eq!(opened.ok(201)["session"], session);
    assert_eq!(opened.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["success", "session", "grant", "expires_in"]);
    let got = bench.get("/v1/sessions/101", grant).await;
    assert_eq!(*got.ok(200), json!({ "success": true, "session": session }));
    let ended = bench.put("/v1/sessions/101/end", grant).await;
    assert_eq!((&ended.ok(200)["session"]["status"], &ended.body["session"]["duration"]), (&json!("completed"), &json!(200)));
    let sent = bench.post("/v1/sessions/101/messages", grant, json!({ "content": "Hello" })).await;
    assert_eq!(*sent.ok(201), json!({ "success": true, "message": message("1", "user"), "reply": message("2", "assistant") }));
    let listed = bench.get("/v1/sessions/101/messages?after=x&limit=50", grant).await;
    let messages = json!([message("1", "user"), message("3", "assistant")]);
    assert_eq!(*listed.ok(200), json!({ "success": true, "messages": messages, "next": "3" }));
    let avatars = bench.get("/v1/avatars", None).await;
    assert_eq!(
        *avatars.ok(200),
        json!({ "success": true, "avatars": [{ "id": "3", "name": "Sunny", "url": "https://files.example.com/sunny.png", "is_public": true, "created_at": "2030-03-17T17:46:40Z", "updated_at": "2030-03-17T17:46:40Z" }] })
    );
    let voices = bench.get("/v1/voices", None).await;
    assert_eq!(*voices.ok(200), json!({ "success": true, "voices": [{ "id": "v1", "name": "Vera", "is_public": true }] }));
    for answered in [opened, got, ended, sent, listed, avatars, voices] {
        assert!(!answered.body.to_string().contains(PLANTED), "{}", answered.body);
    }
    let asked: Vec<_> =
        bench.upstream.seen().iter().map(|seen| format!("{} {} {}", seen.method, seen.target, seen.text())).collect();
    assert_eq!(
        asked,
        [
            &format!("POST /v1/sessions {{\"agent_id\":7,\"metadata\":{{\"agenthuman_user\":\"{MARK}\"}}}}"),
            "GET /v1/sessions/101 ",
            "PUT /v1/sessions/101/end {}",
            "POST /v1/sessions/101/messages {\"content\":\"Hello\",\"role\":\"user\"}",
            "GET /v1/sessions/101/messages?after=x&limit=50 ",
            "GET /v1/avatars/public ",
            "GET /v1/voices?scope=public ",
        ]
    );
    bench.log_is_clean(&[&good]);
}

#[tokio::test]
async fn a_field_of_a_wrong_type_is_left_out() {
    let bench = Bench::new().await;
    bench.upstream.answer(|_| {
        let session =
            json!({ "session_id": 101, "agent_id": 7, "session_type": "voice", "status": "levitating", "duration": "long", "agent_name": { "a": 1 }, "started_at": TIME, "ended_at": 5 });
        agenthuman_testing::canned::Answer::json(200, json!({ "success": true, "session": session }))
    });
    let got = bench.get("/v1/sessions/101", Some(&good())).await;
    // A status of a newer service is passed on.
    let left = json!({ "id": "101", "agent_id": "7", "session_type": "voice", "status": "levitating", "started_at": TIME });
    assert_eq!(got.ok(200)["session"], left);
}

#[tokio::test]
async fn a_message_without_a_reply_has_none() {
    let bench = Bench::new().await;
    for reply in [Value::Null, message(2, "system", PLANTED)] {
        bench.upstream.answer(move |_| {
            let body = json!({ "success": true, "message": message(1, "user", "Hello"), "reply": reply });
            agenthuman_testing::canned::Answer::json(201, body)
        });
        let sent = bench.post("/v1/sessions/101/messages", Some(&good()), json!({ "content": "Hello" })).await;
        assert_eq!(
            *sent.ok(201),
            json!({ "success": true, "message": { "id": "1", "session_id": "1", "role": "user", "content": "Hello", "created_at": TIME }, "reply": null })
        );
    }
}

#[tokio::test]
async fn only_messages_of_the_user_and_of_the_agent_are_for_the_phone() {
    let bench = Bench::new().await;
    let roles = ["user", "assistant", "system", "tool", "developer", "function", "System", "ASSISTANT", " user", ""];
    let said = |(id, role): (usize, Value)| json!({ "message_id": id, "session_id": 1, "role": role, "content": format!("{role}"), "created_at": TIME, "note": PLANTED });
    let all: Vec<_> = roles.iter().map(|role| json!(role)).enumerate().map(said).collect();
    for hidden in &all[2..] {
        let body = json!({ "success": true, "message": message(1, "user", "Hello"), "reply": hidden });
        bench.upstream.answer(move |_| agenthuman_testing::canned::Answer::json(201, body.clone()));
        let sent = bench.post("/v1/sessions/101/messages", Some(&good()), json!({ "content": "Hello" })).await;
        assert_eq!(
            *sent.ok(201),
            json!({ "success": true, "message": { "id": "1", "session_id": "1", "role": "user", "content": "Hello", "created_at": TIME }, "reply": null })
        );
    }
    let body = json!({ "success": true, "messages": all, "next": null });
    bench.upstream.answer(move |_| agenthuman_testing::canned::Answer::json(200, body.clone()));
    let listed = bench.get("/v1/sessions/101/messages", Some(&good())).await;
    let shown = json!([
        { "id": "0", "session_id": "1", "role": "user", "content": "\"user\"", "created_at": TIME },
        { "id": "1", "session_id": "1", "role": "assistant", "content": "\"assistant\"", "created_at": TIME },
    ]);
    assert_eq!(listed.ok(200)["messages"], shown);
    // A role that is no text is an invalid response.
    for odd in [Value::Null, json!(1), json!(["user"]), json!({ "user": 1 })] {
        let body = json!({ "success": true, "messages": [said((1, odd))], "next": null });
        bench.upstream.answer(move |_| agenthuman_testing::canned::Answer::json(200, body.clone()));
        bench.get("/v1/sessions/101/messages", Some(&good())).await.is(502, "invalid_response");
    }
}

#[tokio::test]
async fn a_list_of_several_pages_is_given_whole() {
    let bench = Bench::new().await;
    bench.upstream.answer(|seen| {
        let (id, next) = if seen.target.contains("after=c2") { (2, Value::Null) } else { (1, json!("c2")) };
        agenthuman_testing::canned::Answer::json(200, json!({ "success": true, "agents": [agent(id, "Support")], "next": next }))
    });
    assert_eq!(
        bench.get("/v1/agents", None).await.ok(200)["agents"],
        json!([{ "id": "1", "name": "Support", "language": "en" }, { "id": "2", "name": "Support", "language": "en" }])
    );
}

#[tokio::test]
async fn a_request_keeps_its_id_if_it_can_stand_in_a_log() {
    let bench = Bench::new().await;
    let told = |id: &'static [u8]| {
        let mut request = request(Method::GET, "/v1/avatars", None, None);
        request.headers_mut().insert("x-request-id", HeaderValue::from_bytes(id).unwrap());
        bench.send(request)
    };
    assert_eq!(told(b"phone-7_Ab").await.header("x-request-id"), Some("phone-7_Ab"));
    assert!(bench.log.text().contains("phone-7_Ab"));
    let odd: [&[u8]; 7] = [
        b"",
        b"a b",
        b"a\"b",
        b"x.y",
        b"\xff",
        b"ah_live_abcdef",
        b"0123456789012345678901234567890123456789012345678901234567890123456789",
    ];
    for id in odd {
        let answered = told(id).await;
        let made = answered.header("x-request-id").unwrap();
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    }
    bench.log_is_clean(&["ah_live_abcdef", "x.y"]);
}
