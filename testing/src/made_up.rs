//! Credentials that no service accepts, and responses.

use serde_json::{Value, json};

/// A key of the right format.
pub const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1";
/// A token that expires in the year 2100: `{"alg":"none"}`, `{"sub":"1","exp":4102444800}`.
pub const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.c2ln";

/// The body of a response with that session.
pub fn session_body(id: i64) -> Value {
    json!({ "success": true, "session": { "session_id": id, "agent_id": 7, "status": "active" } })
}
