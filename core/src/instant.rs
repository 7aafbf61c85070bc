//! Converts instants from the forms of ISO 8601 that services write to one form of RFC 3339.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use std::borrow::Cow;

/// The largest offset that every language can represent, in seconds.
const LARGEST_OFFSET: i32 = 18 * 3_600;

/// Returns the instant as `2024-01-02T03:04:05.678Z`, with an offset such as `+02:00` if the text has one, and with up to
/// nine digits after the point. Returns `None` if the text has no time or no offset, or if its year is not 1 to 9999.
///
/// A leap second becomes the second before it, and the name of a time zone is dropped, since few languages read either.
pub(crate) fn canonical(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if is_canonical(text.as_bytes()) {
        return Some(text);
    }
    rewritten(&text).map(Cow::Owned)
}

/// Converts an instant in canonical form. The last timestamp, some hours before the year 10000, stands for the instants after it:
/// services write 9999-12-31 for "never".
pub(crate) fn timestamp(canonical: &str) -> Option<Timestamp> {
    in_utc(canonical.as_bytes())
        .or_else(|| canonical.parse().ok())
        .or_else(|| (canonical >= "9999-12-30").then_some(Timestamp::MAX))
}

/// Converts an instant in canonical form that ends with `Z`, which costs a third of what a parser of every form does.
pub(crate) fn in_utc(text: &[u8]) -> Option<Timestamp> {
    let (civil, b"Z") = civil(text)? else { return None };
    Offset::UTC.to_timestamp(civil).ok()
}

/// Whether the text is an instant in canonical form. Most are, and a list has three for each item, so nothing is converted here.
pub(crate) fn is_canonical(text: &[u8]) -> bool {
    match civil(text) {
        Some((_, b"Z")) => true,
        Some((_, [b'+' | b'-', h1, h2, b':', m1, m2])) => matches!((two(*h1, *h2), two(*m1, *m2)), (Some(0..18), Some(0..60))),
        _ => false,
    }
}

/// Reads date and time in canonical form, and returns the offset, too. A year zero is rejected, and so is a leap second, which is
/// rewritten.
fn civil(text: &[u8]) -> Option<(DateTime, &[u8])> {
    let (head, rest) = text.split_first_chunk()?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2] = *head else { return None };
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    let (mut nanosecond, mut offset) = (0, rest);
    if let [b'.', fraction @ ..] = rest {
        offset = fraction;
        let mut unit = 100_000_000;
        while let [digit @ b'0'..=b'9', rest @ ..] = offset {
            nanosecond += i32::from(digit - b'0') * unit;
            (unit, offset) = (unit / 10, rest);
        }
        if !(1..=9).contains(&(fraction.len() - offset.len())) {
            return None;
        }
    }
    let civil = DateTime::new(year, month, day, hour, minute, second, nanosecond).ok()?;
    (year > 0).then_some((civil, offset))
}

/// Parses two digits.
fn two(tens: u8, ones: u8) -> Option<i8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 { None } else { i8::try_from(tens * 10 + ones).ok() }
}

