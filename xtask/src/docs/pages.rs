//! Writes the pages for zensical: the documents with links that are right in the site, the files that they refer to, and the
//! pages that are rendered from the tables.

use super::includes::{self, Include};
use super::navigation::{self, Entry};
use super::references::{Language, References};
use super::{folder, markdown, operations, tables};
use crate::root;
use crate::steps::read;
use agenthuman::operations::{CONTRACTS, find};
use agenthuman::table::Surface;
use anyhow::{Context, Result, bail};
use regex_lite::{Captures, Regex};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The documents with a place of their own in the site.
const PLACES: [(&str, &str); 22] = [
    ("docs/site/index.md", "index.md"),
    ("README.md", "index.md"),
    ("docs/README.md", "guides/index.md"),
    ("docs/operations.md", "operations/index.md"),
    ("docs/environment.md", "reference/environment.md"),
    ("docs/performance.md", "project/performance.md"),
    ("docs/reliability.md", "project/reliability.md"),
    ("docs/decisions/README.md", "project/decisions/index.md"),
    ("docs/site/reference.md", "reference/index.md"),
    ("docs/site/rust.md", "reference/rust.md"),
    ("bindings-python/README.md", "reference/python.md"),
    ("bindings-node/README.md", "reference/node.md"),
    ("bindings-kotlin/README.md", "reference/kotlin.md"),
    ("bindings-swift/README.md", "reference/swift.md"),
    ("integrations/agenthuman-livekit/README.md", "reference/livekit.md"),
    ("integrations/agenthuman-pipecat/README.md", "reference/pipecat.md"),
    ("examples/README.md", "examples/index.md"),
    ("ARCHITECTURE.md", "project/architecture.md"),
    ("CHANGELOG.md", "project/changelog.md"),
    ("CONTRIBUTING.md", "project/contributing.md"),
    ("RELEASING.md", "project/releasing.md"),
    ("SECURITY.md", "project/security.md"),
];

/// A page of the Python reference, and what mkdocstrings inserts.
struct PythonPage {
    name: &'static str,
    title: &'static str,
    /// What a user makes, before the rest of its module.
    classes: &'static [&'static str],
    modules: &'static [&'static str],
}

const PYTHON: [PythonPage; 7] = [
    PythonPage {
        name: "client",
        title: "Client",
        classes: &["agenthuman.AgentHuman"],
        modules: &["agenthuman._generated.client"],
    },
    PythonPage {
        name: "async",
        title: "Async client",
        classes: &["agenthuman.AsyncAgentHuman"],
        modules: &["agenthuman._generated.async_client"],
    },
    PythonPage { name: "models", title: "Models", classes: &[], modules: &["agenthuman._generated.models"] },
    PythonPage {
        name: "errors",
        title: "Errors",
        classes: &["agenthuman.AgentHumanError"],
        modules: &["agenthuman._generated.errors"],
    },
    PythonPage {
        name: "rooms",
        title: "Rooms",
        classes: &["agenthuman.rooms.AgentHumanRooms", "agenthuman.rooms.Room"],
        modules: &["agenthuman._generated.rooms.client", "agenthuman._generated.rooms.models"],
    },
    PythonPage { name: "relay", title: "Relay", classes: &[], modules: &["agenthuman.relay"] },
    PythonPage {
        name: "testing",
        title: "Testing and sandbox",
        classes: &[],
        modules: &["agenthuman.testing", "agenthuman.sandbox"],
    },
];

/// A module without its private name.
const WITH_CONSTRUCTORS: &str = "
    options:
      show_root_heading: false
";

/// Classes of a module without how they are made, since the client makes them.
const WITHOUT_CONSTRUCTORS: &str = "
    options:
      merge_init_into_class: false
      show_root_heading: false
";

