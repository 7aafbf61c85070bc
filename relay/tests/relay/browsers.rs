//! CORS: web front ends of the origins that are allowed, and of no other.

use crate::support::{Answered, Bench, allow_all, options, request};
use agenthuman_relay::Options;
use http::{HeaderValue, Method};

const ORIGIN: &str = "https://app.example.com";

async fn bench() -> Bench {
    Bench::with(Options { origins: vec![ORIGIN.to_owned(), "capacitor://localhost".to_owned()], ..options() }, allow_all).await
}

async fn from(bench: &Bench, origin: &'static str, method: Method, path: &str) -> Answered {
    let mut request = request(method.clone(), path, None, None);
    request.headers_mut().insert("origin", HeaderValue::from_static(origin));
    if method == Method::OPTIONS {
        request.headers_mut().remove("authorization");
        request.headers_mut().insert("access-control-request-method", HeaderValue::from_static("POST"));
        let wanted = HeaderValue::from_static("authorization,content-type,x-agenthuman-grant,x-request-id");
        request.headers_mut().insert("access-control-request-headers", wanted);
    }
    bench.send(request).await
}

fn words(answered: &Answered, header: &str) -> Vec<String> {
    let mut words: Vec<_> =
        answered.header(header).unwrap_or_default().split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
    words.sort();
    words
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin() {
    let bench = bench().await;
    for origin in [ORIGIN, "capacitor://localhost"] {
        let preflight = from(&bench, origin, Method::OPTIONS, "/v1/sessions").await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (200, Some(origin)));
        assert_eq!(words(&preflight, "access-control-allow-methods"), ["get", "post", "put"]);
        let headers = [
            "authorization",
            "content-type",
            "prefer",
            "x-agenthuman-grant",
            "x-agenthuman-page",
            "x-agenthuman-repeat-after",
            "x-request-id",
        ];
        assert_eq!(words(&preflight, "access-control-allow-headers"), headers);
        assert_eq!(preflight.header("access-control-allow-credentials"), None);
        assert_eq!(preflight.header("cache-control"), Some("no-store"));
    }
    bench.nothing_happened(&[]);
}

#[tokio::test]
async fn a_preflight_with_the_headers_of_tracing_libraries() {
    let bench = bench().await;
    let own = [
        "authorization",
        "content-type",
        "prefer",
        "x-agenthuman-grant",
        "x-agenthuman-page",
        "x-agenthuman-repeat-after",
        "x-request-id",
    ];
    let preflight = |origin: &'static str, wanted: &'static str| {
        let mut request = request(Method::OPTIONS, "/v1/sessions", None, None);
        request.headers_mut().remove("authorization");
        for (name, value) in
            [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", wanted)]
        {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        bench.send(request)
    };
    for (wanted, tracing) in [
        ("authorization,baggage,sentry-trace,traceparent", vec!["baggage", "sentry-trace", "traceparent"]),
        ("Traceparent, TraceState ,x-datadog-trace-id", vec!["traceparent", "tracestate", "x-datadog-trace-id"]),
        ("x-api-key,cookie,x-forwarded-for,traceparent-x", vec![]),
        ("", vec![]),
    ] {
        let answered = preflight(ORIGIN, wanted).await;
        let mut expected: Vec<_> = own.iter().copied().chain(tracing).map(str::to_owned).collect();
        expected.sort();
        assert_eq!((answered.status, words(&answered, "access-control-allow-headers")), (200, expected), "{wanted}");
    }
    let other = preflight("https://evil.example.com", "traceparent,baggage,sentry-trace").await;
    assert_eq!((other.status, other.header("access-control-allow-headers")), (405, None));
}

#[tokio::test]
async fn a_call_of_an_allowed_origin() {
    let bench = bench().await;
    for (path, status) in [("/v1/avatars", 200), ("/v1/sessions/101", 401), ("/nowhere", 404)] {
        let answered = from(&bench, ORIGIN, Method::GET, path).await;
        assert_eq!((answered.status, answered.header("access-control-allow-origin")), (status, Some(ORIGIN)));
        assert_eq!(words(&answered, "access-control-expose-headers"), ["retry-after", "x-agenthuman-page", "x-request-id"]);
        assert!(words(&answered, "vary").contains(&"origin".to_owned()));
    }
}

#[tokio::test]
async fn other_origins_are_told_nothing() {
    let bench = bench().await;
    let others = ["https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "null", "*"];
    for origin in others {
        let preflight = from(&bench, origin, Method::OPTIONS, "/v1/sessions").await;
        preflight.is(405, "bad_request");
        let call = from(&bench, origin, Method::GET, "/v1/sessions/101").await;
        call.is(401, "grant_invalid");
        for answered in [preflight, call] {
            assert!(!answered.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{answered:?}");
            assert_eq!(answered.header("vary"), Some("origin"));
        }
    }
    bench.nothing_happened(&[]);
}

#[tokio::test]
async fn no_origin_is_allowed_unasked() {
    let bench = Bench::new().await;
    let preflight = from(&bench, ORIGIN, Method::OPTIONS, "/v1/sessions").await;
    preflight.is(405, "bad_request");
    assert_eq!(preflight.header("access-control-allow-origin"), None);
}
