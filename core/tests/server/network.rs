//! What a client does on a network that is wrong, hostile or slow.

use super::client_of;
use agenthuman::api::sessions::CreateSession;
use agenthuman::host::{Call, HostClient, Reply, Step, drive};
use agenthuman::{Client, ErrorInfo, Kind};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, session_body};
use agenthuman_testing::response::json as response;
use agenthuman_testing::scripted::{raw, read_request, server};
use agenthuman_testing::tls::Authority;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const AGENTS: &str = r#"{"success":true,"agents":[]}"#;

fn client(url: &str) -> Client {
    Client::builder().base_url(url).api_key(KEY).max_retries(2).timeout(Duration::from_secs(5)).build().unwrap()
}

/// Runs a call as Python's sync client does, on this thread.
fn driven(call: &mut Call) -> Result<Reply, Box<ErrorInfo>> {
    match drive(call.step())? {
        Step::Done(outcome) => outcome,
        _ => panic!("nothing is needed of the host"),
    }
}

fn host_client(url: &str) -> HostClient {
    HostClient::new(&json!({ "base_url": url, "api_key": KEY, "max_retries": 0, "timeout": 5 }).to_string()).unwrap()
}

/// A server that sends a second response after each one, by `send`, and says when it has; each response names its
/// connection.
fn unsolicited(send: fn(&mut TcpStream, &[u8], &[u8])) -> (String, mpsc::Receiver<()>) {
    let (sent, was_sent) = mpsc::channel();
    let address = server(move |mut stream, number| {
        while read_request(&mut stream).is_some() {
            let body = session_body(i64::try_from(number).unwrap()).to_string();
            send(&mut stream, &response(&body), &response(session_body(666).to_string()));
            // The test may be over.
            let _ = sent.send(());
        }
    });
    (format!("http://{address}"), was_sent)
}

fn together(stream: &mut TcpStream, response: &[u8], another: &[u8]) {
    stream.write_all(&[response, another].concat()).unwrap();
}

fn apart(stream: &mut TcpStream, response: &[u8], another: &[u8]) {
    stream.write_all(response).unwrap();
    // So that the client has read the response by itself.
    std::thread::sleep(Duration::from_millis(2));
    stream.write_all(another).unwrap();
}

