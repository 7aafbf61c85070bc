//! A key, a token and a one-time code are planted in every error path, and must appear in no output.
//!
//! A process of its own: the panic hook and the subscriber that see all output are global.

use agenthuman::api::api_keys::CreateApiKey;
use agenthuman::host::{HostClient, Step};
use agenthuman::{ApiKey, Client, Error, Secret, Token};
use agenthuman_testing::canned::{Answer, Canned};
use agenthuman_testing::made_up::{KEY, TOKEN, key_info};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const CODE: &str = "918273";
const PASSWORD: &str = "hunter2hunter2";

/// What would betray the secrets: more of the key than its last four, any part of the token, the code, the password.
const PLANTED: [&str; 5] = ["Sup0rtCr4te", "eyJhbGciOiJub25lIn0", "eyJzdWIi", CODE, PASSWORD];

/// A client with a key and a token, without retries.
fn client(server: &Canned) -> Client {
    Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).max_retries(0).build().unwrap()
}

fn found_in(output: &str) -> Option<&'static str> {
    PLANTED.into_iter().find(|planted| output.contains(planted))
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn show(&self, text: impl std::fmt::Display) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn error(&self, error: &Error) {
        self.show(error);
        self.show(format!("{error:?}"));
        self.show(serde_json::to_string(error.info()).unwrap());
        let source: Option<&dyn std::error::Error> = std::error::Error::source(error);
        self.show(format!("{source:?}"));
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An answer that says everything back, the one-time code only where the call knows it.
fn echo(status: u16, code: &str) -> Answer {
    let text = format!("no: {KEY} {TOKEN} {code} https://me:{PASSWORD}@host/ {}", &KEY[..20]);
    Answer::json(
        status,
        json!({ "success": false, "error": { "message": text, "suggestion": text, "code": "X", "details": { "echo": [text, code.parse::<u32>().ok()] } } }),
    )
    .header("x-request-id", KEY)
    .header("location", &format!("https://me:{PASSWORD}@elsewhere/{KEY}"))
}

/// Every answer that can go wrong.
fn answers(code: &str) -> Vec<Answer> {
    let page = format!("<html>{KEY} {TOKEN} {code}</html>");
    let json = format!("{{\"key\":\"{KEY}\",\"token\":\"{TOKEN}\",\"code\":\"{code}\"");
    let mut answers: Vec<Answer> =
        [200, 301, 400, 401, 402, 403, 404, 409, 418, 429, 500, 503].into_iter().map(|status| echo(status, code)).collect();
    answers.push(Answer::text(200, &page));
    answers.push(Answer::text(502, &page));
    answers.push(Answer { cut: 10, ..Answer::text(200, &json) });
    answers.push(Answer { hang_up: true, ..Answer::default() });
    answers.push(Answer { hang: true, ..Answer::default() });
    answers
}

fn impatient(server: &Canned) -> Client {
    let builder = Client::builder().base_url(&server.url).api_key(KEY).token(TOKEN).max_retries(0);
    builder.timeout(std::time::Duration::from_millis(500)).build().unwrap()
}

/// Meets every error that can be met, and shows all there is to show.
async fn meet_every_error(output: &Output) {
    let base = || Client::builder().base_url("http://127.0.0.1:9");
    for (key, token) in [
        (format!("{KEY}\n"), TOKEN.to_owned()),
        (format!("\"{KEY}\""), TOKEN.to_owned()),
        (KEY[..39].to_owned(), TOKEN.to_owned()),
        (TOKEN.to_owned(), TOKEN.to_owned()),
        (KEY.to_owned(), KEY.to_owned()),
        (KEY.to_owned(), format!("{TOKEN}\n")),
        (KEY.to_owned(), format!("Bearer {TOKEN}")),
        (format!("\u{feff}{KEY}"), TOKEN.to_owned()),
        (format!("Bearer {KEY}"), TOKEN.to_owned()),
        (format!("export AGENTHUMAN_API_KEY={KEY}"), TOKEN.to_owned()),
        (format!("{KEY}%0A"), TOKEN.to_owned()),
        (KEY.chars().flat_map(|c| [c, '\0']).collect(), TOKEN.to_owned()),
        (KEY.to_owned(), format!("\u{201c}{TOKEN}\u{201d}")),
        (KEY.to_owned(), format!("AGENTHUMAN_TOKEN={TOKEN}")),
        (KEY.to_owned(), format!("<{TOKEN}>")),
    ] {
        output.error(&base().api_key(key.as_str()).token(token.as_str()).build().unwrap_err());
    }
    output.error(&base().base_url(format!("https://me:{PASSWORD}@host")).build().unwrap_err());
    output.error(&base().base_url(format!("ht!tp://me:{PASSWORD}@host")).build().unwrap_err());
    output.error(&base().header(KEY, "x\n").build().unwrap_err());
    output.error(&base().header("x", format!("{TOKEN}\n")).build().unwrap_err());

    for answer in answers(CODE) {
        let server = Canned::start([answer]);
        output.error(&impatient(&server).auth().verify_otp("ada@example.com", CODE).await.unwrap_err());
    }
    for answer in answers("") {
        let server = Canned::start([answer]);
        let client = impatient(&server);
        output.show(format!("{client:?}"));
        output.error(&client.sessions().get("1").await.unwrap_err());
        output.error(&client.api_keys().list().all().await.unwrap_err());
        output.error(&client.request("POST", "/v1/x", Some(json!({ "key": KEY })), None).await.unwrap_err());
    }
    let error = base().api_key(KEY).build().unwrap().sessions().get("1").await.unwrap_err();
    output.error(&error);

    output.show(format!("{:?} {:?}", ApiKey::parse(KEY).unwrap(), Token::parse(TOKEN).unwrap()));
    output.show(format!("{:?} {:?}", Secret::from(KEY), Secret::from(CODE)));
    let signing_in = base().api_key(KEY).build().unwrap();
    let otp = signing_in.auth().verify_otp("a@b", CODE);
    output.show(format!("{otp:?}"));
    let created = Canned::start([Answer::json(201, json!({ "api_key": key_info(1, "CrT1"), "key": KEY }))]);
    let created = client(&created).api_keys().create(CreateApiKey::new("A", "test")).await.unwrap();
    output.show(format!("{created:?}"));
    assert_eq!(created.key.expose(), KEY);

    let config = json!({ "base_url": "http://127.0.0.1:9", "api_key": KEY, "token": TOKEN });
    output.show(HostClient::new(&config.to_string()).unwrap().summary());
    let wrong = json!({ "base_url": 1, "api_key": KEY, "token": TOKEN, "odd": CODE });
    output.show(format!("{:?}", HostClient::new(&wrong.to_string()).err()));
    let client = HostClient::new(&config.to_string()).unwrap();
    for params in [format!("{{\"code\":\"{CODE}\""), format!("{{\"email\":\"a@b\",\"code\":\"{CODE}9\"}}"), format!("\"{KEY}\"")]
    {
        if let Step::Done(Err(error)) = client.call("auth.verify_otp", &params, "").step().await {
            output.show(format!("{error:?}"));
        }
    }
}

#[test]
fn nothing_planted_comes_out() {
    let output = Output::default();
    let panics = output.clone();
    std::panic::set_hook(Box::new(move |panic| panics.show(panic)));
    // Without times: the digits of one may be those of the code.
    let subscriber = tracing_subscriber::fmt().without_time().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let subscriber = subscriber.with_writer(output.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(meet_every_error(&output));
    let _ = std::panic::take_hook();

    let text = output.text();
    for must in ["ah_test_…CrT1", "[token]", "[redacted]", "attempt", "TRACE"] {
        assert!(text.contains(must), "the test saw too little: no {must:?}");
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(planted) = found_in(line) {
            panic!("line {number} of the output holds {planted:?}: {line}");
        }
    }
}

#[test]
fn the_search_finds_what_is_let_through() {
    let output = Output::default();
    for leak in [KEY, TOKEN, CODE, &format!("https://me:{PASSWORD}@host")] {
        output.show(leak);
        assert!(found_in(output.text().lines().last().unwrap()).is_some(), "{leak}");
    }
}

/// The response is over the limit in each of the places that an error keeps, and secrets are on every cut.
#[tokio::test]
async fn an_error_keeps_little_of_a_huge_response() {
    const HUGE: usize = 400_000;
    let planted = format!("{KEY} {TOKEN} https://ada:{PASSWORD}@host/ {CODE} ");
    let bodies = [
        json!({ "error": format!("x{}", planted.repeat(HUGE / planted.len())) }),
        json!({ "error": "eyJ".repeat(HUGE / 3) }),
        json!({ "error": "://".repeat(HUGE / 3) }),
        json!({ "error": "ah_live_ ".repeat(HUGE / 9) }),
        json!({ "message": "\u{1}".repeat(HUGE / 6) }),
        json!({ "error": { "message": "m".repeat(HUGE), "suggestion": planted.repeat(HUGE / planted.len()), "code": "c".repeat(HUGE) } }),
        json!({ "error": { "message": "m", "details": { "text": planted.repeat(HUGE / planted.len()) } } }),
        json!({ "error": { "message": "m", "details": vec!["a"; HUGE / 4] } }),
        json!({ "error": { "message": "m", "details": vec!["eyJaaaaaaa"; 1_000] } }),
        json!({ "error": { "message": "m" }, "others": vec![json!({}); HUGE / 3] }),
    ];
    let texts = [planted.repeat(HUGE / planted.len()), "[".repeat(HUGE), "{\"error\":".repeat(HUGE / 9)];
    let bodies = bodies.iter().map(ToString::to_string).chain(texts);
    for body in bodies {
        let id = planted.trim_end().repeat(20);
        let server = Canned::start([Answer::text(500, &body).header("x-request-id", &id)]);
        let login = client(&server).auth().verify_otp("ada@example.com", CODE).await;
        let error = login.err().unwrap();
        let all = serde_json::to_string(error.info()).unwrap();
        assert!(all.len() < 32 * 1024, "{} bytes are kept of {}", all.len(), &body[..100]);
        for shown in [all, error.to_string(), format!("{error:?}")] {
            assert_eq!(found_in(&shown), None, "{shown}");
        }
        assert!(error.info().message.len() <= 4096 && error.info().request_id.as_ref().unwrap().len() <= 200);
    }
}
