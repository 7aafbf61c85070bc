//! The Swift package: its tests, its example, its surface, and on a Mac its XCFramework.

mod app;
mod framework;
mod release;
mod surface;

use crate::mobile;
use crate::mode::Mode;
use crate::root;
use crate::source_files;
use crate::steps::{Steps, run};
use crate::toolchains::{binary, version};
use anyhow::Result;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "bindings-swift";
const EXAMPLE: &str = "examples/swift";

/// The catalogue of the documentation, with the code of its tutorial.
const DOCUMENTATION: &str = "Sources/AgentHuman/AgentHuman.docc";

/// The script that installs a Debian with Swift, and runs commands in it.
const DEBIAN: &str = "bindings-swift/scripts/debian-swift.sh";

/// The exit status of the script if that is not possible.
const UNAVAILABLE: i32 = 77;

#[derive(clap::Subcommand)]
pub enum Job {
    /// Runs the tests.
    Test,
    /// Runs the tests of the sample app in SwiftUI, with a backend.
    Sample,
    /// Makes the XCFramework for Apple's platforms; on a Mac only.
    Xcframework,
    /// Prints the package's surface.
    Surface,
    /// Writes the package of a release, for a repository of its own: the sources, and where the XCFramework is.
    Release(release::Release),
}

/// Swift on this machine.
pub enum Tools {
    Installed,
    /// Swift in a separate Debian folder.
    InDebian,
}

pub fn run_job(job: Job) -> Result<()> {
    let tools = || tools().map_err(anyhow::Error::msg);
    match job {
        Job::Test => {
            let mut steps = Steps::default();
            test(&mut steps, &tools()?);
            steps.close()
        }
        Job::Sample => {
            let mut steps = Steps::default();
            app::test(&mut steps, &tools()?);
            steps.close()
        }
        Job::Xcframework => framework::make(framework::EVERY_PLATFORM),
        Job::Surface => {
            println!("{:#}", tools()?.surface()?);
            Ok(())
        }
        Job::Release(release) => release.write(&tools()?),
    }
}

/// Runs the tests of the package, and those of the app in SwiftUI. Returns whether those of the package passed.
pub fn test(steps: &mut Steps, tools: &Tools) -> bool {
    let tested = steps.run("Swift", || tools.test()).is_some();
    app::test(steps, tools);
    tested
}

