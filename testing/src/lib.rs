//! A server that breaks the rules of HTTP, TLS and HTTP/2 in one way per port, for tests of the clients.

pub mod hostile;
