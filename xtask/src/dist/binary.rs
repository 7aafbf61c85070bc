//! A compiled file in a package: the libraries that it needs, the symbols of glibc, and the paths in it.

use super::targets::GLIBC;
use anyhow::{Context, Result, bail};
use goblin::Object;
use goblin::elf::Elf;

/// The system that a binary is for, as the name of its package says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Glibc,
    Musl,
    /// A Linux with any C library, or none.
    Linux,
    Windows,
    Mac,
}

/// The libraries that each system has. Nothing else may be needed.
const OF_GLIBC: &[&str] = &["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"];
const LOADERS_OF_GLIBC: &str = "ld-linux-";
const OF_MUSL: &[&str] = &["libc.so"];
const OF_WINDOWS: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "combase.dll",
    "crypt32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "secur32.dll",
    "shell32.dll",
    "user32.dll",
    "userenv.dll",
    "vcruntime140.dll",
    "ws2_32.dll",
    // Python's stable ABI.
    "python3.dll",
];
const PREFIXES_OF_WINDOWS: &[&str] = &["api-ms-win-"];
const FOLDERS_OF_MAC: &[&str] = &["/usr/lib/", "/System/Library/Frameworks/"];

/// Folders of the builder, which are in no binary if its paths are remapped.
const FOLDERS_OF_BUILDERS: &[&str] =
    &["/.cargo/registry/", "/.rustup/toolchains/", "\\.cargo\\registry\\", "\\.rustup\\toolchains\\"];

/// Whether the bytes begin as a binary of any system does.
pub fn is_binary(bytes: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// Checks a binary.
///
/// # Errors
/// If it needs a library that its system does not have, or a newer glibc than 2.17, or if it contains paths of the machine
/// that built it.
pub fn check(bytes: &[u8], system: System) -> Result<()> {
    no_paths_of_builder(bytes)?;
    match Object::parse(bytes).context("is malformed")? {
        Object::Elf(elf) => check_elf(&elf, system),
        Object::PE(binary) if system == System::Windows => needed(&binary.libraries, is_of_windows),
        Object::Mach(goblin::mach::Mach::Binary(binary)) if system == System::Mac => {
            // The first is "self".
            let others = binary.libs.get(1..).unwrap_or_default();
            needed(others, |name| FOLDERS_OF_MAC.iter().any(|folder| name.starts_with(folder)))
        }
        _ => bail!("is not a binary for {system:?}"),
    }
}

/// Fails if a binary or library contains paths of the machine that built it.
pub fn no_paths_of_builder(bytes: &[u8]) -> Result<()> {
    for folder in FOLDERS_OF_BUILDERS.iter().map(|folder| (*folder).to_owned()).chain(own_folders()) {
        if memchr::memmem::find(bytes, folder.as_bytes()).is_some() {
            bail!("contains paths of the machine that built it, below {folder}");
        }
    }
    Ok(())
}

fn check_elf(elf: &Elf, system: System) -> Result<()> {
    match system {
        System::Glibc => needed(&elf.libraries, |name| OF_GLIBC.contains(&name) || name.starts_with(LOADERS_OF_GLIBC))?,
        System::Musl => needed(&elf.libraries, |name| OF_MUSL.contains(&name))?,
        System::Linux => {
            needed(&elf.libraries, |_| false)?;
            if let Some(loader) = elf.interpreter {
                bail!("is not static: it needs the loader {loader}");
            }
        }
        System::Windows | System::Mac => bail!("is not a binary for {system:?}"),
    }
    match newest_glibc(elf) {
        Some(newest) if newest > GLIBC => {
            bail!("needs glibc {}.{}, and may need {}.{}", newest.0, newest.1, GLIBC.0, GLIBC.1)
        }
        _ => Ok(()),
    }
}

/// Whether Windows, or Python, has a library. Names differ in case.
fn is_of_windows(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OF_WINDOWS.contains(&name.as_str()) || PREFIXES_OF_WINDOWS.iter().any(|prefix| name.starts_with(prefix))
}

/// The newest glibc whose symbols a binary needs.
fn newest_glibc(elf: &Elf) -> Option<(u32, u32)> {
    let libraries = elf.verneed.iter().flat_map(|section| section.iter());
    let versions = libraries.flat_map(|library| library.iter().collect::<Vec<_>>());
    newest_of(versions.filter_map(|version| elf.dynstrtab.get_at(version.vna_name)))
}

fn needed(libraries: &[&str], allowed: impl Fn(&str) -> bool) -> Result<()> {
    match libraries.iter().find(|library| !allowed(library)) {
        Some(library) => bail!("needs the library {library}, which is not on the list of its system"),
        None => Ok(()),
    }
}

/// The newest version of names such as `GLIBC_2.17`.
fn newest_of<'a>(names: impl Iterator<Item = &'a str>) -> Option<(u32, u32)> {
    names.filter_map(|name| crate::toolchains::version(name.strip_prefix("GLIBC_")?)).max()
}