/// The pages of references in the list of the site.
const LANGUAGES: [(Language, &str); 4] = [
    (Language::Node, "reference/node.md"),
    (Language::Rust, "reference/rust.md"),
    (Language::Kotlin, "reference/kotlin.md"),
    (Language::Swift, "reference/swift.md"),
];

struct Pages<'a> {
    folder: &'a Path,
    references: &'a References,
    /// The page of each document, by its path from the root.
    places: BTreeMap<String, String>,
    /// The documents whose pages are not written yet.
    queue: VecDeque<String>,
    link: Regex,
}

/// Writes all pages, the style and the settings of zensical.
pub fn write(folder: &Path, references: &References) -> Result<()> {
    let mut pages =
        Pages { folder, references, places: BTreeMap::new(), queue: VecDeque::new(), link: Regex::new(r"\]\(([^)\s]+)\)")? };
    for (document, page) in PLACES {
        pages.places.insert(document.to_owned(), page.to_owned());
        // The front page has its own text.
        if document != "README.md" {
            pages.queue.push_back(document.to_owned());
        }
    }
    let guides = pages.folder_of_documents("docs/guides", "guides")?;
    let decisions = pages.folder_of_documents("docs/decisions", "project/decisions")?;
    while let Some(document) = pages.queue.pop_front() {
        pages.write_document(&document)?;
    }
    let operations = pages.write_operations()?;
    let python = pages.write_python()?;
    fs::copy(root().join("docs/site/site.css"), folder.join("site.css"))?;
    let navigation = navigation::of(guides, decisions, operations, python);
    let settings = fs::read_to_string(root().join("docs/site/zensical.toml"))?;
    fs::write(self::folder().join("zensical.toml"), navigation::with_navigation(&settings, &navigation)?)?;
    Ok(())
}

