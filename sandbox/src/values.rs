//! The allowed values of enumerated fields, for checking requests and for /openapi.json.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! values {
    ($($name:ident: $($value:literal),+;)+) => {$(
        pub struct $name;

        impl $name {
            pub const VALUES: &[&str] = &[$($value),+];
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(Type::String, Self::VALUES.iter().copied())
            }
        }

        impl ToSchema for $name {}
    )+};
}

values! {
    ActiveStatus: "active", "started";
    AgentStatus: "active", "archived";
    AspectRatio: "4:3", "3:4", "1:1";
    AuthMethod: "public", "api_key", "token";
    CallType: "voice", "video", "chat";
    Environment: "live", "test";
    LinkState: "active", "paused", "expired";
    LinkStatus: "active", "paused";
    LinkStatusFilter: "all", "active", "paused", "expired";
    MessageRole: "user", "assistant", "system";
    RoomPlatform: "daily", "livekit", "proxy";
    RoomsStatus: "started", "ended";
    RoomsStatusFilter: "all", "started", "ended";
    Scope: "public", "mine";
    SessionStatus: "active", "completed";
    SessionStatusFilter: "all", "active", "completed";
    SessionType: "voice", "agent_voice", "agent_video", "agent_chat", "webrtc_video";
}

/// A flag that is documented as 0 or 1.
pub struct Flag;

impl PartialSchema for Flag {
    fn schema() -> RefOr<Schema> {
        one_of(Type::Integer, [0, 1])
    }
}

impl ToSchema for Flag {}

/// The voice of an agent. One page documents it as an integer, all others as a string.
pub fn voice_of_agent() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Integer, Type::String, Type::Null])).build().into()
}

/// A number without a format.
pub fn number() -> Schema {
    ObjectBuilder::new().schema_type(Type::Number).build().into()
}

/// A number or null.
pub fn nullable_number() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Number, Type::Null])).build().into()
}

pub fn one_of(of: Type, values: impl IntoIterator<Item = impl Into<Value>>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(of).enum_values(Some(values)).build().into()
}
