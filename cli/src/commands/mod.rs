//! The commands, one file each.

pub mod api;
pub mod completions;
pub mod doctor;
pub mod keys;
pub mod login;
pub mod logout;
pub mod logs;
pub mod profile;
pub mod relay;
pub mod rooms;
pub mod sandbox;
pub mod scan;
pub mod sessions;
