//! The operations for callers with a Daily or LiveKit room of their own: an avatar joins the room, is paid by the minute, and has to
//! be ended.

pub mod agents;
pub mod avatars;
pub mod links;
pub mod openclaw;
pub mod sessions;
pub mod usage;

use super::Resource;
use crate::table::{OPERATION, Operation, Surface};

/// The resources, in the order of the documentation.
pub static RESOURCES: &[Resource] =
    &[sessions::RESOURCE, avatars::RESOURCE, agents::RESOURCE, links::RESOURCE, usage::RESOURCE, openclaw::RESOURCE];

const SURFACE: Surface = Surface::Rooms;

/// The values that the entries share.
const ROOMS: Operation = Operation { surface: SURFACE, contract: SURFACE, ..OPERATION };
