//! Imports between modules. In the core, a module imports only from floors below its own, and ARCHITECTURE.md has the list. In the
//! other crates no modules import each other in a cycle.

use crate::root;
use crate::source_files::rust_files_without_tests;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

const LIST: &str = "ARCHITECTURE.md";
const SOURCES: &str = "core/src";
/// The crates without a list of floors.
const OTHERS: [&str; 5] = ["cli", "relay", "sandbox", "testing", "xtask"];

/// Checks the imports of every crate.
pub fn check() -> Result<()> {
    check_core()?;
    for krate in OTHERS {
        let cycle = in_cycles(graph(&root().join(krate).join("src"))?);
        if !cycle.is_empty() {
            bail!("modules of {krate} import each other in a cycle:\n{cycle:#?}");
        }
    }
    Ok(())
}

/// Returns the imports of each module of a crate, a folder counting as one module.
fn graph(sources: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files_without_tests(sources)? {
        let module = module_of(&file, sources)?;
        graph.entry(module).or_default().extend(imports(&fs::read_to_string(&file)?));
    }
    graph.retain(|module, _| module != "lib" && module != "main" && module != "bin");
    let modules: BTreeSet<String> = graph.keys().cloned().collect();
    for (module, imports) in &mut graph {
        imports.retain(|import| import != module && modules.contains(import));
    }
    Ok(graph)
}

/// Returns what is left when modules that import none of the rest, or that none of the rest imports, are removed again and again.
fn in_cycles(mut graph: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let imported: BTreeSet<String> = graph.values().flatten().cloned().collect();
        let before = graph.len();
        graph.retain(|module, imports| !imports.is_empty() && imported.contains(module));
        if graph.len() == before {
            return graph;
        }
        let left: BTreeSet<String> = graph.keys().cloned().collect();
        graph.values_mut().for_each(|imports| imports.retain(|import| left.contains(import)));
    }
}

fn module_of(file: &Path, sources: &Path) -> Result<String> {
    let first = file.strip_prefix(sources)?.components().next().context("a file without a name")?;
    Ok(first.as_os_str().to_string_lossy().replace(".rs", ""))
}

fn check_core() -> Result<()> {
    let floors = floors(&fs::read_to_string(root().join(LIST))?)?;
    let sources = root().join(SOURCES);
    let exports = exports(&fs::read_to_string(sources.join("lib.rs"))?);
    let mut wrong = Vec::new();
    for file in rust_files_without_tests(&sources)? {
        let path = file.strip_prefix(&sources)?;
        let module = module_of(&file, &sources)?;
        if module == "lib" {
            continue;
        }
        let Some(own) = floors.get(&module) else { bail!("the module {module} is on no floor in {LIST}") };
        for name in imports(&fs::read_to_string(&file)?) {
            let target = exports.get(&name).unwrap_or(&name);
            if *target != module && floors.get(target).is_some_and(|floor| floor >= own) {
                wrong.push(format!("{} imports {target}, which is not below {module}", path.display()));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("imports of the core go up:\n{}", wrong.join("\n"));
    }
    Ok(())
}

/// Returns the floor of each module. The lowest is 0.
fn floors(text: &str) -> Result<HashMap<String, usize>> {
    let (_, rest) = text.split_once("```floors\n").context("ARCHITECTURE.md has no list of floors")?;
    let (list, _) = rest.split_once("```").context("the list of floors does not end")?;
    let floors = list.lines().rev().enumerate();
    Ok(floors.flat_map(|(floor, names)| names.split(' ').map(move |name| (name.to_owned(), floor))).collect())
}

/// Returns the exports of lib.rs, with their modules.
fn exports(text: &str) -> HashMap<String, String> {
    let mut exports = HashMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("pub use ")) {
        let Some((module, names)) = line.trim_end_matches(';').split_once("::") else { continue };
        for name in names.trim_matches(['{', '}']).split(", ") {
            let name = name.rsplit("::").next().unwrap_or(name);
            exports.insert(name.to_owned(), module.to_owned());
        }
    }
    exports
}

/// Returns the first names of paths below the crate's root, without unit tests and comments.
fn imports(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let mut names = Vec::new();
    for path in code.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            None => names.push(first_name(path)),
            Some(group) => names.extend(members(group).iter().map(|member| first_name(member))),
        }
    }
    names
}

fn first_name(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Returns the members of a group of imports, up to its closing brace.
fn members(group: &str) -> Vec<String> {
    let mut members = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if let Some(member) = members.last_mut() {
                    member.push(c);
                }
            }
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down() {
        check().unwrap();
    }

    #[test]
    fn a_cycle_is_found_without_its_neighbours() {
        let graph = |edges: &[(&str, &[&str])]| {
            let edges = edges.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect()));
            edges.collect::<BTreeMap<String, BTreeSet<String>>>()
        };
        assert!(in_cycles(graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).is_empty());
        let cycle = in_cycles(graph(&[("top", &["a"]), ("a", &["b", "low"]), ("b", &["a"]), ("low", &[])]));
        assert_eq!(cycle.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn imports_are_found() {
        let text = "use crate::error::{Error, Kind};\nuse crate::{Id, table::{Model, check}, wait};\n// crate::comment\nlet a = crate::call::run();\n#[cfg(test)]\nmod tests {\n    use crate::tests_only;\n}\n";
        assert_eq!(imports(text), ["error", "Id", "table", "wait", "call"]);
    }

    #[test]
    fn the_list_is_read_from_below() {
        let floors = floors("x\n```floors\napi host\nclient\nerror\n```\n").unwrap();
        assert_eq!((floors["error"], floors["client"], floors["api"], floors["host"]), (0, 1, 2, 2));
    }
}
