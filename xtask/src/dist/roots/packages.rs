//! The packages of another Debian, unpacked without installing them: their scripts are not run, so the processor does not matter.

use super::Missing;
use crate::steps::{read, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files in which apt finds the mirror of this machine.
const SOURCES: &[&str] = &["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The packages of a release of Debian for a processor.
pub struct Packages {
    folder: tempfile::TempDir,
    architecture: &'static str,
}

impl Packages {
    /// Reads the lists of packages of a release, or returns what is missing.
    pub fn of(suite: &str, architecture: &'static str) -> Result<Packages, Missing> {
        let mirror = SOURCES.iter().filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| mirror(&text));
        let mirror = mirror.filter(|_| Path::new(KEYRING).exists()).ok_or("this machine has no mirror of Debian")?;
        for tool in ["apt-get", "dpkg-deb"] {
            read(Command::new(tool).arg("--version")).map_err(|_| format!("{tool} is not installed"))?;
        }
        let packages = Packages { folder: tempfile::tempdir().map_err(|error| error.to_string())?, architecture };
        packages.update(suite, &mirror).map_err(|error| format!("the mirror has no {suite} for {architecture}: {error:#}"))?;
        Ok(packages)
    }

    fn update(&self, suite: &str, mirror: &str) -> Result<()> {
        for folder in ["lists/partial", "archives/partial", "sources"] {
            fs::create_dir_all(self.path(folder))?;
        }
        fs::write(self.path("status"), "")?;
        let sources = format!("Types: deb deb-src\nURIs: {mirror}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n");
        fs::write(self.path("sources/debian.sources"), sources)?;
        run(self.apt().arg("update"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// apt, which knows nothing of the packages of this machine.
    fn apt(&self) -> Command {
        let option = |name: &str, value: &Path| format!("{name}={}", value.display());
        let mut command = Command::new("apt-get");
        command.args(["--quiet=2", "-o", "Dir::Etc::SourceList=/dev/null", "-o", "APT::Sandbox::User=root"]);
        command.args(["-o", "APT::Install-Recommends=false", "-o", &format!("APT::Architecture={}", self.architecture)]);
        command.args(["-o", &format!("APT::Architectures::={}", self.architecture)]);
        let folders = [
            ("Dir::Etc::SourceParts", "sources"),
            ("Dir::State", ""),
            ("Dir::State::Lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", ""),
            ("Dir::Cache::archives", "archives"),
        ];
        for (name, folder) in folders {
            command.args(["-o", &option(name, &self.path(folder))]);
        }
        command.current_dir(self.folder.path());
        command
    }

    /// Unpacks packages, and those that they need, into a root folder.
    pub fn unpack(&self, names: &[&str], root: &Path) -> Result<()> {
        run(self.apt().args(["install", "--yes", "--download-only"]).args(names))?;
        for entry in fs::read_dir(self.path("archives"))? {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "deb") {
                unpack(&file, root).with_context(|| file.display().to_string())?;
            }
        }
        Ok(())
    }

    /// Unpacks the original source of a package into a folder.
    pub fn source(&self, name: &str, folder: &Path) -> Result<()> {
        run(self.apt().args(["source", "--download-only", name]))?;
        let mut files = fs::read_dir(self.folder.path())?.flatten().map(|entry| entry.path());
        let is_original = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.contains(".orig.tar.") && !name.ends_with(".asc")
        };
        let archive = files.find(is_original).with_context(|| format!("{name} has no original source"))?;
        fs::create_dir_all(folder)?;
        run(Command::new("tar").arg("-xf").arg(archive).args(["--strip-components", "1", "-C"]).arg(folder))
    }
}

/// Unpacks one package. A folder of the root that is a link stays one.
fn unpack(package: &Path, root: &Path) -> Result<()> {
    let mut files = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package).stdout(Stdio::piped()).spawn()?;
    let stream = files.stdout.take().context("dpkg-deb has no output")?;
    let unpacked = Command::new("tar").args(["-x", "--keep-directory-symlink", "-C"]).arg(root).stdin(stream).status()?;
    if !files.wait()?.success() || !unpacked.success() {
        bail!("the package cannot be unpacked");
    }
    Ok(())
}

/// The mirror that a list of sources names, in either of apt's formats. That of security updates has no releases.
fn mirror(sources: &str) -> Option<String> {
    let lines = sources.lines().map(str::trim).filter(|line| line.starts_with("URIs:") || line.starts_with("deb "));
    let mut addresses = lines.flat_map(str::split_whitespace).filter(|word| word.contains("://"));
    addresses.find(|address| !address.contains("security")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::mirror;

    #[test]
    fn the_mirror_is_found_in_both_formats_of_apt() {
        let found = Some("http://mirror.example/debian".to_owned());
        let list = "# deb http://old.example/debian x main\n\
            deb http://mirror.example/debian-security x-security main\n\
            deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\n";
        assert_eq!(mirror(list), found);
        assert_eq!(mirror("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"), found);
        assert_eq!(mirror("Types: deb\n# URIs: http://mirror.example/debian\n"), None);
    }
}
