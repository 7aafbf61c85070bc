//! The format of instants in responses and in the data file: RFC 3339 in UTC with milliseconds, which sorts by time.

use jiff::Timestamp;

pub fn text(instant: Timestamp) -> String {
    format!("{instant:.3}")
}

pub fn from_unix(seconds: i64) -> String {
    text(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

pub fn millis(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

pub fn from_millis(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis).ok().map(text)
}

/// Returns the whole seconds from `start` to `end`, at least 0.
pub fn seconds_between(start: &str, end: &str) -> i64 {
    match (millis(start), millis(end)) {
        (Some(start), Some(end)) => ((end - start) / 1000).max(0),
        _ => 0,
    }
}
