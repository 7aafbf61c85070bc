//! A service that says what a test wants it to say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

pub struct Canned {
    pub url: String,
}

impl Canned {
    /// Answers by the request's method and path: status, further header lines, body.
    pub fn start(answer: impl Fn(&str) -> (u16, String, String) + Send + 'static) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut reader = BufReader::new(connection.unwrap());
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let asked = line.rsplit_once(' ').map(|(asked, _)| asked.to_owned()).unwrap_or_default();
                let mut length = 0;
                loop {
                    let mut header = String::new();
                    reader.read_line(&mut header).unwrap();
                    if let Some((name, value)) = header.split_once(':')
                        && name.eq_ignore_ascii_case("content-length")
                    {
                        length = value.trim().parse().unwrap();
                    }
                    if header.trim().is_empty() {
                        break;
                    }
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                let (status, headers, body) = answer(&asked);
                let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
                reader.get_mut().write_all((head + &body).as_bytes()).unwrap();
            }
        });
        Canned { url }
    }
}
