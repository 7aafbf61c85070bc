//! Tokens for LiveKit rooms. The sandbox joins no room; with the development pair, the tokens work with a LiveKit server
//! that runs in its development mode on this machine.

use serde_json::json;

use crate::token::TokenKey;

const LIFETIME_SECONDS: i64 = 6 * 3600;
/// The identity of the avatar in a room.
pub const AVATAR: &str = "agenthuman-avatar-agent";

/// A room of the service's own, and a token for it.
pub struct Joined {
    pub room: String,
    pub token: String,
}

/// The LiveKit server whose tokens the sandbox signs.
#[derive(Clone)]
pub struct LiveKit {
    /// The server's address, such as `ws://127.0.0.1:7880`.
    pub url: String,
    /// The API key.
    pub key: String,
    /// The secret that signs tokens.
    pub secret: String,
}

impl Default for LiveKit {
    /// The development pair of LiveKit.
    fn default() -> Self {
        Self { url: "ws://127.0.0.1:7880".to_owned(), key: "devkey".to_owned(), secret: "secret".to_owned() }
    }
}

impl std::fmt::Debug for LiveKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveKit").field("url", &self.url).field("key", &self.key).finish_non_exhaustive()
    }
}

impl LiveKit {
    /// Returns the room of a session, and a token for it.
    pub(crate) fn join(&self, session: &str, identity: &str, now: i64) -> Joined {
        let room = format!("ah-{}", session.trim_start_matches("sess_"));
        Joined { token: self.token(&room, identity, now), room }
    }

    /// Returns a token with which `identity` may join `room`, and publish and subscribe there.
    fn token(&self, room: &str, identity: &str, now: i64) -> String {
        let claims = json!({
            "iss": self.key,
            "sub": identity,
            "exp": now + LIFETIME_SECONDS,
            "video": {"roomJoin": true, "room": room, "canPublish": true, "canSubscribe": true, "canPublishData": true},
        });
        TokenKey::new(self.secret.as_bytes()).sign(&claims.to_string())
    }
}
