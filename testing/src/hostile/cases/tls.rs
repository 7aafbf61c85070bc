//! Handshakes that go wrong.

use crate::hostile::case::{Call, Case, Layer, Step};
use crate::tls::Certificate;

fn instead(name: &'static str, expect: &'static [&'static str], steps: Vec<Step>) -> Case {
    Case { name, group: "", call: Call::Get, layer: Layer::InsteadOfTls(steps), expect, wait: false }
}

fn certificate(name: &'static str, fault: Certificate) -> Case {
    Case { name, group: "", call: Call::Create, layer: Layer::BadCertificate(fault), expect: &["tls"], wait: false }
}

pub fn cases() -> Vec<Case> {
    vec![
        instead("mute handshake", &["timeout"], vec![Step::Freeze]),
        instead("handshake closed", &["tls", "connection"], vec![Step::Close]),
        instead("handshake reset", &["tls", "connection"], vec![Step::Reset]),
        instead(
            "plain HTTP in the place of TLS",
            &["tls"],
            vec![Step::Send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()), Step::Close],
        ),
        instead("TLS alert", &["tls"], vec![Step::Send(vec![21, 3, 3, 0, 2, 2, 40]), Step::Freeze]),
        instead("random bytes", &["tls"], vec![Step::Send((0..255).collect()), Step::Freeze]),
        instead("half a record", &["timeout"], vec![Step::Send(vec![22, 3, 3, 0x40, 0]), Step::Freeze]),
        instead("endless record", &["tls", "timeout"], vec![Step::Flood(vec![22; 1024])]),
        certificate("self-signed certificate", Certificate::SelfSigned),
        certificate("certificate of another host", Certificate::OtherHost),
        certificate("expired certificate", Certificate::Expired),
    ]
}
