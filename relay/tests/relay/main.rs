//! The relay from outside: what it refuses, what it gives, and what becomes of a phone's calls through it.

mod answers;
mod attacks;
mod bodies;
mod browsers;
mod catalogues;
mod copies;
mod grants;
mod hosts;
mod limits;
mod noise;
mod options;
mod phones;
mod policy;
mod repeats;
mod rooms;
mod sessions;
mod sleep;
mod support;
mod upstream;
mod users_sessions;
mod vectors;
mod waits;
