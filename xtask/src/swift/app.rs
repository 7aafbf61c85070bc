//! The sample app in SwiftUI: the tests of its view models with a backend, and a check of its views, which only Apple's platforms
//! compile.

use super::{Tools, native_headers};
use crate::codegen::examples;
use crate::service::{Demo, Service};
use crate::steps::{Steps, run};
use crate::{backend, root, source_files};
use anyhow::{Context, Result, ensure};
use regex_lite::{Captures, Regex};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const FOLDER: &str = "examples/ios-swiftui";

/// The modules of Apple's platforms that the views import, with declarations in their place.
const STAND_INS: [&str; 2] = ["SwiftUI", "Network"];

const GUIDE: &str = "docs/guides/ios.md";

/// What the code of documents uses and does not declare, or what only Apple's platforms have.
const OF_DOCUMENTS: &str = "import AgentHuman\nimport SwiftUI\n\n\
    typealias KeychainStore = MemorySessionStore\n\n\
    struct SignIn {\n    func token() async throws -> String { \"\" }\n}\n\n\
    extension Conversation: @retroactive ObservableObject {}\n";

/// Tests the app.
pub fn test(steps: &mut Steps, tools: &Tools) {
    let Some(service) = Service::sandbox(steps, Demo::Conversation) else { return };
    let Some((_running, backend)) = backend::start(steps, &service) else { return };
    let tested = steps.run("the app in SwiftUI", || run(tools.swift("test", FOLDER)?.env("AGENTHUMAN_BACKEND", &backend.url)));
    if tested.is_some() && !cfg!(target_os = "macos") {
        steps.run("the views of the app in SwiftUI", || tools.check_views());
    }
}

impl Tools {
    /// Checks what is compiled on Apple's platforms only: the view models as observable, and the views with declarations in the
    /// place of SwiftUI's.
    fn check_views(&self) -> Result<()> {
        let folder = root().join(FOLDER);
        let sources = |part: &str| source_files::files(&folder.join(part), &["swift"]);
        // The start of the app has types that have no stand-in.
        run(self.command(PathBuf::from("swiftc")).arg("-parse").args(sources("App")?))?;
        let modules = folder.join(".build/apple");
        let _ = fs::remove_dir_all(&modules);
        let views = modules.join("views");
        fs::create_dir_all(&views)?;
        for module in STAND_INS {
            let source = folder.join(format!("Tests/StandIn/{module}.swift"));
            run(self.compiler(module, &modules).args(["-emit-module", "-o"]).arg(path(&modules, module)).arg(source))?;
        }
        let module = "ChatModel";
        let mut command = self.compiler(module, &modules);
        run(command.args(["-emit-module", "-o"]).arg(path(&modules, module)).args(sources("Sources/ChatModel")?))?;
        for source in sources("Sources/ChatUI")? {
            fs::write(views.join(source.file_name().unwrap_or_default()), without_macros(&fs::read_to_string(&source)?)?)?;
        }
        run(self.compiler("ChatUI", &modules).arg("-typecheck").args(source_files::files(&views, &["swift"])?))?;
        self.check_guide(&modules)?;
        self.check_tutorial(&modules)
    }

    /// Checks the snippets of the guide, which are one program.
    fn check_guide(&self, modules: &Path) -> Result<()> {
        let mut files = BTreeMap::new();
        for (number, code) in examples::snippets(&[GUIDE], "swift")?.iter().enumerate() {
            files.insert(format!("snippet{number}"), file_of_snippet(number, code));
        }
        self.check_types("Guide", modules, &files)
    }

    /// Checks the code of the tutorial as it is after each step.
    fn check_tutorial(&self, modules: &Path) -> Result<()> {
        let folder = root().join(super::FOLDER).join(super::DOCUMENTATION);
        let text = fs::read_to_string(folder.join("Tutorials/AChat.tutorial"))?;
        let step = Regex::new(r#"@Code\(name: "(\w+)\.swift", file: "([^"]+)"\)"#)?;
        let mut unused = source_files::files(&folder, &["swift"])?;
        let mut files = BTreeMap::new();
        for found in step.captures_iter(&text) {
            let file = folder.join("Resources").join(&found[2]);
            files.insert(found[1].to_owned(), fs::read_to_string(&file).with_context(|| found[2].to_owned())?);
            self.check_types("Tutorial", modules, &files)?;
            unused.retain(|source| *source != file);
        }
        ensure!(unused.is_empty(), "the tutorial has no step with {unused:?}");
        Ok(())
    }

    /// Checks the types of files of a document: their names and texts.
    fn check_types(&self, module: &str, modules: &Path, files: &BTreeMap<String, String>) -> Result<()> {
        let folder = modules.join(module);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Others.swift"), OF_DOCUMENTS)?;
        for (name, code) in files {
            fs::write(folder.join(format!("{name}.swift")), without_macros(code)?)?;
        }
        let mut command = self.compiler(module, modules);
        run(command.args(["-typecheck", "-parse-as-library"]).args(source_files::files(&folder, &["swift"])?))
    }

    /// Creates a command that compiles a module, and finds those of this folder first.
    fn compiler(&self, module: &str, modules: &Path) -> Command {
        let mut command = self.command(PathBuf::from("swiftc"));
        command.args(["-warnings-as-errors", "-swift-version", "6", "-module-name", module]);
        for folder in [modules, &root().join(FOLDER).join(".build/debug/Modules"), &native_headers()] {
            command.arg("-I").arg(folder);
        }
        command
    }
}

/// Makes a file of a snippet: its declarations as they are, and its statements in a function.
fn file_of_snippet(number: usize, code: &str) -> String {
    const IMPORTS: &str = "import AgentHuman\nimport Network\nimport Observation\nimport SwiftUI\n\n";
    let declares = ["#Preview", "@MainActor", "func ", "struct "].iter().any(|start| code.starts_with(start));
    if declares {
        return format!("{IMPORTS}{code}\n");
    }
    format!("{IMPORTS}@MainActor func snippet{number}(backend: URL, signIn: SignIn) async throws {{\n{code}\n}}\n")
}

fn path(modules: &Path, module: &str) -> PathBuf {
    modules.join(format!("{module}.swiftmodule"))
}

/// Makes a function of each preview: the macro exists on Apple's platforms only.
fn without_macros(source: &str) -> Result<String> {
    let preview = Regex::new(r"(?m)^( *)#Preview(?:\(.*\))? \{$")?;
    let mut number = 0;
    let function = |found: &Captures<'_>| {
        number += 1;
        format!("{}@MainActor @ViewBuilder private func preview{number}() -> some View {{", &found[1])
    };
    Ok(preview.replace_all(source, function).into_owned())
}
