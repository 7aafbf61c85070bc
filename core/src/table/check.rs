//! Checks parameters against their rules before anything is sent, and makes the request from them.

use super::{Group, IdWire, Operation, Param, ParamType, Place, Rule};
use crate::error::{Error, Kind, Result};
use crate::instant;
#[cfg(feature = "server")]
use crate::picture;
use crate::transport::upload::Upload;
use crate::unknown::unknown_parameter;
use crate::{Object, Secret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;

/// The characters that are not percent-encoded in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parameters of one call: canonical values, and the file if there is one.
#[derive(Default)]
pub(crate) struct Params {
    pub values: Object,
    pub file: Option<Upload>,
}

impl Params {
    pub fn set(&mut self, name: &str, value: impl ParamType) {
        if let Some(value) = value.into_value() {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// The same with a file.
    #[cfg(feature = "api")]
    pub fn with_file(self, file: Upload) -> Params {
        Params { file: Some(file), ..self }
    }

    pub fn with_path(mut self, name: &str, id: impl Into<crate::Id>) -> Params {
        self.values.insert(name.to_owned(), Value::String(id.into().into()));
        self
    }
}

/// A checked call: its request, its file, and the secrets that no text may contain.
#[derive(Default)]
pub(crate) struct Prepared {
    pub request: Outgoing,
    pub file: Option<Upload>,
    pub secrets: Vec<Secret>,
    /// The session whose grant the request carries.
    pub session: Option<String>,
}

/// A request without its credential.
#[derive(Default)]
pub(crate) struct Outgoing {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    pub form: Vec<(&'static str, String)>,
}

impl Operation {
    pub(crate) fn prepare(&self, mut params: Params, template: &str) -> Result<Prepared> {
        self.refuse_unknown(&params)?;
        let mut prepared = Prepared::default();
        let request = &mut prepared.request;
        template.clone_into(&mut request.path);
        request.query.extend(self.fixed_query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut body = Object::new();
        let mut fields = 0;
        for param in self.all_params() {
            if let Rule::File(content) = param.rule {
                let file = params.file.take().map(|file| file.of(content));
                prepared.file = Some(file.ok_or_else(|| self.missing(param))?);
                continue;
            }
            let value = match params.values.remove(param.name) {
                None => None,
                Some(Value::Null) if !param.nullable => None,
                Some(value) => Some(value),
            };
            let Some(value) = value else {
                if param.required {
                    return Err(self.missing(param));
                }
                continue;
            };
            let sent = match value {
                Value::Null => Value::Null,
                value => param.check(value, &mut prepared.secrets).map_err(|refused| self.refused(param, &refused))?,
            };
            match param.place {
                Place::Path => {
                    prepared.session = self.grant.then(|| plain(&sent));
                    let segment = utf8_percent_encode(&plain(&sent), SEGMENT).to_string();
                    request.path = request.path.replace(&format!("{{{}}}", param.name), &segment);
                }
                Place::Query => request.query.push((param.name.to_owned(), plain(&sent))),
                Place::Body => {
                    fields += 1;
                    body.insert(param.name.to_owned(), sent);
                }
                Place::Part => request.form.push((param.name, plain(&sent))),
                Place::Local => {}
            }
        }
        if self.needs_one && fields == 0 {
            let names: Vec<_> = self.params.iter().map(|param| param.name).collect();
            return Err(Error::new(Kind::InvalidArgument, "at least one field to change is required")
                .suggestion(format!("Pass at least one of {}.", names.join(", ")))
                .operation(self.name));
        }
        if self.params.iter().any(|param| param.place == Place::Body) {
            request.body = Some(Value::Object(body));
        }
        Ok(prepared)
    }

    fn refuse_unknown(&self, params: &Params) -> Result<()> {
        for name in params.values.keys() {
            if !self.all_params().any(|param| param.name == name) {
                let known: Vec<_> = self.all_params().map(|param| param.name).collect();
                return Err(unknown_parameter(name, &known).operation(self.name));
            }
        }
        Ok(())
    }

    fn missing(&self, param: &Param) -> Error {
        self.refused(param, &"is required".into())
    }

    fn refused(&self, param: &Param, Refused { below, why }: &Refused) -> Error {
        let path = format!("{}{below}", param.name);
        Error::new(Kind::InvalidArgument, format!("{path} {why}")).parameter(&path).operation(self.name)
    }
}

/// A rule that a value breaks. A reason never repeats a text that may be a secret.
struct Refused {
    /// The path of the value below its parameter, such as `.token`.
    below: String,
    why: Cow<'static, str>,
}

impl From<&'static str> for Refused {
    fn from(why: &'static str) -> Refused {
        Refused { below: String::new(), why: why.into() }
    }
}

impl From<String> for Refused {
    fn from(why: String) -> Refused {
        Refused { below: String::new(), why: why.into() }
    }
}

impl Param {
    /// The value as it goes on the wire, or the rule that it breaks. Secrets are added to `secrets`.
    fn check(&self, value: Value, secrets: &mut Vec<Secret>) -> Result<Value, Refused> {
        match (self.rule, &value) {
            (Rule::Code { .. }, Value::String(secret)) => secrets.push(Secret::new(secret.clone())),
            // A shorter one is a placeholder, and to mask it would mask parts of words.
            (Rule::Secret { .. }, Value::String(secret)) if secret.len() >= SHORTEST_SECRET => {
                secrets.push(Secret::new(secret.clone()));
            }
            _ => {}
        }
        let checked = match self.rule {
            Rule::Id(wire) => id(value, wire, self.place),
            Rule::Text { min, max } => text(value, min, max),
            Rule::Url(schemes) => url(value, schemes),
            Rule::Secret { max } => secret(value, max),
            Rule::Instant => moment(&value),
            Rule::Group(inner) => return group(inner, value, secrets),
            #[cfg(feature = "server")]
            Rule::Picture => picture::base64_text(value),
            #[cfg(feature = "server")]
            Rule::Avatar => picture::avatar(value),
            #[cfg(not(feature = "server"))]
            Rule::Picture | Rule::Avatar => Ok(value),
            Rule::Email => email(value),
            Rule::Code { digits } => code(value, digits),
            Rule::Choice(_) | Rule::Filter(_) => choice(value, &self.rule.choices().unwrap_or_default()),
            Rule::Integer { min, max } => match value.as_i64() {
                Some(number) if (min..=max).contains(&number) => Ok(value),
                _ => Err(format!("must be a whole number from {min} to {max}{}", got(&value))),
            },
            Rule::Seconds { min, max } => match value.as_f64() {
                Some(number) if (min..=max).contains(&number) => Ok(value),
                _ => Err(format!("must be a number of seconds from {min} to {max}{}", got(&value))),
            },
            Rule::Flag => if_kind(value, Value::is_boolean, "must be true or false"),
            Rule::Object => if_kind(value, Value::is_object, "must be an object"),
            Rule::File(_) | Rule::Store => Ok(value),
        };
        checked.map_err(Refused::from)
    }
}

/// Checks the parameters in an object.
fn group(group: &Group, value: Value, secrets: &mut Vec<Secret>) -> Result<Value, Refused> {
    let Value::Object(mut values) = value else { return Err("must be an object".into()) };
    let mut sent = Object::new();
    for param in group.params {
        let below = |refused: Refused| Refused { below: format!(".{}{}", param.name, refused.below), ..refused };
        let value = values.remove(param.name).filter(|value| !value.is_null());
        let barred = param.only_with.and_then(|only| {
            let other = sent.get(only.name).and_then(Value::as_str).unwrap_or_default();
            (!only.values.contains(&other)).then(|| format!("is not allowed with {} {other:?}", only.name))
        });
        match (value, barred) {
            (Some(_), Some(why)) => return Err(below(why.into())),
            (Some(value), None) => {
                sent.insert(param.name.to_owned(), param.check(value, secrets).map_err(below)?);
            }
            (None, None) if param.required => return Err(below("is required".into())),
            (None, _) => {}
        }
    }
    match values.keys().next() {
        Some(name) => {
            let known: Vec<_> = group.params.iter().map(|param| param.name).collect();
            Err(format!("has the unknown field {name:?}; known: {}", known.join(", ")).into())
        }
        None if sent.is_empty() => Err("must not be empty".into()),
        None => Ok(Value::Object(sent)),
    }
}

/// The value for the end of a reason: a number, or a short word, which is too short for a credential.
fn got(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("; got {number}"),
        Value::String(word)
            if word.len() <= LONGEST_WORD && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) =>
        {
            format!("; got {word:?}")
        }
        _ => String::new(),
    }
}

/// The shortest secret that is masked in texts, in bytes.
const SHORTEST_SECRET: usize = 8;

/// The longest text that a reason repeats, in bytes.
const LONGEST_WORD: usize = 12;

fn if_kind(value: Value, is: fn(&Value) -> bool, or: &str) -> Result<Value, String> {
    if is(&value) { Ok(value) } else { Err(or.to_owned()) }
}

/// The maximum length of an id, in bytes. The API's ids are whole numbers or short words.
const LONGEST_ID: usize = 256;

/// The maximum length of a URL, in bytes. Servers and proxies reject longer ones.
const LONGEST_URL: usize = 8_192;

fn id(value: Value, wire: IdWire, place: Place) -> Result<Value, String> {
    let id = match &value {
        Value::String(id) => id.clone(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return Err("must be an id: text or a whole number".to_owned()),
    };
    if id.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if id.len() > LONGEST_ID {
        return Err(format!("must have at most {LONGEST_ID} bytes; got {}", id.len()));
    }
    if place == Place::Path && (id == "." || id == "..") {
        return Err("must not be \".\" or \"..\": it would change the URL's path".to_owned());
    }
    if id.chars().any(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(match (wire, id.parse::<i64>()) {
        // "007" is not the decimal form of 7, so it stays text.
        (IdWire::Integer, Ok(number)) if number.to_string() == id => Value::from(number),
        _ => Value::String(id),
    })
}

fn text(value: Value, min: usize, max: usize) -> Result<Value, String> {
    let Value::String(text) = &value else { return Err("must be text".to_owned()) };
    let length = text.chars().count();
    if length == 0 && min > 0 {
        return Err("must not be empty".to_owned());
    }
    if length < min || length > max {
        return Err(format!("must have {min} to {max} characters; got {length}"));
    }
    // A line break in a name has no meaning in any of the API's lists, and is the start of most injections.
    if max <= 1_000 && text.chars().any(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(value)
}

/// A secret may have any characters, as long as a header of HTTP could carry it.
fn secret(value: Value, max: usize) -> Result<Value, String> {
    match value.as_str().map(|text| text.chars().count()) {
        None => Err("must be text".to_owned()),
        Some(0) => Err("must not be empty".to_owned()),
        Some(length) if length > max => Err(format!("must have at most {max} characters; got {length}")),
        Some(_) if value.as_str().is_some_and(|text| text.chars().any(char::is_control)) => {
            Err("must not contain control characters".to_owned())
        }
        Some(_) => Ok(value),
    }
}

fn moment(value: &Value) -> Result<Value, String> {
    let canonical = value.as_str().and_then(|text| instant::canonical(text.into()));
    let canonical = canonical.ok_or("must be an instant with an offset, such as 2026-01-31T09:30:00Z")?;
    Ok(canonical.into_owned().into())
}

fn url(value: Value, schemes: &[&str]) -> Result<Value, String> {
    let Some(text) = value.as_str() else { return Err("must be a URL".to_owned()) };
    if text.len() > LONGEST_URL {
        return Err(format!("must have at most {LONGEST_URL} bytes; got {}", text.len()));
    }
    match url::Url::parse(text) {
        Ok(url) if schemes.contains(&url.scheme()) => Ok(value),
        Ok(_) => match schemes {
            [before @ .., last] if !before.is_empty() => Err(format!("must be an {} or {last} URL", before.join(", "))),
            _ => Err(format!("must be an {} URL", schemes.join(""))),
        },
        Err(_) => Err("must be a URL".to_owned()),
    }
}

fn email(value: Value) -> Result<Value, String> {
    let plausible = value.as_str().is_some_and(|text| {
        text.len() <= 320
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
    });
    if plausible { Ok(value) } else { Err("must be an email address".to_owned()) }
}

fn code(value: Value, digits: usize) -> Result<Value, String> {
    let right = value.as_str().is_some_and(|code| code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit()));
    if right { Ok(value) } else { Err(format!("must be exactly {digits} digits")) }
}

fn choice(value: Value, choices: &[&str]) -> Result<Value, String> {
    if value.as_str().is_some_and(|text| choices.contains(&text)) {
        Ok(value)
    } else {
        Err(format!("must be one of {}{}", choices.join(", "), got(&value)))
    }
}

/// A value as it stands in a path or a query.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
