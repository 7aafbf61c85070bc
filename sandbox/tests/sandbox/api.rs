//! A client that records each response, by the operation's path template.

use std::sync::{Mutex, Once};

use agenthuman_sandbox::{Options, Running, Sandbox};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

#[derive(Clone)]
pub enum As {
    NoCredential,
    Key(String),
    Token(String),
    Headers(Vec<(&'static str, String)>),
}

#[derive(Clone)]
pub struct Answer {
    pub method: &'static str,
    pub template: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

pub struct Api {
    pub url: String,
    pub key: As,
    pub token: As,
    pub email: String,
    pub http: reqwest::Client,
    pub record: Mutex<Vec<Answer>>,
    _running: Option<Running>,
}

pub fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

pub fn unlimited() -> Options {
    Options { port: 0, rate_limit: None, ..Options::default() }
}

impl Api {
    pub async fn start() -> Self {
        Self::with(unlimited()).await
    }

    pub async fn with(options: Options) -> Self {
        let running = Sandbox::start(options).await.expect("the sandbox starts");
        Self {
            url: running.url().to_owned(),
            key: As::Key(running.api_key().to_owned()),
            token: As::Token(running.token().to_owned()),
            email: running.email().to_owned(),
            http: client(),
            record: Mutex::default(),
            _running: Some(running),
        }
    }

    /// Creates a client of a sandbox in another process.
    pub fn of_process(url: &str, key: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: As::Key(key.to_owned()),
            token: As::NoCredential,
            email: String::new(),
            http: client(),
            record: Mutex::default(),
            _running: None,
        }
    }

    pub fn request(&self, method: &'static str, path: &str, who: &As) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.url));
        match who {
            As::NoCredential => request,
            As::Key(key) => request.header("x-api-key", key),
            As::Token(token) => request.bearer_auth(token),
            As::Headers(headers) => headers.iter().fold(request, |request, (name, value)| request.header(*name, value)),
        }
    }

    /// Sends a request. Each `{}` in `template` is replaced by one of `ids`; a query may follow the template.
    pub async fn call(&self, method: &'static str, template: &str, ids: &[&Value], who: &As, body: Option<Value>) -> Answer {
        let path = ids.iter().fold(template.to_owned(), |path, id| {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            path.replacen("{}", &id, 1)
        });
        let mut request = self.request(method, &path, who);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.send(method, template, request).await
    }

    pub async fn send(&self, method: &'static str, template: &str, request: reqwest::RequestBuilder) -> Answer {
        let answer = self.try_send(method, template, request).await.expect("an answer");
        self.record.lock().unwrap().push(answer.clone());
        answer
    }

    pub async fn try_send(
        &self,
        method: &'static str,
        template: &str,
        request: reqwest::RequestBuilder,
    ) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let template = template.split('?').next().unwrap_or_default().to_owned();
        Ok(Answer { method, template, status, headers, body })
    }

    /// Signs `email` in with a code from the mailbox.
    pub async fn sign_in(&self, email: &str) -> Answer {
        let body = json!({"email": email});
        self.call("POST", "/v1/auth/otp/request", &[], &As::NoCredential, Some(body)).await.is(200);
        let code = self.code(email).await;
        let verified = json!({"email": email, "code": code});
        self.call("POST", "/v1/auth/otp/verify", &[], &As::NoCredential, Some(verified)).await.is(200)
    }

    /// The newest code in the mailbox.
    pub async fn code(&self, email: &str) -> String {
        let path = format!("/sandbox/mailbox?to={email}");
        let mailbox = self.call("GET", &path, &[], &As::NoCredential, None).await.is(200);
        mailbox.text("/mails/0/code")
    }

    /// Advances the sandbox's clock.
    pub async fn advance(&self, seconds: u32) -> Answer {
        let body = json!({"advance_seconds": seconds});
        self.call("POST", "/sandbox/clock", &[], &As::NoCredential, Some(body)).await.is(200)
    }

    /// Creates an account, and returns its token and API key.
    pub async fn stranger(&self, email: &str) -> (As, As) {
        let token = As::Token(self.sign_in(email).await.text("/token"));
        let new = json!({"name": "theirs", "environment": "test"});
        let key = self.call("POST", "/v1/api-keys", &[], &token, Some(new)).await.is(201);
        (token, As::Key(key.text("/key")))
    }
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}: {}", self.method, self.template, self.body);
        self
    }

    #[track_caller]
    pub fn says(self, status: u16, body: Value) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.body, body, "{} {}", answer.method, answer.template);
        answer
    }

    #[track_caller]
    pub fn fails(self, status: u16, error: &str) -> Self {
        self.says(status, json!({"success": false, "error": error}))
    }

    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {}", self.body))
    }

    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("{pointer} is no text")).to_owned()
    }

    /// Returns the names of an object's fields, sorted.
    #[track_caller]
    pub fn fields(&self, pointer: &str) -> Vec<&str> {
        let object = self.at(pointer).as_object().unwrap_or_else(|| panic!("{pointer} is no object"));
        let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Splits a list of field names, sorted like [`Answer::fields`].
pub fn names(list: &str) -> Vec<&str> {
    let mut names: Vec<&str> = list.split_whitespace().collect();
    names.sort_unstable();
    names
}