impl Pages<'_> {
    /// Gives a page to each document of a folder but its README, and returns the pages.
    fn folder_of_documents(&mut self, folder: &str, to: &str) -> Result<Vec<Entry>> {
        let mut names: Vec<String> = Vec::new();
        for entry in fs::read_dir(root().join(folder))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let mut pages = Vec::new();
        for name in names.iter().filter(|name| name.ends_with(".md") && *name != "README.md") {
            let page = format!("{to}/{name}");
            self.places.insert(format!("{folder}/{name}"), page.clone());
            self.queue.push_back(format!("{folder}/{name}"));
            pages.push(Entry::Page(page));
        }
        Ok(pages)
    }

    fn write(&self, page: &str, text: &str) -> Result<()> {
        let path = self.folder.join(page);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| page.to_owned())
    }

    fn write_document(&mut self, document: &str) -> Result<()> {
        let page = self.places[document].clone();
        let path = root().join(document);
        if path.is_dir() {
            let text = self.listing(document, &page)?;
            return self.write(&page, &text);
        }
        if !document.ends_with(".md") {
            let text = fs::read_to_string(&path).with_context(|| document.to_owned())?;
            if !page.ends_with(".md") {
                return self.write(&page, &text);
            }
            let name = document.rsplit('/').next().unwrap_or(document);
            let fence = if text.contains("```") { "~~~~" } else { "```" };
            let language = name.rsplit_once('.').map_or("text", |(_, ending)| ending);
            return self.write(&page, &format!("# {name}\n\n`{document}`\n\n{fence}{}\n{text}{fence}\n", highlighter(language)));
        }
        let text = fs::read_to_string(&path)?;
        let mut text = self.rewritten(document, &page, &text)?;
        if let Some(button) = self.button(&page) {
            text = text.replacen("\n\n", &format!("\n\n{button}\n\n"), 1);
        }
        self.write(&page, &text)
    }

    /// The link from the page of a language to its reference.
    fn button(&self, page: &str) -> Option<String> {
        if page == "reference/python.md" {
            return Some("<a class=\"md-button\" href=\"../python/client.html\">Reference of the package</a>".to_owned());
        }
        let (language, _) = LANGUAGES.iter().find(|(_, other)| *other == page)?;
        let Some(first) = self.references.page(*language, language.first_page()) else {
            return Some("*The reference of this package is not part of this build.*".to_owned());
        };
        Some(format!("<a class=\"md-button\" href=\"../{first}\">Reference of the package</a>"))
    }

    /// A document as a page: with its includes, its tabs, and links to pages.
    fn rewritten(&mut self, document: &str, page: &str, text: &str) -> Result<String> {
        let mut client = None;
        markdown::page(text, |line| {
            if let Some(include) = includes::parse(line)? {
                return Ok(match include {
                    Include::Section { document, text } => self.rewritten(&document, page, &text)?,
                    Include::Tabs(tabs) => tabs,
                });
            }
            if document == "docs/operations.md" {
                client = CONTRACTS.into_iter().find(|surface| line == format!("### `{}`", surface.client())).or(client);
                if let Some(row) = client.and_then(|surface| operation_row(surface, line)) {
                    return Ok(row);
                }
            }
            self.with_links(document, page, line)
        })
    }

    fn with_links(&mut self, document: &str, page: &str, line: &str) -> Result<String> {
        let mut failed = None;
        let link = self.link.clone();
        let line = link.replace_all(line, |found: &Captures<'_>| {
            let target = found.get(1).map_or("", |target| target.as_str());
            match self.target(document, page, target) {
                Ok(target) => format!("]({target})"),
                Err(error) => {
                    failed.get_or_insert(error);
                    String::new()
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(line.into_owned()),
        }
    }

    /// A link of a document, for its page.
    fn target(&mut self, document: &str, page: &str, target: &str) -> Result<String> {
        if target.starts_with('#') || target.contains("://") || target.starts_with("mailto:") {
            return Ok(target.to_owned());
        }
        let (path, anchor) =
            target.split_once('#').map_or((target, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = normal(&format!("{folder}/{path}"));
        let place = self.place(&wanted).with_context(|| format!("{document} links to {target}"))?;
        Ok(relative(page, &place) + &anchor)
    }

    /// The page of a file or folder of the repository. Those without a place of their own get one below `files`.
    fn place(&mut self, wanted: &str) -> Result<String> {
        let path = root().join(wanted);
        if !path.exists() {
            bail!("there is no {wanted}");
        }
        let readme = format!("{wanted}/README.md");
        let wanted = if path.is_dir() && root().join(&readme).exists() { readme } else { wanted.to_owned() };
        if let Some(page) = self.places.get(&wanted) {
            return Ok(page.clone());
        }
        let page = if root().join(&wanted).is_dir() {
            format!("files/{wanted}/index.md")
        } else if [".json", ".md", ".svg"].iter().any(|ending| wanted.ends_with(ending)) {
            // Programs read the JSON, and pages include plots.
            format!("files/{wanted}")
        } else {
            format!("files/{wanted}.md")
        };
        self.places.insert(wanted.clone(), page.clone());
        self.queue.push_back(wanted);
        Ok(page)
    }

    /// The files of a folder.
    fn listing(&mut self, folder: &str, page: &str) -> Result<String> {
        let files = read(Command::new("git").args(["ls-files", folder]).current_dir(root()))?;
        let mut text = format!("# {folder}\n\n");
        for file in files.lines().filter(|file| !file.ends_with("package-lock.json") && !file.contains("/.")) {
            let is_text = fs::read_to_string(root().join(file)).is_ok();
            let name = file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/');
            if is_text {
                let place = self.place(file)?;
                text += &format!("- [{name}]({})\n", relative(page, &place));
            }
        }
        Ok(text)
    }

    fn write_operations(&self) -> Result<Vec<Entry>> {
        let mut entries = vec![Entry::Page("operations/index.md".to_owned())];
        for surface in CONTRACTS {
            let mut sections = Vec::new();
            for section in operations::of_contract(surface, self.references)? {
                let pages = section.pages.iter().map(|(page, text)| {
                    self.write(page, text)?;
                    Ok(Entry::Page(page.clone()))
                });
                sections.push(Entry::Section(section.title, pages.collect::<Result<_>>()?));
            }
            let models = tables::models_path(surface);
            self.write(&models, &tables::models(surface))?;
            sections.push(Entry::Page(models));
            entries.push(Entry::Section(surface.client().to_owned(), sections));
        }
        let mut phones = Vec::new();
        for (page, text) in operations::of_phones(self.references)? {
            self.write(&page, &text)?;
            phones.push(Entry::Page(page));
        }
        let models = tables::models_path(Surface::Phone);
        self.write(&models, &tables::models(Surface::Phone))?;
        phones.push(Entry::Page(models));
        entries.push(Entry::Section("Phones".to_owned(), phones));
        self.write("operations/errors.md", &tables::errors())?;
        entries.push(Entry::Page("operations/errors.md".to_owned()));
        Ok(entries)
    }

    fn write_python(&self) -> Result<Vec<Entry>> {
        let pages = PYTHON.iter().map(|python| {
            let page = format!("python/{}.md", python.name);
            let mut text = format!("# {}\n\n", python.title);
            text.extend(python.classes.iter().map(|class| format!("::: {class}\n\n")));
            for module in python.modules {
                // The classes above are not repeated.
                let above: String = python
                    .classes
                    .iter()
                    .filter_map(|class| class.rsplit('.').next())
                    .map(|name| format!(", \"!^{name}$\""))
                    .collect();
                let constructors = if python.classes.is_empty() { WITH_CONSTRUCTORS } else { WITHOUT_CONSTRUCTORS };
                if python.modules.len() > 1 && python.classes.is_empty() {
                    text += &format!("## {module}\n\n");
                }
                text += &format!("::: {module}{constructors}      filters: [\"!^_\"{above}]\n\n");
            }
            self.write(&page, &text)?;
            Ok(Entry::Page(page))
        });
        pages.collect()
    }
}

/// A row of the table of operations, with a link to the operation's page.
fn operation_row(surface: Surface, line: &str) -> Option<String> {
    let name = line.strip_prefix("| `")?.split('`').next()?;
    let operation = find(surface, name)?;
    let page = relative("operations/index.md", &operations::path(operation));
    Some(line.replacen(&format!("`{name}`"), &format!("[`{name}`]({page})"), 1))
}

/// The name that the highlighter has for files with this ending.
fn highlighter(ending: &str) -> &str {
    match ending {
        "mjs" | "cjs" => "js",
        "kt" => "kotlin",
        "rs" => "rust",
        "py" | "ts" | "js" | "swift" | "toml" | "xml" | "yaml" | "yml" | "json" | "sh" | "tsx" | "html" | "css" => ending,
        _ => "text",
    }
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The path from one page to another.
fn relative(from: &str, to: &str) -> String {
    let (from, to) = (PathBuf::from(from), PathBuf::from(to));
    let mut folder: Vec<_> = from.parent().into_iter().flat_map(Path::components).collect();
    let mut target: Vec<_> = to.components().collect();
    while !folder.is_empty() && folder.first() == target.first() && target.len() > 1 {
        folder.remove(0);
        target.remove(0);
    }
    let up = folder.iter().map(|_| "..".to_owned());
    up.chain(target.iter().map(|part| part.as_os_str().to_string_lossy().into_owned())).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{normal, relative};

    #[test]
    fn paths_between_pages() {
        assert_eq!(relative("guides/keys.md", "guides/errors.md"), "errors.md");
        assert_eq!(relative("guides/keys.md", "index.md"), "../index.md");
        assert_eq!(relative("index.md", "guides/index.md"), "guides/index.md");
        assert_eq!(normal("docs/guides/../../examples/./node"), "examples/node");
    }
}
