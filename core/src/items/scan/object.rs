//! Reads JSON objects into values.
//!
//! serde_json does not know how many pairs an object has: its map has room for three, grows for the fourth, and has room for seven
//! then. A list has an object for each item.

use super::{Odd, Quoted, Scanner};
use crate::Object;
use serde_json::Value;

/// Reads an object, as serde_json does.
pub(in crate::items) fn object(text: &str) -> Option<Object> {
    let mut reader = Reader { scanner: Scanner::new(text, true), pairs: Vec::with_capacity(8) };
    let object = reader.object(0).ok()?;
    reader.scanner.is_at_end().then_some(object)
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    /// The pairs of the objects that are not complete yet.
    pairs: Vec<(String, Value)>,
}

impl Reader<'_> {
    fn object(&mut self, depth: usize) -> Result<Object, Odd> {
        let first = self.pairs.len();
        let mut keys = self.scanner.open(b'{')?;
        while let Some(key) = keys.next_key(&mut self.scanner)? {
            let pair = (self.text(&key)?, self.value(depth)?);
            self.pairs.push(pair);
        }
        Ok(self.pairs.drain(first..).collect())
    }

    fn value(&mut self, depth: usize) -> Result<Value, Odd> {
        let is_nested = depth < self.scanner.deepest();
        match self.scanner.peek() {
            b'"' => {
                let quoted = self.scanner.quoted()?;
                self.text(&quoted).map(Value::String)
            }
            b'{' if is_nested => self.object(depth + 1).map(Value::Object),
            b'[' if is_nested => {
                let mut values = Vec::new();
                let mut items = self.scanner.open(b'[')?;
                while items.next_item(&mut self.scanner)? {
                    values.push(self.value(depth + 1)?);
                }
                Ok(Value::Array(values))
            }
            _ => {
                let start = self.scanner.at;
                self.scanner.value(depth)?;
                match self.scanner.span(start, self.scanner.at).of(self.scanner.text) {
                    "null" => Ok(Value::Null),
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    number => match number.parse::<i64>() {
                        // A minus zero keeps its sign.
                        Ok(whole) if whole != 0 || number == "0" => Ok(Value::from(whole)),
                        _ => number.parse().map(Value::Number).map_err(|_| Odd),
                    },
                }
            }
        }
    }

    fn text(&self, quoted: &Quoted) -> Result<String, Odd> {
        if quoted.escaped {
            return serde_json::from_str(quoted.with_quotes().of(self.scanner.text)).map_err(|_| Odd);
        }
        Ok(quoted.span.of(self.scanner.text).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::object;
    use crate::Object;

    #[test]
    fn an_object_is_read_as_serde_json_reads_it() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        for text in [
            "{}",
            "{ }",
            r#"{"b":"text","a":7,"c":null,"d":true,"e":false}"#,
            r#"{"a":[],"b":[1,"two",[3],{"c":[{}]}],"d":{"e":{"f":1},"g":2}}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":{"b":1},"a":{"c":2}}"#,
            r#"{"\u0061\n":"\"\\\/\b\f\n\r\té\u00e9","😀":"\ud83d\ude00"}"#,
            r#"{"a":0,"b":-0,"c":-1,"d":1.50,"e":1E5,"f":1e400,"g":123456789012345678901234567890,"h":0.1e-7}"#,
            "{ \"a\" : [ 1 , 2 ] ,\n\"b\" :\t{ \"c\" : \"d\" } }",
            &nested(100),
            &nested(200),
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a" 1}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":"unfinished"#,
            r#"{"a":1}}"#,
            "{\"a\":\"\u{1}\"}",
            "[]",
            "",
        ] {
            let expected: Option<Object> = serde_json::from_str(text).ok();
            let shown = |object: Option<Object>| object.map(|object| serde_json::to_string(&object).unwrap());
            assert_eq!(shown(object(text)), shown(expected), "{text}");
        }
    }
}
