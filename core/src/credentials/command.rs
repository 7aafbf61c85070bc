//! A command whose standard output is an API key, such as that of a password manager.

use super::{ApiKey, text};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::redact::holds_a_key;
use std::fmt;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

/// The environment variable of a command that prints the API key.
pub const KEY_COMMAND_VARIABLE: &str = environment::API_KEY_COMMAND.name;

/// The maximum size of the output. A key has 40 bytes.
const LONGEST: usize = 4096;

/// The time limit of the command. A call's own timeout ends it earlier.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The time between two checks of whether a command that has closed its output has ended.
const PAUSE: Duration = Duration::from_millis(2);

const OPTION: &str = "api_key_command";

/// A command that prints an API key to its standard output. It runs without a shell.
///
/// It has 30 seconds, no standard input, and this process's standard error, environment (without
/// AGENTHUMAN_API_KEY_COMMAND) and working directory.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyCommand {
    program: String,
    arguments: Vec<String>,
}

impl KeyCommand {
    /// Creates a command from its program and arguments.
    ///
    /// # Errors
    /// If there is no program, or if a part is an API key (`configuration`).
    pub fn new(parts: impl IntoIterator<Item = impl Into<String>>) -> Result<KeyCommand> {
        KeyCommand::of(parts.into_iter().map(Into::into), OPTION)
    }

    /// Splits a command line as a POSIX shell does: at white space, with quotes and backslashes. Nothing is expanded. The rules
    /// are the same on Windows, so quote a path that has backslashes: `'C:\tools\op.exe' read …`.
    ///
    /// # Errors
    /// If a quote is not closed, or if [`new`](Self::new) fails (`configuration`).
    pub fn parse(line: &str) -> Result<KeyCommand> {
        KeyCommand::parse_setting(line, OPTION)
    }

    /// [`parse`](Self::parse), for a setting with another name.
    pub(crate) fn parse_setting(line: &str, setting: &str) -> Result<KeyCommand> {
        let parts =
            shlex::split(line).ok_or_else(|| invalid(setting, "has a quote that is not closed, or ends with a backslash"));
        KeyCommand::of(parts?.into_iter(), setting)
    }

    fn of(mut parts: impl Iterator<Item = String>, setting: &str) -> Result<KeyCommand> {
        let program = parts.next().unwrap_or_default();
        let arguments: Vec<String> = parts.collect();
        if program.is_empty() {
            return Err(invalid(setting, "must be a program and its arguments; got none"));
        }
        if arguments.iter().chain([&program]).any(|part| holds_a_key(part)) {
            return Err(invalid(setting, "contains an API key; it must be a command that prints one"));
        }
        Ok(KeyCommand { program, arguments })
    }

    /// Runs the command and returns the key that it prints. A final line break is removed.
    ///
    /// # Errors
    /// If the command does not start, fails, takes too long or prints too much (`missing_credential`), or if it prints
    /// something other than a key (`malformed_api_key`). No error contains any of the output.
    pub async fn key(&self) -> Result<ApiKey> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        // Otherwise a command that uses this library would run itself.
        command.env_remove(KEY_COMMAND_VARIABLE);
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let output = tokio::time::timeout(TIME_LIMIT, async {
            let output = output_of(&mut child).await?;
            // The rest of a long output is not read, so the command may never end.
            let status = if output.len() > LONGEST { None } else { Some(status_of(&mut child).await?) };
            Ok::<_, io::Error>((status, output))
        });
        let (status, output) = match output.await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(self.failed(&format!("could not be read: {}", error.kind()))),
            Err(_) => return Err(self.failed(&format!("did not end within {} s", TIME_LIMIT.as_secs()))),
        };
        match status {
            None => Err(self.failed(&format!("printed more than {LONGEST} bytes; it must print only the key"))),
            Some(status) if !status.success() => Err(self
                .failed(&format!("failed with {status}"))
                .suggestion("Run it in a terminal; its own messages are on stderr.")),
            Some(_) => self.parsed(&output),
        }
    }

    fn parsed(&self, output: &[u8]) -> Result<ApiKey> {
        let malformed = |why| Error::new(Kind::MalformedApiKey, format!("the API key that the command {self} printed {why}"));
        let text = text::of_file(output).map_err(|why| malformed(why.to_owned()))?;
        ApiKey::fault(text).map_or_else(|| ApiKey::parse(text), |why| Err(malformed(why)))
    }

    fn not_started(&self, error: &io::Error) -> Error {
        let suggestion = if self.program.contains(char::is_whitespace) {
            "The first part is the program alone: pass its arguments as parts of their own."
        } else {
            "Check that the program is installed and on PATH. Shell syntax is not supported; in a text, quote a path that has backslashes."
        };
        self.failed(&format!("could not be started: {}", error.kind())).suggestion(suggestion)
    }

    fn failed(&self, why: &str) -> Error {
        Error::new(Kind::MissingCredential, format!("the API key command {self} {why}"))
    }
}

/// Only the program: arguments can be secret.
impl fmt::Display for KeyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.program)
    }
}

impl fmt::Debug for KeyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCommand").field("program", &self.program).finish_non_exhaustive()
    }
}