#[test]
fn an_unsolicited_response_is_never_the_answer_to_the_next_call() {
    for send in [together, apart] {
        let (url, was_sent) = unsolicited(send);
        let client = host_client(&url);
        for _ in 0..20 {
            let reply = driven(&mut client.call("sessions.get", r#"{"id":"1"}"#, "")).unwrap();
            assert!(!reply.body.to_json().contains("666"), "{}", reply.body.to_json());
            was_sent.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_for_a_create() {
    let (closed, was_closed) = mpsc::channel();
    let closes = server(move |mut stream, _| {
        if read_request(&mut stream).is_some() {
            stream.write_all(&response(session_body(1).to_string())).unwrap();
            drop(stream);
            let _ = closed.send(());
        }
    });
    let client = host_client(&format!("http://{closes}"));
    for _ in 0..50 {
        driven(&mut client.call("sessions.create", r#"{"agent_id":"1"}"#, "")).unwrap();
        was_closed.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsolicited_response_is_never_the_answer_on_a_shared_runtime() {
    for send in [together, apart] {
        let (url, was_sent) = unsolicited(send);
        let client = client(&url);
        for _ in 0..20 {
            let session = client.sessions().get("1").await.unwrap();
            assert_ne!(session.id.as_str(), "666");
            was_sent.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_not_http_is_an_invalid_response_and_not_repeated() {
    let many: &'static [u8] = Vec::leak(
        format!(
            "HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}",
            (0..101).map(|n| format!("x-{n}: 1\r\n")).collect::<String>()
        )
        .into_bytes(),
    );
    let cases: [&'static [u8]; 7] = [
        b"HTTP/1.1 200 OK\r\nbad header: 1\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n{}",
        b"HTTP/1.1 banana\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/3.7 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        many,
    ];
    for bytes in cases {
        let (url, requests) = raw(bytes);
        let error = client(&url).sessions().get("1").await.unwrap_err();
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(error.kind(), Kind::InvalidResponse, "{shown}: {error}");
        assert!(error.info().message.starts_with("the response is not valid HTTP: "), "{error}");
        assert_eq!(requests.load(Ordering::SeqCst), 1, "{shown}");
        let error = client(&url).sessions().create(CreateSession::new("1")).await;
        assert!(error.unwrap_err().info().outcome_unknown, "{shown}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_too_early_is_a_connection_error_and_repeated() {
    for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-le"] {
        let (url, requests) = raw(bytes);
        let error = client(&url).sessions().get("1").await.unwrap_err();
        assert!(error.kind().is(Kind::Connection), "{error}");
        assert_eq!(requests.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn names_below_localhost_connect_to_this_machine() {
    let server = Canned::start([Answer::json(200, session_body(5))]);
    let port = server.url.rsplit(':').next().unwrap();
    for host in ["no-hosts-file-has-this.localhost", "localhost.", "LOCALHOST", "127.1", "2130706433", "0x7f.1"] {
        let session = client(&format!("http://{host}:{port}")).sessions().get("5").await.unwrap();
        assert_eq!(session.id.as_str(), "5", "{host}");
    }
}

#[tokio::test]
async fn a_create_that_never_had_a_connection_has_a_known_outcome() {
    /// A listener whose queue is full accepts no connection and rejects none.
    fn unreachable() -> (std::net::TcpListener, Vec<TcpStream>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            held.push(stream);
            assert!(held.len() < 10_000);
        }
        (listener, held)
    }
    let create = |client: Client| async move { client.sessions().create(CreateSession::new("1")).await.unwrap_err() };
    let build = |url: &str| Client::builder().base_url(url).api_key(KEY).timeout(Duration::from_millis(400)).build().unwrap();

    let (listener, _held) = unreachable();
    let error = create(build(&format!("http://{}", listener.local_addr().unwrap()))).await;
    assert_eq!((error.kind(), error.info().outcome_unknown), (Kind::Timeout, false), "{error:?}");

    // The connection is there, and the TLS handshake never ends.
    let silent = server(|mut stream, _| drop(stream.read_to_end(&mut Vec::new())));
    let error = create(build(&format!("https://{silent}"))).await;
    assert_eq!((error.kind(), error.info().outcome_unknown), (Kind::Timeout, false), "{error:?}");

    // The request was written, and no response comes.
    let error = create(build(&format!("http://{silent}"))).await;
    assert_eq!((error.kind(), error.info().outcome_unknown), (Kind::Timeout, true), "{error:?}");
}

/// The fault of an HTTP/2 server's first connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// It is mute after its first response.
    Mute,
    /// Its response does not end.
    Endless,
    /// It resets the stream in the place of a response.
    Reset,
}

async fn mute_at_first(name: &str) -> (String, PathBuf, Arc<AtomicUsize>) {
    wrong_at_first(name, First::Mute).await
}

/// An HTTP/2 server with that fault on its first connection, which works on every other one. Counts its connections.
async fn wrong_at_first(name: &str, fault: First) -> (String, PathBuf, Arc<AtomicUsize>) {
    let authority = Authority::new().unwrap();
    let acceptor = authority.acceptor(None, b"h2").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let number = count.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut answered = 0;
                let mut endless = Vec::new();
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    if number == 0 && fault == First::Reset {
                        respond.send_reset(h2::Reason::CANCEL);
                        continue;
                    }
                    let headers = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
                    let mut body = respond.send_response(headers, false).unwrap();
                    if number == 0 && fault == First::Endless {
                        body.send_data(vec![b' '; 4 << 20].into(), false).unwrap();
                        endless.push(body);
                        continue;
                    }
                    body.send_data(AGENTS.into(), true).unwrap();
                    answered += 1;
                    if number == 0 && answered == 1 {
                        // Long enough for the response to leave.
                        let _ = tokio::time::timeout(Duration::from_millis(200), connection.accept()).await;
                        std::future::pending::<()>().await;
                    }
                }
            });
        }
    });
    (url, authority.file(name).unwrap(), connections)
}

fn trusting(url: &str, ca_file: &Path, timeout: Duration) -> Client {
    Client::builder().base_url(url).api_key(KEY).ca_file(ca_file).max_retries(0).timeout(timeout).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_http2_connection_fails_the_calls_on_it_and_no_later_ones() {
    let (url, ca_file, connections) = mute_at_first("mute").await;
    let client = trusting(&url, &ca_file, Duration::from_millis(1_500));
    client.agents().list(Default::default()).page().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (mut first, mut second) = (client.agents().list(Default::default()), client.agents().list(Default::default()));
    let (first, second) = futures_util::future::join(first.page(), second.page()).await;
    assert_eq!(first.unwrap_err().kind(), Kind::Timeout);
    assert_eq!(second.unwrap_err().kind(), Kind::Timeout);
    for _ in 0..5 {
        client.agents().list(Default::default()).page().await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http2_connection_on_which_a_call_failed_is_not_used_again() {
    for (fault, name, kind) in [(First::Endless, "endless", Kind::InvalidResponse), (First::Reset, "reset", Kind::Connection)] {
        let (url, ca_file, connections) = wrong_at_first(name, fault).await;
        let builder = Client::builder().base_url(&url).api_key(KEY).ca_file(ca_file).max_retries(0);
        let client = builder.max_response_bytes(1 << 20).build().unwrap();
        let error = client.agents().list(Default::default()).page().await.unwrap_err();
        assert!(error.kind().is(kind), "{error:?}");
        client.agents().list(Default::default()).page().await.unwrap();
        assert_eq!(connections.load(Ordering::SeqCst), 2, "{name}");
    }
}

#[tokio::test]
async fn a_length_over_the_size_cap_is_rejected_without_waiting_for_the_body() {
    for (status, kind) in [("200 OK", Kind::InvalidResponse), ("404 Not Found", Kind::NotFound), ("502 Bad", Kind::Server)] {
        let address = server(move |mut stream, _| {
            while read_request(&mut stream).is_some() {
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: 1000000000\r\n\r\n<html>");
                stream.write_all(head.as_bytes()).unwrap();
            }
        });
        let client = Client::builder().base_url(format!("http://{address}")).api_key(KEY).max_retries(0).build().unwrap();
        let error = client.sessions().get("1").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_on_a_mute_http2_connection_frees_later_ones() {
    let (url, ca_file, _) = mute_at_first("cancelled").await;
    let client = trusting(&url, &ca_file, Duration::from_secs(60));
    client.agents().list(Default::default()).page().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut list = client.agents().list(Default::default());
    tokio::time::timeout(Duration::from_millis(1_500), list.page()).await.unwrap_err();
    client.agents().list(Default::default()).page().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_end_a_call_on_a_mute_http2_connection() {
    let (url, ca_file, _) = mute_at_first("pings").await;
    let client = trusting(&url, &ca_file, Duration::from_secs(60));
    client.agents().list(Default::default()).page().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    let error = client.agents().list(Default::default()).page().await.unwrap_err();
    assert!(error.kind().is(Kind::Connection), "{error:?}");
    assert!(error.info().message.contains("stopped responding"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_unknown_authority_is_not_retried_and_names_the_option() {
    let (url, ca_file, connections) = mute_at_first("unknown").await;
    let error = client(&url).agents().list(Default::default()).page().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls, "{error:?}");
    assert!(error.info().suggestion.as_ref().is_some_and(|text| text.contains("ca_file")), "{error:?}");
    assert!(!error.info().retryable);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    trusting(&url, &ca_file, Duration::from_secs(10)).agents().list(Default::default()).page().await.unwrap();
}

#[test]
fn a_ca_file_without_certificates_is_a_configuration_error() {
    let empty = std::env::temp_dir().join(format!("agenthuman-empty-{}.pem", std::process::id()));
    std::fs::write(&empty, "no certificate").unwrap();
    for path in [empty.as_path(), std::path::Path::new("/nowhere/ca.pem")] {
        let error = Client::builder().base_url("https://localhost").api_key(KEY).ca_file(path).build().unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("ca_file")));
        assert!(error.info().message.contains(path.to_str().unwrap()), "{error}");
    }
    std::fs::remove_file(empty).unwrap();
}

/// What comes from the environment is tried by this same test in a process of its own: prints what a call comes to.
fn in_child(test: &str, url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = command
        .args(["--exact", &format!("network::{test}"), "--nocapture"])
        .env(CHILD, url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const CHILD: &str = "AGENTHUMAN_TEST_CHILD";

/// In the child: makes the call, and prints its outcome.
fn is_child() -> bool {
    let Ok(url) = std::env::var(CHILD) else { return false };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = Client::builder().base_url(url).api_key(KEY).timeout(Duration::from_secs(5)).build();
    match outcome.and_then(|client| runtime.block_on(async { client.agents().list(Default::default()).page().await })) {
        Ok(_) => println!("\noutcome=ok"),
        Err(error) => println!("\noutcome={} text={error}", error.kind().code()),
    }
    true
}

#[test]
fn plain_http_never_goes_through_a_proxy() {
    if is_child() {
        return;
    }
    let proxy = Canned::start([Answer::text(502, "this is the proxy")]);
    let service = Canned::start([Answer::json(200, json!({ "success": true, "agents": [] }))]);
    let port = service.url.rsplit(':').next().unwrap();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        for host in ["127.0.0.1", "localhost"] {
            let said = in_child("plain_http_never_goes_through_a_proxy", &format!("http://{host}:{port}"), &[(name, &proxy.url)]);
            assert!(said.contains("outcome=ok"), "{name} {host}: {said}");
        }
    }
    assert!(proxy.seen().is_empty());
}

#[test]
fn a_proxy_is_used_or_named_and_never_left_out() {
    if is_child() {
        return;
    }
    let this = "a_proxy_is_used_or_named_and_never_left_out";
    let (sender, reached) = mpsc::channel();
    // Counts who comes, and hangs up.
    let target = server(move |_, _| sender.send(()).unwrap());
    let url = format!("https://{target}");
    for value in ["http://me:hunt#er2@127.0.0.1:1", "gopher://me:hunter2@127.0.0.1:1", "http://me:hunter2@127.0.0.1:1"] {
        let said = in_child(this, &url, &[("HTTPS_PROXY", value)]);
        assert!(said.contains("outcome=proxy") && !said.contains("hunt"), "{value}: {said}");
    }
    assert!(reached.try_recv().is_err());
    for list in ["*", &target.to_string()] {
        in_child(this, &url, &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", list)]);
        reached.try_recv().unwrap_or_else(|_| panic!("{list}"));
        while reached.try_recv().is_ok() {}
    }
}

#[test]
fn a_socks_proxy_is_used() {
    if is_child() {
        return;
    }
    let (sender, greeted) = mpsc::channel();
    let proxy = server(move |mut stream, _| {
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).unwrap();
        sender.send(greeting).unwrap();
    });
    let said = in_child("a_socks_proxy_is_used", "https://service.invalid", &[("ALL_PROXY", &format!("socks5h://{proxy}"))]);
    assert!(said.contains("outcome=proxy"), "{said}");
    assert_eq!(greeted.try_recv().unwrap()[0], 5);
}

#[test]
fn certificates_of_the_environment_are_trusted_or_their_variable_is_named() {
    if is_child() {
        return;
    }
    let this = "certificates_of_the_environment_are_trusted_or_their_variable_is_named";
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (url, ca_file, _) = runtime.block_on(mute_at_first("environment"));
    let file = ca_file.to_str().unwrap();
    let directory = ca_file.parent().unwrap().to_str().unwrap();
    for variable in [("SSL_CERT_FILE", file), ("SSL_CERT_DIR", directory)] {
        let said = in_child(this, &url, &[variable]);
        assert!(said.contains("outcome=ok"), "{variable:?}: {said}");
    }
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let said = in_child(this, &url, &[(name, "/nowhere/at/all")]);
        assert!(said.contains("outcome=configuration") && said.contains(name) && said.contains("/nowhere/at/all"), "{said}");
    }
    // An empty variable counts as not set.
    for variables in [&[][..], &[("SSL_CERT_FILE", "")], &[("SSL_CERT_DIR", "")], &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")]]
    {
        let said = in_child(this, &url, variables);
        assert!(said.contains("outcome=tls"), "{variables:?}: {said}");
    }
}

#[tokio::test]
async fn plain_http_to_a_private_network_is_for_test_keys_only() {
    let live = KEY.replace("ah_test_", "ah_live_");
    let insecure = |url: &str| Client::builder().base_url(url).allow_insecure_http();
    let error = Client::builder().base_url("http://sandbox:8787").api_key(KEY).build().unwrap_err();
    assert!(error.to_string().contains("allow_insecure_http"), "{error}");

    assert!(insecure("http://sandbox:8787").api_key(KEY).build().is_ok());
    for (builder, parameter) in [
        (insecure("http://sandbox:8787").api_key(live.clone()), "api_key"),
        (insecure("http://10.0.2.2:8787").api_key(KEY).token(TOKEN), "token"),
        (insecure("http://1.1.1.1").api_key(KEY), "base_url"),
        (insecure("http://0.0.0.0:8787").api_key(KEY), "base_url"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{error}");
    }

    // A key that a function returns is looked at when it is used. The address is one for documentation, so that a request
    // would fail otherwise.
    let callback = move || -> futures_util::future::BoxFuture<'static, _> {
        let key = live.clone();
        Box::pin(async move { Ok(agenthuman::Secret::new(key)) })
    };
    let source = agenthuman::KeySource::Callback(Arc::new(callback));
    let client = insecure("http://10.255.255.1:9").api_key_source(source).build().unwrap();
    let error = client.sessions().get("1").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration, "{error}");
    let client = insecure("http://10.255.255.1:9").api_key(KEY).build().unwrap();
    let error = client.auth().verify_otp("a@example.com", "123456").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration, "{error}");
}

#[tokio::test]
async fn inputs_without_bound_are_rejected_before_sending() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = client_of(&server);
    let long = "7".repeat(100_000);
    let error = client.sessions().get(long.as_str()).await.unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::InvalidArgument, Some("id")));
    assert!(error.info().message.len() < 200, "{error}");
    let error = client.request("GET", &format!("/v1/{long}"), None, None).await.unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::InvalidArgument, Some("path")));
    let error = Client::builder().api_key(KEY).header("x-long", &long).build().unwrap_err();
    assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("headers")));
    assert!(server.seen().is_empty());
}

#[test]
fn a_base_url_without_a_scheme_is_completed_in_the_suggestion() {
    for (url, suggestion) in [
        ("localhost:8787", Some("http://localhost:8787")),
        ("127.0.0.1:8787", Some("http://127.0.0.1:8787")),
        ("api.agenthuman.com", Some("https://api.agenthuman.com")),
        ("sandbox:8787", Some("https://sandbox:8787")),
        ("me:secret@host", None),
        ("nonsense", None),
    ] {
        let error = Client::builder().base_url(url).api_key(KEY).build().unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("base_url")), "{url}");
        let text = error.to_string();
        assert!(suggestion.is_none_or(|suggestion| text.contains(suggestion)) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn a_base_url_must_not_end_in_the_version() {
    for (url, suggestion) in [
        ("https://api.agenthuman.com/v1", "Use https://api.agenthuman.com."),
        ("https://api.agenthuman.com/v1/", "Use https://api.agenthuman.com."),
        ("https://host/api/V1//", "Use https://host/api."),
        ("http://localhost:8787/v1", "Use http://localhost:8787."),
        ("http://[::1]:8787/a/v1", "Use http://[::1]:8787/a."),
    ] {
        let error = Client::builder().base_url(url).api_key(KEY).build().unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("base_url")), "{url}");
        assert_eq!(error.info().suggestion.as_deref(), Some(suggestion), "{url}");
    }
    for url in ["https://host/v1/agenthuman", "https://host/v11", "https://host/api", "https://v1"] {
        Client::builder().base_url(url).api_key(KEY).build().unwrap();
    }
}

/// In a process of its own: the other tests open descriptors, too.
#[test]
fn many_threads_need_few_descriptors() {
    if std::env::var_os(CHILD).is_none() {
        let said = in_child("many_threads_need_few_descriptors", "", &[]);
        assert!(said.contains("1 passed"), "{said}");
        return;
    }
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let client = Arc::new(host_client(&server.url));
    let barrier = Arc::new(std::sync::Barrier::new(101));
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let (client, barrier) = (client.clone(), barrier.clone());
            std::thread::spawn(move || {
                driven(&mut client.call("sessions.get", r#"{"id":"1"}"#, "")).unwrap();
                barrier.wait();
                barrier.wait();
            })
        })
        .collect();
    barrier.wait();
    #[cfg(target_os = "linux")]
    {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
        assert!(open < 350, "{open}");
    }
    barrier.wait();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
