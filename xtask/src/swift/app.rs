//! The sample app in SwiftUI: the tests of its view models with a backend, and a check of its views, which only Apple's platforms
//! compile.

use super::{Tools, native_headers};
use crate::service::{Demo, Service};
use crate::steps::{Steps, run};
use crate::{backend, root, source_files};
use anyhow::Result;
use regex_lite::{Captures, Regex};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const FOLDER: &str = "examples/ios-swiftui";

/// The modules of Apple's platforms that the views import, with declarations in their place.
const STAND_INS: [&str; 2] = ["SwiftUI", "Network"];

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
        run(self.compiler("ChatUI", &modules).arg("-typecheck").args(source_files::files(&views, &["swift"])?))
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
