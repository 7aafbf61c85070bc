//! Every case, one file for each part of the protocol.

mod bodies;
mod chunks;
mod codings;
mod connections;
mod headers;
mod http2;
mod lengths;
mod numbers;
mod status_lines;
mod statuses;
mod timing;
mod tls;

use super::case::Case;

/// Every case, by groups.
pub fn all() -> Vec<Case> {
    let groups = [
        ("lengths", lengths::cases()),
        ("chunks", chunks::cases()),
        ("headers", headers::cases()),
        ("status lines", status_lines::cases()),
        ("statuses", statuses::cases()),
        ("codings", codings::cases()),
        ("bodies", bodies::cases()),
        ("numbers", numbers::cases()),
        ("timing", timing::cases()),
        ("connections", connections::cases()),
        ("TLS", tls::cases()),
        ("HTTP/2", http2::cases()),
    ];
    let in_group = |(group, cases): (&'static str, Vec<Case>)| cases.into_iter().map(move |case| Case { group, ..case });
    groups.into_iter().flat_map(in_group).collect()
}
