//! Asking the person at the terminal. Questions go to stderr, so that stdout holds results only.

use crate::output::plain;
use std::io::{self, BufRead, IsTerminal, Write};

pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prints a line to the user, if stderr is a terminal.
pub fn note(text: &str) {
    if io::stderr().is_terminal() {
        let _ = writeln!(io::stderr(), "{}", plain(text));
    }
}

/// Reads a line without surrounding white space, which may be empty; `None` at the end of the input.
pub fn ask(question: &str) -> io::Result<Option<String>> {
    let mut stderr = io::stderr();
    write!(stderr, "{} ", plain(question))?;
    stderr.flush()?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Asks for a confirmation. Anything except yes is no.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = ask(&format!("{question} [y/N]"))?;
    Ok(answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_lowercase().as_str())))
}
