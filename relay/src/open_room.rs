//! The policy's decision to open a session in a room.

use agenthuman::rooms::sessions::Room;
use agenthuman::{Object, Secret};
use serde::{Deserialize, Deserializer};
use serde_json::json;

/// A session in a room to open. The phone's request has no effect except for what is repeated here.
///
/// The avatar and the app join the same room, each with a token of its own: `room` has the avatar's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRoom {
    /// The avatar: its id, or the URL of a picture of a face.
    pub avatar: String,
    /// The room that the avatar joins.
    #[serde(deserialize_with = "room")]
    pub room: Room,
    /// The token with which the app joins the room. Required for a room of yours; the service issues one for its own rooms.
    pub participant_token: Option<Secret>,
    /// The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: the API's.
    pub aspect_ratio: Option<String>,
    /// Data kept with the session. The phone never sees it.
    pub metadata: Option<Object>,
    /// The names of the operations that the grant allows. Default: all operations on a session. A grant without
    /// `rooms.renew` cannot be renewed.
    pub operations: Option<Vec<String>>,
    /// The lifetime of each grant of this session, in seconds. Default: [`Options::grant_seconds`](crate::Options).
    pub grant_seconds: Option<u64>,
    /// The time during which grants can be renewed, in seconds. Default: [`Options::session_seconds`](crate::Options).
    pub session_seconds: Option<u64>,
}

impl OpenRoom {
    /// A session of this avatar in a room, with the defaults of the relay.
    pub fn new(avatar: impl Into<String>, room: Room) -> OpenRoom {
        OpenRoom {
            avatar: avatar.into(),
            room,
            participant_token: None,
            aspect_ratio: None,
            metadata: None,
            operations: None,
            grant_seconds: None,
            session_seconds: None,
        }
    }

    /// The parameters of the call that opens the session.
    pub(crate) fn params(&self) -> Object {
        let Room { platform, url, token, display_name, .. } = &self.room;
        let room = json!({
            "platform": platform.as_str(),
            "url": url,
            "token": token.as_ref().map(Secret::expose),
            "display_name": display_name,
        });
        let params = [
            ("avatar", json!(self.avatar)),
            ("room", room),
            ("aspect_ratio", json!(self.aspect_ratio)),
            ("metadata", json!(self.metadata)),
        ];
        params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A room in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostRoom {
    platform: String,
    url: Option<String>,
    token: Option<Secret>,
    /// JavaScript's `Room` has the other spelling.
    #[serde(alias = "displayName")]
    display_name: Option<String>,
}

fn room<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Room, D::Error> {
    let HostRoom { platform, url, token, display_name } = HostRoom::deserialize(deserializer)?;
    let mut room = Room::new(platform.as_str());
    room.url = url;
    room.token = token;
    room.display_name = display_name;
    Ok(room)
}
