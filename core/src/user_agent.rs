//! The header `User-Agent`: package, version, language, runtime and platform; nothing that identifies a machine.

use crate::VERSION;
use crate::error::{Error, Result};
use http::HeaderValue;
use serde::Deserialize;
use std::env::consts::{ARCH, OS};

/// The package of a language, and what runs it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    /// The end of the package's name, such as `python`.
    language: String,
    /// The runtime and its version, such as `CPython 3.12.1`.
    runtime: Option<String>,
}

/// Returns the header's value, such as `agenthuman-python/0.1.0 (CPython 3.12.1; linux x86_64) shop/2.1`. Without a package, it
/// is that of Rust.
///
/// # Errors
/// If `app` contains characters that are not allowed in a header.
pub(crate) fn user_agent(package: Option<&Package>, app: Option<&str>) -> Result<HeaderValue> {
    let language = package.map_or("rust".to_owned(), |package| plain(&package.language));
    let runtime = package.and_then(|package| package.runtime.as_deref()).map(|runtime| format!("{}; ", plain(runtime)));
    let mut text = format!("agenthuman-{language}/{VERSION} ({}{OS} {ARCH})", runtime.unwrap_or_default());
    if let Some(app) = app {
        text.extend([" ", app]);
    }
    HeaderValue::from_str(&text).map_err(|_| Error::internal("the User-Agent is not a valid header"))
}

/// A text of the host without characters that have a meaning in the header.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || " .-_+".contains(*c)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_package_runtime_platform_and_program() {
        let python = Package { language: "python".into(), runtime: Some("CPython (3.12.1)\r\n;".into()) };
        let text = user_agent(Some(&python), Some("shop/2.1")).unwrap();
        assert_eq!(text, format!("agenthuman-python/{VERSION} (CPython 3.12.1; {OS} {ARCH}) shop/2.1"));
        assert_eq!(user_agent(None, None).unwrap(), format!("agenthuman-rust/{VERSION} ({OS} {ARCH})"));
    }
}
