//! A relay whose API plays the vectors, for tests of the packages for phones.

use super::{Demo, api};
use crate::canned::{Canned, Request};
use crate::made_up::KEY;
use crate::vectors::{self, Vector};
use agenthuman::table::Surface;
use agenthuman::{Client, Secret, operations};
use agenthuman_relay::{Options, Relay};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;

/// A relay for the app token `demo-alice`. It runs until its runtime ends.
pub struct Player {
    pub url: String,
    /// `POST {control}/play` with `{"name": "<a vector's name>"}` makes the API answer that vector's operation as the vector
    /// says, and every other operation with a success.
    pub control: String,
}

struct Playing {
    upstream: Canned,
    vectors: Vec<Vector>,
    /// A new one for each vector, so that the rate limit of one vector does not delay the next.
    relay: RwLock<Relay<Demo>>,
}

impl Player {
    pub async fn start() -> Player {
        let upstream = Canned::answering(api);
        let relay = RwLock::new(relay(&upstream));
        let playing = Arc::new(Playing { upstream, vectors: vectors::all(), relay });
        let phones = axum::Router::new().fallback(answer).with_state(playing.clone());
        let control = axum::Router::new().route("/play", post(play)).with_state(playing);
        Player { url: serve(phones).await, control: serve(control).await }
    }
}

async fn serve(app: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn relay(upstream: &Canned) -> Relay<Demo> {
    let client = Client::builder().base_url(&upstream.url).api_key(KEY).max_retries(0).build().expect("a client");
    let secrets = vec![Secret::new("vectors-are-played-with-this-made-up-secret")];
    Relay::new(client, Demo, Options { secrets, requests_per_minute: 0, ..Options::default() }).expect("a relay")
}

async fn answer(State(playing): State<Arc<Playing>>, request: axum::extract::Request) -> impl IntoResponse {
    let relay = playing.relay.read().expect("no panic").clone();
    relay.handle(request).await
}

async fn play(State(playing): State<Arc<Playing>>, Json(wanted): Json<Value>) -> StatusCode {
    let Some(vector) = playing.vectors.iter().find(|vector| wanted["name"] == *vector.name) else {
        return StatusCode::NOT_FOUND;
    };
    let (operation, canned) = (vector.operation.clone(), vector.answer.canned());
    playing.upstream.answer(move |request| if is_of(request, &operation) { canned.clone() } else { api(request) });
    *playing.relay.write().expect("no panic") = relay(&playing.upstream);
    StatusCode::NO_CONTENT
}

/// Whether the request is for that operation.
fn is_of(request: &Request, operation: &str) -> bool {
    let Some(operation) = operations::find(Surface::Server, operation) else { return false };
    let same = |(expected, segment): (&str, &str)| expected.starts_with('{') || expected == segment;
    operation.method.as_str() == request.method
        && operation.path.split('/').count() == request.path.split('/').count()
        && operation.path.split('/').zip(request.path.split('/')).all(same)
}
