//! The system in which packages are tried: this machine, or the root folder of another Linux; if that is for another
//! processor, by qemu's user emulation.

use crate::dist::tools::Missing;
use crate::dist::{emulation, wine};
use crate::steps::read;
use crate::toolchains;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Place {
    /// The root folder; this machine's if it is not set.
    root: Option<PathBuf>,
    platform: String,
}

impl Place {
    /// This machine.
    pub fn here() -> Result<Place> {
        let processor = processor(std::env::consts::ARCH)?;
        let platform = match std::env::consts::OS {
            "linux" if cfg!(target_env = "musl") => format!("linux-{processor}-musl"),
            "linux" => format!("linux-{processor}-gnu"),
            "macos" => format!("darwin-{processor}"),
            "windows" => format!("win32-{processor}-msvc"),
            other => bail!("there are no packages for {other}"),
        };
        Ok(Place { root: None, platform })
    }

    /// The system in a root folder.
    pub fn inside(root: &Path) -> Result<Place> {
        let root = root.canonicalize().with_context(|| root.display().to_string())?;
        if wine::is_in(&root) {
            return Ok(Place { root: Some(root), platform: "win32-x64-msvc".to_owned() });
        }
        let libraries = fs::read_dir(root.join("lib")).with_context(|| format!("{} is no root folder", root.display()))?;
        let names: Vec<_> = libraries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let platform = ["x86_64", "aarch64"].iter().find_map(|arch| {
            let processor = processor(arch).ok()?;
            let musl = names.contains(&format!("ld-musl-{arch}.so.1"));
            let glibc = names.contains(&format!("{arch}-linux-gnu"));
            (musl || glibc).then(|| format!("linux-{processor}-{}", if musl { "musl" } else { "gnu" }))
        });
        let platform = platform.with_context(|| format!("{} has neither glibc nor musl", root.display()))?;
        Ok(Place { root: Some(root), platform })
    }

    pub fn name(&self) -> String {
        match &self.root {
            Some(root) => format!("{} in {}", self.platform, root.display()),
            None => self.platform.clone(),
        }
    }

    pub fn is_here(&self) -> bool {
        self.root.is_none()
    }

    /// Prepares this machine to run its programs, or returns what is missing.
    pub fn prepare(&self) -> Result<(), Missing> {
        match &self.root {
            None => Ok(()),
            Some(_) => emulation::prepare(if self.platform.contains("arm64") { "arm64" } else { "amd64" }),
        }
    }

    /// npm's name of the platform.
    pub fn npm(&self) -> &str {
        &self.platform
    }

    /// Finds Python, or returns what is missing.
    pub fn python(&self) -> Result<PathBuf, String> {
        if self.is_here() {
            return toolchains::python();
        }
        let python = self.program("python3", wine::PYTHON)?;
        let printed = read(self.command(&python).arg("--version")).map_err(|error| format!("{error:#}"))?;
        let (major, minor) = toolchains::PYTHON;
        match toolchains::version(&printed) {
            Some(found) if found >= toolchains::PYTHON => Ok(python),
            _ => Err(format!("it has {}, and the package needs Python {major}.{minor} or newer", printed.trim())),
        }
    }

    /// Finds Node, or returns what is missing.
    pub fn node(&self) -> Result<PathBuf, String> {
        self.root.as_ref().map_or_else(toolchains::node, |_| self.program("node", wine::NODE))
    }

    /// Whether it runs programs for Windows.
    pub fn is_windows(&self) -> bool {
        self.platform.starts_with("win32")
    }

    /// Returns the name of a program's file.
    pub fn program_file(&self, name: &str) -> String {
        format!("{name}{}", if self.is_windows() { ".exe" } else { "" })
    }

    /// Returns the path of a program inside, or that of Windows.
    fn program(&self, name: &str, windows: &str) -> Result<PathBuf, Missing> {
        if self.is_windows() {
            return Ok(wine::path(Path::new(windows)));
        }
        let folders = ["/usr/local/bin", "/usr/bin"].map(PathBuf::from);
        let found = folders.iter().map(|folder| folder.join(name)).find(|path| self.outer(path).symlink_metadata().is_ok());
        found.ok_or_else(|| format!("it has no {name}"))
    }

