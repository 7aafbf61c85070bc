//! The native library of the Swift and Kotlin packages: builds it, searches it for forbidden contents, and measures its size.

mod weight;

use crate::steps::run;
use crate::toolchains::{cargo, target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const PACKAGE: &str = "agenthuman-mobile";

/// The maximum size of the stripped library.
const LIMIT: u64 = 4_000_000;

/// The settings with which cargo compiles the profile of phones quickly.
pub const FAST: [(&str, &str); 2] = [("CARGO_PROFILE_MOBILE_LTO", "off"), ("CARGO_PROFILE_MOBILE_CODEGEN_UNITS", "16")];

/// Texts of the server's part that must not be in the library, in lower case.
const SERVERS: &[&str] = &["x-api-key"];

/// The prefix of an API key, and the number of letters and digits after it.
const KEY_STARTS: &[&str] = &["ah_test_", "ah_live_"];
const KEY_SECRET: usize = 32;

/// `cargo xtask mobile`: the released library for this platform.
pub fn weigh() -> Result<()> {
    run(&mut cargo(&["build", "--profile", "mobile", "-p", PACKAGE]))?;
    let built = target().join("mobile").join(file_name());
    let stripped = stripped(&built)?;
    for library in [&built, &stripped] {
        search(library)?;
    }
    let size = fs::metadata(&stripped)?.len();
    println!("{}: {:.2} MB ({size} bytes)", stripped.display(), megabytes(size));
    weight::tell(&built, &stripped);
    if size > LIMIT {
        bail!("the stripped library has {size} bytes, and may have {LIMIT}");
    }
    println!("contains neither the API key's header nor a key; the limit is {:.0} MB", megabytes(LIMIT));
    Ok(())
}

/// The library of a dev build, up to date and searched. Built by itself: with the rest of the workspace, its core would
/// have the server's part.
pub fn library() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--quiet", "-p", PACKAGE]))?;
    let library = target().join("debug").join(file_name());
    search(&library)?;
    Ok(library)
}

/// The tests of the library by itself, which is searched as well.
pub fn test() -> Result<()> {
    library()?;
    run(&mut cargo(&["test", "--quiet", "-p", PACKAGE]))
}

/// Writes the bindings of a language, as UniFFI generates them, into a folder.
pub fn generate(library: &Path, language: &str, folder: &Path) -> Result<()> {
    let mut command = cargo(&["run", "--quiet", "-p", "agenthuman-bindgen", "--", "generate"]);
    run(command.arg(library).args(["--language", language, "--no-format", "--out-dir"]).arg(folder))
}

/// Builds the programs that the tests of both packages call.
pub fn counterparts() -> Result<()> {
    run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-cli", "-p", "agenthuman-sandbox"]))?;
    run(&mut cargo(&["build", "--quiet", "-p", "agenthuman-testing", "--features", "relay", "--bin", "vector-relay"]))
}

/// The library's name on this platform.
pub fn file_name() -> String {
    format!("{}agenthuman_mobile{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

fn stripped(built: &Path) -> Result<PathBuf> {
    let stripped = built.with_file_name(format!("stripped-{}", file_name()));
    fs::copy(built, &stripped).with_context(|| format!("{} cannot be copied", built.display()))?;
    let all = if cfg!(target_os = "macos") { "-x" } else { "--strip-all" };
    run(std::process::Command::new("strip").arg(all).arg(&stripped))?;
    Ok(stripped)
}

fn search(library: &Path) -> Result<()> {
    let bytes = fs::read(library).with_context(|| format!("{} cannot be read", library.display()))?;
    match forbidden(&bytes) {
        Some(found) => bail!("{} contains {found}, which must not be on a phone", library.display()),
        None => Ok(()),
    }
}

/// Returns the first forbidden content. Keys are not quoted.
pub fn forbidden(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_ascii_lowercase();
    if let Some(found) = SERVERS.iter().find(|name| lower.contains(**name)) {
        return Some(found);
    }
    let is_key = |start: usize| {
        let secret = text.as_bytes().get(start..start + KEY_SECRET);
        secret.is_some_and(|secret| secret.iter().all(u8::is_ascii_alphanumeric))
    };
    let mut starts = KEY_STARTS.iter().flat_map(|start| text.match_indices(start).map(|(at, start)| at + start.len()));
    starts.any(is_key).then_some("an API key")
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::forbidden;

    #[test]
    fn the_header_is_found_however_it_is_spelled() {
        assert_eq!(forbidden(b"\0\0X-Api-Key\0"), Some("x-api-key"));
        assert_eq!(forbidden(b"\0x-agenthuman-grant\0"), None);
    }

    #[test]
    fn a_key_is_found_and_the_start_of_one_is_not() {
        assert_eq!(forbidden(format!("\0ah_test_{}\0", "a1".repeat(16)).as_bytes()), Some("an API key"));
        assert_eq!(forbidden(format!("ah_live_{}", "Z".repeat(32)).as_bytes()), Some("an API key"));
        assert_eq!(forbidden(b"\0ah_live_ or ah_test_ and 32 letters or digits\0"), None);
        assert_eq!(forbidden(b"ah_test_short"), None);
    }
}
