//! Calls against a rate limit: pacing, waiting and its bound, refusals, and what is reported.

use agenthuman::api::sessions::CreateSession;
use agenthuman::{Client, ClientBuilder, Error, Kind, RateLimitWait};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, session_body};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn a_session() -> CreateSession {
    CreateSession::new("7")
}

fn builder(server: &Canned) -> ClientBuilder {
    Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN)
}

fn refusal() -> Answer {
    Answer::json(429, json!({ "success": false, "error": "Too many requests." }))
}

/// A success that leaves nothing of the window, which ends after so many seconds.
fn last_of_window(seconds: &str) -> Answer {
    Answer::json(200, session_body(1)).header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", seconds)
}

/// A service that accepts `limit` requests in each window, which begins with a request.
fn windowed(limit: u32, window: Duration) -> Canned {
    let state = Mutex::new((None::<Instant>, 0));
    Canned::answering(move |request| {
        let mut state = state.lock().unwrap();
        if state.0.is_none_or(|began| began.elapsed() >= window) {
            *state = (Some(Instant::now()), 0);
        }
        let (began, used) = &mut *state;
        let answer = if *used < limit {
            *used += 1;
            Answer::json(if request.method == "POST" { 201 } else { 200 }, session_body((*used).into()))
        } else {
            refusal()
        };
        let resets = window.saturating_sub(began.unwrap().elapsed()).as_secs_f64();
        answer
            .header("x-ratelimit-limit", &limit.to_string())
            .header("x-ratelimit-remaining", &(limit - *used).to_string())
            .header("x-ratelimit-reset", &resets.to_string())
    })
}

fn same(error: &Error, kind: Kind, phase: Option<&str>) {
    assert_eq!((error.kind(), error.info().phase), (kind, phase), "{error:?}");
}

