//! Parts of other documents in a page of the site, so that each text is written once.
//!
//! `<!-- section: README.md#install -->` stands for the content of that section, and `<!-- tabs: README.md#ten-lines -->` for
//! its snippets as tabs; behind it may follow the fences of some languages.

use super::markdown::{Part, Snippet, parts, tabs};
use crate::root;
use anyhow::{Context, Result};
use std::fs;

/// A part of a document.
pub enum Include {
    Section { document: String, text: String },
    Tabs(String),
}

/// Returns what a line includes, or nothing if it is another line.
pub fn parse(line: &str) -> Result<Option<Include>> {
    let Some(comment) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else { return Ok(None) };
    let mut words = comment.split(' ');
    let (kind, place) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if kind != "section:" && kind != "tabs:" {
        return Ok(None);
    }
    let (document, anchor) = place.split_once('#').with_context(|| format!("{line}: no section"))?;
    let whole = fs::read_to_string(root().join(document)).with_context(|| document.to_owned())?;
    let text = section(&whole, anchor).with_context(|| format!("{line}: {document} has no such section"))?;
    if kind == "section:" {
        return Ok(Some(Include::Section { document: document.to_owned(), text }));
    }
    let fences: Vec<&str> = words.collect();
    let snippets = parts(&text).into_iter().filter_map(|part| match part {
        Part::Code(snippet) if fences.is_empty() || fences.contains(&snippet.fence.as_str()) => Some(snippet),
        Part::Code(_) | Part::Text(_) => None,
    });
    Ok(Some(Include::Tabs(tabs(&snippets.collect::<Vec<Snippet>>()))))
}

/// The content of a section: what stands below its heading.
fn section(text: &str, anchor: &str) -> Option<String> {
    let mut found: Option<(usize, Vec<&str>)> = None;
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.starts_with("```");
        let depth = line.chars().take_while(|c| *c == '#').count();
        let is_heading = !in_code && depth > 0 && line[depth..].starts_with(' ');
        match &mut found {
            None if is_heading && slug(&line[depth..]) == anchor => found = Some((depth, Vec::new())),
            None => {}
            Some((own, _)) if is_heading && depth <= *own => break,
            Some((_, lines)) => lines.push(line),
        }
    }
    found.map(|(_, lines)| lines.join("\n"))
}

/// The anchor of a heading, as hosts of repositories make it.
fn slug(heading: &str) -> String {
    let kept =
        heading.trim().to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-').collect::<String>();
    kept.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let text = "# A\n\none\n\n## B c!\n\ntwo\n```\n# no heading\n```\n### D\n\nthree\n\n## E\n\nfour\n";
        assert_eq!(section(text, "b-c").unwrap().trim(), "two\n```\n# no heading\n```\n### D\n\nthree");
        assert!(section(text, "missing").is_none());
    }
}
