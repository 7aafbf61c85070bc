//! The options of every command.

use crate::failure::Failure;
use crate::profiles::{self, Selected, file};
use agenthuman::Kind;
use agenthuman::environment::{API_KEY, API_KEY_COMMAND, API_KEY_FILE, BASE_URL, PROFILE, TOKEN};
use agenthuman::host::{DEFAULT_BASE_URL, environment_variable};
use std::path::PathBuf;
use std::time::Duration;

/// The options of every command that sends requests.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The URL of the service [env: AGENTHUMAN_BASE_URL] [default: https://api.agenthuman.com]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// The profile to use, in place of the environment's credentials [env: AGENTHUMAN_PROFILE]
    #[arg(long, global = true, value_name = "NAME", add = profiles::candidates(), conflicts_with_all = ["api_key_file", "api_key_command"])]
    pub profile: Option<String>,
    /// A file that contains only the API key; no credential is then read from the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// A command that prints only the API key, split as a shell does; no credential is then read from the environment
    #[arg(long, global = true, value_name = "COMMAND", conflicts_with = "api_key_file")]
    pub api_key_command: Option<String>,
    /// A file of PEM certificates to trust in addition to the system's, such as a private certificate authority
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Allow plain http to private network addresses, for test keys only
    #[arg(long, global = true)]
    pub allow_insecure_http: bool,
    /// The timeout of a call, in seconds [default: 60; doctor: 10]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Print JSON on stdout instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// The profile in use.
    #[arg(skip)]
    pub selected: Option<Selected>,
    /// Why the profile is not used, if there is one.
    #[arg(skip)]
    pub unused_profile: Option<String>,
}

impl Global {
    /// Returns the option that names the API key, if there is one.
    pub fn key_option(&self) -> Option<&'static str> {
        match self {
            Global { api_key_file: Some(_), .. } => Some("--api-key-file"),
            Global { api_key_command: Some(_), .. } => Some("--api-key-command"),
            _ => None,
        }
    }

    /// Returns the base URL that the options name, or the service's.
    pub fn base_url_or_default(&self) -> String {
        self.base_url.clone().unwrap_or_else(|| DEFAULT_BASE_URL.to_owned())
    }

    /// Adds the profile that the command uses. --profile precedes the environment's credentials, and those precede
    /// AGENTHUMAN_PROFILE and the default profile. A profile's secrets are sent to its own base URL only.
    pub fn select_profile(&mut self) -> Result<(), Failure> {
        let profiles = file::load()?;
        let is_option = self.profile.is_some();
        let name = match self.profile.clone() {
            Some(name) => Some(name),
            None if self.key_option().is_some() || environment_has_credential()? => None,
            None => environment_variable(PROFILE.name)?.or_else(|| profiles.default.clone()),
        };
        let Some(name) = name else { return Ok(()) };
        let selected = profiles.get(&name)?;
        let other_url = match (&self.base_url, environment_variable(BASE_URL.name)?) {
            (Some(url), _) => Some((url.clone(), "--base-url")),
            (None, Some(url)) => Some((url, BASE_URL.name)),
            (None, None) => None,
        };
        if let Some((url, from)) = other_url
            && url.trim_end_matches('/') != selected.profile.base_url.trim_end_matches('/')
        {
            let why = format!("profile {name:?} is for {}, but {from} is another URL", selected.profile.base_url);
            if is_option {
                return Err(Failure::new(Kind::Configuration, why).suggest("A profile's secrets are sent to its own URL only."));
            }
            self.unused_profile = Some(why);
            return Ok(());
        }
        self.base_url = Some(selected.profile.base_url.clone());
        self.selected = Some(selected);
        Ok(())
    }
}

fn environment_has_credential() -> Result<bool, Failure> {
    for variable in [API_KEY, API_KEY_FILE, API_KEY_COMMAND, TOKEN] {
        if environment_variable(variable.name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn seconds(text: &str) -> Result<Duration, &'static str> {
    let duration = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or("must be a number of seconds greater than 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_time() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["0", "-1", "soon", "inf", "NaN", "1e300", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
