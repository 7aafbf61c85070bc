//! Python for a C library that no package has it for: CPython from Debian's source, compiled by zig.

use super::packages::Packages;
use super::{Missing, Tools};
use crate::root;
use crate::steps::{read, run};
use crate::toolchains;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The versions of Python that a release of Debian has. CPython is compiled for another system with the help of a Python of the same
/// version, which is this machine's.
const RELEASES: &[((u32, u32), &str)] = &[((3, 11), "bookworm"), ((3, 13), "trixie")];

/// zig, which would otherwise link a program with musl statically, so that it loads no extensions, and which names this machine's
/// folders, in which the build would look for headers.
const COMPILER: &str = r#"#!/bin/sh
case "$*" in
  --print-multiarch | "-E -v -") exit ;;
  -print-multiarch) exec echo none ;;
esac
exec "ZIG" cc -target TARGET -dynamic "$@"
"#;

pub struct Source {
    folder: PathBuf,
    /// This machine's Python, of the same version.
    helper: PathBuf,
}

/// Downloads the source of this machine's Python, or returns what is missing.
pub fn source() -> Result<Source, Missing> {
    let python = toolchains::python()?;
    let ask = |what: &str| {
        let printed = read(Command::new(&python).args(["-c", &format!("import sys; print({what})")]));
        printed.map(|text| text.trim().to_owned()).map_err(|error| format!("{error:#}"))
    };
    let helper = PathBuf::from(ask("sys.executable")?);
    let version = ask("'%d.%d' % sys.version_info[:2]")?;
    let (major, minor) = toolchains::version(&version).ok_or_else(|| format!("unknown version of Python: {version}"))?;
    let suite = release((major, minor)).ok_or_else(|| {
        format!("the source of Python {major}.{minor}, which this machine has, is in no release of Debian that is known here")
    })?;
    read(Command::new("make").arg("--version")).map_err(|_| "make is not installed, which builds Python".to_owned())?;
    let folder = root().join("target/dist").join(format!("python-{major}.{minor}"));
    if !folder.join("source/configure").exists() {
        Packages::of(suite, "amd64")?
            .source(&format!("python{major}.{minor}"), &folder.join("source"))
            .map_err(|error| format!("the source of Python cannot be downloaded: {error:#}"))?;
    }
    Ok(Source { folder, helper })
}

fn release(version: (u32, u32)) -> Option<&'static str> {
    RELEASES.iter().find(|(known, _)| *known == version).map(|(_, suite)| *suite)
}

impl Source {
    /// Compiles Python for one of zig's targets, and installs it into a root folder.
    pub fn build(&self, tools: &Tools, target: &str, destination: &Path) -> Result<()> {
        let build = self.folder.join(target);
        fs::create_dir_all(&build)?;
        let zig = tools.zig()?;
        let compiler = tools.script(&format!("python-cc-{target}"), &COMPILER.replace("ZIG", &zig).replace("TARGET", target))?;
        let host = target.split_once(".2").map_or(target, |(host, _)| host);
        let mut configure = Command::new(self.folder.join("source/configure"));
        configure.args(["--quiet", "--prefix=/usr", "--without-ensurepip", "--disable-test-modules", "--without-doc-strings"]);
        configure.args([
            "--without-static-libpython",
            &format!("--host={host}"),
            &format!("--build={}-build-linux-gnu", std::env::consts::ARCH),
        ]);
        configure.arg(format!("--with-build-python={}", self.helper.display()));
        configure.args([
            format!("CC={compiler}"),
            format!("AR={zig} ar"),
            "OPT=-DNDEBUG -O1 -fwrapv -w -Wno-error=date-time".to_owned(),
        ]);
        configure.arg(format!("READELF={}", tools.path("readelf.py").display()));
        // What it cannot try, since it is compiled for another system.
        configure.args(["ac_cv_file__dev_ptmx=yes", "ac_cv_file__dev_ptc=no", "ac_cv_buggy_getaddrinfo=no"]);
        // Libraries of this machine are not those of the other system.
        let here = |command: &mut Command| run(command.current_dir(&build));
        here(configure.env("PKG_CONFIG", "false"))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        here(Command::new("make").args(["--silent", &format!("-j{processors}")]))?;
        here(Command::new("make").args(["--silent", "install", &format!("DESTDIR={}", destination.display())]))?;
        Ok(fs::remove_dir_all(build)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_that_of_the_machines_version() {
        assert_eq!(release((3, 13)), Some("trixie"));
        assert_eq!(release((3, 12)), None);
    }
}
