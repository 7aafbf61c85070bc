//! `agenthuman scan` on folders and repositories made for the test.

use crate::common::{agenthuman, run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A key of the right format that no service knows.
fn key() -> String {
    format!("ah_live_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6")
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    folder
}

#[test]
fn keys_in_files_are_reported_masked() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "src/app.py", &format!("import os\nKEY = '{}'\n", key()));
    write(folder.path(), ".env", &format!("AGENTHUMAN_API_KEY={}", key()));
    write(folder.path(), "README.md", "AGENTHUMAN_API_KEY=ah_live_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
    let ran = run(agenthuman(&["scan"]).current_dir(&folder)).expect(1).hides(&[&key()]);
    assert_eq!(ran.stdout, ".env:1: ah_live_…o5P6\nsrc/app.py:2: ah_live_…o5P6\n");
    assert!(ran.stderr.contains("2 API keys found"), "{}", ran.stderr);

    let ran = run(agenthuman(&["scan", "--json", "src", "README.md"]).current_dir(&folder)).expect(1).hides(&[&key()]);
    let place = serde_json::json!({
        "path": "src/app.py", "line": 2, "commit": null, "key": "ah_live_…o5P6", "environment": "live",
    });
    assert_eq!(ran.json(), serde_json::json!({ "findings": [place], "files": 2, "unread": [] }));

    let ran = run(agenthuman(&["scan", "README.md"]).current_dir(&folder)).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.trim_end()), ("", "No API key found; files searched: 1."));
}

#[test]
fn ignored_files_are_searched_if_that_is_asked_for() {
    let folder = repository();
    write(folder.path(), ".gitignore", "dist/\n");
    write(folder.path(), ".agenthumanignore", "tests/fixtures/\n");
    write(folder.path(), "dist/app.js", &key());
    write(folder.path(), "tests/fixtures/keys.txt", &key());
    run(agenthuman(&["scan"]).current_dir(&folder)).expect(0);
    for args in [&["scan", "--ignored"][..], &["scan", "dist"]] {
        let ran = run(agenthuman(args).current_dir(&folder)).expect(1);
        assert_eq!(ran.stdout, "dist/app.js:1: ah_live_…o5P6\n", "{args:?}");
    }
}

#[test]
fn a_key_that_was_removed_is_in_the_history() {
    let folder = repository();
    write(folder.path(), "a file.py", &format!("x = 1\nkey = '{}'\n", key()));
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "first"]);
    write(folder.path(), "a file.py", "key = os.environ['AGENTHUMAN_API_KEY']\n");
    git(folder.path(), &["commit", "--quiet", "-am", &format!("no more {}", key().replace("live", "test"))]);
    run(agenthuman(&["scan"]).current_dir(&folder)).expect(0);

    let ran = run(agenthuman(&["scan", "--history"]).current_dir(&folder)).expect(1).hides(&[&key()]);
    let lines: Vec<_> = ran.stdout.lines().collect();
    let first = Command::new("git").arg("-C").arg(folder.path()).args(["rev-parse", "--short", "HEAD~1"]).output().unwrap();
    let first = String::from_utf8(first.stdout).unwrap();
    assert_eq!(lines[0], format!("a file.py:2 (commit {}): ah_live_…o5P6", first.trim()));
    assert!(lines[1].starts_with("message of a commit:") && lines[1].ends_with(": ah_test_…o5P6"), "{}", lines[1]);
    assert_eq!(lines.len(), 2);
}

#[test]
fn what_cannot_be_searched_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(agenthuman(&["scan", "--history"]).current_dir(&folder).env("GIT_CEILING_DIRECTORIES", "/")).expect(1);
    assert!(ran.stderr.contains("omit --history"), "{}", ran.stderr);
    let ran = run(agenthuman(&["scan", "missing"]).current_dir(&folder)).expect(1);
    assert!(ran.stderr.contains("not searched: ") && ran.stderr.contains("missing"), "{}", ran.stderr);
}

/// The hook is that of the guide.
#[cfg(unix)]
#[test]
fn the_guides_hook_stops_a_commit_with_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/keys.md")).unwrap();
    let script = guide.split("```").find(|block| block.trim_start().starts_with("#!/bin/sh")).unwrap().trim_start();
    let folder = repository();
    let hook = folder.path().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, script).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_agenthuman")).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let commit = || {
        git(folder.path(), &["add", "."]);
        let mut command = Command::new("git");
        command.arg("-C").arg(folder.path()).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
        command.args(["commit", "--quiet", "-m", "change"]).env("PATH", &path).output().unwrap()
    };
    write(folder.path(), "app.py", &format!("KEY = '{}'\n", key()));
    let stopped = commit();
    let text = String::from_utf8_lossy(&stopped.stdout) + String::from_utf8_lossy(&stopped.stderr);
    assert!(!stopped.status.success() && text.contains("app.py:1: ah_live_…o5P6") && !text.contains(&key()), "{text}");
    write(folder.path(), "app.py", "import os\n");
    assert!(commit().status.success());
}
