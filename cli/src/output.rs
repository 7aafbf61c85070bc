//! Output: results go to stdout, everything else to stderr, with colours on a terminal only.

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use unicode_width::UnicodeWidthStr;

pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();
pub const GREEN: Style = AnsiColor::Green.on_default();
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
pub const RED: Style = AnsiColor::Red.on_default();

pub struct Output {
    pub json: bool,
}

impl Output {
    pub fn new(json: bool) -> Output {
        Output { json }
    }

    /// Prints a JSON document on one line.
    pub fn document(&self, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(value)?;
        text.push('\n');
        write(io::stdout(), &text)
    }

    /// Prints a result as text.
    pub fn text(&self, text: &str) -> io::Result<()> {
        write(anstream::stdout(), &format!("{text}\n"))
    }

    /// Prints a note about the result to stderr, except with `--json`. A closed stderr is ignored.
    pub fn note(&self, text: &str) {
        if !self.json {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }
}

/// Flushes, so that the caller knows whether the output was written.
fn write(mut stdout: impl Write, text: &str) -> io::Result<()> {
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Removes control characters from a text of the service, because they could change the terminal's content.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A table with aligned columns. Cells are plain text; dim rows are inactive.
pub struct Table {
    rows: Vec<(Style, Vec<String>)>,
}

impl Table {
    pub fn new(heads: &[&str]) -> Table {
        Table { rows: vec![(BOLD, heads.iter().map(|head| (*head).to_owned()).collect())] }
    }

    pub fn row(&mut self, is_dim: bool, cells: Vec<String>) {
        let style = if is_dim { DIM } else { Style::new() };
        self.rows.push((style, cells.iter().map(|cell| plain(cell)).collect()));
    }

    pub fn render(&self) -> String {
        let columns = self.rows[0].1.len();
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|(_, cells)| cells[column].width()).max().unwrap_or_default())
            .collect();
        let lines = self.rows.iter().map(|(style, cells)| {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let gap = width + 2 - cell.width();
                let _ = write!(line, "{cell}{:gap$}", "");
            }
            format!("{style}{}{style:#}", line.trim_end())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Formats a time in a table: to the minute, in UTC.
pub fn minute(time: Option<&impl ToString>) -> String {
    let Some(time) = time.map(ToString::to_string) else { return "-".to_owned() };
    time.get(..16).map_or_else(|| time.clone(), |minute| minute.replace('T', " "))
}

/// The time by this machine's clock, in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Formats a number of seconds in its largest unit.
pub fn span(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds / 60, "minute"),
        7200..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_width_and_not_by_bytes() {
        let mut table = Table::new(&["NAME", "N"]);
        table.row(false, vec!["日本".into(), "1".into()]);
        table.row(false, vec!["é\u{1b}[2J".into(), "2".into()]);
        let text = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(text, "NAME   N\n日本   1\né\u{fffd}[2J  2");
    }

    #[test]
    fn spans_read_well() {
        for (seconds, text) in
            [(1, "1 second"), (119, "119 seconds"), (3600, "60 minutes"), (7200, "2 hours"), (200_000, "2 days")]
        {
            assert_eq!(span(seconds), text);
        }
    }
}
