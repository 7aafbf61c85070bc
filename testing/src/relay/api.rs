//! The API behind the relay.

use crate::canned::{Answer, Request};
use serde_json::json;

/// A text in the responses of the API that no log and no response of the relay may contain.
pub const PLANTED: &str = "planted-31f0-text-of-an-inner-error";

/// An API with one session, 101, one agent of whom much is known, and one of everything else.
pub fn api(request: &Request) -> Answer {
    let session = json!({
        "session_id": 101, "agent_id": 7, "agent_name": "Ada", "session_type": "agent_chat", "status": "active",
        "started_at": "2030-03-17T17:46:40Z", "ended_at": null, "duration": null, "transcript": PLANTED,
        "metadata": { "note": PLANTED }, "language": "en", "avatar_id": 3, "voice_id": "v1", "secret_column": PLANTED,
    });
    let message = |id: i64, role: &str| json!({ "message_id": id, "session_id": 101, "role": role, "content": format!("{role} {id}"), "created_at": "2030-03-17T17:46:41Z", "cost": PLANTED });
    let path = request.path.as_str();
    let (status, body) = match (request.method.as_str(), path) {
        ("POST", "/v1/sessions") => (201, json!({ "success": true, "session": session })),
        ("GET", "/v1/sessions/101") => (200, json!({ "success": true, "session": session })),
        ("PUT", "/v1/sessions/101/end") => {
            let mut ended = session;
            ended["status"] = "completed".into();
            ended["ended_at"] = "2030-03-17T17:50:00Z".into();
            ended["duration"] = 200.into();
            (200, json!({ "success": true, "session": ended, "message": "Session ended" }))
        }
        ("POST", "/v1/sessions/101/messages") => {
            (201, json!({ "success": true, "message": message(1, "user"), "reply": message(2, "assistant") }))
        }
        ("GET", "/v1/sessions/101/messages") => {
            let messages = json!([message(1, "user"), message(2, "system"), message(3, "assistant")]);
            (200, json!({ "success": true, "messages": messages, "next": "3" }))
        }
        ("GET", "/v1/avatars/public") => (
            200,
            json!([{
                "id": 3, "user_id": 1, "name": "Sunny", "url": "https://files.example.com/sunny.png", "is_public": 1,
                "created_at": "2030-03-17T17:46:40Z", "updated_at": "2030-03-17T17:46:40Z",
            }]),
        ),
        ("GET", "/v1/voices") => (
            200,
            json!({ "success": true, "voices": [{ "voice_id": "v1", "name": "Vera", "is_public": true, "cost": PLANTED }] }),
        ),
        ("GET", "/v1/agents") => {
            let agent = |id: i64| json!({ "agent_id": id, "name": format!("Agent {id}"), "language": "en", "status": "active", "created_at": "2030-03-17T17:46:40Z", "context": PLANTED, "properties": { "key": PLANTED }, "user_id": 1, "avatar_id": 3 });
            (200, json!({ "success": true, "agents": [agent(7), agent(8)] }))
        }
        _ => (404, json!({ "success": false, "error": "Not found" })),
    };
    Answer::json(status, body)
}
