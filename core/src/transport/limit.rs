//! Parses what a response says about the rate limit and about when to try again.
//!
//! Servers and proxies write these headers in many ways. Every usual one is read, the longest of several hints counts, and
//! unparsable values are ignored.

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The maximum wait that is reported. A header says nothing reliable about more.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 3600);

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The rate limit as the headers of one response describe it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RateLimit {
    /// Requests in one window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// The time until the window ends.
    pub resets_in: Option<Duration>,
    pub retry_after: Option<Duration>,
    status: u16,
}

/// The names of one family of headers.
struct Names {
    limit: HeaderName,
    remaining: HeaderName,
    reset: HeaderName,
}

static FAMILIES: [Names; 3] = [
    Names::new("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    Names::new("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    Names::new("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"),
];

impl Names {
    const fn new(limit: &'static str, remaining: &'static str, reset: &'static str) -> Names {
        Names {
            limit: HeaderName::from_static(limit),
            remaining: HeaderName::from_static(remaining),
            reset: HeaderName::from_static(reset),
        }
    }
}

impl RateLimit {
    pub fn read(status: u16, headers: &HeaderMap) -> RateLimit {
        let clock = Clock(headers);
        let family = FAMILIES.iter().find(|names| headers.contains_key(&names.remaining) || headers.contains_key(&names.reset));
        let mut limit = RateLimit { status, ..RateLimit::default() };
        if let Some(names) = family {
            limit.limit = smallest(headers, &names.limit);
            limit.remaining = smallest(headers, &names.remaining);
            limit.resets_in = longest(headers, &names.reset, |text| clock.wait(text));
        } else if headers.contains_key(&RATELIMIT) {
            limit.read_combined(headers);
        }
        if matches!(status, 429 | 503) || limit.remaining == Some(0) {
            let seconds = longest(headers, &RETRY_AFTER, |text| clock.wait(text));
            let millis = longest(headers, &RETRY_AFTER_MS, |text| number(text).and_then(|ms| bounded(ms / 1000.0)));
            limit.retry_after = seconds.max(millis);
        }
        limit
    }

    /// Reads the one header of the IETF drafts: `limit=60, remaining=0, reset=30`, or `"default";r=0;t=30`.
    fn read_combined(&mut self, headers: &HeaderMap) {
        for (name, value) in
            texts(headers, &RATELIMIT).flat_map(|text| text.split([',', ';'])).filter_map(|part| part.split_once('='))
        {
            match name.trim() {
                "limit" | "q" => self.limit = self.limit.into_iter().chain(count(value)).min(),
                "remaining" | "r" => self.remaining = self.remaining.into_iter().chain(count(value)).min(),
                "reset" | "t" => self.resets_in = self.resets_in.max(number(value).and_then(bounded)),
                _ => {}
            }
        }
    }

    /// The time to wait after this response before the request is sent again, if the response has such a hint.
    pub fn wait(&self) -> Option<Duration> {
        match self.status {
            429 => self.retry_after.or(self.resets_in),
            503 => self.retry_after.or(self.resets_in.filter(|_| self.remaining == Some(0))),
            _ => None,
        }
    }

    /// Whether the response is a refusal by the limit, and not by another rule for which 429 is used.
    pub fn is_refusal(&self) -> bool {
        self.status == 429 && self.remaining.is_none_or(|remaining| remaining == 0)
    }

    /// The time for which no request will be accepted: nothing remains in this window.
    pub fn closed_for(&self) -> Option<Duration> {
        let wait = if self.status == 429 { self.wait() } else { self.resets_in.max(self.retry_after) };
        wait.filter(|wait| self.remaining == Some(0) && !wait.is_zero())
    }
}

/// The service's own clock (`Date`) if it has one, because this machine's may be wrong.
struct Clock<'a>(&'a HeaderMap);

impl Clock<'_> {
    fn now(&self) -> SystemTime {
        texts(self.0, &DATE).find_map(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now)
    }

    fn until(&self, then: SystemTime) -> Duration {
        then.duration_since(self.now()).unwrap_or_default().min(LONGEST_HINT)
    }

    /// Seconds from now, an instant (HTTP date, RFC 3339, or a number large enough to be one), or a duration ("1m30s").
    fn wait(&self, text: &str) -> Option<Duration> {
        if let Some(number) = number(text) {
            return self.wait_of_number(number);
        }
        if let Ok(date) = httpdate::parse_http_date(text) {
            return Some(self.until(date));
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return self.until_epoch(instant.as_duration().as_secs_f64());
        }
        text.parse::<SignedDuration>().ok().and_then(|duration| bounded(duration.as_secs_f64()))
    }

    /// The magnitude tells the unit. Relative seconds have eight digits at most, which are three years; epoch seconds
    /// have nine to eleven, milliseconds up to fourteen, and so on.
    fn wait_of_number(&self, number: f64) -> Option<Duration> {
        let since_epoch = match number {
            ..1e8 => return bounded(number),
            ..1e11 => number,
            ..1e14 => number / 1e3,
            ..1e17 => number / 1e6,
            ..1e20 => number / 1e9,
            _ => return None,
        };
        self.until_epoch(since_epoch)
    }

    fn until_epoch(&self, seconds: f64) -> Option<Duration> {
        Some(self.until(UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?))
    }
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    let values = headers.get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok()).map(|text| text.trim().trim_matches('"'))
}

