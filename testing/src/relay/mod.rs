//! A relay for trials: a backend that lets everyone in, the API behind it, and a player of vectors.

mod api;
mod player;

use agenthuman::rooms::sessions::Room;
use agenthuman_relay::{Backend, BoxError, Decision, OpenRoom, OpenSession, PhoneRequest, PolicyRequest, ResumeSession};
pub use api::{PLANTED, api};
pub use player::Player;

/// Knows the token `demo-NAME` as the user `NAME`, and allows everything.
pub struct Demo;

impl Backend for Demo {
    async fn authorize(&self, asked: &PhoneRequest) -> Result<Option<String>, BoxError> {
        Ok(asked.bearer().and_then(|token| token.strip_prefix("demo-")).map(str::to_owned))
    }

    async fn policy(&self, user: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
        allow_all(user, request)
    }
}

/// The token with which the avatar joins a room.
pub const AVATARS_TOKEN: &str = "made-up-token-of-the-avatar";
/// The token with which the app joins it.
pub const PARTICIPANTS_TOKEN: &str = "made-up-token-of-the-app";

/// Opens the session that the phone asks for, with agent 7 or a public avatar by default, and shows all agents.
pub fn allow_all(_: &str, request: PolicyRequest) -> Result<Decision, BoxError> {
    Ok(match request {
        PolicyRequest::OpenSession { agent_id, session_type, metadata, .. } => Decision::Open(OpenSession {
            agent_id: agent_id.unwrap_or_else(|| "7".into()),
            session_type,
            metadata,
            ..OpenSession::default()
        }),
        PolicyRequest::OpenRoom { avatar, metadata, .. } => {
            let avatar = avatar.unwrap_or_else(|| "PUBLIC/Avatars/sara-office".to_owned());
            let room = Room::livekit("wss://rooms.example.com", AVATARS_TOKEN);
            let participant_token = Some(PARTICIPANTS_TOKEN.into());
            Decision::OpenRoom(OpenRoom { participant_token, metadata, ..OpenRoom::new(avatar, room) })
        }
        PolicyRequest::ListAgents { agents } => {
            Decision::Show(agents.iter().filter_map(|agent| agent["id"].as_str()).map(Into::into).collect())
        }
        PolicyRequest::ListSessions { sessions, .. } => Decision::ShowSessions(sessions.into_iter().map(Into::into).collect()),
        PolicyRequest::ResumeSession(_) => Decision::Resume(ResumeSession::default()),
        _ => Decision::Refuse(None),
    })
}
