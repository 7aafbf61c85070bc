//! Servers for tests of the clients: one that breaks the rules of TCP, TLS, HTTP or JSON in one way per port, and one whose
//! connections a test serves itself.

pub mod hostile;
pub mod scripted;
pub mod tls;
