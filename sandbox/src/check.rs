//! `--check`: tests whether a sandbox responds, for health checks of containers, whose images have no other client.

use std::time::Duration;

use axum::http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The time limit of a check.
const LIMIT: Duration = Duration::from_secs(3);

/// The page that is requested. It needs no credential, and does not count against the rate limit.
const PAGE: &str = "/openapi.json";

/// Requests a page of the sandbox at a base URL, such as `http://127.0.0.1:8787`.
///
/// # Errors
///
/// If the URL is no `http` URL, or if there is no response with status 200 within 3 seconds.
pub async fn check(url: &str) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| format!("{url:?} is not a URL"))?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{url:?} is not an http URL"));
    };
    let place = (authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80));
    let request = format!("GET {PAGE} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let status = tokio::time::timeout(LIMIT, status(place, &request));
    match status.await {
        Err(_) => Err(format!("no response from {url} within {} seconds", LIMIT.as_secs())),
        Ok(Err(error)) => Err(format!("no response from {url}: {error}")),
        Ok(Ok(status)) if status == "200" => Ok(()),
        Ok(Ok(status)) => Err(format!("{url} responded with status {status:?}")),
    }
}

/// Sends a request, and returns the status of the response as text.
async fn status(place: (&str, u16), request: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(place).await?;
    connection.write_all(request.as_bytes()).await?;
    // "HTTP/1.1 200"
    let mut start = [0; 12];
    connection.read_exact(&mut start).await?;
    Ok(String::from_utf8_lossy(&start[9..]).into_owned())
}
