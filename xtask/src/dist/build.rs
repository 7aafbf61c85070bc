//! `cargo xtask dist build`: the packages of a target.

use super::targets::{Linker, Programs, Target};
use super::tools::{Missing, Tools, remapped_paths};
use super::{Layout, Profile, image, jar, portable};
use crate::archive::{self, Contents};
use crate::notices::{self, NOTICES, SBOM};
use crate::root;
use crate::steps::{Steps, run};
use crate::toolchains::{self, npm};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program with packages of its own.
pub struct Program {
    /// The crate, and its packages for Python and npm.
    pub package: &'static str,
    pub file: &'static str,
    /// Below `bindings-python`; also the name of the option of `scripts/pack.mjs`.
    pub folder: &'static str,
    /// Its profile in a release.
    released: &'static str,
}

pub const PROGRAMS: &[Program] = &[
    Program { package: "agenthuman-cli", file: "agenthuman", folder: "cli", released: "small" },
    Program { package: "agenthuman-sandbox", file: "agenthuman-sandbox", folder: "sandbox", released: "release" },
];

/// The Python without a global lock, which has no stable ABI. maturin knows it, so it need not be installed.
const FREE_THREADED: [&str; 2] = ["--interpreter", "python3.14t"];

/// A build of one target's packages.
struct Build<'a> {
    target: &'static Target,
    profile: Profile,
    layout: &'a Layout,
    tools: &'a Tools,
    work: tempfile::TempDir,
}

/// Builds the packages of a target.
pub fn run_target(steps: &mut Steps, target: &'static Target, profile: Profile, layout: &Layout) -> Result<()> {
    let name = |what: &str| format!("{}: {what}", target.triple);
    let tools = match Tools::install() {
        Ok(tools) => tools,
        Err(missing) => {
            steps.skip(&name("every package"), &missing);
            return Ok(());
        }
    };
    let build = Build { target, profile, layout, tools: &tools, work: tempfile::tempdir()? };
    let environment = tools.environment(target.triple, target.linker).and_then(|found| build.complete(found, Link::Dynamic));
    match &environment {
        Err(missing) => steps.skip(&name("wheel, addon, and library for Kotlin"), missing),
        Ok(environment) => {
            steps.run(&name("wheel"), || build.wheel(environment, &[]));
            match toolchains::node() {
                Err(missing) => steps.skip(&name("addon"), &missing),
                Ok(_) => drop(steps.run(&name("addon"), || build.addon(environment))),
            }
        }
    }
    if target.programs != Programs::Shared {
        let triple = target.triple_of_programs();
        let linker = super::targets::named(triple)?.linker;
        match tools.environment(triple, linker).and_then(|found| build.complete(found, Link::Static)) {
            Err(missing) => steps.skip(&name("command and sandbox"), &missing),
            Ok(environment) => {
                for program in PROGRAMS {
                    steps.run(&name(program.package), || build.program(program, triple, &environment));
                }
                if matches!(target.programs, Programs::Static { .. }) {
                    steps.run(&name("image of the sandbox"), || image::write(layout));
                }
            }
        }
    }
    if let Ok(environment) = &environment {
        if jar::has(target) {
            steps.run(&name("library for Kotlin"), || jar::build_library(target, profile, layout, environment));
        }
        if matches!(target.linker, Linker::Zig(_)) {
            steps.run(&name("wheel for free-threaded Python"), || build.wheel(environment, &FREE_THREADED));
        }
    }
    if target.carries_portable {
        portable::build(steps, &tools, profile, layout);
    }
    Ok(())
}

/// Whether musl is linked into what is built.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Dynamic,
    Static,
}

pub type Environment = Vec<(String, String)>;

