//! Checks the built site: every link leads to a page and an anchor of it, and nothing is loaded from another host.

use super::references::Language;
use super::site;
use crate::source_files::files;
use anyhow::{Context, Result, bail};
use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CHECKED_BY_THEIR_TOOL: [Language; 3] = [Language::Rust, Language::Kotlin, Language::Swift];

/// The number of problems that are printed.
const PRINTED: usize = 40;

pub fn links() -> Result<()> {
    let site = site();
    if !site.join("index.html").exists() {
        bail!("the site was not built: run cargo xtask docs");
    }
    let pages = files(&site, &["html"])?;
    let mut texts = BTreeMap::new();
    for page in &pages {
        texts.insert(page.clone(), fs::read_to_string(page).with_context(|| page.display().to_string())?);
    }
    let mut problems = Vec::new();
    let (mut count, mut anchors) = (0, BTreeMap::<PathBuf, BTreeSet<String>>::new());
    let (link, id) = (Regex::new(r#"<a\b[^>]*?\bhref="([^"]*)""#)?, Regex::new(r#"\b(?:id|name)="([^"]*)""#)?);
    for (page, text) in &texts {
        let of_page = page.strip_prefix(&site)?;
        problems.extend(foreign(text)?.into_iter().map(|url| format!("{} loads {url}", of_page.display())));
        // The other tools check their own links, and repeat documentation of other crates with theirs.
        if CHECKED_BY_THEIR_TOOL.iter().any(|language| of_page.starts_with(language.folder())) {
            continue;
        }
        for found in link.captures_iter(text) {
            let target = found.get(1).map_or("", |target| target.as_str());
            count += 1;
            let has = |file: &Path, anchor: &str| {
                let ids = anchors.entry(file.to_path_buf()).or_insert_with(|| {
                    let text = texts.get(file).map_or("", String::as_str);
                    id.captures_iter(text).filter_map(|found| found.get(1)).map(|id| unescaped(id.as_str())).collect()
                });
                ids.contains(anchor)
            };
            if let Some(problem) = problem(&site, page, target, has) {
                problems.push(format!("{}: {problem}", of_page.display()));
            }
        }
    }
    for style in files(&site, &["css"])? {
        let text = fs::read_to_string(&style)?;
        let of_page = style.strip_prefix(&site)?.display().to_string();
        let url = Regex::new(r#"(?:url\(|@import )["']?((?:https?:)?//[^"')\s]+)"#)?;
        problems.extend(
            url.captures_iter(&text).filter_map(|found| found.get(1)).map(|url| format!("{of_page} loads {}", url.as_str())),
        );
    }
    println!("{} pages, {count} links", pages.len());
    if problems.is_empty() {
        return Ok(());
    }
    for problem in problems.iter().take(PRINTED) {
        println!("  {problem}");
    }
    bail!("{} links or resources of the site are wrong", problems.len())
}

/// What is wrong with a link.
fn problem(site: &Path, page: &Path, target: &str, mut has: impl FnMut(&Path, &str) -> bool) -> Option<String> {
    let target = unescaped(target);
    let is_elsewhere =
        target.contains("://") || ["mailto:", "javascript:", "data:"].iter().any(|scheme| target.starts_with(scheme));
    if is_elsewhere || target.is_empty() {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
    let path = path.split('?').next().unwrap_or_default();
    let mut file = if path.is_empty() {
        page.to_path_buf()
    } else if let Some(absolute) = path.strip_prefix('/') {
        site.join(absolute)
    } else {
        page.parent()?.join(path)
    };
    if file.is_dir() {
        file = file.join("index.html");
    }
    let Ok(file) = file.canonicalize() else { return Some(format!("{target} does not exist")) };
    let is_page = file.extension().is_some_and(|ending| ending == "html");
    // Lines of a source file are anchors that a script makes.
    if anchor.is_empty() || !is_page || file.components().any(|part| part.as_os_str() == "src") {
        return None;
    }
    // rustdoc has ids that look encoded.
    let is_known = has(&file, anchor) || has(&file, &decoded(anchor));
    (!is_known).then(|| format!("{target} has no such anchor"))
}

/// The addresses of other hosts from which a page loads something.
fn foreign(text: &str) -> Result<Vec<String>> {
    let tag = Regex::new(r#"<(script|link|img|iframe|source|video|audio|object|embed)\b[^>]*"#)?;
    let url = Regex::new(r#"\b(?:src|href|data|poster)="((?:https?:)?//[^"]+)""#)?;
    let found = tag.find_iter(text).map(|tag| tag.as_str()).filter(|tag| !tag.contains("rel=\"canonical\""));
    Ok(found.filter_map(|tag| url.captures(tag)?.get(1)).map(|url| url.as_str().to_owned()).collect())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// An anchor without percent-encoding.
fn decoded(anchor: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = anchor.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decoded, foreign, problem};
    use std::fs;

    #[test]
    fn links_lead_to_pages_and_anchors() {
        let site = tempfile::tempdir().unwrap();
        let site = site.path().canonicalize().unwrap();
        fs::create_dir(site.join("guides")).unwrap();
        for page in ["index.html", "guides/a.html"] {
            fs::write(site.join(page), "").unwrap();
        }
        let of = |target: &str| problem(&site, &site.join("guides/a.html"), target, |_, anchor| anchor == "b c");
        for right in ["", "../index.html", "../", "/index.html#b%20c", "#b%20c", "https://example.com/x", "a.html?q=1"] {
            assert_eq!(of(right), None, "{right}");
        }
        assert_eq!(of("b.html").as_deref(), Some("b.html does not exist"));
        assert_eq!(of("../#d").as_deref(), Some("../#d has no such anchor"));
    }

    #[test]
    fn what_is_loaded_from_other_hosts_is_found() {
        let text =
            r#"<a href="https://a.example"><link rel="canonical" href="https://b.example"><script defer src="//c.example/x.js">"#;
        assert_eq!(foreign(text).unwrap(), ["//c.example/x.js"]);
        assert_eq!(decoded("send(_%3A)"), "send(_:)");
    }
}