fn invalid(setting: &str, why: &str) -> Error {
    Error::new(Kind::Configuration, format!("{setting} {why}")).parameter(OPTION)
}

async fn output_of(child: &mut Child) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut output = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LONGEST as u64 + 1).read_to_end(&mut output).await?;
    }
    Ok(output)
}

/// Waits for the end without the signal SIGCHLD, which belongs to the host: Node replaces its handler.
async fn status_of(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(status),
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it_and_nothing_is_expanded() {
        let parts = |line| {
            let command = KeyCommand::parse(line).unwrap();
            [vec![command.program], command.arguments].concat()
        };
        assert_eq!(parts("op read 'op://dev/agent human/key'"), ["op", "read", "op://dev/agent human/key"]);
        assert_eq!(parts(r#"'C:\tools\op.exe' "$HOME" a\ b | tee"#), [r"C:\tools\op.exe", "$HOME", "a b", "|", "tee"]);
        for (line, why) in [("", "got none"), ("  ", "got none"), ("op 'read", "not closed"), (r"op \", "backslash")] {
            let error = KeyCommand::parse(line).unwrap_err();
            assert_eq!((error.kind(), error.info().parameter.as_deref()), (Kind::Configuration, Some("api_key_command")));
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_place_of_a_command_is_rejected_and_arguments_are_not_shown() {
        const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1"; // agenthuman-scan: allow
        for line in [KEY.to_owned(), format!("echo {KEY}"), format!("echo '{KEY}'")] {
            let error = KeyCommand::parse(&line).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains("contains an API key") && !text.contains("Sup0rt"), "{text}");
        }
        let command = KeyCommand::new(["vault", "--token=hunter2"]).unwrap();
        assert_eq!(format!("{command} {command:?}"), r#""vault" KeyCommand { program: "vault", .. }"#);
    }

    #[cfg(unix)]
    fn shell(script: &str) -> KeyCommand {
        KeyCommand::new(["sh", "-c", script]).unwrap()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_output_is_the_key() {
        const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1"; // agenthuman-scan: allow
        let (start, rest) = KEY.split_at(3);
        for script in [
            &format!("printf {start}; printf {rest}"),
            &format!("echo {start}{rest} | sed s/x/x/"),
            &format!("printf '\\357\\273\\277{start}%s\\r\\n' {rest}"),
            // What the command leaves running has no part in the output.
            &format!("sleep 1 >&- 2>&- & echo {start}''{rest}; exec >&-; sleep 0.01"),
            &format!("read line; test -z \"$line$AGENTHUMAN_API_KEY_COMMAND\" && echo {start}''{rest}"),
        ] {
            let script = script.replace(KEY, &format!("{start}''{rest}"));
            assert_eq!(shell(&script).key().await.unwrap().expose(), KEY, "{script}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn each_failure_is_named_without_the_output() {
        for (script, kind, words) in [
            ("echo hunter2; exit 3", Kind::MissingCredential, "failed with exit status: 3"),
            ("echo hunter2; kill -9 $$", Kind::MissingCredential, "failed with signal: 9"),
            ("yes hunter2", Kind::MissingCredential, "printed more than 4096 bytes"),
            ("echo hunter2", Kind::MalformedApiKey, "has the wrong prefix"),
            ("echo hunter2; echo hunter2", Kind::MalformedApiKey, "has more than one line"),
            ("true", Kind::MalformedApiKey, "is empty"),
            ("printf '\\377h\\0u\\0n\\0'", Kind::MalformedApiKey, "UTF-8"),
        ] {
            let error = shell(script).key().await.unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(error.kind() == kind && text.contains(words) && text.contains("\"sh\""), "{script}: {text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        let absent = KeyCommand::new(["agenthuman no such program"]).unwrap().key().await.unwrap_err();
        let text = format!("{absent:?}");
        assert!(text.contains("could not be started: entity not found") && text.contains("the program alone"), "{text}");
    }

    /// The paused clock goes on by itself while nothing but the command is waited for.
    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_command_has_a_time_limit() {
        let error = shell("exec sleep 20 2>&-").key().await.unwrap_err();
        assert!(error.to_string().contains("did not end within 30 s"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_nobody_waits_for_is_stopped() {
        let path = std::env::temp_dir().join(format!("agenthuman-command-{:x}", fastrand::u64(..)));
        let id = || std::fs::read_to_string(&path).ok().filter(|id| id.ends_with('\n'));
        let command = shell(&format!("echo $$ > {}; exec sleep 20 2>&-", path.display()));
        let written = async {
            while id().is_none() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            key = command.key() => panic!("it ended: {key:?}"),
            () = written => {}
        }
        let is_running =
            || std::process::Command::new("kill").args(["-0", id().unwrap().trim()]).output().unwrap().status.success();
        let patience = std::time::Instant::now() + Duration::from_secs(10);
        while is_running() {
            assert!(std::time::Instant::now() < patience, "the command still runs");
            tokio::time::sleep(PAUSE).await;
        }
        std::fs::remove_file(path).unwrap();
    }
}
