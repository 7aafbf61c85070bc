//! Words for all languages: the case of names, wrapped text, comments, and code that is joined if it fits on one line.

use anyhow::{Result, bail};

/// `api_keys` → `apiKeys`
pub fn camel(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    first.to_owned() + &pascal(rest)
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

/// `ApiKeys` → `api_keys`
pub fn snake(name: &str) -> String {
    name.chars().enumerate().fold(String::new(), |mut snake, (at, c)| {
        if c.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        snake
    })
}

/// `api_keys` → `api_key`
pub fn singular(name: &str) -> String {
    name.strip_suffix('s').unwrap_or(name).to_owned()
}

/// `avatar_url` → `avatarURL`: camel case with acronyms in capitals, as Swift has it.
pub fn swift(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    let words = rest.split('_').map(|word| match word {
        "api" | "id" | "url" => word.to_ascii_uppercase(),
        word => pascal(word),
    });
    first.to_owned() + &words.collect::<String>()
}

/// Text of the tables with the names in backticks as a language writes them.
pub fn respelled(text: &str, spell: fn(&str) -> String) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { spell(part) } else { part.to_owned() }).collect::<Vec<_>>().join("`")
}

/// A doc comment of the tables as one line, without the blanks that `///` leaves in front.
pub fn prose(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number as prose has it: `32000` → `32,000`
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// Names as literals: `"a", "b"`
pub fn quoted(names: &[&str], between: &str) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(between)
}

/// How a language writes the comment that documents what follows it.
#[derive(Clone, Copy)]
enum Comment {
    /// `"""…"""`
    Docstring,
    /// `/** … */`
    Block,
    /// `/// …` on every line
    Lines,
}

/// The doc comment of `text` in the language of files with that extension, each line behind `indent` blanks. Every line of the
/// text is wrapped by itself.
pub fn doc_comment(text: &str, extension: &str, indent: usize) -> Result<String> {
    let (comment, width) = match extension {
        "py" => (Comment::Docstring, 120 - indent - "\"\"\"".len()),
        "ts" => (Comment::Block, 110),
        "kt" => (Comment::Block, 120 - indent - "/**  */".len()),
        "swift" => (Comment::Lines, 120 - indent - "/// ".len()),
        "rs" => (Comment::Lines, 130 - indent - "/// ".len()),
        other => bail!("no comment is known for .{other} files"),
    };
    let margin = " ".repeat(indent);
    let lines: Vec<String> = text.trim().lines().flat_map(|line| wrapped(line, width)).collect();
    Ok(match (comment, lines.as_slice()) {
        (Comment::Docstring, [line]) if line.chars().count() + "\"\"\"".len() <= width => format!("{margin}\"\"\"{line}\"\"\""),
        (Comment::Docstring, lines) => format!("{margin}\"\"\"{}\n{margin}\"\"\"", behind(lines, &margin).trim_start()),
        (Comment::Block, [line]) => format!("{margin}/** {line} */"),
        (Comment::Block, lines) => format!("{margin}/**\n{}\n{margin} */", behind(lines, &format!("{margin} * "))),
        (Comment::Lines, lines) => behind(lines, &format!("{margin}/// ")),
    })
}

fn behind(lines: &[String], start: &str) -> String {
    lines.iter().map(|line| format!("{start}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A line broken between words into lines of at most `width` characters. What follows an entry of a list or a tag (`@param`) is
/// indented below it.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let hanging = match (indent, text.chars().next()) {
        (0, Some('@' | '-')) => 2,
        (0, _) => 0,
        (indent, _) => indent + 4,
    };
    let mut lines = Vec::new();
    let mut current = " ".repeat(indent);
    for word in text.split_whitespace() {
        let begun = !current.trim().is_empty();
        if begun && current.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut current, " ".repeat(hanging)));
        } else if begun {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current.trim_end().to_owned());
    lines
}

/// Code that is written on several lines, on one line if it fits into `width` characters.
pub fn fitted(code: &str, width: usize) -> String {
    let mut lines = code.lines();
    let mut joined = lines.next().unwrap_or_default().to_owned();
    for line in lines.map(str::trim) {
        if line.starts_with([')', ']']) {
            joined.truncate(joined.trim_end_matches(',').len());
        } else if !joined.ends_with(['(', '[']) {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    let end = if code.ends_with('\n') { "\n" } else { "" };
    if joined.chars().count() <= width { joined + end } else { code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{doc_comment, fitted, swift};

    #[test]
    fn acronyms_are_capitals_in_swift() {
        assert_eq!(["id", "agent_id", "avatar_url", "api_key"].map(swift), ["id", "agentID", "avatarURL", "apiKey"]);
        assert_eq!(swift("malformed_api_key"), "malformedAPIKey");
    }

    #[test]
    fn a_comment_is_that_of_its_language() {
        let comment = |extension| doc_comment("One.\n\nTwo.\n", extension, 2).unwrap();
        assert_eq!(comment("py"), "  \"\"\"One.\n\n  Two.\n  \"\"\"");
        assert_eq!(comment("ts"), "  /**\n   * One.\n   *\n   * Two.\n   */");
        assert_eq!(comment("swift"), "  /// One.\n  ///\n  /// Two.");
        assert_eq!(doc_comment("One.", "py", 2).unwrap(), "  \"\"\"One.\"\"\"");
        assert_eq!(doc_comment("One.", "kt", 0).unwrap(), "/** One. */");
        assert!(doc_comment("One.", "rb", 0).is_err());
    }

    #[test]
    fn a_long_entry_is_indented_below_its_start() {
        let long = format!("@param id {}", "word ".repeat(24));
        let comment = doc_comment(&long, "ts", 0).unwrap();
        assert_eq!(comment.lines().nth(2).map(|line| line.split("word").next().unwrap()), Some(" *   "));
    }

    #[test]
    fn code_is_joined_if_it_fits() {
        let code = "  f(\n    a,\n    [\n      b,\n    ],\n  ): T =\n";
        assert_eq!(fitted(code, 20), "  f(a, [b]): T =\n");
        assert_eq!(fitted(code, 10), code);
        assert_eq!(fitted("f(\n)", 10), "f()");
    }
}
