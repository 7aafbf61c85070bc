//! Credentials that no service accepts, and responses.

use serde_json::{Value, json};

/// A key of the right format.
pub const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1";
/// A token that expires in the year 2100: `{"alg":"none"}`, `{"sub":"1","exp":4102444800}`.
pub const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.c2ln";

/// The body of a response with that session.
pub fn session_body(id: i64) -> Value {
    json!({ "success": true, "session": session(id) })
}

/// The time of everything below.
pub const TIME: &str = "2024-01-15T10:30:00Z";

/// A session with the fields that every response has.
pub fn session(id: i64) -> Value {
    json!({ "session_id": id, "agent_id": 7, "session_type": "voice", "status": "active", "started_at": TIME })
}

/// An agent with the fields that every response has.
pub fn agent(id: i64, name: &str) -> Value {
    json!({ "agent_id": id, "name": name, "language": "en", "status": "active", "created_at": TIME })
}

/// A message of session 1 with the fields that every response has.
pub fn message(id: i64, role: &str, content: &str) -> Value {
    json!({ "message_id": id, "session_id": 1, "role": role, "content": content, "created_at": TIME })
}

/// A user with the fields that every response has.
pub fn user(id: i64) -> Value {
    json!({ "id": id, "email": "ada@example.com", "created_at": TIME })
}

/// An uploaded avatar with the fields that every response has.
pub fn uploaded_avatar(id: i64) -> Value {
    json!({ "id": id, "name": "Sunny", "url": "https://files.example.com/sunny.png", "cloudinary_id": "sunny" })
}

/// A key named `web` with the fields that every response has.
pub fn key_info(id: i64, last4: &str) -> Value {
    json!({ "id": id, "name": "web", "environment": "test", "prefix": "ah_test_", "last4": last4, "created_at": TIME })
}

/// A session in canonical form, as a mock provides it.
pub fn canonical_session(id: &str) -> Value {
    json!({ "id": id, "agent_id": "7", "session_type": "voice", "status": "active", "started_at": TIME })
}

/// Session 1 as a relay sends it.
pub fn relayed_session() -> Value {
    json!({ "id": "1", "agent_id": "7", "session_type": "voice", "status": "active", "started_at": TIME })
}
