//! The name of a program, for the header `User-Agent`.

use crate::error::{Error, Kind, Result};
use serde::Deserialize;
use url::Url;

/// The name of a program, which is added to the header `User-Agent`, so that the service can tell programs apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppInfo {
    name: String,
    version: Option<String>,
    url: Option<String>,
}

impl AppInfo {
    /// The name of the program: 1 to 64 letters, digits and characters of ``!#$%&'*+-.^_`|~``.
    pub fn new(name: impl Into<String>) -> AppInfo {
        AppInfo { name: name.into(), ..AppInfo::default() }
    }

    /// The version of the program, of the same characters.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> AppInfo {
        self.version = Some(version.into());
        self
    }

    /// The URL of the program's page: `http` or `https`, at most 200 characters.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> AppInfo {
        self.url = Some(url.into());
        self
    }

    /// Returns the program as `name/version (url)`.
    ///
    /// # Errors
    /// If a part is invalid (`configuration`).
    pub(crate) fn suffix(&self) -> Result<String> {
        let mut suffix = token("name", &self.name)?.to_owned();
        if let Some(version) = &self.version {
            suffix.extend(["/", token("version", version)?]);
        }
        if let Some(url) = &self.url {
            let is_safe = url.len() <= 200 && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>\"\\".contains(&byte));
            let is_web =
                |url: Url| matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
            if !is_safe || !Url::parse(url).is_ok_and(is_web) {
                return Err(refused("url must be an http or https URL of at most 200 ASCII characters, without a user name"));
            }
            suffix.extend([" (", url, ")"]);
        }
        Ok(suffix)
    }
}

/// Checks a token of HTTP.
fn token<'a>(name: &str, text: &'a str) -> Result<&'a str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(is_token) {
        Ok(text)
    } else {
        Err(refused(&format!("{name} must be 1 to 64 letters, digits and characters of !#$%&'*+-.^_`|~")))
    }
}

fn refused(why: &str) -> Error {
    Error::new(Kind::Configuration, format!("app_info: {why}")).parameter("app_info")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_has_the_parts_that_are_set() {
        let app = AppInfo::new("shop");
        assert_eq!(app.suffix().unwrap(), "shop");
        assert_eq!(app.clone().version("2.1").suffix().unwrap(), "shop/2.1");
        let app = app.version("2.1").url("https://shop.example/about");
        assert_eq!(app.suffix().unwrap(), "shop/2.1 (https://shop.example/about)");
    }

    #[test]
    fn what_could_change_the_header_is_rejected() {
        for app in [
            AppInfo::new(""),
            AppInfo::new("a b"),
            AppInfo::new("a\r\nx-api-key: b"),
            AppInfo::new("é"),
            AppInfo::new("a".repeat(65)),
            AppInfo::new("a").version("1/2"),
            AppInfo::new("a").version(""),
            AppInfo::new("a").url("shop.example"),
            AppInfo::new("a").url("ftp://shop.example"),
            AppInfo::new("a").url("https://me:hunter2@shop.example"),
            AppInfo::new("a").url("https://shop.example/) evil/1"),
            AppInfo::new("a").url("https://shop.example/\r\nx: y"),
            AppInfo::new("a").url(format!("https://shop.example/{}", "a".repeat(200))),
        ] {
            let error = app.suffix().unwrap_err();
            assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("app_info")), "{app:?}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
