//! Relays on real sockets, mounted as a backend would; every answer that leaves them is held against the contract.

use super::{contract, read};
use agenthuman_relay::{Backend, Relay};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Full};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::net::TcpListener;

/// Mounts a relay under `/phones` on a free port, and gives its URL.
pub async fn serve<B: Backend>(relay: Relay<B>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app(relay)).await });
    url
}

pub fn app<B: Backend>(relay: Relay<B>) -> axum::Router {
    axum::Router::new().nest_service("/phones", relay).layer(from_fn(checked))
}

pub fn url(address: SocketAddr) -> String {
    format!("http://{address}/phones")
}

/// An answer that is not as the contract says becomes one that no phone takes for anything.
async fn checked(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().trim_start_matches("/phones").to_owned();
    let (parts, body) = next.run(request).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let answered = read(http::Response::from_parts(parts.clone(), Full::new(body.clone()))).await;
    match catch_unwind(AssertUnwindSafe(|| contract::check(&method, &path, &answered))) {
        Ok(()) => http::Response::from_parts(parts, Full::new(body)).into_response(),
        Err(_) => http::StatusCode::IM_A_TEAPOT.into_response(),
    }
}
