//! The jar of the Kotlin package, with the library of each platform; and its sources, documentation and pom, as Maven Central wants
//! them.

use super::binary::{self, System};
use super::build::Environment;
use super::targets::{TARGETS, Target};
use super::{Layout, Profile};
use crate::archive::Contents;
use crate::notices::{self, NOTICES, SBOM};
use crate::steps::{Steps, run};
use crate::{kotlin, mobile, toolchains};
use anyhow::{Context, Result, bail};
use std::fs;

const PACKAGE: &str = "agenthuman-mobile";

/// The libraries of all platforms.
const NATIVES: &str = "natives";

/// The maximum size of a library in bytes.
const LIMIT: usize = 4_000_000;

/// Whether the jar has a library of a target. It has none for musl: JNA's names do not tell it from glibc.
pub fn has(target: &Target) -> bool {
    !target.triple.ends_with("musl")
}

/// Builds the library of a target, and puts it into the folder in which JNA looks for it.
pub fn build_library(target: &Target, profile: Profile, layout: &Layout, environment: &Environment) -> Result<()> {
    let mut command = toolchains::cargo(&["build", "--locked", "--profile", "mobile", "--package", PACKAGE]);
    command.args(["--target", target.triple]).env("CARGO_PROFILE_MOBILE_STRIP", "true");
    if profile == Profile::Fast {
        command.envs(mobile::FAST);
    }
    run(command.envs(environment.iter().cloned()))?;
    let (name, file) = library(target)?;
    let folder = layout.folder(NATIVES)?.join(name);
    fs::create_dir_all(&folder)?;
    fs::copy(toolchains::target().join(target.triple).join("mobile").join(file), folder.join(file))?;
    println!("{}", folder.join(file).display());
    Ok(())
}

/// Makes the jars of the libraries that are there.
pub fn make(steps: &mut Steps, layout: &Layout) {
    const NAME: &str = "jar for Kotlin";
    match kotlin::tools() {
        Err(missing) => steps.skip(NAME, &missing),
        Ok(tools) => drop(steps.run(NAME, || {
            let natives = layout.folder(NATIVES)?;
            notices::write(PACKAGE, &natives.join(NOTICES))?;
            notices::write_sbom(PACKAGE, &natives.join(SBOM))?;
            tools.release(&natives, &layout.folder("maven")?)
        })),
    }
}

/// Checks the libraries in a jar.
///
/// # Errors
/// If there is none, or one is for another platform than its folder, is too large, or has what must not be on a phone.
pub fn check(contents: &Contents, profile: Profile) -> Result<()> {
    let mut found = Vec::new();
    for target in TARGETS.iter().filter(|target| has(target)) {
        let (folder, file) = library(target)?;
        let Some(bytes) = contents.file(&format!("/{folder}/{file}")) else { continue };
        binary::check(bytes, system(target)).with_context(|| folder.clone())?;
        if let Some(forbidden) = mobile::forbidden(bytes) {
            bail!("{folder}: contains {forbidden}, which must not be on a phone");
        }
        if profile == Profile::Release && bytes.len() > LIMIT {
            bail!("{folder}: the library has {} bytes, and may have {LIMIT}", bytes.len());
        }
        println!("{folder}: {} bytes", bytes.len());
        found.push(folder);
    }
    if found.is_empty() {
        bail!("there is no library");
    }
    Ok(())
}

/// Returns the platforms that a jar has no library for.
pub fn missing(contents: &Contents) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for target in TARGETS.iter().filter(|target| has(target)) {
        let (folder, file) = library(target)?;
        if contents.file(&format!("/{folder}/{file}")).is_none() && !missing.contains(&folder) {
            missing.push(folder);
        }
    }
    Ok(missing)
}

/// JNA's name of a target, and the file of its library.
fn library(target: &Target) -> Result<(String, &'static str)> {
    let processor = target.triple.split('-').next().unwrap_or_default();
    let (system, file) = match system(target) {
        System::Windows => ("windows", "agenthuman_mobile.dll"),
        System::Mac => ("macos", "libagenthuman_mobile.dylib"),
        System::Glibc | System::Musl | System::Linux => ("linux", "libagenthuman_mobile.so"),
    };
    Ok((kotlin::jna_name(system, processor)?, file))
}

fn system(target: &Target) -> System {
    match () {
        () if target.is_windows() => System::Windows,
        () if target.triple.contains("darwin") => System::Mac,
        () => System::Glibc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_where_jna_looks_for_it() {
        let of = |triple| library(crate::dist::targets::named(triple).unwrap()).unwrap();
        assert_eq!(of("aarch64-unknown-linux-gnu"), ("linux-aarch64".to_owned(), "libagenthuman_mobile.so"));
        assert_eq!(of("x86_64-pc-windows-gnu"), ("win32-x86-64".to_owned(), "agenthuman_mobile.dll"));
        assert_eq!(of("aarch64-apple-darwin"), ("darwin-aarch64".to_owned(), "libagenthuman_mobile.dylib"));
    }

    #[test]
    fn a_jar_has_the_libraries_of_every_platform() {
        let empty = Contents::of(&[]);
        assert_eq!(missing(&empty).unwrap().len(), 6);
        assert_eq!(check(&empty, Profile::Fast).unwrap_err().to_string(), "there is no library");
        let wrong = Contents::of(&[("linux-aarch64/libagenthuman_mobile.so", b"MZ")]);
        assert_eq!(missing(&wrong).unwrap().len(), 5);
        assert!(format!("{:#}", check(&wrong, Profile::Fast).unwrap_err()).starts_with("linux-aarch64: "));
    }
}
