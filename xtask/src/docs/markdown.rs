//! What the pages need that the documents on their own do not have: tabs for the same snippet in several languages, and blank
//! lines and margins as Python's Markdown wants them.

/// The languages of tabs, by the names of their fences, in the order in which they appear.
const LANGUAGES: [(&str, &[&str]); 5] = [
    ("Python", &["python", "py"]),
    ("Node", &["js", "mjs", "ts", "javascript", "typescript"]),
    ("Rust", &["rust"]),
    ("Kotlin", &["kotlin"]),
    ("Swift", &["swift"]),
];

/// A snippet with the language of its fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The line before it, such as `**Python**`, if that names a language.
    pub label: Option<&'static str>,
    pub fence: String,
    pub code: String,
}

impl Snippet {
    fn language(&self) -> Option<&'static str> {
        if self.label.is_some() {
            return self.label;
        }
        LANGUAGES.iter().find(|(_, fences)| fences.contains(&self.fence.as_str())).map(|(name, _)| *name)
    }
}

/// Lines of text, or a snippet.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Text(Vec<String>),
    Code(Snippet),
}

/// Splits a document into text and snippets.
pub fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines();
    let mut prose: Vec<String> = Vec::new();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else {
            prose.push(line.to_owned());
            continue;
        };
        let named = prose.iter().rposition(|line| !line.is_empty() && !line.starts_with("<!-- snippet"));
        let label = named.and_then(|at| label(&prose[at]).inspect(|_| drop(prose.remove(at))));
        parts.push(Part::Text(std::mem::take(&mut prose)));
        let code: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        parts.push(Part::Code(Snippet { label, fence: fence.trim().to_owned(), code: code.join("\n") }));
    }
    parts.push(Part::Text(prose));
    parts
}

/// A document as zensical wants it. `line` rewrites each line that is no code.
pub fn page(text: &str, mut line: impl FnMut(&str) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let mut page = String::new();
    let mut group: Vec<Snippet> = Vec::new();
    for part in parts(text) {
        match part {
            // The next snippet of the same group follows.
            Part::Text(lines) if lines.iter().all(|line| is_between(line)) => {}
            Part::Text(lines) => {
                page += &tabs(&std::mem::take(&mut group));
                let lines = lines.iter().filter(|text| !text.starts_with("<!-- snippet")).map(|text| line(text));
                page += &spaced(&lines.collect::<anyhow::Result<Vec<_>>>()?);
            }
            Part::Code(snippet) => {
                let is_new = snippet.language().is_some_and(|name| group.iter().all(|other| other.language() != Some(name)));
                if !is_new {
                    page += &tabs(&std::mem::take(&mut group));
                }
                group.push(snippet);
            }
        }
    }
    page += &tabs(&group);
    Ok(page)
}

/// The language that a line names, such as `**Python**`.
fn label(line: &str) -> Option<&'static str> {
    let name = line.strip_prefix("**")?.strip_suffix("**")?;
    LANGUAGES.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// Whether a line between two snippets says nothing.
fn is_between(line: &str) -> bool {
    line.is_empty() || line.starts_with("<!-- snippet")
}

/// Snippets as tabs, or one by itself.
pub fn tabs(group: &[Snippet]) -> String {
    match group {
        [] => String::new(),
        [one] => {
            let label = one.label.map(|name| format!("**{name}**\n\n")).unwrap_or_default();
            format!("\n{label}{}\n\n", fenced(one))
        }
        group => {
            let mut ordered: Vec<&Snippet> = group.iter().collect();
            let place = |snippet: &Snippet| LANGUAGES.iter().position(|(name, _)| Some(*name) == snippet.language());
            ordered.sort_by_key(|snippet| place(snippet));
            ordered.into_iter().map(|snippet| tab(snippet.language().unwrap_or_default(), &fenced(snippet))).collect()
        }
    }
}

/// A tab with its content.
pub fn tab(name: &str, content: &str) -> String {
    format!("\n=== \"{name}\"\n\n{}\n", indented(content))
}

pub fn fenced(snippet: &Snippet) -> String {
    format!("```{}\n{}\n```", highlighted(&snippet.fence), snippet.code)
}

/// A fence without a language is a shell's, or output.
fn highlighted(fence: &str) -> &str {
    if fence.is_empty() { "text" } else { fence }
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text with a blank line before each list and table, and lists in lists with a margin of four.
fn spaced(lines: &[String]) -> String {
    let mut spaced = String::new();
    let mut before = String::new();
    let (mut in_list, mut in_comment) = (false, false);
    for line in lines {
        in_comment = (in_comment || line.starts_with("<!--")) && !before.ends_with("-->");
        let trimmed = line.trim_start();
        let is_item = is_item(trimmed);
        let starts_list = is_item && !in_list && !trimmed.is_empty();
        let starts_table = line.starts_with('|') && !before.starts_with('|');
        if (starts_list || starts_table) && !before.is_empty() && !in_comment {
            spaced.push('\n');
        }
        in_list = is_item || (in_list && (line.is_empty() || line.starts_with(' ')));
        let margin = line.len() - trimmed.len();
        if is_item && margin > 0 && margin < 4 {
            spaced += "    ";
            spaced += trimmed;
        } else {
            spaced += line;
        }
        spaced.push('\n');
        before.clone_from(line);
    }
    spaced
}

fn is_item(text: &str) -> bool {
    let numbered = || text.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    text.starts_with("- ") || text.starts_with("* ") || numbered()
}

#[cfg(test)]
mod tests {
    use super::page;

    fn made(text: &str) -> String {
        page(text, |line| Ok(line.to_owned())).unwrap()
    }

    #[test]
    fn snippets_in_several_languages_are_tabs() {
        let text =
            "Text\n\n**Python**\n```python\na = 1\n\nb = 2\n```\n\n<!-- snippet: not run: why -->\n```js\nlet a;\n```\n\nMore\n";
        let tabs = "=== \"Python\"\n\n    ```python\n    a = 1\n\n    b = 2\n    ```\n\n=== \"Node\"\n\n    ```js\n    let a;\n    ```\n";
        assert!(made(text).contains(tabs), "{}", made(text));
        assert!(!made(text).contains("not run") && made(text).contains("\nMore\n"));
    }

    #[test]
    fn a_line_names_the_language_of_a_command() {
        let text = "Install:\n\n**Python**\n```\npip\n```\n\n**Node**\n```\nnpm\n```\n";
        assert!(made(text).contains("=== \"Node\"\n\n    ```text\n    npm\n"), "{}", made(text));
    }

    #[test]
    fn one_snippet_or_two_of_a_language_are_none() {
        assert!(!made("```python\na\n```\n\n```python\nb\n```\n").contains("==="));
        assert!(!made("**Node**\n```js\na\n```\n\nThen:\n\n```python\nb\n```\n").contains("==="));
    }

    #[test]
    fn lists_and_tables_are_apart_from_text() {
        assert_eq!(made("There are:\n- one\n- two\n  more\n"), "There are:\n\n- one\n- two\n  more\n");
        assert_eq!(made("- one\n  - in it\n\n- two\n"), "- one\n    - in it\n\n- two\n");
        assert_eq!(made("A table:\n| a |\n|---|\n"), "A table:\n\n| a |\n|---|\n");
    }
}
