//! The sessions in responses: every documented field, and metadata, about 440 bytes each.

use bytes::Bytes;
use std::fmt::Write;

const TYPES: [&str; 4] = ["agent_voice", "agent_video", "agent_chat", "webrtc_video"];
const AGENTS: [&str; 4] = ["Maya", "Jonas", "Aiko", "Léa"];

fn session(i: usize, into: &mut String) {
    let (day, second) = (i % 28 + 1, i % 60);
    let (status, ended, duration) = if i % 10 == 3 {
        ("active", "null".to_owned(), "null".to_owned())
    } else {
        ("completed", format!(r#""2026-11-{day:02}T10:21:{second:02}.789Z""#), (300 + i % 60).to_string())
    };
    // Writing to a String cannot fail.
    let _ = write!(
        into,
        r#"{{"session_id":{id},"agent_id":{agent},"session_type":"{kind}","status":"{status}","started_at":"2026-11-{day:02}T10:16:{second:02}.456Z","ended_at":{ended},"duration":{duration},"created_at":"2026-11-{day:02}T10:15:{second:02}.123Z","agent_name":"{name}","avatar_id":{avatar},"avatar_name":"{name} in the studio","avatar_url":"https://cdn.example.test/avatars/{avatar}/preview.png","voice_id":"voice_{avatar:04}","metadata":{{"user_id":"user_{i:06}","campaign":"spring-launch","locale":"en-US","attempt":{attempt}}}}}"#,
        id = 1_000_000 - i,
        agent = i % 97 + 1,
        kind = TYPES[i % 4],
        name = AGENTS[i / 4 % 4],
        avatar = i % 977,
        attempt = i % 5,
    );
}

pub fn list(count: usize) -> Bytes {
    let mut body = String::with_capacity(count * 480 + 64);
    body.push_str(r#"{"success":true,"sessions":["#);
    for i in 0..count {
        if i > 0 {
            body.push(',');
        }
        session(i, &mut body);
    }
    body.push_str("]}");
    body.into()
}

pub fn created() -> Bytes {
    let mut body = String::from(r#"{"success":true,"session":"#);
    session(3, &mut body);
    body.push_str(r#","message":"Session started successfully"}"#);
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_as_many_sessions_as_asked_for() {
        let body: serde_json::Value = serde_json::from_slice(&list(50)).unwrap();
        let sessions = body["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 50);
        assert!(sessions.iter().all(|session| session["metadata"]["user_id"].is_string()));
        assert!((380..500).contains(&(list(1000).len() / 1000)), "{}", list(1000).len() / 1000);
    }
}
