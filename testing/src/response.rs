//! The bytes of well-formed HTTP/1.1 responses.

pub const JSON: &str = "content-type: application/json\r\n";

/// A response of that status with these header lines and this body, and with its length.
pub fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut response = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

/// A response whose body is this JSON, on a connection that stays open.
pub fn json(body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK", JSON, body)
}