fn rewritten(text: &str) -> Option<String> {
    let text = with_nine_digits(text);
    let pieces = Pieces::parse(text.as_ref()).ok()?;
    let civil = pieces.date().to_datetime(pieces.time()?);
    let offset = pieces.offset()?.to_numeric_offset();
    let is_representable = |year: i16| (1..=9_999).contains(&year);
    if !is_representable(civil.year()) {
        return None;
    }
    let seconds = offset.seconds();
    if seconds == 0 {
        return Some(format!("{civil}Z"));
    }
    if seconds % 60 == 0 && seconds.abs() <= LARGEST_OFFSET {
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        return Some(format!("{civil}{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    let utc = Offset::UTC.to_datetime(offset.to_timestamp(civil).ok()?);
    is_representable(utc.year()).then(|| format!("{utc}Z"))
}

/// Returns the text with at most nine digits after the point (nanoseconds).
fn with_nine_digits(text: &str) -> Cow<'_, str> {
    let Some(point) = text.find(['.', ',']) else { return Cow::Borrowed(text) };
    let digits = text[point + 1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}{}", &text[..point + 10], &text[point + 1 + digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        canonical(Cow::Borrowed(text)).map(Cow::into_owned)
    }

    #[test]
    fn the_canonical_form_is_kept() {
        for text in [
            "2024-01-02T03:04:05Z",
            "2024-01-02T03:04:05.6Z",
            "2024-01-02T03:04:05.678900Z",
            "2024-01-02T03:04:05.123456789+05:30",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59-02:00",
            "2024-02-29T00:00:00-17:59",
        ] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_canonical_form_is_checked_as_a_parser_does() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut valid = 0;
        for _ in 0..100_000 {
            let mut two = |limit: u32| random.u32(..limit);
            let (month, day, hour, minute, second) = (two(14), two(33), two(26), two(62), two(60));
            let (year, hours, minutes) = (1890 + two(220), two(18), two(60));
            let offset = if two(2) == 0 { "Z".to_owned() } else { format!("+{hours:02}:{minutes:02}") };
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}");
            assert_eq!(is_canonical(text.as_bytes()), text.parse::<Timestamp>().is_ok(), "{text}");
            assert_eq!(timestamp(&text), text.parse().ok(), "{text}");
            valid += usize::from(is_canonical(text.as_bytes()));
        }
        assert!((20_000..90_000).contains(&valid), "{valid}");
    }

    #[test]
    fn other_forms_are_rewritten() {
        for (text, expected) in [
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.5Z"),
            ("2017-01-01T05:29:60+05:30", "2017-01-01T05:29:59+05:30"),
            ("2024-01-02T03:04:05+05", "2024-01-02T03:04:05+05:00"),
            ("2024-01-02T03:04:05-0800", "2024-01-02T03:04:05-08:00"),
            ("2024-01-02T03:04:05+00", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04:05+00:00:30", "2024-01-02T03:03:35Z"),
            ("2024-01-02T03:04:05+23:59", "2024-01-01T03:05:05Z"),
            ("2024-01-02T03Z", "2024-01-02T03:00:00Z"),
            ("2024-01-02T03:04Z", "2024-01-02T03:04:00Z"),
            ("2024-01-02t03:04:05z", "2024-01-02T03:04:05Z"),
            ("2024-01-02 03:04:05Z", "2024-01-02T03:04:05Z"),
            ("20240102T030405Z", "2024-01-02T03:04:05Z"),
            ("20240102T030405.5+0100", "2024-01-02T03:04:05.5+01:00"),
            ("2024-01-02T03:04:05,5Z", "2024-01-02T03:04:05.5Z"),
            ("2024-01-02T03:04:05.1234567891234Z", "2024-01-02T03:04:05.123456789Z"),
            ("2024-01-02T03:04:05Z[UTC]", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04:05+01:00[Europe/Paris]", "2024-01-02T03:04:05+01:00"),
            ("2024-01-02T03:04:05+01:00[Europe/Paris][u-ca=gregory]", "2024-01-02T03:04:05+01:00"),
            ("99991231T235959Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
            assert_eq!(read(expected).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_not_an_instant_is_rejected() {
        for text in [
            "",
            "soon",
            "2024-01-02",
            "2024-01-02T03:04:05",
            "2024-01-02T03:04:05[Europe/Paris]",
            "2024-02-30T00:00:00Z",
            "2024-01-02T25:00:00Z",
            "2024-01-02T03:04:05.Z",
            "2024-01-02T03:04:05+1x:00",
            "0000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "1704164645",
            "2024-01-02T03:04:05Z ",
            "２０２４-01-02T03:04:05Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_after_the_last_timestamp_is_the_last_one() {
        let timestamp = |text: &str| timestamp(text).unwrap();
        assert_eq!(timestamp("9999-12-31T23:59:59Z"), Timestamp::MAX);
        assert_eq!(timestamp("2024-01-02T03:04:05Z").to_string(), "2024-01-02T03:04:05Z");
        for text in [
            "2024-02-29T23:59:59.000000001Z",
            "2024-01-02T03:04:05.6Z",
            "0001-01-01T00:00:00.123456789Z",
            "1969-12-31T23:59:59.5Z",
            "9999-12-29T23:59:59.999999999-18:00",
            "9999-12-30T22:00:00Z",
            "9999-12-31T15:59:59+18:00",
        ] {
            assert_eq!(timestamp(text), text.parse::<Timestamp>().unwrap());
        }
    }
}
