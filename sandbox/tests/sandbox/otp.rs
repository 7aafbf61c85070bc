//! The rules of one-time codes.

use serde_json::{Value, json};

use crate::api::{Answer, Api, As};

const EMAIL: &str = "otp@example.test";
const WRONG: &str = "Invalid or expired code";
const TOO_MANY: &str = "Too many wrong codes. Please request a new code.";

async fn request(api: &Api, email: &str) -> Answer {
    api.call("POST", "/v1/auth/otp/request", &[], &As::NoCredential, Some(json!({"email": email}))).await
}

async fn verify(api: &Api, email: &str, code: &str) -> Answer {
    let body = json!({"email": email, "code": code});
    api.call("POST", "/v1/auth/otp/verify", &[], &As::NoCredential, Some(body)).await
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_code_can_be_used_once() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let code = api.code(EMAIL).await;
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    verify(&api, EMAIL, &code).await.is(200);
    verify(&api, EMAIL, &code).await.fails(401, WRONG);
}

#[tokio::test]
async fn concurrent_requests_can_use_a_code_once() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let code = api.code(EMAIL).await;
    let tries = std::iter::repeat_with(|| {
        let body = json!({"email": EMAIL, "code": code}).to_string();
        let request = api.request("POST", "/v1/auth/otp/verify", &As::NoCredential);
        tokio::spawn(request.header("content-type", "application/json").body(body).send())
    });
    let mut statuses = Vec::new();
    for attempt in tries.take(16).collect::<Vec<_>>() {
        statuses.push(attempt.await.unwrap().unwrap().status().as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn five_wrong_codes_invalidate_the_code() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let code = api.code(EMAIL).await;
    for _ in 0..4 {
        verify(&api, EMAIL, other_than(&code)).await.fails(401, WRONG);
    }
    verify(&api, EMAIL, other_than(&code)).await.fails(429, TOO_MANY);
    verify(&api, EMAIL, &code).await.fails(429, TOO_MANY);
    request(&api, EMAIL).await.is(200);
    verify(&api, EMAIL, &api.code(EMAIL).await).await.is(200);
}

#[tokio::test]
async fn the_fifth_attempt_may_succeed() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let code = api.code(EMAIL).await;
    for _ in 0..4 {
        verify(&api, EMAIL, other_than(&code)).await.fails(401, WRONG);
    }
    verify(&api, EMAIL, &code).await.is(200);
}

#[tokio::test]
async fn an_expired_code_is_rejected() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let code = api.code(EMAIL).await;
    api.advance(600).await;
    verify(&api, EMAIL, &code).await.fails(401, WRONG);
}

#[tokio::test]
async fn a_new_code_replaces_the_old_one() {
    let api = Api::start().await;
    request(&api, EMAIL).await.is(200);
    let old = api.code(EMAIL).await;
    let mut new = old.clone();
    while new == old {
        request(&api, EMAIL).await.is(200);
        new = api.code(EMAIL).await;
    }
    verify(&api, EMAIL, &old).await.fails(401, WRONG);
    verify(&api, EMAIL, &new).await.is(200);
}

#[tokio::test]
async fn responses_do_not_reveal_whether_an_account_exists() {
    let api = Api::start().await;
    let known = request(&api, &api.email).await.is(200);
    let unknown = request(&api, "unknown@example.test").await.is(200);
    assert_eq!(known.body, unknown.body);
    let known = verify(&api, "unknown@example.test", other_than(&api.code("unknown@example.test").await)).await;
    let unknown = verify(&api, &api.email, other_than(&api.code(&api.email).await)).await;
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
}

#[tokio::test]
async fn the_mailbox_lists_the_newest_first_and_escapes_html() {
    let api = Api::start().await;
    let hostile = "\"<script>x</script>\"@example.test";
    request(&api, hostile).await.is(200);
    request(&api, EMAIL).await.is(200);
    let all = api.call("GET", "/sandbox/mailbox", &[], &As::NoCredential, None).await.is(200);
    assert_eq!(all.text("/mails/0/to"), EMAIL);
    assert_eq!(all.text("/mails/1/to"), hostile);
    for field in ["to", "subject", "code", "sent_at"] {
        assert!(all.at("/mails/0")[field].is_string(), "{field}");
    }
    let page = api.call("GET", "/mailbox", &[], &As::NoCredential, None).await.is(200);
    assert!(page.header("content-security-policy").is_some_and(|csp| csp.contains("default-src 'none'")));
    let Value::String(html) = &page.body else { panic!("the page is text") };
    assert!(html.contains("&lt;script&gt;x") && !html.contains("<script>"));
}
