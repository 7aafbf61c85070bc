//! A phone that slept: its connection is dead without a word, and what it sends is stored once.

use crate::support::mounted::serve;
use crate::support::phone::{call, finish, phone};
use crate::support::{ALICE, TestBackend, allow_all, options, token};
use agenthuman::Client;
use agenthuman::host::HostClient;
use agenthuman_relay::{Decision, OpenSession, Options, Relay};
use agenthuman_sandbox::{Options as SandboxOptions, Running, Sandbox};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

async fn sandbox() -> Running {
    Sandbox::start(SandboxOptions { port: 0, rate_limit: None, ..SandboxOptions::default() }).await.unwrap()
}

async fn relay(sandbox: &Running) -> String {
    let client = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let agent = client.agents().list(Default::default()).next().await.unwrap().unwrap().id;
    let policy = move |user: &str, request| match allow_all(user, request)? {
        Decision::Open(opening) => Ok(Decision::Open(OpenSession { agent_id: agent.clone(), ..opening })),
        other => Ok(other),
    };
    let options = Options { requests_per_minute: 0, ..options() };
    serve(Relay::new(client, TestBackend::new(policy), options).unwrap()).await
}

/// What becomes of the connections that exist.
#[derive(Clone, Copy, PartialEq)]
enum Loses {
    Nothing,
    /// Requests are accepted and go nowhere.
    Requests,
    /// Requests arrive, and their responses go nowhere.
    Responses,
    /// What is sent is not acknowledged, once the small buffers of the peer are full.
    Acknowledgements,
}

/// A TCP proxy whose connections can die without a word.
struct Proxy {
    url: String,
    loses: watch::Sender<(usize, Loses)>,
    lost: watch::Sender<usize>,
}

impl Proxy {
    async fn to(url: &str) -> Proxy {
        let rest = url.strip_prefix("http://").unwrap();
        let (target, path) = rest.split_once('/').unwrap();
        let target = target.to_owned();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(128).unwrap();
        let url = format!("http://{}/{path}", listener.local_addr().unwrap());
        let proxy = Proxy { url, loses: watch::Sender::new((0, Loses::Nothing)), lost: watch::Sender::new(0) };
        let (loses, lost) = (proxy.loses.clone(), proxy.lost.clone());
        tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                let relay = TcpStream::connect(&target).await.unwrap();
                let (phone_in, phone_out) = phone.into_split();
                let (relay_in, relay_out) = relay.into_split();
                let born = loses.borrow().0;
                tokio::spawn(pump(phone_in, relay_out, loses.subscribe(), born, Loses::Requests, lost.clone()));
                tokio::spawn(pump(relay_in, phone_out, loses.subscribe(), born, Loses::Responses, lost.clone()));
            }
        });
        proxy
    }

    /// From now on, the connections that exist lose what is sent. Later ones lose nothing.
    fn lose(&self, what: Loses) {
        self.loses.send_modify(|(generation, loses)| (*generation, *loses) = (*generation + 1, what));
    }

    /// Waits until that many pieces are lost.
    async fn has_lost(&self, pieces: usize) {
        self.lost.subscribe().wait_for(|lost| *lost >= pieces).await.unwrap();
    }
}

/// Copies what comes, until it is to be lost: then it is read, and both sides stay open.
async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    loses: watch::Receiver<(usize, Loses)>,
    born: usize,
    direction: Loses,
    lost: watch::Sender<usize>,
) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let (generation, what) = *loses.borrow();
        if generation > born && what == Loses::Acknowledgements {
            lost.send_modify(|lost| *lost += 1);
            std::future::pending::<()>().await;
        } else if generation > born && what == direction {
            lost.send_modify(|lost| *lost += 1);
        } else if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
    if loses.borrow().0 > born {
        // The end of a dead connection does not arrive.
        std::future::pending::<()>().await;
    }
}

/// A phone with the default retries.
fn patient_phone(backend: &str) -> HostClient {
    HostClient::phone(&json!({ "backend": backend, "token": { "function": true } }).to_string()).unwrap()
}

/// Opens a session, and returns its id.
async fn chat(phone: &HostClient) -> Value {
    call(phone, &token(ALICE), "sessions.create", json!({ "session_type": "agent_chat" })).await.unwrap()["id"].clone()
}

