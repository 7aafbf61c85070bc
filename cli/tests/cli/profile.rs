//! `agenthuman profile`, `login` and `logout` with a home folder of the test's own.

use crate::common::{EMAIL, UNKNOWN_KEY, agenthuman, at, mailed_code, run, sandbox, works};
use agenthuman_sandbox::Running;
use agenthuman_testing::canned::{Answer, Canned};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("agenthuman/profiles.toml")
    }

    /// The command without credentials in its environment.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = agenthuman(args);
        command.env("XDG_CONFIG_HOME", self.0.path());
        command
    }

    /// Adds a profile with a key from stdin.
    fn add(&self, name: &str, url: &str, key: &str) {
        let mut add = self.command(&["profile", "add", name, "--secrets", "file", "--key-stdin", "--base-url", url]);
        let mut child = add.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{key}").unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !text.contains(&key[8..30]), "{text}");
        assert!(text.contains(&format!("…{}", &key[36..])), "{text}");
    }

    fn document(&self, args: &[&str]) -> Value {
        run(&mut self.command(&[args, &["--json"]].concat())).expect(0).json()
    }
}

fn live(key: &str) -> String {
    key.replace("ah_test_", "ah_live_")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_used_and_its_secrets_are_not_shown() {
    let (service, home) = (sandbox().await, Home::new());
    home.add("local", service.url(), service.api_key());
    run(&mut home.command(&["sessions", "list"])).expect(0);
    home.add("other", "https://api.example.com", UNKNOWN_KEY);
    for args in
        [&["profile", "list"][..], &["profile", "show"], &["profile", "show", "other", "--json"], &["profile", "list", "--json"]]
    {
        let shown = run(&mut home.command(args)).expect(0).hides(&[service.api_key(), UNKNOWN_KEY]);
        assert!(shown.stdout.contains("file of the profiles"), "{}", shown.stdout);
    }
    assert_eq!(home.document(&["profile", "show"])["name"], "local");
    run(&mut home.command(&["profile", "use", "other"])).expect(0);
    assert_eq!(home.document(&["profile", "show"])["name"], "other");
    run(&mut home.command(&["sessions", "list", "--profile", "local"])).expect(0);
    run(home.command(&["sessions", "list"]).env("AGENTHUMAN_PROFILE", "local")).expect(0);
    let unknown = run(&mut home.command(&["sessions", "list", "--profile", "locl"])).expect(1);
    assert!(
        unknown.stderr.contains("there is no profile \"locl\"") && unknown.stderr.contains("local, other"),
        "{}",
        unknown.stderr
    );

    run(&mut home.command(&["profile", "remove", "local"])).expect(2);
    let removed = run(&mut home.command(&["profile", "remove", "local", "--yes"])).expect(0);
    assert!(removed.stderr.contains("stay valid at the service"), "{}", removed.stderr);
    assert!(!fs::read_to_string(home.file()).unwrap().contains(service.api_key()));
    assert!(works(service.url(), service.api_key()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_precedes_the_environment_and_that_precedes_a_profile() {
    let (service, home) = (sandbox().await, Home::new());
    home.add("bad", service.url(), UNKNOWN_KEY);
    let sessions = |args: &[&str]| home.command(&[&["sessions", "list"], args].concat());
    run(&mut sessions(&[])).expect(1);
    run(sessions(&[]).env("AGENTHUMAN_API_KEY", service.api_key()).env("AGENTHUMAN_BASE_URL", service.url())).expect(0);
    let named = run(sessions(&["--profile", "bad"]).env("AGENTHUMAN_API_KEY", service.api_key())).expect(1);
    assert!(named.stderr.contains("Invalid API key"), "{}", named.stderr);
    let path = home.0.path().join("key");
    fs::write(&path, service.api_key()).unwrap();
    let path = path.to_str().unwrap();
    run(&mut sessions(&["--api-key-file", path, "--base-url", service.url()])).expect(0);
    run(&mut sessions(&["--api-key-file", path, "--profile", "bad"])).expect(2);

    run(&mut home.command(&["profile", "remove", "bad", "--yes"])).expect(0);
    let none = run(&mut sessions(&[])).expect(1);
    for way in ["AGENTHUMAN_API_KEY", "--profile", "--api-key-file", "--api-key-command"] {
        assert!(none.stderr.contains(way), "{}", none.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profiles_key_goes_to_its_own_service_and_environment_only() {
    let (service, home) = (sandbox().await, Home::new());
    let elsewhere = Canned::start([Answer::json(200, json!({ "sessions": [] }))]);
    home.add("local", service.url(), service.api_key());
    let other = run(&mut home.command(&["sessions", "list", "--base-url", &elsewhere.url])).expect(1);
    assert!(other.stderr.contains("profile \"local\" is for"), "{}", other.stderr);
    let other =
        run(home.command(&["sessions", "list", "--profile", "local"]).env("AGENTHUMAN_BASE_URL", &elsewhere.url)).expect(1);
    assert!(other.stderr.contains("sent to its own URL only"), "{}", other.stderr);
    assert_eq!(elsewhere.seen().len(), 0);

    // A live key in a profile for test keys is not sent, wherever it comes from.
    let path = home.0.path().join("key");
    fs::write(&path, live(UNKNOWN_KEY)).unwrap();
    let add = ["profile", "add", "guarded", "--secrets", "file", "--environment", "test", "--base-url", &elsewhere.url];
    run(&mut home.command(&[&add[..], &["--api-key-file", path.to_str().unwrap()]].concat())).expect(0);
    let guarded = run(&mut home.command(&["sessions", "list", "--profile", "guarded"])).expect(1).hides(&[&live(UNKNOWN_KEY)]);
    assert!(guarded.stderr.contains("accepts only test keys"), "{}", guarded.stderr);
    assert_eq!(elsewhere.seen().len(), 0, "nothing was sent");
}

#[cfg(unix)]
#[test]
fn the_file_is_private_from_the_start_and_rejected_if_it_is_not() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.add("a", "https://api.example.com", UNKNOWN_KEY);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&home.file()), mode(home.file().parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(home.file().parent().unwrap()).unwrap().count(), 2, "the file and its lock");
    for unsafe_mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(home.file(), fs::Permissions::from_mode(unsafe_mode)).unwrap();
        for args in [&["sessions", "list"][..], &["profile", "list"], &["profile", "add", "b"]] {
            let ran = run(&mut home.command(args)).expect(1).hides(&[UNKNOWN_KEY]);
            assert!(ran.stderr.contains("other users") && ran.stderr.contains("chmod 600"), "{}", ran.stderr);
        }
    }
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(home.file(), format!("[profiles.a]\napi_key = {{ value = \"{UNKNOWN_KEY}\" ")).unwrap();
    let broken = run(&mut home.command(&["profile", "list"])).expect(1).hides(&[UNKNOWN_KEY]);
    assert!(broken.stderr.contains("is invalid at line 2"), "{}", broken.stderr);
}

#[test]
fn profiles_added_at_the_same_time_are_all_kept() {
    let home = Home::new();
    let add = |number: u32| home.command(&["profile", "add", &format!("p{number}"), "--secrets", "file"]).spawn().unwrap();
    for mut child in (0..8).map(add).collect::<Vec<_>>() {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(home.document(&["profile", "list"])["profiles"].as_array().unwrap().len(), 8);
    let again = run(&mut home.command(&["profile", "add", "p1"])).expect(1);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    run(&mut home.command(&["profile", "add", "a b"])).expect(2);
    run(&mut home.command(&["profile", "add", "c", "--base-url", "http://example.com"])).expect(1);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_keyring_secrets_go_to_the_file_and_the_user_learns_it() {
    let home = Home::new();
    let added = run(&mut home.command(&["profile", "add", "a"])).expect(0);
    assert!(added.stderr.contains("There is no keyring on this machine"), "{}", added.stderr);
    let refused = home
        .command(&["profile", "add", "b", "--secrets", "keyring", "--key-stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = refused.unwrap();
    writeln!(child.stdin.take().unwrap(), "{UNKNOWN_KEY}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("the keyring could not store the secret"));
    assert_eq!(home.document(&["profile", "list"])["profiles"].as_array().unwrap().len(), 1, "nothing was added");
}

async fn signed_in(home: &Home, service: &Running) -> String {
    run(&mut home.command(&["profile", "add", "local", "--secrets", "file", "--base-url", service.url()])).expect(0);
    run(&mut home.command(&["login", "--email", EMAIL])).expect(1);
    let code = mailed_code(service).await;
    let login = run(&mut home.command(&["login", "--email", EMAIL, "--code", &code])).expect(0);
    assert_eq!(login.stdout, "", "the token is stored, not printed");
    assert!(login.stderr.contains("The token is in the file of the profiles (profile \"local\")"), "{}", login.stderr);
    let file = fs::read_to_string(home.file()).unwrap();
    let token = file.split('"').find(|text| text.starts_with("eyJ")).unwrap().to_owned();
    assert!(!login.stderr.contains(&token));
    token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logout_ends_and_removes_the_token_of_login() {
    let (service, home) = (sandbox().await, Home::new());
    let token = signed_in(&home, &service).await;
    run(&mut home.command(&["keys", "list"])).expect(0).hides(&[&token]);
    let out = run(&mut home.command(&["logout"])).expect(0).hides(&[&token]);
    assert!(out.stderr.contains("The service ended the token. It was removed from profile \"local\"."), "{}", out.stderr);
    assert!(!fs::read_to_string(home.file()).unwrap().contains(&token));
    run(at(&service, &["keys", "list"]).env("AGENTHUMAN_TOKEN", &token)).expect(1);
    let again = run(&mut home.command(&["logout"])).expect(1);
    assert!(again.stderr.contains("there is no token to end: profile \"local\" has none"), "{}", again.stderr);

    let out = run(&mut at(&service, &["logout"])).expect(0).hides(&[service.token()]);
    assert!(out.stderr.contains("unset AGENTHUMAN_TOKEN"), "{}", out.stderr);
    let out = run(&mut at(&service, &["logout", "--json"])).expect(0);
    assert_eq!(out.json(), json!({ "token_at_service": "invalid", "removed_from_profile": null }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logout_says_if_the_token_may_still_be_valid() {
    let (service, home) = (sandbox().await, Home::new());
    let token = signed_in(&home, &service).await;
    drop(service);
    let out = run(&mut home.command(&["logout", "--timeout", "1"])).expect(1).hides(&[&token]);
    assert!(
        out.stderr.contains("The token may still be valid for up to") && out.stderr.contains("It was removed"),
        "{}",
        out.stderr
    );
    assert!(!fs::read_to_string(home.file()).unwrap().contains(&token));
}
