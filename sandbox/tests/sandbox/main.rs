//! Tests of the sandbox over HTTP.

mod api;
mod auth;
mod command;
mod contract;
mod control;
mod data;
mod description;
mod durability;
mod errors;
mod faults;
mod links;
mod operations;
mod otp;
mod prefix;
mod pressure;
mod rate_limit;
mod replies;
mod rooms;
mod scratch;
mod web;