    /// The arguments with which pip of this machine chooses packages for the system.
    pub fn pip_platform(&self, python: &Path) -> Result<Vec<String>> {
        let version = read(self.command(python).args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]))?;
        let tag = self.wheel_tag();
        let arguments = ["--python-version", version.trim(), "--implementation", "cp", "--platform", &tag];
        Ok(arguments.map(str::to_owned).to_vec())
    }

    /// The platform of wheels for the system, in their names.
    fn wheel_tag(&self) -> String {
        if self.is_windows() {
            return "win_amd64".to_owned();
        }
        let arch = if self.platform.contains("arm64") { "aarch64" } else { "x86_64" };
        let libc = if self.platform.ends_with("musl") { "musllinux_1_2" } else { "manylinux2014" };
        format!("{libc}_{arch}")
    }

    /// Creates a folder that both this machine and the system see.
    pub fn folder(&self) -> Result<tempfile::TempDir> {
        let parent = self.root.as_ref().map_or_else(std::env::temp_dir, |root| root.join("tmp"));
        Ok(tempfile::Builder::new().prefix("agenthuman-smoke-").tempdir_in(parent)?)
    }

    /// Returns the path inside of a path of this machine.
    pub fn inner(&self, path: &Path) -> PathBuf {
        let inner = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
        match inner {
            Some(inner) if self.is_windows() => wine::path(inner),
            Some(inner) => Path::new("/").join(inner),
            None => path.to_path_buf(),
        }
    }

    fn outer(&self, path: &Path) -> PathBuf {
        let root = self.root.clone().unwrap_or_else(|| PathBuf::from("/"));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// A program of the system.
    pub fn command(&self, program: &Path) -> Command {
        match &self.root {
            None => Command::new(program),
            Some(root) if self.is_windows() => wine::command(root, program),
            Some(root) => {
                let mut command = emulation::command_in(root, program);
                command.env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin").current_dir("/");
                command
            }
        }
    }
}

fn processor(arch: &str) -> Result<&'static str> {
    match arch {
        "x86_64" => Ok("x64"),
        "aarch64" => Ok("arm64"),
        other => bail!("there are no packages for {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_of_a_root_folder_is_found_by_its_libraries() {
        for (library, platform) in [("ld-musl-aarch64.so.1", "linux-arm64-musl"), ("x86_64-linux-gnu", "linux-x64-gnu")] {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join("lib").join(library)).unwrap();
            let place = Place::inside(root.path()).unwrap();
            assert_eq!(place.npm(), platform);
            let file = root.path().canonicalize().unwrap().join("tmp/a.py");
            assert_eq!(place.inner(&file), Path::new("/tmp/a.py"));
            assert!(place.python().unwrap_err().contains("python3"));
        }
        assert!(Place::inside(tempfile::tempdir().unwrap().path()).is_err());
    }

    #[test]
    fn a_root_folder_with_wine_is_for_windows() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("usr/lib/wine")).unwrap();
        fs::write(root.path().join("usr/lib/wine/wine64"), "").unwrap();
        let place = Place::inside(root.path()).unwrap();
        assert_eq!(place.npm(), "win32-x64-msvc");
        assert_eq!(place.program_file("agenthuman"), "agenthuman.exe");
        let file = root.path().canonicalize().unwrap().join("tmp/a.py");
        assert_eq!(place.inner(&file), Path::new("Z:/tmp/a.py"));
    }

    #[test]
    fn wheels_are_chosen_for_the_system() {
        let tag = |platform: &str| Place { root: None, platform: platform.to_owned() }.wheel_tag();
        assert_eq!(tag("linux-arm64-musl"), "musllinux_1_2_aarch64");
        assert_eq!(tag("linux-x64-gnu"), "manylinux2014_x86_64");
        assert_eq!(tag("win32-x64-msvc"), "win_amd64");
    }
}
