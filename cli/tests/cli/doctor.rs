//! `agenthuman doctor` against services, keys, tokens and clocks that are right and wrong.

use crate::common::{EXPIRED_TOKEN, Ran, UNKNOWN_KEY, agenthuman, at, owner, run, sandbox};
use agenthuman_sandbox::{Options, Sandbox};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::tls::Authority;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CHECKS: [&str; 12] = [
    "api_key",
    "key_format",
    "base_url",
    "proxy",
    "service",
    "key_accepted",
    "contract",
    "token",
    "token_accepted",
    "key_age",
    "clock",
    "rate_limit",
];

/// The outcome of each check, and the text of one.
fn outcomes(ran: &Ran) -> Vec<String> {
    let document = ran.json();
    let checks = document["checks"].as_array().unwrap();
    assert_eq!(checks.iter().map(|check| check["check"].as_str().unwrap()).collect::<Vec<_>>(), CHECKS);
    assert_eq!(document["ok"], json!(ran.code == 0));
    checks.iter().map(|check| check["outcome"].as_str().unwrap().to_owned()).collect()
}

fn check(ran: &Ran, name: &str) -> (String, String) {
    let document = ran.json();
    let check = document["checks"].as_array().unwrap().iter().find(|check| check["check"] == name).unwrap().clone();
    let text = |part: &str| check[part].as_str().unwrap_or_default().to_owned();
    (text("outcome"), format!("{} | {}", text("message"), text("suggestion")))
}

