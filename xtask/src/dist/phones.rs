//! The library of phones as an archive, for which no linker of Apple or Android is needed. It shows that the library compiles
//! and has every function that the packages call; those that are published are linked on a Mac and with Android's NDK.

use super::tools::{Missing, Tools, remapped_paths};
use super::{LICENSES, Layout, Profile, binary, version};
use crate::archive::{self, Contents};
use crate::notices::{self, NOTICES, SBOM};
use crate::steps::{Steps, run};
use crate::toolchains::{cargo, target};
use crate::{mobile, root};
use anyhow::{Context, Result, bail};
use goblin::archive::Archive;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PACKAGE: &str = "agenthuman-mobile";
const LIBRARY: &str = "libagenthuman_mobile.a";

/// The functions of the library, as Swift sees them.
const HEADER: &str = "bindings-swift/Sources/AgentHumanNativeFFI/AgentHumanNativeFFI.h";

/// A phone's platform.
pub struct Phone {
    /// Rust's name of it.
    pub triple: &'static str,
    /// The target for which zig compiles C. The code in C needs next to nothing of a system, so that of another will do.
    zig: &'static str,
    is_apple: bool,
}

pub const PHONES: &[Phone] = &[
    Phone { triple: "aarch64-apple-ios", zig: "aarch64-ios", is_apple: true },
    Phone { triple: "aarch64-linux-android", zig: "aarch64-linux-musl", is_apple: false },
    Phone { triple: "armv7-linux-androideabi", zig: "arm-linux-musleabi", is_apple: false },
    Phone { triple: "x86_64-linux-android", zig: "x86_64-linux-musl", is_apple: false },
];

pub fn named(triple: &str) -> Option<&'static Phone> {
    PHONES.iter().find(|phone| phone.triple == triple)
}

/// Builds the archive of a phone.
pub fn build(steps: &mut Steps, phone: &Phone, profile: Profile, layout: &Layout) {
    let name = format!("{}: library", phone.triple);
    match Tools::install().and_then(|tools| environment(phone, &tools)) {
        Err(missing) => steps.skip(&name, &missing),
        Ok(environment) => drop(steps.run(&name, || compile(phone, profile, layout, environment))),
    }
}

fn environment(phone: &Phone, tools: &Tools) -> Result<Vec<(String, String)>, Missing> {
    let mut environment = tools.compiler_of_phone(phone.triple, phone.zig, phone.is_apple)?;
    let flags = remapped_paths().map_err(|error| format!("{error:#}"))?;
    environment.push(("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags.join("\u{1f}")));
    Ok(environment)
}

fn compile(phone: &Phone, profile: Profile, layout: &Layout, environment: Vec<(String, String)>) -> Result<()> {
    let mut command = cargo(&["rustc", "--locked", "--profile", "mobile", "--package", PACKAGE, "--crate-type", "staticlib"]);
    if profile == Profile::Fast {
        command.envs(mobile::FAST);
    }
    run(command.args(["--target", phone.triple]).envs(environment))?;
    let built = target().join(phone.triple).join("mobile").join(LIBRARY);
    let work = tempfile::tempdir()?;
    let (texts, sbom) = (work.path().join(NOTICES), work.path().join(SBOM));
    notices::write(PACKAGE, &texts)?;
    notices::write_sbom(PACKAGE, &sbom)?;
    let mut files = vec![(LIBRARY, built), (NOTICES, texts), (SBOM, sbom)];
    files.extend(LICENSES.map(|name| (name, root().join(name))));
    let stem = format!("{PACKAGE}-{}-{}", version(), phone.triple);
    let written = archive::write(&layout.folder("phones")?, &stem, &files, false)?;
    println!("{}", written.display());
    Ok(())
}

/// Checks the library in an archive.
///
/// # Errors
/// If a function is missing, or if it has what must not be on a phone or in a package.
pub fn check(contents: &Contents) -> Result<()> {
    let library = contents.file(&format!("/{LIBRARY}")).with_context(|| format!("there is no {LIBRARY}"))?;
    binary::no_paths_of_builder(library)?;
    if let Some(found) = mobile::forbidden(library) {
        bail!("{LIBRARY} contains {found}, which must not be on a phone");
    }
    let archive = Archive::parse(library).context("the library is malformed")?;
    // Apple's symbols begin with an underscore.
    let symbols: BTreeSet<String> = archive
        .summarize()
        .into_iter()
        .flat_map(|(_, _, symbols)| symbols)
        .map(|name| name.trim_start_matches('_').to_owned())
        .collect();
    let wanted = functions(&fs::read_to_string(root().join(Path::new(HEADER)))?);
    let missing: Vec<_> = wanted.difference(&symbols).cloned().collect();
    if wanted.is_empty() || !missing.is_empty() {
        bail!("{} of {} functions are missing: {}", missing.len(), wanted.len(), missing.join(", "));
    }
    println!("{} functions", wanted.len());
    Ok(())
}

/// The functions that a header of UniFFI declares.
fn functions(header: &str) -> BTreeSet<String> {
    let words = header.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let is_function = |word: &&str| word.starts_with("uniffi_agenthuman_mobile_") || word.starts_with("ffi_agenthuman_mobile_");
    words.filter(is_function).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_those_of_the_header() {
        let header = "#define X\nvoid uniffi_agenthuman_mobile_fn_free_client(uint64_t handle);\nint32_t ffi_agenthuman_mobile_rustbuffer_free(void);";
        let expected = ["ffi_agenthuman_mobile_rustbuffer_free", "uniffi_agenthuman_mobile_fn_free_client"];
        assert_eq!(functions(header).into_iter().collect::<Vec<_>>(), expected);
        assert!(functions(&fs::read_to_string(root().join(HEADER)).unwrap()).len() > 50);
    }

    #[test]
    fn a_library_without_its_functions_is_rejected() {
        let error = |library: &[u8]| check(&Contents::of(&[(&format!("a/{LIBRARY}"), library)])).unwrap_err().to_string();
        assert!(error(b"!<arch>\n").contains("functions are missing"), "{}", error(b"!<arch>\n"));
        assert!(error(b"x-api-key").contains("must not be on a phone"));
        assert!(error(b"/home/ada/.cargo/registry/src/a.rs").contains("paths of the machine"));
        assert!(check(&Contents::of(&[])).unwrap_err().to_string().contains("there is no"));
    }
}
