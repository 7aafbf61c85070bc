//! The limit of each user.

use crate::support::{ALICE, BOB, Bench, allow_all, options, request, token};
use agenthuman_relay::Options;
use http::{HeaderValue, Method};

async fn as_user(bench: &Bench, user: &str) -> crate::support::Answered {
    let mut request = request(Method::GET, "/v1/avatars", None, None);
    request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {}", token(user))).unwrap());
    bench.send(request).await
}

#[tokio::test]
async fn a_user_who_asks_too_often_waits_and_others_do_not() {
    let bench = Bench::with(Options { requests_per_minute: 3, ..options() }, allow_all).await;
    for _ in 0..3 {
        as_user(&bench, ALICE).await.ok(200);
    }
    let refused = as_user(&bench, ALICE).await;
    refused.is(429, "rate_limited");
    // One comes free every twenty seconds.
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    as_user(&bench, BOB).await.ok(200);
    // One fetch served all of them.
    assert_eq!(bench.upstream.seen().len(), 1);
    bench.log_is_clean(&[]);
}

#[tokio::test]
async fn requests_without_a_user_count_against_nobody() {
    let bench = Bench::with(Options { requests_per_minute: 1, ..options() }, allow_all).await;
    for _ in 0..5 {
        as_user(&bench, "").await.is(401, "invalid_token");
    }
    as_user(&bench, ALICE).await.ok(200);
}

#[tokio::test]
async fn no_limit_where_none_is_wanted() {
    let bench = Bench::with(Options { requests_per_minute: 0, ..options() }, allow_all).await;
    for _ in 0..300 {
        as_user(&bench, ALICE).await.ok(200);
    }
}