/// Finds Swift, or returns what is missing.
pub fn tools() -> Result<Tools, String> {
    const MISSING: &str = "Swift 6.0 or newer is not installed";
    let output = Command::new("swift").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let after = text.split_once("Swift version").map(|(_, after)| after);
    if after.and_then(version).is_some_and(|found| found >= (6, 0)) {
        return Ok(Tools::Installed);
    }
    if !Path::new("/etc/debian_version").exists() {
        return Err(MISSING.to_owned());
    }
    let output = Command::new(root().join(DEBIAN)).arg("prepare").output().map_err(|_| MISSING.to_owned())?;
    if output.status.success() {
        return Ok(Tools::InDebian);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let why = said.lines().last().unwrap_or_default();
    let kind = if output.status.code() == Some(UNAVAILABLE) { "and" } else { "and its Debian failed:" };
    Err(format!("{MISSING}, {kind} {why}"))
}

impl Tools {
    fn test(&self) -> Result<()> {
        mobile::counterparts()?;
        let mut command = self.swift("test", FOLDER)?;
        run(command.env("AGENTHUMAN_CLI", binary("agenthuman")).env("AGENTHUMAN_VECTORS", binary("vector-relay")))?;
        self.check_types_of_observation()?;
        release::try_out(self)
    }

    /// Checks the types of what is compiled on Apple's platforms only: there the package is made observable.
    fn check_types_of_observation(&self) -> Result<()> {
        if cfg!(target_os = "macos") {
            return Ok(());
        }
        let folder = root().join(FOLDER);
        let mut command = self.command(PathBuf::from("swiftc"));
        command.args([
            "-typecheck",
            "-warnings-as-errors",
            "-swift-version",
            "6",
            "-module-name",
            "AgentHuman",
            "-D",
            "OBSERVATION",
        ]);
        for modules in [folder.join(".build/debug/Modules"), native_headers()] {
            command.arg("-I").arg(modules);
        }
        let mut sources = source_files::files(&folder.join("Sources/AgentHuman"), &["swift"])?;
        sources.retain(|source| !source.starts_with(folder.join(DOCUMENTATION)));
        run(command.args(sources))
    }

    /// Formats the package and the example by swift-format, or fails if a file differs.
    pub fn format(&self, mode: Mode) -> Result<()> {
        let mut command = self.command(PathBuf::from("swift"));
        command.arg("format");
        match mode {
            Mode::Check => command.args(["lint", "--strict"]),
            Mode::Fix => command.args(["format", "--in-place"]),
        };
        command.arg("--recursive").arg("--configuration").arg(root().join(FOLDER).join(".swift-format"));
        // Without what UniFFI generates.
        let sources = ["Sources/AgentHuman", "Tests", "Package.swift"].map(|path| root().join(FOLDER).join(path));
        let examples = [EXAMPLE, app::FOLDER].into_iter().flat_map(|example| {
            let parts = ["App", "Package.swift", "Sources", "Tests"].map(|part| root().join(example).join(part));
            parts.into_iter().filter(|part| part.exists())
        });
        run(command.args(sources).args(examples))
    }

    /// The package's surface, as its compiler tells it.
    pub fn surface(&self) -> Result<Value> {
        self.symbols()?;
        surface::read(&root().join(FOLDER).join(".build"))
    }

    fn symbols(&self) -> Result<()> {
        run(self.swift("package", FOLDER)?.args(["dump-symbol-graph", "--minimum-access-level", "public"]))
    }

    /// Finds DocC, or returns what is missing.
    pub fn docc(&self) -> Result<PathBuf, String> {
        // Beside the compiler, since no distribution has it on the path.
        let places = ["/usr/libexec/swift/bin/docc", "/usr/bin/docc"].map(PathBuf::from);
        let runs = |docc: &PathBuf| self.command(docc.clone()).arg("--help").output().is_ok_and(|output| output.status.success());
        let named = || places.iter().find(|docc| runs(docc)).cloned();
        let of_xcode = || {
            let output = Command::new("xcrun").args(["--find", "docc"]).output().ok()?;
            output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
        };
        named().or_else(of_xcode).ok_or_else(|| "DocC is not installed".to_owned())
    }

    /// Writes the reference of the package by DocC, for a site whose folder `swift` it will be.
    pub fn document(&self, docc: PathBuf, output: &Path) -> Result<()> {
        self.symbols()?;
        let built = root().join(FOLDER).join(".build");
        let graphs = built.join("graphs");
        let _ = fs::remove_dir_all(&graphs);
        fs::create_dir_all(&graphs)?;
        // The package's own, without that of what UniFFI generates.
        let symbols = surface::symbol_graph(&built)?;
        fs::copy(&symbols, graphs.join("AgentHuman.symbols.json"))?;
        let page = built.join("reference");
        let _ = fs::remove_dir_all(&page);
        let mut command = self.command(docc);
        command.args(["convert", "--warnings-as-errors"]).arg(root().join(FOLDER).join(DOCUMENTATION));
        command.arg("--additional-symbol-graph-dir").arg(&graphs).arg("--output-path").arg(&page);
        command.args(["--transform-for-static-hosting", "--hosting-base-path", "swift"]);
        run(command.args(["--fallback-display-name", "AgentHuman", "--fallback-bundle-identifier", "com.agenthuman"]))?;
        let _ = fs::remove_dir_all(output);
        fs::rename(&page, output)?;
        Ok(())
    }

    /// Builds the example.
    pub fn example(&self) -> Result<Command> {
        run(&mut self.swift("build", EXAMPLE)?)?;
        Ok(self.command(root().join(EXAMPLE).join(".build/debug/chat")))
    }

    /// Creates a Swift command for a package, with the native library.
    fn swift(&self, verb: &str, folder: &str) -> Result<Command> {
        let mut command = self.command(PathBuf::from("swift"));
        command.arg(verb).arg("--package-path").arg(root().join(folder));
        // The same flags for every command, since others cause a full rebuild.
        command.args(["-Xswiftc", "-warnings-as-errors"]);
        if cfg!(target_os = "macos") {
            framework::make(framework::THIS_MAC)?;
        } else {
            let native = native()?;
            command.args(["-Xlinker", "-L"]).arg("-Xlinker").arg(&native);
            command.args(["-Xlinker", "-rpath"]).arg("-Xlinker").arg(&native);
        }
        Ok(command)
    }

    fn command(&self, program: PathBuf) -> Command {
        match self {
            Tools::Installed => Command::new(program),
            Tools::InDebian => {
                let mut command = Command::new(root().join(DEBIAN));
                command.args(["exec", "--bind"]).arg(root());
                let built = binary("");
                if !built.starts_with(root()) {
                    command.arg("--bind").arg(built);
                }
                command.arg(program);
                command
            }
        }
    }
}

/// The folder of the native library's module.
fn native_headers() -> PathBuf {
    root().join(FOLDER).join("Sources/AgentHumanNativeFFI")
}

/// The folder with the library only, since the linker might prefer an archive next to it.
fn native() -> Result<PathBuf> {
    let library = mobile::library()?;
    let folder = root().join(FOLDER).join(".build/native");
    fs::create_dir_all(&folder)?;
    let copy = folder.join(mobile::file_name());
    if fs::read(&copy).ok() != fs::read(&library).ok() {
        // A new file, since a process may be running the old one.
        let _ = fs::remove_file(&copy);
        fs::copy(&library, &copy)?;
    }
    Ok(folder)
}