/// The longest wait among the values of a header, each of which may be a list. An HTTP date contains a comma of its own.
fn longest(headers: &HeaderMap, name: &HeaderName, parse: impl Fn(&str) -> Option<Duration>) -> Option<Duration> {
    texts(headers, name)
        .filter_map(|text| {
            parse(text).or_else(|| {
                let parts: Vec<&str> = text.split(',').collect();
                let dates = parts.windows(2).filter_map(|pair| parse(pair.join(",").trim()));
                parts.iter().filter_map(|part| parse(part.trim())).chain(dates).max()
            })
        })
        .max()
}

/// The smallest count among the values of a header, each of which may be a list with parameters (`60, 60;w=60`).
fn smallest(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    texts(headers, name)
        .flat_map(|text| text.split(','))
        .filter_map(|part| count(part.split(';').next().unwrap_or_default()))
        .min()
}

/// A count of requests. Some servers count below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number as u64))
}

/// A number that is neither negative nor infinite.
fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

fn bounded(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).map_or(LONGEST_HINT, |wait| wait.min(LONGEST_HINT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: (&str, &str) = ("date", "Fri, 31 Dec 2021 23:59:30 GMT");

    fn read(status: u16, pairs: &[(&'static str, &str)]) -> RateLimit {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        RateLimit::read(status, &headers)
    }

    #[track_caller]
    fn waits(pairs: &[(&'static str, &str)], seconds: Option<f64>) {
        let wait = read(429, &[&[AT], pairs].concat()).wait().map(|wait| wait.as_secs_f64());
        assert_eq!(wait, seconds, "{pairs:?}");
    }

    #[test]
    fn the_magnitude_of_a_reset_tells_its_unit() {
        for (reset, seconds) in [
            ("60", 60.0),
            ("0", 0.0),
            ("0.25", 0.25),
            ("1640995200", 30.0),
            ("1640995200.5", 30.5),
            ("1640995200000", 30.0),
            ("1640995200000000", 30.0),
            ("1640995000", 0.0),
            ("1640995000000", 0.0),
            ("2021-12-31T23:59:45Z", 15.0),
            ("Fri, 31 Dec 2021 23:59:45 GMT", 15.0),
            ("1m30s", 90.0),
            ("99999999", 86_400.0),
            ("18446744073709551615", 86_400.0),
        ] {
            waits(&[("x-ratelimit-reset", reset)], Some(seconds));
        }
    }

    #[test]
    fn a_hint_is_read_generously() {
        for (hint, seconds) in [
            ("299.997", 299.997),
            ("2, 3", 3.0),
            ("3,soon", 3.0),
            (" 7 ", 7.0),
            ("\"7\"", 7.0),
            ("+7", 7.0),
            ("1e2", 100.0),
            ("30s", 30.0),
            ("PT30S", 30.0),
            ("1640995200", 30.0),
            ("Fri, 31 Dec 2021 23:59:45 GMT", 15.0),
            ("Friday, 31-Dec-21 23:59:45 GMT", 15.0),
            ("Fri, 31 Dec 2021 23:59:45 GMT, Fri, 31 Dec 2021 23:59:50 GMT", 20.0),
            ("Fri, 31 Dec 2021 23:59:00 GMT", 0.0),
            ("100000", 86_400.0),
        ] {
            waits(&[("retry-after", hint)], Some(seconds));
        }
        waits(&[("retry-after", "2"), ("retry-after", "3"), ("retry-after", "1")], Some(3.0));
        waits(&[("retry-after-ms", "2000")], Some(2.0));
        waits(&[("retry-after", "1"), ("retry-after-ms", "2500")], Some(2.5));
    }

    #[test]
    fn nonsense_is_ignored() {
        for hint in ["", "soon", "-3", "NaN", "inf", "-inf", "1e30", "0x10", "3 4", "-30s", ",", "\u{7f}"] {
            if hint.parse::<http::HeaderValue>().is_ok() {
                waits(&[("retry-after", hint)], None);
                waits(&[("x-ratelimit-reset", hint)], None);
                waits(&[("retry-after", hint), ("x-ratelimit-reset", "5")], Some(5.0));
            }
        }
    }

    #[test]
    fn retry_after_is_preferred_to_the_reset() {
        waits(&[("retry-after", "7"), ("x-ratelimit-reset", "1")], Some(7.0));
    }

    #[test]
    fn counts_may_be_negative_absurd_or_missing() {
        for (text, remaining) in [
            ("5", Some(5)),
            ("-1", Some(0)),
            ("4.9", Some(4)),
            ("9, 3", Some(3)),
            ("1e300", Some(u64::MAX)),
            ("few", None),
            ("nan", None),
        ] {
            assert_eq!(read(200, &[("x-ratelimit-remaining", text)]).remaining, remaining, "{text}");
        }
        assert_eq!(read(200, &[("x-ratelimit-reset", "5"), ("x-ratelimit-limit", "60, 60;w=60")]).limit, Some(60));
    }

    #[test]
    fn other_spellings_of_the_headers() {
        for pairs in [
            &[("ratelimit-limit", "60"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "30")][..],
            &[("x-rate-limit-limit", "60"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "30")],
            &[("ratelimit", "limit=60, remaining=0, reset=30")],
            &[("ratelimit", "\"a\";q=60;r=0;t=30, \"b\";q=1000;r=900;t=5")],
        ] {
            let limit = read(200, pairs);
            assert_eq!(
                (limit.limit, limit.remaining, limit.resets_in),
                (Some(60), Some(0), Some(Duration::from_secs(30))),
                "{pairs:?}"
            );
            assert_eq!((limit.wait(), limit.closed_for()), (None, limit.resets_in));
        }
    }

    #[test]
    fn a_503_waits_for_the_window_only_if_it_is_used_up() {
        let window = |remaining: &str| read(503, &[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "30")]).wait();
        assert_eq!((window("5"), window("0")), (None, Some(Duration::from_secs(30))));
    }
}
