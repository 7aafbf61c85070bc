//! The format of instants in responses and in the data file: RFC 3339 in UTC with milliseconds, which sorts by time.

use jiff::Timestamp;
use jiff::tz::Offset;

/// A calendar month, in UTC.
pub struct Month {
    pub start: String,
    /// Its last second, as the usage has it.
    pub end: String,
    /// Its last millisecond.
    pub last: String,
}

/// Returns the month of an instant.
pub fn month_of(text: &str) -> Month {
    let date = text.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    let date = Offset::UTC.to_datetime(date).date();
    let (first, last) = (date.first_of_month(), date.last_of_month());
    Month { start: format!("{first}T00:00:00.000Z"), end: format!("{last}T23:59:59.000Z"), last: format!("{last}T23:59:59.999Z") }
}

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
