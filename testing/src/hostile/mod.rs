//! Wire faults: what each one sends ([`Case`]), and the server that plays them ([`Server`]).

mod case;
mod cases;
mod frames;
mod http1;
mod http2;
mod play;
mod server;

pub use case::{Call, Case};
pub use cases::all;
pub use server::Server;
