//! What every renderer does with the tables: reading their values, spelling their names, breaking their sentences.

use serde_json::Value;

/// The items of a list.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn is(value: &Value) -> bool {
    value == &Value::Bool(true)
}

/// `api_keys` → `apiKeys`
pub fn camel(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    first.to_owned() + &pascal(rest)
}

/// Text of the tables with the names in backticks in camel case.
pub fn respelled(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { camel(part) } else { part.to_owned() }).collect::<Vec<_>>().join("`")
}

/// `api_keys` → `ApiKeys`
pub fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// Text broken into lines of at most `width` characters, those after the first indented.
pub fn wrapped(text: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines
}