async fn contents(phone: &HostClient, session: &Value) -> Vec<String> {
    let messages = call(phone, &token(ALICE), "messages.list", json!({ "session_id": session })).await.unwrap();
    let of_user = messages.as_array().unwrap().iter().filter(|message| message["role"] == "user");
    of_user.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

/// A limit for what would otherwise take as long as the timeout of a call.
async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), awaited).await.expect("it did not happen in time")
}

#[tokio::test]
async fn a_message_on_a_connection_that_died_in_sleep_is_sent_once_when_the_network_changes() {
    let sandbox = sandbox().await;
    let proxy = Proxy::to(&relay(&sandbox).await).await;
    let phone = patient_phone(&proxy.url);
    let session = chat(&phone).await;
    let mut expected = Vec::new();
    for (number, what) in [Loses::Requests, Loses::Responses].into_iter().enumerate() {
        expected.extend([format!("awake {number}"), format!("after sleep {number}")]);
        let send = |content: &str| {
            let (phone, params) = (phone.clone(), json!({ "session_id": session, "content": content }));
            async move { call(&phone, &token(ALICE), "messages.create", params).await }
        };
        send(&format!("awake {number}")).await.unwrap();
        proxy.lose(what);
        let sending = tokio::spawn(send(&format!("after sleep {number}")));
        in_time(proxy.has_lost(number + 1)).await;
        let changed = Instant::now();
        phone.connections_changed();
        let exchange = in_time(sending).await.unwrap().unwrap();
        eprintln!("the message was sent {:.3} s after the change", changed.elapsed().as_secs_f64());
        assert!(exchange["reply"]["content"].as_str().unwrap().contains("after sleep"));
        assert_eq!(contents(&phone, &session).await, expected);
    }
}

/// On other systems, only the app knows of it.
#[cfg(any(target_os = "android", target_os = "linux"))]
#[tokio::test]
async fn a_message_that_is_not_acknowledged_on_a_connection_used_before_is_sent_once_on_another() {
    let sandbox = sandbox().await;
    let proxy = Proxy::to(&relay(&sandbox).await).await;
    let phone = patient_phone(&proxy.url);
    let session = chat(&phone).await;
    proxy.lose(Loses::Acknowledgements);
    // More than the buffers of the peer take.
    let content = "\u{1f634}".repeat(15_000);
    let token = token(ALICE);
    let sending = call(&phone, &token, "messages.create", json!({ "session_id": session, "content": content }));
    let began = Instant::now();
    let exchange = tokio::time::timeout(Duration::from_secs(20), sending).await.expect("it was not noticed").unwrap();
    eprintln!("the message was sent {:.3} s after the connection died", began.elapsed().as_secs_f64());
    assert!(exchange["reply"]["content"].is_string());
    assert_eq!(*proxy.lost.borrow(), 1);
    assert_eq!(contents(&phone, &session).await, [content]);
}

#[tokio::test]
async fn a_message_of_one_phone_reaches_another_that_follows_without_a_pause() {
    let sandbox = sandbox().await;
    let url = relay(&sandbox).await;
    let (first, second) = (phone(&url), phone(&url));
    let session = chat(&first).await;
    second.restore(&first.restorable(session.as_str().unwrap())).unwrap();
    // A pause would be longer than any test may take.
    let pager = second.follow("messages.list", &json!({ "session_id": session }).to_string(), "", Some(86_400.0)).unwrap();
    let mut heard = Vec::new();
    assert_eq!(in_time(finish(pager.next().unwrap(), &token(ALICE))).await.unwrap().0, json!([]));
    for number in 0..3 {
        let waiting = tokio::spawn({
            let next = pager.next().unwrap();
            async move { finish(next, &token(ALICE)).await }
        });
        let content = format!("number {number}");
        call(&first, &token(ALICE), "messages.create", json!({ "session_id": session, "content": content })).await.unwrap();
        let (news, _) = in_time(waiting).await.unwrap().unwrap();
        heard.extend(news.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap().to_owned()));
    }
    assert_eq!(heard, ["user", "assistant"].repeat(3));
}
