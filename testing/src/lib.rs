//! What the tests share: servers that break the rules of TCP, TLS, HTTP or JSON, servers that send canned responses, the
//! vectors, and a relay for trials.

pub mod canned;
pub mod hostile;
pub mod made_up;
pub mod proxy;
#[cfg(feature = "relay")]
pub mod relay;
pub mod response;
pub mod scripted;
pub mod tls;
pub mod vectors;
