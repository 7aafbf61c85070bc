//! The Kotlin package: its build, its tests and its example, all by Maven.

mod aar;
mod compose;
mod shrink;

use crate::mobile;
use crate::mode::Mode;
use crate::notices;
use crate::programs::{Running, Started, outcome};
use crate::root;
use crate::steps::{Steps, run};
use crate::toolchains::{binary, version};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MAVEN: &str = if cfg!(windows) { "mvn.cmd" } else { "mvn" };

const FOLDER: &str = "bindings-kotlin";
const EXAMPLE: &str = "examples/kotlin";

/// The Kotlin that builds the package, and the oldest that may build an app with it.
const KOTLIN: &str = "2.4.21";
const OLDEST_KOTLIN: &str = "2.1.21";

#[derive(clap::Subcommand)]
pub enum Job {
    /// Runs the tests.
    Test,
    /// Builds the jar, and installs it into the local Maven repository.
    Jar,
    /// Runs the tests of the sample app for Android, with a backend.
    Sample,
    /// Makes the package for Android of the libraries that Android's NDK has linked.
    Aar(aar::Aar),
}

/// Java and Maven on this machine.
pub struct Tools(());

pub fn run_job(job: Job) -> Result<()> {
    let tools = || tools().map_err(anyhow::Error::msg);
    match job {
        Job::Test => tools()?.test(),
        Job::Jar => tools()?.built(),
        Job::Sample => {
            let mut steps = Steps::default();
            steps.run("Kotlin, built", || tools()?.built());
            tools()?.test_sample(&mut steps);
            steps.close()
        }
        Job::Aar(aar) => aar.write(&tools()?),
    }
}

/// Finds Java and Maven, or returns the missing tool.
pub fn tools() -> Result<Tools, String> {
    // In batch mode, since Maven colours what it prints.
    for (name, mut command, oldest) in [("Java", Command::new("java"), (17, 0)), ("Maven", Command::new(MAVEN), (3, 8))] {
        if name == "Maven" {
            command.arg("--batch-mode");
        }
        let output = command.arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        // Even so it may begin with a colour.
        let text = text.split_once("Maven ").map_or(text.as_str(), |(_, version)| version);
        if version(text).is_none_or(|found| found < oldest) {
            return Err(format!("{name} {}.{} or newer is not installed", oldest.0, oldest.1));
        }
    }
    Ok(Tools(()))
}

impl Tools {
    /// Installs the package with the library of this platform into the local Maven repository.
    pub fn built(&self) -> Result<()> {
        let library = mobile::library()?;
        notices::write("agenthuman-mobile", &library.with_file_name(notices::NOTICES))?;
        run(maven(FOLDER, &library)?.args(["--quiet", "-Dmaven.test.skip=true", "install"]))
    }

    /// Makes the jars that are published, and puts them into a folder with their pom. The libraries of all platforms are in
    /// folders of `natives`, by JNA's names.
    pub fn release(&self, natives: &Path, output: &Path) -> Result<()> {
        let mut command = Command::new(MAVEN);
        command.args(["--batch-mode", "--no-transfer-progress", "--quiet", "--activate-profiles", "release"]);
        command.args(["-Dnative.platform=.", "-Dnative.within=*/", "-Dmaven.test.skip=true"]);
        command.arg(format!("-Dnative.dir={}", natives.display())).arg("--file").arg(root().join(FOLDER).join("pom.xml"));
        run(command.args(["clean", "package"]))?;
        let stem = format!("agenthuman-{}", env!("CARGO_PKG_VERSION"));
        for name in ["", "-sources", "-javadoc"].map(|kind| format!("{stem}{kind}.jar")) {
            fs::copy(root().join(FOLDER).join("target").join(&name), output.join(&name)).with_context(|| name.clone())?;
        }
        fs::copy(root().join(FOLDER).join("pom.xml"), output.join(format!("{stem}.pom")))?;
        Ok(())
    }

