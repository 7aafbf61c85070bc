//! The script that installs the command from an archive: `install.sh`.

use super::Layout;
use crate::root;
use crate::steps::{Steps, read, run};
use anyhow::bail;
use std::path::Path;
use std::process::Command;

const SHELLS: [&str; 2] = ["dash", "bash"];

/// Installs the command from the archives in a folder with each shell, and runs it.
pub fn smoke(steps: &mut Steps, layout: &Layout) {
    for shell in SHELLS {
        let name = format!("install.sh, {shell}");
        if Command::new(shell).args(["-c", ":"]).status().is_err() {
            steps.skip(&name, &format!("{shell} is not installed"));
            continue;
        }
        steps.run(&name, || {
            let folder = tempfile::tempdir()?;
            run(&mut install(shell, &layout.archives()?, folder.path()))?;
            let printed = read(Command::new(folder.path().join("agenthuman")).arg("--version"))?;
            if !printed.contains(super::version()) {
                bail!("the installed program printed {printed:?}");
            }
            Ok(())
        });
    }
}

fn install(shell: &str, from: &Path, to: &Path) -> Command {
    let mut command = Command::new(shell);
    command.arg(root().join("install.sh")).arg("--from").arg(from).arg("--to").arg(to);
    command
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::archive;
    use std::fs;

    /// An archive of a script that stands for the program.
    fn archive_in(folder: &Path) -> std::path::PathBuf {
        let program = folder.join("program");
        archive::write_program(&program, format!("#!/bin/sh\necho agenthuman {}\n", crate::dist::version()).as_bytes()).unwrap();
        let stem = format!("agenthuman-{}-{}-unknown-linux-musl", crate::dist::version(), std::env::consts::ARCH);
        archive::write(folder, &stem, &[("agenthuman", program)], false).unwrap()
    }

    fn shells() -> impl Iterator<Item = &'static str> {
        let found: Vec<_> = SHELLS.into_iter().filter(|shell| Command::new(shell).args(["-c", ":"]).status().is_ok()).collect();
        assert!(!found.is_empty(), "neither dash nor bash is installed");
        found.into_iter()
    }

    fn error(command: &mut Command) -> String {
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[test]
    fn the_program_of_an_archive_is_installed() {
        let from = tempfile::tempdir().unwrap();
        archive_in(from.path());
        for shell in shells() {
            let to = tempfile::tempdir().unwrap();
            // A second time, over the first.
            for _ in 0..2 {
                assert!(install(shell, from.path(), &to.path().join("bin")).output().unwrap().status.success());
            }
            let printed = read(&mut Command::new(to.path().join("bin/agenthuman"))).unwrap();
            assert_eq!(printed.trim(), format!("agenthuman {}", crate::dist::version()));
        }
    }

    #[test]
    fn an_archive_with_another_checksum_is_not_installed() {
        for shell in shells() {
            let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let packed = archive_in(from.path());
            let sum = packed.with_file_name(format!("{}.sha256", packed.file_name().unwrap().to_str().unwrap()));
            for wrong in [format!("{}  x\n", "0".repeat(64)), String::new()] {
                fs::write(&sum, wrong).unwrap();
                let error = error(&mut install(shell, from.path(), to.path()));
                assert!(error.contains("the checksum of"), "{error}");
            }
            fs::remove_file(sum).unwrap();
            assert!(error(&mut install(shell, from.path(), to.path())).contains("cannot be read"));
            assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn only_folders_and_https_are_sources() {
        for shell in shells() {
            let to = tempfile::tempdir().unwrap();
            let error = error(&mut install(shell, Path::new("http://example.com/releases"), to.path()));
            assert!(error.contains("--from must be a folder or an https URL"), "{error}");
            let mut without = Command::new(shell);
            let output = without.arg(root().join("install.sh")).output().unwrap();
            assert!(String::from_utf8_lossy(&output.stderr).contains("nothing is published yet"));
        }
    }
}
