//! An app that takes the archive from a repository, as apps do: compiled with what its pom declares for compiling, and run with what it
//! declares for running. It runs on this machine, with the library of this machine in the archive.

use super::super::{EXAMPLE, MAVEN, OLDEST_KOTLIN, consumer};
use super::{ARTIFACT, FOLDER as PACKAGE, GROUP, LIBRARY, dependencies};
use crate::archive::Contents;
use crate::root;
use crate::steps::{read, run as step};
use anyhow::{Context, Result, ensure};
use std::env::join_paths;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "frameworks/kotlin-aar";

/// Compiles the example with the archive in this repository, and runs it with a relay.
pub fn run(repository: &Path) -> Result<()> {
    forget()?;
    let target = root().join(FOLDER).join("target");
    let _ = fs::remove_dir_all(&target);
    let url = format!("-Dfolder=file://{}", repository.display());
    let version = concat!("-Dagenthuman.version=", env!("CARGO_PKG_VERSION"));
    let scoped = |scope: &str| fetched("app", &target.join(scope), &[&url, version, &format!("-DincludeScope={scope}")]);
    let (compiling, running) = (scoped("compile")?, scoped("runtime")?);
    ensure!(!compiling.iter().any(|path| is_named(path, "jna")), "apps see JNA, which is an internal matter");
    ensure!(running.iter().any(|path| is_named(path, "jna") && has_ending(path, "aar")), "no archive of JNA for Android");
    let compiler = fetched("compiler", &target.join("compiler"), &[&format!("-Dkotlin.version={OLDEST_KOTLIN}")])?;

    let app = target.join("app.jar");
    let mut kotlinc = Command::new("java");
    kotlinc.arg("-cp").arg(join_paths(&compiler)?).arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
    kotlinc.args(["-no-stdlib", "-no-reflect", "-jvm-target", "17", "-cp"]).arg(join_paths(classes(&compiling)?)?);
    step(kotlinc.arg("-d").arg(&app).arg(root().join(EXAMPLE).join("src/main/kotlin/Chat.kt")))?;

    let archive = running.iter().find(|path| is_named(path, ARTIFACT)).context("the archive was not fetched")?;
    let library = Contents::read(archive)?.file(&format!("/jni/x86_64/{LIBRARY}")).context("no library")?.to_vec();
    let natives = target.join("natives");
    fs::create_dir_all(&natives)?;
    fs::write(natives.join(LIBRARY), library)?;

    let pom = fs::read_to_string(root().join(PACKAGE).join("pom.xml"))?;
    let jna = dependencies(&pom)?.into_iter().find(|dependency| !dependency.is_api()).context("no JNA")?;
    let computer = fetched("computer", &target.join("computer"), &[&format!("-Djna.version={}", jna.version)])?;
    let mut java = Command::new("java");
    java.arg(format!("-Djna.library.path={}", natives.display()));
    // The archives come first, so that their classes run.
    let path = std::iter::once(app).chain(classes(&running)?).chain(computer);
    consumer({
        java.arg("-cp").arg(join_paths(path)?).arg("ChatKt");
        java
    })
}

/// Removes what Maven keeps of an earlier archive: it does not look for another one of the same version.
fn forget() -> Result<()> {
    let mut maven = maven();
    let local = read(maven.args(["--quiet", "help:evaluate", "-Dexpression=settings.localRepository", "-DforceStdout"]))?;
    // Maven may colour what it prints.
    let local = local.trim().trim_start_matches("\u{1b}[0m").trim_end_matches("\u{1b}[0m");
    let folder = Path::new(local).join(GROUP.replace('.', "/")).join(ARTIFACT);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

/// Fetches the dependencies of a profile into a folder.
fn fetched(profile: &str, folder: &Path, options: &[&str]) -> Result<Vec<PathBuf>> {
    let mut maven = maven();
    maven.args(["--quiet", "--activate-profiles", profile, "dependency:copy-dependencies"]).args(options);
    step(maven.arg(format!("-DoutputDirectory={}", folder.display())))?;
    let mut found = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// The class path: jars as they are, and the classes of archives.
fn classes(fetched: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let jars = fetched.iter().map(|path| {
        if !has_ending(path, "aar") {
            return Ok(path.clone());
        }
        let classes = Contents::read(path)?.file("/classes.jar").with_context(|| path.display().to_string())?.to_vec();
        let jar = path.with_extension("classes.jar");
        fs::write(&jar, classes)?;
        Ok(jar)
    });
    jars.collect()
}

fn is_named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&format!("{name}-")))
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

fn maven() -> Command {
    let mut command = Command::new(MAVEN);
    command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(root().join(FOLDER).join("pom.xml"));
    command
}
