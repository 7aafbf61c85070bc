//! What the tests share: a service, and the real binary run against it.

use agenthuman::{Client, Secret};
use agenthuman_sandbox::{Options, Running, Sandbox};
use serde_json::Value;
use std::process::{Command, Output, Stdio};

pub const EMAIL: &str = "dev@agenthuman.test";
/// `{"exp":1000}`.
pub const EXPIRED_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDB9.c2ln";
/// Well-formed, and known to no service.
pub const UNKNOWN_KEY: &str = "ah_test_0fake1FAKE2fake3FAKE4fake5FAKE6a";

pub async fn sandbox() -> Running {
    Sandbox::start(Options { port: 0, rate_limit: None, ..Options::default() }).await.unwrap()
}

/// A client of the developer's account, by token.
pub fn owner(service: &Running) -> Client {
    Client::builder().base_url(service.url()).token(service.token()).build().unwrap()
}

pub fn holder(url: &str, key: &str) -> Client {
    Client::builder().base_url(url).api_key(Secret::new(key)).build().unwrap()
}

pub async fn works(url: &str, key: &str) -> bool {
    holder(url, key).sessions().list(Default::default()).page().await.is_ok()
}

/// The binary with nothing of this machine's own settings.
pub fn agenthuman(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agenthuman"));
    command.args(args).stdin(Stdio::null()).env("NO_PROXY", "*").env("XDG_CONFIG_HOME", "/no-such-folder");
    // Nor its keyring.
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no-such-socket");
    for name in [
        "AGENTHUMAN_API_KEY",
        "AGENTHUMAN_API_KEY_FILE",
        "AGENTHUMAN_API_KEY_COMMAND",
        "AGENTHUMAN_TOKEN",
        "AGENTHUMAN_PROFILE",
        "AGENTHUMAN_BASE_URL",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "RUST_BACKTRACE",
    ] {
        command.env_remove(name);
    }
    command
}

/// The binary, pointed at a service and holding both of the developer's credentials.
pub fn at(service: &Running, args: &[&str]) -> Command {
    let mut command = agenthuman(args);
    command
        .env("AGENTHUMAN_BASE_URL", service.url())
        .env("AGENTHUMAN_API_KEY", service.api_key())
        .env("AGENTHUMAN_TOKEN", service.token());
    command
}

pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "one document: {}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Neither stream holds any of these, whole or in a telling part.
    #[track_caller]
    pub fn hides(self, secrets: &[&str]) -> Ran {
        for secret in secrets {
            for part in [*secret, &secret[secret.len() / 3..secret.len() - 4]] {
                assert!(!self.stdout.contains(part), "stdout shows a secret: {}", self.stdout);
                assert!(!self.stderr.contains(part), "stderr shows a secret: {}", self.stderr);
            }
        }
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

pub fn run(command: &mut Command) -> Ran {
    tokio::task::block_in_place(|| command.output()).unwrap().into()
}

/// The newest code mailed to an address.
pub async fn mailed_code(service: &Running) -> String {
    let mails = owner(service).request("GET", "/sandbox/mailbox", None, Some("none")).await.unwrap();
    let codes = mails["mails"].as_array().unwrap().iter().map(|mail| {
        let text = mail["text"].as_str().unwrap();
        text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6).unwrap().to_owned()
    });
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes.len(), 1, "one mail is expected");
    codes[0].clone()
}
