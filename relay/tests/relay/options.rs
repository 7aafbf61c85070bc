//! What a relay can be set up with.

use crate::support::{KEY, SECRET, TestBackend, allow_all, options};
use agenthuman::host::HostClient;
use agenthuman::{Client, Kind, Secret};
use agenthuman_relay::host::HostRelay;
use agenthuman_relay::{Options, Relay};
use serde_json::json;

fn client() -> Client {
    Client::builder().base_url("https://api.example.com").api_key(KEY).build().unwrap()
}

#[test]
fn options_that_cannot_be_are_refused_by_name() {
    let origins = |origin: &str| Options { origins: vec![origin.to_owned()], ..options() };
    for (parameter, options) in [
        ("secrets", Options { secrets: vec![Secret::new("short")], ..options() }),
        ("secrets", Options { secrets: vec![Secret::new(SECRET), Secret::new("x".repeat(31))], ..options() }),
        ("wait_seconds", Options { wait_seconds: 301, ..options() }),
        ("audience", Options { audience: String::new(), ..options() }),
        ("origins", origins("*")),
        ("origins", origins("https://*.example.com")),
        ("origins", origins("https://app.example.com/")),
        ("origins", origins("https://App.example.com")),
        ("origins", origins("app.example.com")),
        ("origins", origins("null")),
        ("grant_seconds", Options { grant_seconds: 0, ..options() }),
        ("session_seconds", Options { session_seconds: u64::MAX, ..options() }),
        ("max_request_bytes", Options { max_request_bytes: 0, ..options() }),
    ] {
        let error = Relay::new(client(), TestBackend::new(allow_all), options).unwrap_err();
        assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some(parameter)));
        assert!(!format!("{error:?}").contains("short"), "{error:?}");
    }
}

#[test]
fn options_of_a_host_are_refused_by_name() {
    let client = HostClient::from(client());
    for (parameter, options) in [
        ("options", "{".to_owned()),
        ("secret", json!({ "secret": SECRET }).to_string()),
        ("secrets", json!({ "secrets": SECRET }).to_string()),
        ("secrets", json!({ "secrets": ["tiny-but-secret"] }).to_string()),
        ("grant_seconds", json!({ "secrets": [SECRET], "grant_seconds": -1 }).to_string()),
        ("requests_per_minute", json!({ "secrets": [SECRET], "requests_per_minute": 1.5 }).to_string()),
    ] {
        let error = HostRelay::new(client.clone(), None, &options).unwrap_err();
        assert_eq!((error.kind, error.parameter.as_deref()), (Kind::Configuration, Some(parameter)), "{options}");
        assert!(!format!("{error:?}").contains("tiny-but-secret") && !format!("{error:?}").contains(SECRET), "{error:?}");
    }
    let whole = json!({
        "secrets": [SECRET], "audience": "shop", "origins": ["http://localhost:5173"], "grant_seconds": 60,
        "session_seconds": 600, "max_request_bytes": 1024, "requests_per_minute": 0,
    });
    HostRelay::new(client, None, &whole.to_string()).unwrap();
}

#[test]
fn nothing_prints_a_secret() {
    let options = options();
    let shown = format!("{options:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    let relay = Relay::new(client(), TestBackend::new(allow_all), options).unwrap();
    assert_eq!(format!("{relay:?}"), "Relay");
}

/// The environment belongs to the whole process, so that this test runs itself in others.
#[test]
fn secrets_come_from_the_environment_where_none_are_given() {
    const CASE: &str = "AGENTHUMAN_RELAY_TEST_CASE";
    let made = || Relay::new(client(), TestBackend::new(allow_all), Options::default());
    match std::env::var(CASE).as_deref() {
        Ok("good") => return drop(made().unwrap()),
        Ok("bad") => {
            let error = made().unwrap_err();
            assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("secrets")));
            return;
        }
        _ => {}
    }
    let two = format!("{SECRET} , {}", crate::support::RETIRED);
    for (case, secrets) in [
        ("good", Some(SECRET)),
        ("good", Some(two.as_str())),
        ("bad", None),
        ("bad", Some("")),
        ("bad", Some(" , ")),
        ("bad", Some("short")),
    ] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "options::secrets_come_from_the_environment_where_none_are_given"]).env(CASE, case);
        match secrets {
            Some(secrets) => child.env("AGENTHUMAN_RELAY_SECRETS", secrets),
            None => child.env_remove("AGENTHUMAN_RELAY_SECRETS"),
        };
        let ran = child.output().unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && told.contains("1 passed"), "{case} {secrets:?}: {told}");
    }
}
