//! A relay whose API plays contract/vectors, so that packages for phones can be held against them.
//!
//! It prints one line of JSON: `url` is the relay's, for the app token `demo-alice`; `POST {control}/play` with
//! `{"name": "<a vector's name>"}` makes the API answer that vector's operation as the vector says, and all others well.

#[path = "../tests/support/upstream.rs"]
mod upstream;

use agenthuman::table::Surface;
use agenthuman::{Client, Secret, operations};
use agenthuman_relay::{Asked, Backend, BoxError, Decision, Opening, Options, Relay, Wish};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use base64::Engine;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;
use upstream::{Answer, Seen, Upstream, api};

#[allow(dead_code, reason = "a test starts the player by itself")]
#[tokio::main]
async fn main() {
    let player = Player::start().await;
    println!("{}", json!({ "url": player.url, "control": player.control }));
    std::future::pending::<()>().await;
}

/// The player, which plays until its runtime ends.
pub struct Player {
    pub url: String,
    pub control: String,
}

struct Playing {
    upstream: Upstream,
    vectors: Vec<Value>,
    /// A new one for each vector: what one vector says of rate limits is not to hold back the next.
    relay: RwLock<Relay<Demo>>,
}

struct Demo;

impl Backend for Demo {
    async fn authorize(&self, asked: &Asked) -> Result<Option<String>, BoxError> {
        Ok(asked.bearer().and_then(|token| token.strip_prefix("demo-")).map(str::to_owned))
    }

    async fn policy(&self, _: &str, wish: Wish) -> Result<Decision, BoxError> {
        Ok(match wish {
            Wish::OpenSession { agent_id, session_type, metadata, .. } => Decision::Open(Opening {
                agent_id: agent_id.unwrap_or_else(|| "7".into()),
                session_type,
                metadata,
                ..Opening::default()
            }),
            Wish::ListAgents { agents } => {
                Decision::Show(agents.iter().filter_map(|agent| agent["id"].as_str()).map(Into::into).collect())
            }
        })
    }
}

impl Player {
    pub async fn start() -> Player {
        let upstream = Upstream::start(api).await;
        let relay = RwLock::new(relay(&upstream));
        let playing = Arc::new(Playing { upstream, vectors: vectors(), relay });
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

fn relay(upstream: &Upstream) -> Relay<Demo> {
    let key = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1";
    let client = Client::builder().base_url(&upstream.url).api_key(key).max_retries(0).build().expect("a client");
    let secrets = vec![Secret::new("vectors-are-played-with-this-made-up-secret")];
    Relay::new(client, Demo, Options { secrets, requests_per_minute: 0, ..Options::default() }).expect("a relay")
}

/// Every vector of every file.
pub fn vectors() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/vectors");
    let files = std::fs::read_dir(folder).expect("the vectors").map(|entry| entry.expect("a file").path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.flat_map(|path| serde_json::from_slice::<Vec<Value>>(&std::fs::read(path).expect("a file")).expect("vectors")).collect()
}

async fn answer(State(playing): State<Arc<Playing>>, request: Request) -> impl IntoResponse {
    let relay = playing.relay.read().expect("no panic").clone();
    relay.handle(request).await
}

async fn play(State(playing): State<Arc<Playing>>, Json(wanted): Json<Value>) -> StatusCode {
    let Some(vector) = playing.vectors.iter().find(|vector| vector["name"] == wanted["name"]) else {
        return StatusCode::NOT_FOUND;
    };
    let (name, canned) = (vector["operation"].as_str().unwrap_or_default().to_owned(), canned(&vector["answer"]));
    playing.upstream.answer(move |seen| if is_of(seen, &name) { canned.clone() } else { api(seen) });
    *playing.relay.write().expect("no panic") = relay(&playing.upstream);
    StatusCode::NO_CONTENT
}

/// Whether the request is for that operation.
fn is_of(seen: &Seen, name: &str) -> bool {
    let Some(operation) = operations::find(Surface::Server, name) else { return false };
    let path = seen.path.split('?').next().unwrap_or_default();
    let same = |(expected, segment): (&str, &str)| expected.starts_with('{') || expected == segment;
    operation.method.as_str() == seen.method
        && operation.path.split('/').count() == path.split('/').count()
        && operation.path.split('/').zip(path.split('/')).all(same)
}

fn canned(answer: &Value) -> Answer {
    let headers = answer["headers"].as_object().into_iter().flatten();
    Answer {
        status: answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default(),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        body: match (answer.get("body"), answer["base64"].as_str()) {
            (Some(body), _) => body.to_string().into_bytes(),
            (None, Some(bytes)) => base64::engine::general_purpose::STANDARD.decode(bytes).unwrap_or_default(),
            (None, None) => answer["text"].as_str().unwrap_or_default().as_bytes().to_vec(),
        },
        cut: answer["cut"].as_u64().and_then(|cut| usize::try_from(cut).ok()).unwrap_or_default(),
        ..Answer::default()
    }
}
