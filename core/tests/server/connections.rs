//! What is told apart when no connection comes about: TLS, and a proxy.

use agenthuman::{Client, Kind};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::KEY;

fn client(url: &str) -> Client {
    Client::builder().base_url(url).api_key(KEY).max_retries(0).build().unwrap()
}

#[tokio::test]
async fn a_service_that_speaks_no_tls_is_a_tls_error() {
    let server = Canned::start([Answer::text(200, "{}")]);
    let error = client(&server.url.replace("http://", "https://")).sessions().get("1").await.unwrap_err();
    assert_eq!((error.kind(), error.info().phase), (Kind::Tls, Some("tls")), "{error:?}");
    assert!(error.kind().is(Kind::Connection));

    let hangs_up = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", hangs_up.local_addr().unwrap());
    std::thread::spawn(move || hangs_up.accept().map(drop));
    let error = client(&url).sessions().get("1").await.unwrap_err();
    assert!(error.kind().is(Kind::Connection), "{error:?}");
    assert!(!error.info().outcome_unknown);
}

/// The proxy comes from the environment, so the call is made by this same test in a process of its own.
#[test]
fn a_proxy_that_refuses_is_a_proxy_error() {
    const CHILD: &str = "AGENTHUMAN_TEST_PROXY_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(async { client("https://service.example").sessions().get("1").await.unwrap_err() });
        println!("\nkind={} unsent={} text={error}", error.kind().code(), !error.info().outcome_unknown);
        return;
    }
    let proxy = Canned::start([Answer::text(407, "who are you?")]);
    let with_user = proxy.url.replace("http://", "http://user:hunter2@");
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "connections::a_proxy_that_refuses_is_a_proxy_error", "--nocapture"])
        .env(CHILD, "1")
        .envs(["HTTPS_PROXY", "https_proxy"].map(|name| (name, with_user.as_str())))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("kind=proxy"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(proxy.seen()[0].method, "CONNECT");
    assert!(!proxy.seen()[0].headers.contains_key("x-api-key"));
}