#[track_caller]
fn says(ran: &Ran, name: &str, outcome: &str, words: &[&str]) {
    let (found, text) = check(ran, name);
    assert_eq!(found, outcome, "{name}: {text}");
    for word in words {
        assert!(text.contains(word), "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_in_order() {
    let service = Sandbox::start(Options { port: 0, ..Options::default() }).await.unwrap();
    let ran = run(&mut at(&service, &["doctor", "--json"])).expect(0).hides(&[service.api_key(), service.token()]);
    assert_eq!(outcomes(&ran), ["ok"; 12]);
    says(&ran, "key_age", "ok", &["0 days"]);
    says(&ran, "contract", "ok", &["use AgentHuman"]);
    says(&ran, "base_url", "ok", &[service.url(), "AGENTHUMAN_BASE_URL", "http"]);
    says(&ran, "token_accepted", "ok", &[service.email()]);
    says(&ran, "rate_limit", "ok", &["of 60 requests left"]);
    assert!(!check(&ran, "rate_limit").1.contains("address"), "the limit is the key's own");
    let people = run(&mut at(&service, &["doctor"])).expect(0).hides(&[service.api_key(), service.token()]);
    assert_eq!(people.stdout.lines().count(), 12, "{}", people.stdout);
    assert!(people.stdout.lines().all(|line| line.starts_with("ok ")), "{}", people.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_and_an_unknown_key_fail_with_what_to_do() {
    let service = sandbox().await;
    owner(&service).api_keys().delete("1").await.unwrap();
    let ran = run(&mut at(&service, &["doctor", "--json"])).expect(1).hides(&[service.api_key(), service.token()]);
    says(&ran, "service", "ok", &[]);
    says(&ran, "key_accepted", "fail", &["revoked", "agenthuman keys create"]);
    says(&ran, "token_accepted", "ok", &[]);
    says(&ran, "rate_limit", "skipped", &[]);
    let ran = run(at(&service, &["doctor", "--json"]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY)).expect(1).hides(&[UNKNOWN_KEY]);
    says(&ran, "key_accepted", "fail", &["Invalid API key", "the service at this base URL"]);
    assert!(!ran.stdout.contains("agenthuman doctor"), "doctor sends its user to doctor: {}", ran.stdout);
    let empty = run(at(&service, &["doctor", "--json"]).env("AGENTHUMAN_API_KEY", ""));
    says(&empty, "api_key", "warn", &["AGENTHUMAN_API_KEY is empty"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_key_is_told_why_and_not_sent() {
    let service = sandbox().await;
    let short = &UNKNOWN_KEY[..30];
    let ran = run(at(&service, &["doctor", "--json"]).env("AGENTHUMAN_API_KEY", short)).expect(1).hides(&[short]);
    says(&ran, "api_key", "ok", &["AGENTHUMAN_API_KEY"]);
    says(&ran, "key_format", "fail", &["wrong length"]);
    says(&ran, "service", "ok", &[]);
    says(&ran, "key_accepted", "skipped", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_it_depends_on_the_token() {
    let service = sandbox().await;
    let ran = run(at(&service, &["doctor", "--json"]).env_remove("AGENTHUMAN_API_KEY")).expect(0);
    says(&ran, "api_key", "warn", &["sessions"]);
    let nothing = run(agenthuman(&["doctor", "--json"]).env("AGENTHUMAN_BASE_URL", service.url())).expect(1);
    assert_eq!(
        outcomes(&nothing),
        ["fail", "skipped", "ok", "ok", "ok", "skipped", "skipped", "skipped", "skipped", "skipped", "ok", "skipped"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_do_not_serve() {
    let service = sandbox().await;
    let doctor = |token: &str| run(at(&service, &["doctor", "--json"]).env("AGENTHUMAN_TOKEN", token)).expect(1).hides(&[token]);
    let expired = doctor(EXPIRED_TOKEN);
    says(&expired, "token", "fail", &["expired", "days ago by this machine's clock", "agenthuman login"]);
    says(&expired, "token_accepted", "skipped", &[]);
    says(&expired, "key_accepted", "ok", &[]);
    says(&doctor("not-a-jwt-but-opaque"), "token_accepted", "fail", &["Invalid token", "agenthuman login"]);
    says(&doctor("Bearer abcdefghijkl"), "token", "fail", &["Bearer"]);
    owner(&service).auth().logout().await.unwrap();
    let ended = run(&mut at(&service, &["doctor", "--json"])).expect(1).hides(&[service.token()]);
    says(&ended, "token", "ok", &[]);
    says(&ended, "token_accepted", "fail", &["agenthuman login"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_keeps_the_environment_out() {
    let service = sandbox().await;
    let file = std::env::temp_dir().join(format!("agenthuman-cli-doctor-{}", std::process::id()));
    let path = file.to_str().unwrap();
    std::fs::write(&file, service.api_key()).unwrap();
    let ran = run(at(&service, &["doctor", "--json", "--api-key-file", path]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY)).expect(0);
    std::fs::remove_file(&file).unwrap();
    // A new file can be read by others on most systems.
    assert!(check(&ran, "api_key").1.contains(path));
    says(&ran, "token", "skipped", &["--api-key-file"]);
    let absent = run(&mut at(&service, &["doctor", "--json", "--api-key-file", path])).expect(1);
    says(&absent, "api_key", "fail", &[path, "could not be read"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn base_urls_that_do_not_serve() {
    let service = sandbox().await;
    let doctor = |url: &str| {
        run(&mut at(&service, &["doctor", "--json", "--base-url", url])).expect(1).hides(&[service.api_key(), service.token()])
    };
    let plain = doctor("http://api.example.com");
    assert_eq!(
        outcomes(&plain),
        ["ok", "ok", "fail", "skipped", "skipped", "skipped", "skipped", "ok", "skipped", "skipped", "skipped", "skipped"]
    );
    says(&plain, "base_url", "fail", &["--base-url", "must use https"]);
    let user_info = doctor("https://me:hunter2@api.example.com").hides(&["hunter2-hunter2"]);
    assert!(!user_info.stdout.contains("hunter2"));
    says(&user_info, "base_url", "fail", &["user name"]);
    says(&doctor("nonsense"), "base_url", "fail", &["not a valid URL"]);
    says(&doctor("example.com:8443"), "base_url", "fail", &["must start with https://"]);

    let unreachable = doctor("http://127.0.0.1:1");
    says(&unreachable, "service", "fail", &["connection refused", "base URL"]);
    assert_eq!(outcomes(&unreachable)[5..], ["skipped", "skipped", "ok", "skipped", "skipped", "skipped", "skipped"]);

    let twice = doctor(&format!("{}/v1", service.url()));
    says(&twice, "base_url", "fail", &["must not end with /v1", &format!("Use {}.", service.url())]);
}

fn canned(status: u16, headers: &[(&str, &str)], body: Value) -> Canned {
    let answer = headers.iter().fold(Answer::json(status, body), |answer, (name, value)| answer.header(name, value));
    Canned::start([answer])
}

fn doctor_at(service: &Canned) -> Ran {
    run(agenthuman(&["doctor", "--json", "--base-url", &service.url]).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY))
        .hides(&[UNKNOWN_KEY])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_may_be_no_service() {
    let page = Canned::start([Answer::text(200, "<html>hello</html>").header("content-type", "text/html")]);
    says(&doctor_at(&page).expect(1), "service", "fail", &["HTTP status 200", "not valid JSON", "base URL"]);
    let down = canned(503, &[], json!({"success": false, "error": "down"}));
    says(&doctor_at(&down).expect(1), "service", "fail", &["HTTP status 503", "down", "later"]);
    let elsewhere = canned(301, &[("location", "https://example.com/")], json!({}));
    says(&doctor_at(&elsewhere).expect(1), "service", "fail", &["301", "base URL"]);
    let stripped = canned(401, &[], json!({"success": false, "error": "API key required"}));
    says(&doctor_at(&stripped).expect(1), "key_accepted", "fail", &["no proxy removes the header x-api-key"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_and_limits_are_read_from_the_headers() {
    let empty = || json!({"success": true, "sessions": []});
    let long_ago = canned(200, &[("date", "Fri, 31 Dec 2021 23:59:30 GMT")], empty());
    let ran = doctor_at(&long_ago).expect(1);
    says(&ran, "clock", "fail", &["ahead of", "NTP"]);
    says(&ran, "rate_limit", "skipped", &[]);
    let ahead = canned(
        200,
        &[("date", "Fri, 31 Dec 2100 23:59:30 GMT"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-limit", "60")],
        empty(),
    );
    let ran = doctor_at(&ahead).expect(1);
    says(&ran, "clock", "fail", &["behind"]);
    says(&ran, "rate_limit", "warn", &["0 of 60"]);
    let silent = canned(200, &[], empty());
    says(&doctor_at(&silent).expect(0), "clock", "skipped", &["no Date header"]);
    let used_up = canned(429, &[], json!({"success": false, "error": "Too many requests."}));
    says(&doctor_at(&used_up).expect(1), "key_accepted", "fail", &["rate limit"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_key_at_the_sandbox_is_named() {
    let service = sandbox().await;
    let live = UNKNOWN_KEY.replace("ah_test_", "ah_live_");
    let ran = run(at(&service, &["doctor", "--json"]).env("AGENTHUMAN_API_KEY", &live)).expect(1).hides(&[&live]);
    says(&ran, "key_accepted", "fail", &["live key", "the key that the sandbox printed"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let service = sandbox().await;
    let path = std::env::temp_dir().join(format!("agenthuman-key-{}", std::process::id()));
    std::fs::write(&path, service.api_key()).unwrap();
    let name = path.to_str().unwrap();
    for (mode, outcome) in [(0o600, "ok"), (0o644, "warn")] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let ran = run(&mut at(&service, &["doctor", "--json", "--api-key-file", name])).expect(0);
        says(&ran, "api_key", outcome, &[name]);
        let mut by_environment = at(&service, &["doctor", "--json"]);
        by_environment.env_remove("AGENTHUMAN_API_KEY").env("AGENTHUMAN_API_KEY_FILE", name);
        says(&run(&mut by_environment).expect(0), "api_key", outcome, &[name]);
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_below_localhost_is_this_machine_for_every_request() {
    let service = sandbox().await;
    let url = service.url().replace("127.0.0.1", "not-in-any-hosts-file.localhost");
    let ran = run(&mut at(&service, &["doctor", "--json", "--base-url", &url])).expect(0);
    says(&ran, "base_url", "ok", &["plain http to this machine"]);
    says(&ran, "service", "ok", &[]);
    says(&ran, "clock", "ok", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_and_plain_http_are_options() {
    let service = sandbox().await;
    let ran = run(&mut at(&service, &["doctor", "--json", "--ca-file", "no-such-file.pem"])).expect(1);
    says(&ran, "base_url", "fail", &["--ca-file could not be read", "no-such-file.pem"]);

    let insecure = ["doctor", "--json", "--timeout", "0.2", "--allow-insecure-http", "--base-url", "http://10.255.255.1:9"];
    let ran = run(&mut at(&service, &insecure)).expect(1);
    says(&ran, "base_url", "warn", &["which can be read on the network", "test keys only"]);
    let without = run(&mut at(&service, &["doctor", "--json", "--base-url", "http://10.255.255.1:9"])).expect(1);
    says(&without, "base_url", "fail", &["must use https", "--allow-insecure-http"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_in_force_is_named_without_its_password() {
    let service = sandbox().await;
    let doctor = |url: &str, proxy: &str| {
        let mut command = at(&service, &["doctor", "--json", "--timeout", "0.5", "--base-url", url]);
        run(command.env_remove("NO_PROXY").env("HTTPS_PROXY", proxy)).hides(&["secretsecret"])
    };
    let proxy = "http://me:secretsecret@127.0.0.1:1";
    says(&doctor("https://api.example.com", proxy), "proxy", "ok", &["http://me:…@127.0.0.1:1 (from HTTPS_PROXY)"]);
    says(&doctor("https://api.example.com", "ftp://127.0.0.1:1"), "proxy", "fail", &["unsupported proxy scheme"]);
    says(&doctor(service.url(), proxy), "proxy", "ok", &["plain http is always direct"]);
}

/// The URL of a service behind TLS, which has no sessions.
async fn behind_tls(authority: &Authority) -> String {
    let acceptor = authority.acceptor(None, b"http/1.1").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let body = r#"{"success":true,"sessions":[]}"#;
            let date = httpdate::fmt_http_date(std::time::SystemTime::now());
            let head = format!("HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companys_certificate_is_trusted_by_every_request_or_the_option_is_named() {
    let authority = Authority::new().unwrap();
    let file = authority.file("doctor").unwrap();
    let url = behind_tls(&authority).await;
    let doctor = |more: &[&str]| {
        let mut command = agenthuman(&["doctor", "--json", "--base-url", &url]);
        run(command.args(more).env("AGENTHUMAN_API_KEY", UNKNOWN_KEY).env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR"))
    };
    says(&doctor(&[]).expect(1), "service", "fail", &["set --ca-file"]);
    let trusted = doctor(&["--ca-file", file.to_str().unwrap()]).expect(0);
    says(&trusted, "service", "ok", &[]);
    says(&trusted, "clock", "ok", &[]);
}

#[test]
fn an_old_key_is_due_for_rotation() {
    let listed = |id: u32, last4: &str, created: &str| json!({ "id": id, "name": "k", "environment": "test", "prefix": "ah_test_", "last4": last4, "created_at": created });
    let keys = vec![listed(6, "AE6a", "2020-01-01T00:00:00Z"), listed(7, "KE6a", "2020-01-01T00:00:00Z")];
    let service = Canned::answering(move |request| match request.path.split('?').next() {
        Some("/v1/api-keys") => Answer::json(200, json!({ "success": true, "api_keys": keys })),
        Some("/v1/sessions") => Answer::json(200, json!({ "success": true, "sessions": [] })),
        _ => Answer::json(404, json!({ "success": false, "error": "Not found" })),
    });
    let mut doctor = agenthuman(&["doctor", "--json", "--base-url", &service.url]);
    let ran = run(doctor.env("AGENTHUMAN_API_KEY", UNKNOWN_KEY).env("AGENTHUMAN_TOKEN", "opaque-token"));
    says(&ran, "key_age", "warn", &["days: due for rotation", "agenthuman keys rotate 7"]);
}
