//! The tools that build and check the packages. Python's are installed into `target/dist/tools`.

use super::targets::{Linker, zig_name};
use crate::root;
use crate::steps::{read, run};
use crate::toolchains::{self, cargo};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a step cannot run on this machine.
pub type Missing = String;

/// The installed tools.
pub struct Tools {
    bin: PathBuf,
}

impl Tools {
    /// Installs the tools that are Python packages.
    pub fn install() -> Result<Tools, Missing> {
        let python = toolchains::python()?;
        toolchains::venv_in(&python, "target/dist/tools", "xtask/src/dist/requirements.txt")
            .map(|bin| Tools { bin })
            .map_err(|error| format!("the tools of xtask/src/dist/requirements.txt cannot be installed: {error:#}"))
    }

    pub fn command(&self, name: &str) -> Command {
        Command::new(self.bin.join(name))
    }

    /// The settings for a build with cargo or maturin: the linker, the C compiler, and no paths of this machine.
    pub fn environment(&self, triple: &str, linker: Linker) -> Result<Vec<(String, String)>, Missing> {
        standard_library(triple)?;
        let path = std::env::var("PATH").unwrap_or_default();
        let mut variables = vec![("PATH".to_owned(), format!("{}:{path}", self.bin.display()))];
        let upper = triple.to_uppercase().replace('-', "_");
        match linker {
            Linker::Native => variables.clear(),
            Linker::Mingw => {
                const GCC: &str = "x86_64-w64-mingw32-gcc";
                read(Command::new(GCC).arg("--version")).map_err(|_| format!("{GCC} is not installed"))?;
                variables.push((format!("CARGO_TARGET_{upper}_LINKER"), GCC.to_owned()));
                let empty = self.empty_libnode(GCC).map_err(|error| format!("{error:#}"))?;
                variables.push(("LIBNODE_PATH".to_owned(), empty.display().to_string()));
            }
            Linker::Zig(_) => {
                let name = zig_name(triple).ok_or_else(|| format!("zig has no name for {triple}"))?;
                let compiler = self
                    .wrapper(&format!("cc-{name}"), &format!("cc -- -target {name}"))
                    .map_err(|error| format!("{error:#}"))?;
                let archiver = self.wrapper("ar", "ar").map_err(|error| format!("{error:#}"))?;
                let lower = triple.replace('-', "_");
                variables.push((format!("CARGO_TARGET_{upper}_LINKER"), compiler.clone()));
                variables.push((format!("CC_{lower}"), compiler));
                variables.push((format!("AR_{lower}"), archiver));
            }
        }
        Ok(variables)
    }

    /// A program that calls zig. maturin and cargo use the same one, so that they share what is compiled.
    fn wrapper(&self, name: &str, arguments: &str) -> Result<String> {
        let folder = self.bin.join("../../linkers");
        fs::create_dir_all(&folder)?;
        let file = folder.canonicalize()?.join(name);
        let zigbuild = self.bin.join("cargo-zigbuild");
        let text = format!("#!/bin/sh\nexec \"{}\" zig {arguments} \"$@\"\n", zigbuild.display());
        if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            fs::write(&file, text)?;
            make_executable(&file)?;
        }
        Ok(file.display().to_string())
    }

    /// napi-build wants a libnode.dll to link with. The addon looks its functions up when it is loaded, so it is empty.
    fn empty_libnode(&self, compiler: &str) -> Result<PathBuf> {
        let folder = self.bin.join("../../libnode");
        fs::create_dir_all(&folder)?;
        let source = folder.join("empty.c");
        fs::write(&source, "\n")?;
        let mut command = Command::new(compiler);
        command.args(["-shared", "-nostartfiles", "-Wl,--entry=0", "-o"]).arg(folder.join("libnode.dll")).arg(source);
        run(&mut command)?;
        Ok(folder.canonicalize()?)
    }
}

/// The flags that keep the paths of this machine out of what is compiled.
pub fn remapped_paths() -> Result<Vec<String>> {
    let sysroot = PathBuf::from(read(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
    let toolchains = sysroot.ancestors().nth(2).context("the sysroot is in no folder")?;
    let metadata = read(&mut cargo(&["locate-project", "--workspace", "--message-format", "plain"]))?;
    let workspace = Path::new(metadata.trim()).parent().context("the workspace is in no folder")?;
    let flag = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok(vec![flag(&cargo_home()?, "/cargo"), flag(toolchains, "/rustup"), flag(workspace, "/agenthuman")])
}

/// The folder in which cargo keeps the sources of dependencies.
pub fn cargo_home() -> Result<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let own = || std::env::home_dir().map(|home| home.join(".cargo"));
    named.or_else(own).context("there is neither CARGO_HOME nor a home folder")
}

/// Installs Rust's standard library of a target.
fn standard_library(triple: &str) -> Result<(), Missing> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"])).map_err(|error| format!("{error:#}"))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("lib").exists() {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", triple]).current_dir(root()))
        .map_err(|_| format!("Rust's standard library of {triple} cannot be installed (rustup target add {triple})"))
}

fn make_executable(file: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
