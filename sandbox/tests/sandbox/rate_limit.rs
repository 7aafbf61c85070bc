//! The rate limit, with one and with many clients.

use agenthuman_sandbox::{Options, RateLimit};

use crate::api::{Api, As, client, unlimited};

fn limited(limit: u32) -> Options {
    Options { rate_limit: Some(RateLimit::per_minute(limit)), ..unlimited() }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_64_clients_exactly_the_limit_is_accepted() {
    let api = Api::with(limited(100)).await;
    let As::Key(key) = &api.key else { unreachable!() };
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (http, url, key) = (client(), format!("{}/v1/sessions", api.url), key.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..4 {
                    let answer = http.get(&url).header("x-api-key", &key).send().await.unwrap();
                    let remaining = answer.headers()["x-ratelimit-remaining"].to_str().unwrap().to_owned();
                    seen.push((answer.status().as_u16(), remaining.parse::<u32>().unwrap()));
                }
                seen
            })
        })
        .collect();
    let mut answers = Vec::new();
    for client in clients {
        answers.extend(client.await.unwrap());
    }
    let mut remaining: Vec<u32> = answers.iter().filter(|(status, _)| *status == 200).map(|(_, remaining)| *remaining).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, (0..100).collect::<Vec<_>>(), "each of the 100 counted once");
    assert_eq!(answers.iter().filter(|answer| **answer == (429, 0)).count(), 64 * 4 - 100);
}

#[tokio::test]
async fn every_v1_response_has_the_limit() {
    // The prefix of a contract, and an operation that accepts a token.
    for (prefix, by_token) in [("", "agents"), ("/rooms", "usage")] {
        every_response_has_the_limit(&format!("{prefix}/v1"), by_token).await;
    }
}

async fn every_response_has_the_limit(v1: &str, by_token: &str) {
    let api = Api::with(limited(3)).await;
    let path = |rest: &str| format!("{v1}/{rest}");
    let answers = [
        api.call("GET", &path("sessions"), &[], &api.key, None).await.is(200),
        api.call("GET", &path("nowhere"), &[], &api.key, None).await.is(404),
        api.call("PATCH", &path("sessions"), &[], &api.key, None).await.is(405),
    ];
    for (answer, remaining) in answers.iter().zip(["2", "1", "0"]) {
        assert_eq!(answer.header("x-ratelimit-limit"), Some("3"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        assert!(answer.header("x-ratelimit-reset").is_some_and(|reset| reset.parse::<u64>().is_ok()));
    }
    let refused = api.call("GET", &path("sessions"), &[], &api.key, None).await;
    let refused = refused.fails(429, "Too many requests. Please retry after 1 minute.");
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert!(refused.header("x-request-id").is_some());

    api.call("GET", &path(by_token), &[], &api.token, None).await.is(200);
    for _ in 0..3 {
        api.call("GET", &path("sessions"), &[], &As::NoCredential, None).await.is(401);
    }
    let guesses = As::Key("ah_test_guess".to_owned());
    api.call("GET", &path("sessions"), &[], &guesses, None).await.is(429);
    let mailbox = api.call("GET", "/sandbox/mailbox", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(mailbox.header("x-ratelimit-limit"), None, "only /v1 is limited");
}

#[tokio::test]
async fn off_means_no_limit_and_no_headers() {
    let api = Api::start().await;
    for _ in 0..100 {
        let answer = api.call("GET", "/v1/sessions", &[], &api.key, None).await.is(200);
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
}
