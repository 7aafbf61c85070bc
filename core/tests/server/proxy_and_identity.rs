//! A proxy with a password, and the certificate of a client, on the wire.

use agenthuman::{AppInfo, Client, ClientBuilder, Error, Kind, Pem};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, session_body};
use agenthuman_testing::proxy::Proxy;
use agenthuman_testing::tls::{Authority, Clients, SecureService};
use std::path::PathBuf;

const SESSION: &str = r#"{"success": true, "session": {"session_id": 1, "agent_id": 7, "session_type": "voice", "status": "active", "started_at": "2024-01-15T10:30:00Z"}}"#;

struct Setup {
    authority: Authority,
    ca_file: PathBuf,
    service: SecureService,
}

async fn setup(name: &str, clients: Clients) -> Setup {
    let authority = Authority::new().unwrap();
    let ca_file = authority.file(name).unwrap();
    let service = SecureService::start(&authority, clients, SESSION).await.unwrap();
    Setup { authority, ca_file, service }
}

impl Setup {
    fn client(&self) -> ClientBuilder {
        // The environment of the tests may name a proxy.
        Client::builder().base_url(&self.service.url).api_key(KEY).ca_file(&self.ca_file).max_retries(0).proxy("direct")
    }
}

async fn get(builder: ClientBuilder) -> Result<(), Error> {
    builder.build()?.sessions().get("1").await.map(drop)
}

#[tokio::test]
async fn a_proxy_with_a_password_is_used() {
    let setup = setup("proxy", Clients::Any).await;
    let proxy = Proxy::start("me", "p@ss#1").await.unwrap();
    get(setup.client().proxy(format!("http://me:p%40ss%231@{}", proxy.address))).await.unwrap();
    let target = setup.service.url.replace("https://", "CONNECT ");
    assert_eq!(*proxy.seen.lock().unwrap(), [(target, true)]);
    for user in ["", "me:hunter2@"] {
        let error = get(setup.client().proxy(format!("http://{user}{}", proxy.address))).await.unwrap_err();
        assert_eq!((error.kind(), error.info().phase), (Kind::Proxy, Some("proxy")), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    get(setup.client()).await.unwrap();
    assert_eq!(proxy.seen.lock().unwrap().len(), 3, "a direct connection does not reach the proxy");
}

#[tokio::test]
async fn plain_http_does_not_go_through_the_proxy() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    get(Client::builder().base_url(&server.url).api_key(KEY).proxy("http://127.0.0.1:1")).await.unwrap();
}

#[test]
fn a_proxy_is_checked_and_shown_without_its_password() {
    for (proxy, part) in [
        ("gopher://me:hunter2@proxy.test", "gopher"),
        ("http://me:hunt#er2@proxy.test", "not a valid proxy URL"),
        ("", "not a valid proxy URL"),
        ("none", ""),
    ] {
        let made = Client::builder().api_key(KEY).proxy(proxy).build();
        if part.is_empty() {
            made.unwrap();
            continue;
        }
        let error = made.unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("proxy")), "{proxy}");
        assert!(error.info().message.contains(part) && !format!("{error:?}").contains("hunt"), "{error:?}");
    }
    let config = serde_json::json!({ "api_key": KEY, "proxy": "http://me:hunter2@proxy.test:3128" });
    let summary = agenthuman::host::HostClient::new(&config.to_string()).unwrap().summary();
    assert!(summary.contains("http://me:…@proxy.test:3128"), "{summary}");
}

#[tokio::test]
async fn a_client_identifies_itself_with_its_certificate() {
    let setup = setup("identity", Clients::Certified).await;
    let (certificate, key) = setup.authority.client().unwrap();
    let text = |text: &str| Pem::Text(text.into());
    get(setup.client().client_cert(text(&certificate)).client_key(text(&key))).await.unwrap();
    let both = std::env::temp_dir().join(format!("agenthuman-identity-{}.pem", std::process::id()));
    std::fs::write(&both, format!("{key}{certificate}")).unwrap();
    get(setup.client().client_cert(Pem::File(both.clone()))).await.unwrap();
    std::fs::remove_file(&both).unwrap();
    assert_eq!(*setup.service.certified.lock().unwrap(), [true, true]);
    let error = get(setup.client()).await.unwrap_err();
    assert!(error.kind().is(Kind::Connection), "{error:?}");
    let (other_certificate, other_key) = Authority::new().unwrap().client().unwrap();
    get(setup.client().client_cert(text(&other_certificate)).client_key(text(&other_key))).await.unwrap_err();
    assert_eq!(setup.service.certified.lock().unwrap().len(), 2);
}

#[test]
fn an_identity_is_checked_when_the_client_is_created() {
    let authority = Authority::new().unwrap();
    let (certificate, key) = authority.client().unwrap();
    let (_, other_key) = authority.client().unwrap();
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let legacy = key.replace("\n", "\nProc-Type: 4,ENCRYPTED\n");
    let no_pair = "does not belong to client_cert";
    for (certificate, key, parameter, part) in [
        (certificate.as_str(), Some(other_key.as_str()), "client_key", no_pair),
        (&certificate, Some("/no/such/file.pem"), "client_key", "/no/such/file.pem"),
        ("/no/such/file.pem", Some(&key), "client_cert", "/no/such/file.pem"),
        // A key without its frame is taken for a path, and not shown.
        (&certificate, Some(&body), "client_key", "could not be read as a file"),
        (&certificate, Some(&encrypted), "client_key", "encrypted"),
        (&certificate, Some(&legacy), "client_key", "encrypted"),
        (&certificate, Some(&certificate), "client_key", "contains no private key"),
        (&certificate, None, "client_cert", "contains no private key"),
        (&key, Some(&key), "client_cert", "contains no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", Some(&key), "client_cert", "not a valid certificate"),
    ] {
        let config = serde_json::json!({ "api_key": KEY, "client_cert": certificate, "client_key": key });
        let error = agenthuman::host::HostClient::new(&config.to_string()).err().expect(part);
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{error:?}");
        assert!(error.message.contains(part), "{part}: {error:?}");
        assert!(!format!("{error:?}").contains(&body[..12]), "{part}");
    }
    let error = Client::builder().api_key(KEY).client_key(Pem::Text(key.as_str().into())).build().unwrap_err();
    assert_eq!(error.info().message, "client_key requires client_cert");
}

#[tokio::test]
async fn the_user_agent_names_the_package_and_the_program() {
    let server = Canned::start([Answer::json(200, session_body(1))]);
    let builder = || Client::builder().base_url(&server.url).api_key(KEY);
    get(builder().app_info(AppInfo::new("shop").version("2.1"))).await.unwrap();
    get(builder().header("user-agent", "mine")).await.unwrap();
    let agents: Vec<_> = server.seen().iter().map(|request| request.headers["user-agent"].clone()).collect();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    assert_eq!(agents, [format!("agenthuman-rust/{} ({os} {arch}) shop/2.1", agenthuman::VERSION), "mine".to_owned()]);
}