/// The checkout, and the folder of dependencies if it has another name than usual.
fn own_folders() -> Vec<String> {
    let home = super::tools::cargo_home().ok().map(|home| home.join("registry"));
    let folders = home.into_iter().chain([crate::root()]);
    folders.map(|folder| format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_by_number() {
        assert_eq!(newest_of(["GLIBC_2.2.5", "GLIBC_2.17", "GCC_3.0", "GLIBC_2.4"].into_iter()), Some((2, 17)));
        assert_eq!(newest_of(["GLIBC_PRIVATE"].into_iter()), None);
    }

    #[test]
    fn a_library_must_be_on_the_list() {
        let allowed = |name: &str| OF_GLIBC.contains(&name);
        needed(&["libc.so.6", "libm.so.6"], allowed).unwrap();
        let error = needed(&["libc.so.6", "libssl.so.3"], allowed).unwrap_err().to_string();
        assert!(error.contains("libssl.so.3"), "{error}");
    }

    #[test]
    fn a_library_of_windows_is_known_in_any_case() {
        for name in ["KERNEL32.dll", "combase.dll", "api-ms-win-core-synch-l1-2-0.dll", "python3.dll"] {
            assert!(is_of_windows(name), "{name}");
        }
        // A library of the compiler, which users do not have.
        assert!(!is_of_windows("libwinpthread-1.dll"));
    }

    #[test]
    fn paths_of_the_builder_are_found() {
        for path in ["/home/ada/.cargo/registry/src/a.rs", r"C:\Users\ada\.rustup\toolchains\x"] {
            let error = check(path.as_bytes(), System::Glibc).unwrap_err().to_string();
            assert!(error.contains("paths of the machine"), "{error}");
        }
        let own = crate::root().join("core/src/lib.rs").display().to_string();
        assert!(check(own.as_bytes(), System::Glibc).unwrap_err().to_string().contains("paths of the machine"));
    }

    #[test]
    fn what_is_no_binary_is_malformed() {
        assert!(check(b"\x7fELF and no more", System::Glibc).is_err());
        assert!(is_binary(b"\x7fELF"));
        assert!(!is_binary(b"#!/bin/sh"));
    }

    /// The binary of these tests is one that is not to be published.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_binary_of_this_machine_is_rejected() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let Object::Elf(elf) = Object::parse(&bytes).unwrap() else { panic!("not ELF") };
        assert!(newest_glibc(&elf) > Some(GLIBC), "it is linked with the glibc of this machine");
        let error = |system| check_elf(&elf, system).unwrap_err().to_string();
        assert!(error(System::Musl).contains("needs the library"), "{}", error(System::Musl));
        assert!(error(System::Linux).contains("needs the library"), "{}", error(System::Linux));
        assert!(error(System::Windows).contains("not a binary for"), "{}", error(System::Windows));
    }
}