    pub fn test(&self) -> Result<()> {
        let library = mobile::library()?;
        mobile::counterparts()?;
        let mut command = maven(FOLDER, &library)?;
        command.env("AGENTHUMAN_CLI", binary("agenthuman")).env("AGENTHUMAN_SANDBOX", binary("agenthuman-sandbox"));
        // Maven does not delete the classes of deleted sources.
        run(command.env("AGENTHUMAN_VECTORS", binary("vector-relay")).args(["clean", "install"]))?;
        consumer(chat(OLDEST_KOTLIN)?)?;
        aar::try_out(self)
    }

    /// Formats the package and the sample app with ktfmt, or fails if a file differs.
    pub fn format(&self, mode: Mode) -> Result<()> {
        let goal = if mode == Mode::Check { "spotless:check" } else { "spotless:apply" };
        let format = |folder| run(Command::new(MAVEN).args(["--batch-mode", "--quiet", goal]).current_dir(root().join(folder)));
        format(FOLDER)?;
        format(compose::FOLDER)
    }

    /// Runs the example as a shrunk and obfuscated app.
    pub fn shrunk(&self) -> Result<()> {
        self.example()?;
        shrink::run_shrunk()
    }

    /// Returns the public API of the package, which one of its tests writes.
    pub fn surface(&self) -> Result<Value> {
        let library = mobile::library()?;
        run(maven(FOLDER, &library)?.args(["--quiet", "-Dtest=SurfaceTest", "test"]))?;
        let printed = root().join(FOLDER).join("target/surface.json");
        let text = fs::read(&printed).with_context(|| format!("{} was not written", printed.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Writes the reference of the package by Dokka.
    pub fn document(&self, output: &Path) -> Result<()> {
        let output = format!("-DdokkaOutput={}", output.display());
        run(maven(FOLDER, &mobile::library()?)?.args([
            "--quiet",
            "--activate-profiles",
            "release",
            &output,
            "compile",
            "dokka:dokka",
        ]))
    }

    /// Builds the example.
    pub fn example(&self) -> Result<Command> {
        self.built()?;
        chat(KOTLIN)
    }
}

/// Builds the example with this Kotlin, and the package from the local Maven repository.
fn chat(kotlin: &str) -> Result<Command> {
    let version = format!("-Dkotlin.version={kotlin}");
    run(maven(EXAMPLE, &mobile::library()?)?.args(["--quiet", &version, "clean", "package"]))?;
    let mut command = Command::new("java");
    command.arg("-jar").arg(root().join(EXAMPLE).join("target/chat.jar"));
    Ok(command)
}

/// Runs the example from jars alone, with a demo relay.
fn consumer(mut example: Command) -> Result<()> {
    let mut relay = Command::new(binary("agenthuman"));
    relay.args(["--json", "relay", "--demo", "--port", "0"]).env_remove("AGENTHUMAN_BASE_URL");
    let (_running, Started { url, .. }) = Running::start(&mut relay, "the relay")?;
    let outcome = outcome(example.env("AGENTHUMAN_BACKEND", url).env_remove("AGENTHUMAN_APP_TOKEN"))?;
    if outcome["session_status"] != "completed" || outcome["messages"] != 4 || outcome["error"] != "not_found" {
        bail!("the example came to {outcome}");
    }
    Ok(())
}

fn maven(folder: &str, library: &Path) -> Result<Command> {
    let native: PathBuf = library.parent().map(Path::to_path_buf).context("the library is in no folder")?;
    let mut command = Command::new(MAVEN);
    command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(root().join(folder).join("pom.xml"));
    command.arg(format!("-Dnative.dir={}", native.display())).arg(format!("-Dnative.platform={}", platform()?));
    Ok(command)
}

/// Returns JNA's name of this platform.
fn platform() -> Result<String> {
    jna_name(std::env::consts::OS, std::env::consts::ARCH)
}

/// Returns JNA's name of a system and a processor.
pub fn jna_name(system: &str, processor: &str) -> Result<String> {
    let system = match system {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win32",
        other => bail!("unknown JNA name of the platform {other}"),
    };
    let processor = match processor {
        "x86_64" => "x86-64",
        other => other,
    };
    Ok(format!("{system}-{processor}"))
}
