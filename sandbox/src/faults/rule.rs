//! The syntax of faults: `OPERATION[@WHEN]:FAULT`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;

/// A fault, the operation that it affects, and when.
///
/// Parsed from `OPERATION[@WHEN]:FAULT`, such as `sessions.create@1:reset-after`. The guide "Faults" lists all faults.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    pub(crate) operation: Operation,
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

/// The reason why a text is not a valid fault rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRuleError(String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Any,
    Named(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    Always,
    Percent(f64),
    /// One call, counted from 1.
    Nth(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Delay(Duration),
    Hang,
    ResetBefore,
    ResetAfter,
    Truncate,
    /// The difference between `Content-Length` and the length of the body.
    Length(i32),
    Garbage,
    Status {
        status: StatusCode,
        headers: bool,
        body: bool,
    },
    /// The pause after each byte.
    Trickle(Duration),
}

const FAULTS: &str =
    "delay=MS, hang, reset-before, reset-after, truncate, length=+N, length=-N, garbage, status=CODE, trickle=MS";

fn error(text: impl Into<String>) -> FaultRuleError {
    FaultRuleError(text.into())
}

impl FromStr for FaultRule {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let (target, fault) = text
            .split_once(':')
            .ok_or_else(|| error(format!("\"{text}\" must be OPERATION[@WHEN]:FAULT, such as sessions.list@10%:status=503")))?;
        let (operation, when) = match target.split_once('@') {
            Some((operation, when)) => (operation, when.parse()?),
            None => (target, When::Always),
        };
        let operation = match operation.trim() {
            "" => return Err(error("the operation is missing; use * for any")),
            "*" => Operation::Any,
            name => Operation::Named(name.to_owned()),
        };
        Ok(Self { operation, when, fault: fault.parse()? })
    }
}

impl FromStr for When {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let when = match text.trim().strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|percent| *percent > 0.0 && *percent <= 100.0).map(Self::Percent),
            None => text.trim().parse().ok().filter(|nth| *nth > 0).map(Self::Nth),
        };
        when.ok_or_else(|| error(format!("\"{text}\" must be a share of the calls (10%) or the number of one call (3)")))
    }
}

impl FromStr for Fault {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let mut parts = text.split(',').map(str::trim);
        let first = parts.next().unwrap_or_default();
        let options: Vec<&str> = parts.collect();
        let (name, value) = match first.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (first, None),
        };
        let fault = match (name, value) {
            ("delay", Some(value)) => Self::Delay(millis("delay", value)?),
            ("hang", None) => Self::Hang,
            ("reset-before", None) => Self::ResetBefore,
            ("reset-after", None) => Self::ResetAfter,
            ("truncate", None) => Self::Truncate,
            ("length", Some(value)) => Self::Length(difference(value)?),
            ("garbage", None) => Self::Garbage,
            ("status", Some(value)) => return status(value, &options),
            ("trickle", Some(value)) => Self::Trickle(millis("trickle", value)?),
            _ => return Err(error(format!("unknown fault \"{first}\"; the faults are {FAULTS}"))),
        };
        match options.first() {
            None => Ok(fault),
            Some(option) => Err(error(format!("{name} has no options; got \"{option}\""))),
        }
    }
}

fn millis(name: &str, value: &str) -> Result<Duration, FaultRuleError> {
    let millis: u32 = value.parse().map_err(|_| error(format!("{name} must be milliseconds, such as {name}=500")))?;
    Ok(Duration::from_millis(millis.into()))
}

fn difference(value: &str) -> Result<i32, FaultRuleError> {
    let signed = value.starts_with(['+', '-']);
    let difference = value.parse().ok().filter(|difference| signed && *difference != 0);
    difference.ok_or_else(|| error("length must be a difference in bytes, such as length=+10 or length=-10"))
}

fn status(value: &str, options: &[&str]) -> Result<Fault, FaultRuleError> {
    let status = match value {
        "401" => StatusCode::UNAUTHORIZED,
        "429" => StatusCode::TOO_MANY_REQUESTS,
        "500" => StatusCode::INTERNAL_SERVER_ERROR,
        "503" => StatusCode::SERVICE_UNAVAILABLE,
        _ => return Err(error(format!("status must be 401, 429, 500 or 503; got \"{value}\""))),
    };
    let (mut headers, mut body) = (true, true);
    for option in options {
        match *option {
            "no-headers" => headers = false,
            "no-body" => body = false,
            _ => return Err(error(format!("unknown option \"{option}\" of status; the options are no-headers and no-body"))),
        }
    }
    Ok(Fault::Status { status, headers, body })
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Operation::Any => f.write_str("*")?,
            Operation::Named(name) => f.write_str(name)?,
        }
        match self.when {
            When::Always => {}
            When::Percent(percent) => write!(f, "@{percent}%")?,
            When::Nth(nth) => write!(f, "@{nth}")?,
        }
        write!(f, ":{}", self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(pause) => write!(f, "delay={}", pause.as_millis()),
            Self::Hang => f.write_str("hang"),
            Self::ResetBefore => f.write_str("reset-before"),
            Self::ResetAfter => f.write_str("reset-after"),
            Self::Truncate => f.write_str("truncate"),
            Self::Length(difference) => write!(f, "length={difference:+}"),
            Self::Garbage => f.write_str("garbage"),
            Self::Status { status, headers, body } => {
                let no_headers = if *headers { "" } else { ",no-headers" };
                let no_body = if *body { "" } else { ",no-body" };
                write!(f, "status={}{no_headers}{no_body}", status.as_u16())
            }
            Self::Trickle(pause) => write!(f, "trickle={}", pause.as_millis()),
        }
    }
}

impl fmt::Display for FaultRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultRuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_round_trip() {
        for text in [
            "sessions.list:delay=500",
            "*:hang",
            "sessions.create@1:reset-before",
            "sessions.create@20:reset-after",
            "agents.list@10%:truncate",
            "agents.list@0.5%:length=+10",
            "agents.list:length=-3",
            "agents.get:garbage",
            "*@100%:status=401",
            "*:status=429,no-headers",
            "*:status=500,no-body",
            "*:status=503,no-headers,no-body",
            "messages.list:trickle=5",
        ] {
            let rule: FaultRule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rule.to_string(), text);
        }
    }

    #[test]
    fn invalid_rules_are_rejected_with_the_reason() {
        for (text, part) in [
            ("hang", "must be OPERATION[@WHEN]:FAULT"),
            (":hang", "the operation is missing"),
            ("*@0:hang", "\"0\" must be a share"),
            ("*@0%:hang", "\"0%\" must be a share"),
            ("*@101%:hang", "\"101%\" must be a share"),
            ("*@NaN%:hang", "\"NaN%\" must be a share"),
            ("*:explode", "unknown fault \"explode\"; the faults are delay=MS, hang"),
            ("*:delay", "unknown fault \"delay\"; the faults are delay=MS"),
            ("*:delay=soon", "delay must be milliseconds"),
            ("*:delay=-1", "delay must be milliseconds"),
            ("*:length=10", "length must be a difference"),
            ("*:length=+0", "length must be a difference"),
            ("*:status=418", "status must be 401, 429, 500 or 503; got \"418\""),
            ("*:status=503,quietly", "unknown option \"quietly\" of status"),
            ("*:hang,no-body", "hang has no options; got \"no-body\""),
        ] {
            let message = text.parse::<FaultRule>().expect_err(text).to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
