//! The command, as a program.

mod api;
mod command_line;
mod common;
mod completions;
mod doctor;
mod documents;
mod keys;
mod login;
mod logs;
mod profile;
mod relay;
mod scan;
mod sessions;
mod snapshots;
#[cfg(unix)]
mod terminal;
