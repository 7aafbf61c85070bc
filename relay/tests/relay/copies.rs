//! Two copies of a relay behind one address, which share their secrets and nothing else.

use crate::support::mounted::{app, url};
use crate::support::phone::{call, phone};
use crate::support::{ALICE, TestBackend, allow_all, options, token};
use agenthuman::{Client, Kind};
use agenthuman_relay::{Decision, OpenSession, PolicyRequest, Relay};
use agenthuman_sandbox::{Options as SandboxOptions, Running, Sandbox};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// A copy with a runtime of its own, so that it can be killed with all that it has open.
struct Copy {
    runtime: Option<Runtime>,
    address: SocketAddr,
    begun: watch::Sender<usize>,
    served: Arc<AtomicUsize>,
}

impl Copy {
    async fn start(sandbox: &Running) -> Copy {
        let (api, key) = (sandbox.url().to_owned(), sandbox.api_key().to_owned());
        let served = Arc::new(AtomicUsize::new(0));
        let begun = watch::Sender::new(0);
        let (begins, count) = (begun.clone(), served.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let started = runtime.spawn(async move {
            let client = Client::builder().base_url(api).api_key(key.as_str()).build().unwrap();
            let agent = client.agents().list(Default::default()).next().await.unwrap().unwrap().id;
            let policy = move |user: &str, request: PolicyRequest| match request {
                PolicyRequest::OpenSession { .. } => {
                    Ok(Decision::Open(OpenSession { agent_id: agent.clone(), ..OpenSession::default() }))
                }
                agents => allow_all(user, agents),
            };
            let relay = Relay::new(client, TestBackend::new(policy), options()).unwrap();
            let counted = axum::middleware::from_fn(move |request: axum::extract::Request, next: axum::middleware::Next| {
                begins.send_modify(|begun| *begun += 1);
                let count = count.clone();
                async move {
                    let mut response = next.run(request).await;
                    count.fetch_add(1, Ordering::SeqCst);
                    // One request a connection, so that each is balanced.
                    response.headers_mut().insert("connection", http::HeaderValue::from_static("close"));
                    response
                }
            });
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let app = app(relay).layer(counted);
            tokio::spawn(async move { axum::serve(listener, app).await });
            address
        });
        Copy { address: started.await.unwrap(), runtime: Some(runtime), begun, served }
    }

    fn kill(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One address that gives each connection to the next copy that takes it.
async fn balancer(copies: Vec<SocketAddr>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let next = Mutex::new(0);
    tokio::spawn(async move {
        while let Ok((mut inbound, _)) = listener.accept().await {
            for _ in 0..copies.len() {
                let copy = {
                    let mut next = next.lock().unwrap();
                    *next += 1;
                    copies[*next % copies.len()]
                };
                if let Ok(mut outbound) = TcpStream::connect(copy).await {
                    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut inbound, &mut outbound).await });
                    break;
                }
            }
        }
    });
    url(address)
}

async fn users_messages(phone: &agenthuman::host::HostClient, session: &Value) -> Vec<String> {
    let listed = call(phone, &token(ALICE), "messages.list", json!({ "session_id": session, "limit": 200 })).await.unwrap();
    let of_user = |message: &&Value| message["role"] == "user";
    listed.as_array().unwrap().iter().filter(of_user).map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn two_copies_serve_one_session_alternately_and_killing_one_loses_nothing_acknowledged() {
    let sandbox = Sandbox::start(SandboxOptions { port: 0, rate_limit: None, ..SandboxOptions::default() }).await.unwrap();
    let mut copies = [Copy::start(&sandbox).await, Copy::start(&sandbox).await];
    let phone = phone(&balancer(copies.iter().map(|copy| copy.address).collect()).await);
    let session = call(&phone, &token(ALICE), "sessions.create", json!({})).await.unwrap()["id"].clone();
    let mut acknowledged = Vec::new();
    let say = |content: String| {
        let params = json!({ "session_id": session, "content": content });
        let phone = phone.clone();
        async move { call(&phone, &token(ALICE), "messages.create", params).await.map(|_| content) }
    };
    for number in 0..10 {
        acknowledged.push(say(format!("before {number}")).await.unwrap());
    }
    let served: Vec<_> = copies.iter().map(|copy| copy.served.load(Ordering::SeqCst)).collect();
    assert_eq!(served.iter().sum::<usize>(), 11);
    assert!(served[0].abs_diff(served[1]) <= 1, "one copy served more than its share: {served:?}");
    assert_eq!(users_messages(&phone, &session).await, acknowledged);

    // Killed while it waits for the API: what was under way there fails, and is not acknowledged.
    let operator = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap();
    let slow = json!({ "faults": ["messages.create:delay=1000"] });
    operator.request("PUT", "/sandbox/faults", Some(slow), None).await.unwrap();
    let before = *copies[0].begun.borrow();
    let under_way: Vec<_> = (0..8).map(|number| tokio::spawn(say(format!("during {number}")))).collect();
    copies[0].begun.subscribe().wait_for(|begun| *begun > before).await.unwrap();
    copies[0].kill();
    let mut lost = 0;
    for outcome in under_way {
        match outcome.await.unwrap() {
            Ok(content) => acknowledged.push(content),
            Err(error) => {
                assert!(error.kind.is(Kind::Connection), "{error:?}");
                lost += 1;
            }
        }
    }
    assert!((1..8).contains(&lost), "{lost} of 8 failed");
    operator.request("DELETE", "/sandbox/faults", None, None).await.unwrap();
    for number in 0..5 {
        acknowledged.push(say(format!("after {number}")).await.unwrap());
    }
    let kept = users_messages(&phone, &session).await;
    for content in &acknowledged {
        assert_eq!(kept.iter().filter(|kept| *kept == content).count(), 1, "{content} is there exactly once: {kept:?}");
    }
    call(&phone, &token(ALICE), "sessions.renew", json!({ "id": session })).await.unwrap();
}