impl Build<'_> {
    /// Adds the compiler's flags to the environment of a build.
    fn complete(&self, mut environment: Environment, link: Link) -> Result<Environment, Missing> {
        let mut flags = remapped_paths().map_err(|error| format!("{error:#}"))?;
        if link == Link::Dynamic && self.target.triple.ends_with("musl") {
            flags.extend(["-C".to_owned(), "target-feature=-crt-static".to_owned()]);
        }
        environment.push(("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.join("\u{1f}")));
        Ok(environment)
    }

    fn maturin(&self, folder: &Path, profile: &str, triple: &str, environment: &Environment) -> Command {
        let mut command = self.tools.command("maturin");
        command.args(["build", "--locked", "--profile", profile, "--target", triple]);
        command.current_dir(folder).envs(environment.iter().cloned());
        command
    }

    fn wheel(&self, environment: &Environment, interpreter: &[&str]) -> Result<()> {
        let folder = root().join("bindings-python");
        notices::write("agenthuman-python", &folder.join(NOTICES))?;
        let mut command = self.maturin(&folder, self.profile.name(), self.target.triple, environment);
        command.args(interpreter);
        if let Some(platform) = self.target.wheel {
            command.args(["--compatibility", platform]);
        }
        run(command.arg("--out").arg(self.layout.python()?))
    }

    fn addon(&self, environment: &Environment) -> Result<()> {
        let mut command = toolchains::cargo(&["build", "--locked", "--package", "agenthuman-node"]);
        command.args(["--profile", self.profile.name(), "--target", self.target.triple]);
        run(command.envs(environment.iter().cloned()))?;
        let windows = self.target.is_windows();
        let file = match () {
            () if windows => "agenthuman_node.dll",
            () if self.target.triple.contains("darwin") => "libagenthuman_node.dylib",
            () => "libagenthuman_node.so",
        };
        let built = toolchains::target().join(self.target.triple).join(self.profile.name()).join(file);
        pack(self.layout, self.target.npm, "--library", &built)
    }

    /// Builds a program's wheel, and takes the program from it for the other packages, so that all have the same.
    fn program(&self, program: &Program, triple: &str, environment: &Environment) -> Result<()> {
        let folder = root().join("bindings-python").join(program.folder);
        notices::write(program.package, &folder.join(NOTICES))?;
        let wheels = self.work.path().join(program.folder);
        let profile = if self.profile == Profile::Release { program.released } else { self.profile.name() };
        run(self.maturin(&folder, profile, triple, environment).arg("--out").arg(&wheels))?;
        if let Programs::Static { wheel, .. } = self.target.programs {
            let mut retag = self.tools.command("wheel");
            run(retag.args(["tags", "--remove", "--platform-tag", wheel]).arg(only_file(&wheels)?))?;
        }
        let wheel = only_file(&wheels)?;
        let file = format!("{}{}", program.file, if self.target.is_windows() { ".exe" } else { "" });
        let contents = Contents::read(&wheel)?;
        let bytes = contents.file(&format!("/scripts/{file}")).with_context(|| format!("the wheel has no {file}"))?;
        let built = self.work.path().join(&file);
        archive::write_program(&built, bytes)?;
        fs::copy(&wheel, self.layout.python()?.join(wheel.file_name().unwrap_or_default()))?;

        let stem = format!("{}-{}-{triple}", program.file, super::version());
        let sbom = self.work.path().join(SBOM);
        notices::write_sbom(program.package, &sbom)?;
        let mut files = vec![(file.as_str(), built.clone()), (SBOM, sbom), (NOTICES, folder.join(NOTICES))];
        files.extend(super::LICENSES.map(|name| (name, root().join(name))));
        let written = archive::write(&self.layout.archives()?, &stem, &files, self.target.is_windows())?;
        println!("{}", written.display());
        for platform in self.target.platforms_of_programs() {
            if toolchains::node().is_ok() {
                pack(self.layout, platform, &format!("--{}", program.folder), &built)?;
            }
        }
        Ok(())
    }
}

/// Packs the package of a platform for npm.
fn pack(layout: &Layout, platform: &str, option: &str, file: &Path) -> Result<()> {
    toolchains::node_modules()?;
    run(&mut npm(&["run", "--silent", "build:ts"]))?;
    let mut command = Command::new("node");
    command.arg("scripts/pack.mjs").arg(layout.npm()?).args(["--platform", platform, option]).arg(file);
    run(command.current_dir(root().join("bindings-node")))
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let entry = fs::read_dir(folder)?.next().with_context(|| format!("{} is empty", folder.display()))?;
    Ok(entry?.path())
}