#[tokio::test]
async fn two_hundred_creates_at_once_all_succeed() {
    // The timeout is shorter than three windows, and there are more refusals than retries.
    let server = windowed(60, Duration::from_secs(1));
    let client = builder(&server).timeout(Duration::from_secs(2)).build().unwrap();
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.sessions().create(a_session()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    // 200, and 140 at most that were sent before the first response came; few after that.
    assert!(server.seen().len() <= 400, "{}", server.seen().len());
}

#[tokio::test]
async fn calls_one_after_another_are_never_refused() {
    let server = windowed(5, Duration::from_secs(1));
    let client = builder(&server).max_retries(0).build().unwrap();
    for _ in 0..12 {
        client.sessions().create(a_session()).await.unwrap();
    }
    assert_eq!(server.seen().len(), 12);
}

#[tokio::test]
async fn waiting_does_not_count_against_the_timeout() {
    let server = windowed(1, Duration::from_millis(1500));
    let client = builder(&server).timeout(Duration::from_secs(1)).build().unwrap();
    client.sessions().get("1").await.unwrap();
    client.sessions().get("1").await.unwrap();
}

#[tokio::test]
async fn a_wait_over_the_bound_fails_at_once_and_nothing_is_sent() {
    for (bound, resets) in [(0, "1"), (2, "10"), (120, "3600")] {
        let server = Canned::start([last_of_window(resets)]);
        let client = builder(&server).max_rate_limit_wait(Duration::from_secs(bound)).build().unwrap();
        client.sessions().get("1").await.unwrap();
        let error = client.sessions().create(a_session()).await.unwrap_err();
        same(&error, Kind::Timeout, Some("rate_limit"));
        assert!(!error.info().outcome_unknown, "nothing was sent");
        assert!(error.info().retryable);
        let (wait, resets): (f64, f64) = (error.info().retry_after.unwrap(), resets.parse().unwrap());
        assert!(wait > 0.0 && wait <= resets, "{wait}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_whose_wait_is_over_the_bound_is_returned() {
    let server = Canned::start([refusal().header("retry-after", "3600")]);
    let error = builder(&server).build().unwrap().sessions().create(a_session()).await.unwrap_err();
    same(&error, Kind::RateLimited, Some("rate_limit"));
    assert_eq!((error.info().retry_after, error.info().outcome_unknown), (Some(3600.0), false));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn without_retries_a_refusal_is_returned() {
    let server = Canned::start([refusal().header("retry-after", "0"), Answer::json(201, session_body(1))]);
    let error = builder(&server).max_retries(0).build().unwrap().sessions().create(a_session()).await.unwrap_err();
    same(&error, Kind::RateLimited, None);
}

#[tokio::test]
async fn refusals_by_the_limit_are_no_retries() {
    let refused = refusal().header("retry-after", "0");
    let server = Canned::start([refused.clone(), refused, Answer::json(201, session_body(1))]);
    let client = builder(&server).max_retries(1).build().unwrap();
    client.sessions().create(a_session()).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_by_another_rule_is_a_retry() {
    let refused = refusal().header("retry-after", "0").header("x-ratelimit-remaining", "40").header("x-ratelimit-reset", "0");
    let server = Canned::start([refused]);
    let error = builder(&server).max_retries(1).build().unwrap().sessions().create(a_session()).await.unwrap_err();
    same(&error, Kind::RateLimited, None);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_hint_of_no_wait_is_not_shorter_than_the_backoff() {
    for hint in [("x-ratelimit-reset", "0"), ("x-ratelimit-reset", "1640995200"), ("retry-after", "-5"), ("retry-after", "soon")]
    {
        let refused = refusal().header("x-ratelimit-remaining", "0").header(hint.0, hint.1);
        let server = Canned::start([refused, Answer::json(200, session_body(1))]);
        let began = Instant::now();
        builder(&server).build().unwrap().sessions().get("1").await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(250), "{hint:?}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn unusual_hints_do_not_shorten_the_wait() {
    for (name, hint) in [
        ("retry-after", "299.997"),
        ("retry-after", "2, 300"),
        ("retry-after-ms", "300000"),
        ("x-ratelimit-reset", "300"),
        ("x-ratelimit-reset", "9999999999999"),
    ] {
        let server = Canned::start([refusal().header(name, hint)]);
        let error = builder(&server).build().unwrap().sessions().get("1").await.unwrap_err();
        let wait = error.info().retry_after.unwrap();
        assert!((299.0..=86_400.0).contains(&wait), "{name}: {hint}: {wait}");
        assert_eq!(server.seen().len(), 1, "{name}: {hint}");
    }
}

#[tokio::test]
async fn each_kind_of_credential_has_its_own_limit() {
    let server = Canned::answering(|request| {
        let answer = Answer::json(
            200,
            json!({ "success": true, "agents": [], "sessions": [], "message": "Code sent", "expires_in": 600 }),
        );
        if request.headers.contains_key("x-api-key") {
            answer.header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "60")
        } else {
            answer
        }
    });
    let client = builder(&server).max_rate_limit_wait(Duration::ZERO).build().unwrap();
    client.sessions().list(Default::default()).all().await.unwrap();
    let clone = client.clone();
    same(&clone.sessions().list(Default::default()).all().await.unwrap_err(), Kind::Timeout, Some("rate_limit"));
    client.agents().list(Default::default()).all().await.unwrap();
    client.auth().request_otp("ada@example.com").await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_waits_leaves_the_queue() {
    let server = windowed(1, Duration::from_millis(500));
    let client = builder(&server).build().unwrap();
    client.sessions().get("1").await.unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(100), client.sessions().get("1")).await;
    assert!(dropped.is_err());
    client.sessions().get("1").await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn each_wait_is_reported_and_a_report_that_panics_changes_nothing() {
    let server = windowed(2, Duration::from_secs(1));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let received = reports.clone();
    let client = builder(&server)
        .on_wait(move |wait: &RateLimitWait| {
            received.lock().unwrap().push(wait.clone());
            panic!("a report that panics on purpose");
        })
        .build()
        .unwrap();
    for _ in 0..2 {
        client.sessions().get("1").await.unwrap();
    }
    let sessions = client.sessions();
    let (one, other) = tokio::join!(sessions.get("1"), sessions.create(a_session()));
    one.unwrap();
    other.unwrap();
    let mut reports = reports.lock().unwrap();
    reports.sort_by_key(|wait| std::cmp::Reverse(wait.operation));
    assert_eq!(reports.iter().map(|wait| wait.operation).collect::<Vec<_>>(), ["sessions.get", "sessions.create"]);
    for wait in &*reports {
        assert_eq!((wait.phase, wait.queued), ("rate_limit", 2));
        assert!(wait.seconds > 0.0 && wait.seconds <= 1.0, "{wait:?}");
    }
    assert_eq!(reports[0].to_string(), "waiting 1 s for the rate limit, 2 calls queued");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_warning_is_logged_for_each_window() {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_ansi(false);
    log.with_writer(move || writer.clone()).init();
    let server = windowed(5, Duration::from_secs(1));
    let client = builder(&server).build().unwrap();
    // No other test of this file sends raw requests, and all share one log.
    client.request("GET", "/v1/things", None, None).await.unwrap();
    let calls = (0..9).map(|_| client.request("GET", "/v1/things", None, None).into_future());
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let warnings: Vec<_> = text.lines().filter(|line| line.contains(r#"operation="request""#)).collect();
    assert_eq!(warnings.len(), 1, "{text}");
    assert!(warnings[0].contains("WARN"), "{text}");
    assert!(warnings[0].contains("waiting 1 s for the rate limit, 5 calls queued"), "{text}");
}

#[tokio::test]
async fn a_bound_that_is_no_duration_is_rejected() {
    for (bound, is_valid) in [(json!(0), true), (json!(0.5), true), (json!(-1), false), (json!("1"), false), (Value::Null, true)]
    {
        let config = json!({ "base_url": "http://127.0.0.1:9", "api_key": KEY, "max_rate_limit_wait": bound });
        let made = agenthuman::host::HostClient::new(&config.to_string()).map(drop);
        assert_eq!(made.as_ref().is_ok(), is_valid, "{bound}");
        if let Err(error) = made {
            assert_eq!(error.parameter.as_deref(), Some("max_rate_limit_wait"));
        }
    }
}
