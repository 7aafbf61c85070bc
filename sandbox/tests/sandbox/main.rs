//! The sandbox, driven over real HTTP.

mod api;
mod auth;
mod command;
mod contract;
mod durability;
mod errors;
mod operations;
mod otp;
mod rate_limit;
mod scratch;
