//! The navigation of the site.

use anyhow::{Context, Result};
use toml_edit::{Array, DocumentMut, InlineTable, Value};

/// A page, or pages under a title.
pub enum Entry {
    Page(String),
    /// A page whose own title would be unclear in a list.
    Titled(&'static str, String),
    Section(String, Vec<Entry>),
}

/// The guides in the order in which one reads them. Others follow.
const GUIDES: [&str; 6] = ["authentication", "keys", "errors", "models", "rate-limits", "testing"];

/// The navigation of the whole site.
pub fn of(mut guides: Vec<Entry>, decisions: Vec<Entry>, operations: Vec<Entry>, python: Vec<Entry>) -> Vec<Entry> {
    let page = |path: &str| Entry::Page(path.to_owned());
    let titled = |title: &'static str, path: &str| Entry::Titled(title, path.to_owned());
    let section = |title: &str, pages: Vec<Entry>| Entry::Section(title.to_owned(), pages);
    guides.sort_by_key(|guide| {
        let Entry::Page(path) = guide else { return GUIDES.len() };
        GUIDES.iter().position(|name| path == &format!("guides/{name}.md")).unwrap_or(GUIDES.len())
    });
    guides.insert(0, page("guides/index.md"));
    let mut all_decisions = vec![page("project/decisions/index.md")];
    all_decisions.extend(decisions);
    let reference = vec![
        titled("All packages", "reference/index.md"),
        section("Python", std::iter::once(titled("Introduction", "reference/python.md")).chain(python).collect()),
        titled("Node", "reference/node.md"),
        titled("Rust", "reference/rust.md"),
        titled("Kotlin", "reference/kotlin.md"),
        titled("Swift", "reference/swift.md"),
        titled("LiveKit Agents", "reference/livekit.md"),
        titled("Pipecat", "reference/pipecat.md"),
        page("reference/environment.md"),
    ];
    let project = vec![
        page("project/changelog.md"),
        page("project/performance.md"),
        page("project/reliability.md"),
        page("project/security.md"),
        page("project/architecture.md"),
        page("project/contributing.md"),
        page("project/releasing.md"),
        section("Decisions", all_decisions),
    ];
    vec![
        section("Start", vec![page("index.md")]),
        section("Guides", guides),
        section("Operations", operations),
        section("Packages", reference),
        section("Examples", vec![page("examples/index.md")]),
        section("Project", project),
    ]
}

/// The settings of zensical with the navigation.
pub fn with_navigation(settings: &str, navigation: &[Entry]) -> Result<String> {
    let mut document: DocumentMut = settings.parse().context("docs/site/zensical.toml")?;
    document["project"]["nav"] = toml_edit::value(list(navigation));
    Ok(document.to_string())
}

fn list(entries: &[Entry]) -> Array {
    entries.iter().map(item).collect()
}

fn item(entry: &Entry) -> Value {
    match entry {
        Entry::Page(path) => Value::from(path.as_str()),
        Entry::Titled(title, path) => named(title, Value::from(path.as_str())),
        Entry::Section(title, entries) => named(title, Value::from(list(entries))),
    }
}

fn named(title: &str, value: Value) -> Value {
    let mut table = InlineTable::new();
    table.insert(title, value);
    Value::from(table)
}
